"""`sms-app texts review`: writes sentences into a spreadsheet for reviewers, and reads their verdicts back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from sms_app import clock
from sms_app.cli import review_rows, review_sheet
from sms_app.cli.database import config, fail
from sms_app.cli.flows import FlowsDir, LocalesDir, Slug
from sms_app.conversation.checked import check_programmes
from sms_app.engine.checker.catalogue import SOURCE_LANGUAGE, Sentences, is_reviewed
from sms_app.engine.checker.check import Checked
from sms_app.paths import on_disk
from sms_app.programme.settings import Programme

app = typer.Typer(help="The sentences that participants read.", no_args_is_help=True)
review = typer.Typer(help="Review of sentences by native speakers, in a spreadsheet.", no_args_is_help=True)
app.add_typer(review, name="review")
File = Annotated[Path, typer.Argument(help="The spreadsheet, such as review.xlsx.")]


@app.callback()
def _texts() -> None:
    """The sentences that participants read."""


@review.command("out")
def out(
    file: File,
    languages: Annotated[
        list[str] | None,
        typer.Option("--language", help="A language; may be repeated. Default: all but English."),
    ] = None,
    drafts: Annotated[
        bool, typer.Option("--drafts", help="Only sentences that nobody has approved.")
    ] = False,
    flows: FlowsDir = None,
    locales: LocalesDir = None,
    programme: Slug = "",
) -> None:
    """Write every sentence into a spreadsheet with a page for each language, for native speakers to review."""
    settings = config("flows")
    reviewed, checked = _programme(flows or settings.flows, locales or settings.locales, programme)
    spoken = [code for code in reviewed.languages if code != SOURCE_LANGUAGE]
    wrong = [code for code in languages or () if code not in spoken]
    if wrong or not spoken:
        fail(
            f"No review in {', '.join(wrong) or 'English'}. Languages to review: {', '.join(spoken) or 'none'}."
        )
    if file.suffix != ".xlsx":
        fail(f"{file}: the spreadsheet's name must end in .xlsx.")
    pages = {
        code: [
            line
            for line in review_rows.outgoing(reviewed, checked, code)
            if not (drafts and is_reviewed(checked.material.catalogues[code].by_key[line.key]))
        ]
        for code in languages or spoken
    }
    review_sheet.write(
        file,
        reviewed.slug,
        reviewed.service_code,
        reviewed.calendar.day(clock.now(settings.time_offset_s)),
        pages,
    )
    many = ", ".join(f"{code} {len(lines)}" for code, lines in pages.items())
    typer.echo(f"{on_disk(file)}: sentences {many}.")


@review.command("in")
def in_(
    file: File,
    good_rows: Annotated[
        bool,
        typer.Option("--good-rows", help="Write the rows without a fault although other rows have faults."),
    ] = False,
    flows: FlowsDir = None,
    locales: LocalesDir = None,
) -> None:
    """Check a returned spreadsheet, and write its verdicts and corrections into the catalogues."""
    settings = config("flows")
    flows_dir, locales_dir = flows or settings.flows, locales or settings.locales
    try:
        returned = review_sheet.read(file)
    except review_sheet.SheetFault as error:
        fail(str(error))
    programme, checked = _programme(flows_dir, locales_dir, returned.programme)
    today = programme.calendar.day(clock.now(settings.time_offset_s))
    judged, faults = review_rows.judge(returned.answers, _reviewable(checked), returned.went_out, today)
    faults += review_rows.checked_corrections(judged, programme.slug, flows_dir, locales_dir)
    for fault in sorted(faults):
        typer.echo(fault)
    if faults and not good_rows:
        fail(f"{len(faults)} faults: nothing was written. --good-rows writes the other rows.")
    bad = {(fault.language, fault.row) for fault in faults}
    sound = [row for row in judged if (row.answer.language, row.answer.row) not in bad]
    for path in review_rows.write(sound, programme.slug, locales_dir):
        typer.echo(on_disk(path))
    _print_counts(returned.answers, sound)
    if faults:
        fail(f"{len(faults)} faults: these rows were not written.")


def _reviewable(checked: Checked) -> dict[str, Sentences]:
    return {
        code: sentences for code, sentences in checked.material.catalogues.items() if code != SOURCE_LANGUAGE
    }


def _print_counts(answers: Sequence[review_rows.Answer], written: Sequence[review_rows.Judged]) -> None:
    done = Counter(row.answer.verdict for row in written)
    unsure = sum(answer.verdict == review_rows.UNSURE for answer in answers)
    counts = f"good {done[review_rows.GOOD]}, corrected {done[review_rows.CORRECTED]}, not sure {unsure}"
    typer.echo(f"{counts}, of {len(answers)} sentences.")


def _programme(flows_dir: Path, locales_dir: Path, slug: str) -> tuple[Programme, Checked]:
    """The programme with this short name; the only programme for an empty name."""
    checks = check_programmes(flows_dir, locales_dir, slug)
    if checks.settings:
        fail("\n".join(map(str, checks.settings)))
    if not checks.programmes:
        fail(f"There is no programme `{slug}` in {flows_dir}.")
    if len(checks.programmes) > 1:
        fail("Say which programme with --programme: " + ", ".join(p.slug for p, _ in checks.programmes) + ".")
    return checks.programmes[0]
