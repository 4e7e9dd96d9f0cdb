"""`sms-app texts review`: sentences out to reviewers in a spreadsheet, and back into the catalogues."""

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
review = typer.Typer(help="Sentences to native speakers and back, in a spreadsheet.", no_args_is_help=True)
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
        typer.Option("--language", help="A language; repeat it. All but English if left out."),
    ] = None,
    drafts: Annotated[bool, typer.Option("--drafts", help="Only what nobody has passed yet.")] = False,
    flows: FlowsDir = None,
    locales: LocalesDir = None,
    programme: Slug = "",
) -> None:
    """Write every sentence into a spreadsheet, a page a language, for a native speaker to read."""
    settings = config("flows")
    found, checked = _programme(flows or settings.flows, locales or settings.locales, programme)
    spoken = [code for code in found.languages if code != SOURCE_LANGUAGE]
    wrong = [code for code in languages or () if code not in spoken]
    if wrong or not spoken:
        fail(
            f"Nothing is reviewed in {', '.join(wrong) or 'English alone'}; there is: {', '.join(spoken) or 'none'}."
        )
    if file.suffix != ".xlsx":
        fail(f"{file}: the spreadsheet's name ends in .xlsx.")
    pages = {
        code: [
            line
            for line in review_rows.outgoing(found, checked, code)
            if not (drafts and is_reviewed(checked.material.catalogues[code].by_key[line.key]))
        ]
        for code in languages or spoken
    }
    review_sheet.write(
        file, found.slug, found.service_code, found.calendar.day(clock.now(settings.time_offset_s)), pages
    )
    many = ", ".join(f"{code} {len(lines)}" for code, lines in pages.items())
    typer.echo(f"{on_disk(file)}: sentences {many}.")


@review.command("in")
def in_(
    file: File,
    good_rows: Annotated[
        bool, typer.Option("--good-rows", help="Write the rows without a fault, though others have one.")
    ] = False,
    flows: FlowsDir = None,
    locales: LocalesDir = None,
) -> None:
    """Check a spreadsheet that came back, and write its verdicts and corrections into the catalogues."""
    settings = config("flows")
    flows_dir, locales_dir = flows or settings.flows, locales or settings.locales
    try:
        returned = review_sheet.read(file)
    except review_sheet.SheetFault as error:
        fail(str(error))
    found, checked = _programme(flows_dir, locales_dir, returned.programme)
    today = found.calendar.day(clock.now(settings.time_offset_s))
    judged, faults = review_rows.judge(returned.answers, _reviewable(checked), returned.went_out, today)
    faults += review_rows.checked_corrections(judged, found.slug, flows_dir, locales_dir)
    for fault in sorted(faults):
        typer.echo(fault)
    if faults and not good_rows:
        fail(f"{len(faults)} faults: nothing was written. --good-rows writes the other rows.")
    bad = {(fault.language, fault.row) for fault in faults}
    sound = [one for one in judged if (one.answer.language, one.answer.row) not in bad]
    for path in review_rows.write(sound, found.slug, locales_dir):
        typer.echo(on_disk(path))
    _tell(returned.answers, sound)
    if faults:
        fail(f"{len(faults)} faults: these rows were not written.")


def _reviewable(checked: Checked) -> dict[str, Sentences]:
    return {code: found for code, found in checked.material.catalogues.items() if code != SOURCE_LANGUAGE}


def _tell(answers: Sequence[review_rows.Answer], written: Sequence[review_rows.Judged]) -> None:
    done = Counter(one.answer.verdict for one in written)
    unsure = sum(answer.verdict == review_rows.UNSURE for answer in answers)
    said = f"good {done[review_rows.GOOD]}, corrected {done[review_rows.CORRECTED]}, not sure {unsure}"
    typer.echo(f"{said}, of {len(answers)} sentences.")


def _programme(flows_dir: Path, locales_dir: Path, slug: str) -> tuple[Programme, Checked]:
    """The programme of a short name, or the only one."""
    checks = check_programmes(flows_dir, locales_dir, slug)
    if checks.settings:
        fail("\n".join(map(str, checks.settings)))
    if not checks.programmes:
        fail(f"There is no programme `{slug}` in {flows_dir}.")
    if len(checks.programmes) > 1:
        fail("Say which programme with --programme: " + ", ".join(p.slug for p, _ in checks.programmes) + ".")
    return checks.programmes[0]
