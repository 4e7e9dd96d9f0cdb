"""`sms-app screening`: how many people were looked at before the programme took them. Counts only, no names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sms_app.cli import moments
from sms_app.cli.database import fail
from sms_app.cli.exporting import files_after_commit
from sms_app.cli.office import office_transaction
from sms_app.cli.options import By, Programme
from sms_app.programme.workbook.faults import CannotRead, WorkbookFaults
from sms_app.trial import screening as rules
from sms_app.trial import screening_file

app = typer.Typer(help="The screening log: counts by day and village, no names.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="A CSV file.", metavar="FILE")]
Yes = Annotated[bool, typer.Option("--yes", help="Replace stored counts without asking; for scripts.")]
UNANSWERED = "Nothing was changed. Use --yes where nobody can answer."


@app.command()
def add(
    day: Annotated[str, typer.Option(help="The day, like 2026-01-20.")],
    village: Annotated[str, typer.Option(help="The village.")],
    seen: Annotated[int, typer.Option(help="How many people were looked at.")],
    refused: Annotated[int, typer.Option(help="How many of them could take part and did not want to.")],
    enrolled: Annotated[int, typer.Option(help="How many of them were enrolled.")],
    excluded: Annotated[
        list[str] | None,
        typer.Option(help="How many a criterion excluded, like poor=3; once for each criterion."),
    ] = None,
    yes: Yes = False,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Store the counts of a day in a village. Who is excluded counts under the first criterion that she does not
    meet."""
    counts = rules.Screened(moments.day(day), village, seen, _excluded(excluded or []), refused, enrolled)
    with office_transaction(programme, by) as (office, loaded):
        criteria = loaded.settings.screening
        try:
            outcome = rules.add(office, criteria, counts, correct=yes)
        except rules.Differs as stored:
            typer.echo(str(stored))
            if not _confirmed("Replace them?"):
                fail(UNANSWERED)
            outcome = rules.add(office, criteria, counts, correct=True)
    said = {rules.NEW: "Stored", rules.CORRECTED: "Corrected", rules.SAME: "Stored already"}[outcome]
    typer.echo(f"{said}: {counts.day}, {village}: {rules.told(counts)}.")


@app.command("import")
def import_(file: File, yes: Yes = False, by: By = "", programme: Programme = "") -> None:
    """Store the counts of a CSV file with the columns of an export: all of it, or nothing and every fault."""
    with office_transaction(programme, by) as (office, loaded):
        office.lock()
        try:
            entries = screening_file.read(office, loaded.settings.screening, file)
        except CannotRead as error:
            fail(str(error))
        except WorkbookFaults as error:
            fail(f"{error}\nNothing was stored.")
        outcomes = [rules.store(office, entry, correct=True) for entry in entries]
        new, corrected = outcomes.count(rules.NEW), outcomes.count(rules.CORRECTED)
        if (
            corrected
            and not yes
            and not _confirmed(f"Other counts are stored for {corrected} of the rows. Replace them?")
        ):
            fail(UNANSWERED)
    typer.echo(f"{new} new, {corrected} corrected, {len(outcomes) - new - corrected} the same.")


@app.command("list")
def list_(programme: Programme = "") -> None:
    """List the log by day and village."""
    with office_transaction(programme) as (office, _):
        rows = rules.log(office)
    for row in rows:
        typer.echo(f"{row.day}  {row.village:<20}  {rules.told(row)}")
    if not rows:
        typer.echo("Nobody was screened yet.")


@app.command()
def export(file: File, by: By = "", programme: Programme = "") -> None:
    """Write the log into a CSV file that only you can read."""
    with files_after_commit() as files, office_transaction(programme, by) as (office, loaded):
        count = screening_file.export(office, files, loaded.settings.screening, file)
    typer.echo(f"{count:,} rows are in {file}.")


@app.command()
def summary(programme: Programme = "") -> None:
    """Print the numbers of the trial's flow diagram: seen, excluded by criterion, refused, enrolled, and the arms."""
    with office_transaction(programme) as (office, loaded):
        criteria = loaded.settings.screening
        total, arms = rules.summary(office, criteria), rules.allocated(office)
    typer.echo(f"{'seen':<28}{total.seen:>7,}  in {total.places} villages on {total.days} days")
    typer.echo(f"{'excluded':<28}{sum(total.excluded.values()):>7,}")
    for key, count in total.excluded.items():
        typer.echo(f"  {key:<26}{count:>7,}  {criteria.get(key, 'no criterion of programme.yaml any more')}")
    typer.echo(f"{'refused':<28}{total.refused:>7,}")
    typer.echo(f"{'enrolled':<28}{total.enrolled:>7,}")
    typer.echo(f"{'women on record':<28}{sum(arm.women for arm in arms):>7,}")
    for arm in arms:
        name = f"arm {arm.arm}" if arm.arm else "no arm yet"
        typer.echo(f"  {name:<26}{arm.women:>7,}  of {arm.households:,} households")


def _excluded(options: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for option in options:
        key, _, count = option.partition("=")
        if not (key and count.isascii() and count.isdigit()):
            fail(f"`{option}` is no criterion with its count: write it like poor=3.")
        if key in counts:
            fail(f"The criterion `{key}` is there twice.")
        counts[key] = int(count)
    return counts


def _confirmed(question: str) -> bool:
    try:
        return typer.confirm(question)
    except typer.Abort:
        return False
