"""`sms-app nominations`: the man whom each woman names before her household gets an arm."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sms_app.cli import moments
from sms_app.cli.exporting import files_after_commit
from sms_app.cli.office import office_transaction
from sms_app.cli.options import By, Programme
from sms_app.models.trial import NOMINATED
from sms_app.trial import nominations as rules

app = typer.Typer(help="Whom women nominate before their household gets an arm.", no_args_is_help=True)


@app.command()
def add(
    member: Annotated[str, typer.Argument(help="The member number on her card.")],
    relation: Annotated[str, typer.Argument(help=f"One of {', '.join(NOMINATED)}; none: she has nobody.")],
    day: Annotated[str, typer.Option(help="The day, like 2026-01-20; today if left out.")] = "",
    by: By = "",
    programme: Programme = "",
) -> None:
    """Enter whom a woman nominates. A later word of hers counts, until her household has an arm."""
    with office_transaction(programme, by) as (office, _):
        rules.add(office, member, relation, moments.day(day) if day else office.today)
    typer.echo(f"Entered: {member} nominated {'nobody' if relation == 'none' else relation}.")


@app.command("missing")
def missing_command(programme: Programme = "") -> None:
    """List the women who have nominated nobody and whose household has no arm yet."""
    with office_transaction(programme) as (office, _):
        women = rules.missing(office)
    for woman in women:
        place = (
            "no group" if woman.group_number is None else f"group {woman.group_number}, {woman.list_number}"
        )
        typer.echo(f"{woman.member_number}  {place}{'' if woman.has_household else '  in no household'}")
    if not women:
        typer.echo("Every woman whose household has no arm yet has nominated somebody.")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="A file that ends in .csv.", metavar="FILE")],
    by: By = "",
    programme: Programme = "",
) -> None:
    """Write each woman's latest nomination, by study ids, into a file that only you can read."""
    with files_after_commit() as files, office_transaction(programme, by) as (office, _):
        count = rules.export(office, files, file)
    typer.echo(f"{count:,} nominations are in {file}, by study ids.")
