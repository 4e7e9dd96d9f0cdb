"""`sms-app flows`: checks, shows, draws and compiles what participants see, and publishes its digits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sms_app.cli import drawing, scaffold
from sms_app.cli.database import config, fail
from sms_app.cli.hints import hinted_line
from sms_app.conversation.checked import Checks, check_programmes
from sms_app.engine.checker.catalogue import drafts as count_drafts
from sms_app.engine.checker.catalogue import read_catalogue
from sms_app.engine.checker.check import Checked
from sms_app.engine.checker.messages import texts as count_texts
from sms_app.engine.checker.published import publish as publish_digits
from sms_app.engine.flow import Fault
from sms_app.paths import on_disk
from sms_app.programme.settings import Programme
from sms_app.texts import compile_catalogue

app = typer.Typer(help="What participants see: check, compile, show, draw, publish.", no_args_is_help=True)
FlowsDir = Annotated[
    Path | None, typer.Option("--flows", help="The folder of flows, with a folder for each programme.")
]
LocalesDir = Annotated[Path | None, typer.Option("--locales", help="The folder of catalogues.")]
Slug = Annotated[str, typer.Option("--programme", help="One programme; all of them if left out.")]


@app.command()
def check(flows: FlowsDir = None, locales: LocalesDir = None, programme: Slug = "") -> None:
    """List every fault of flows and catalogues as file:line. Exit with 1 when there is a fault."""
    checks = _checks(flows, locales, programme)
    for fault in checks.every:
        typer.echo(hinted_line(str(fault)))
    if checks.every:
        fail(f"{len(checks.every)} faults.")
    every = [checked for _, checked in checks.programmes]
    screens = sum(len(list(drawing.screens(checked))) for checked in every)
    texts = sum(count_texts(checked.material) for checked in every)
    drafts = sum(count_drafts(checked.material.catalogues.values()) for checked in every)
    typer.echo(f"No fault: programmes {len(every)}, screens {screens}, texts {texts}, drafts {drafts}.")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="The flow, such as `savings`.")],
    flows: FlowsDir = None,
    locales: LocalesDir = None,
    programme: Slug = "",
) -> None:
    """Print one flow as text: every screen in every language with its longest length, and where each choice leads."""
    is_known = False
    for _, checked in _programmes(flows, locales, programme):
        if name in checked.flows.flows:
            is_known = True
            typer.echo(drawing.text(checked, name))
    if not is_known:
        fail(f"There is no flow `{name}`.")


@app.command()
def draw(
    out: Annotated[Path, typer.Option("--out", help="The HTML file to write.")] = Path("flows.html"),
    flows: FlowsDir = None,
    locales: LocalesDir = None,
    programme: Slug = "",
) -> None:
    """Draw every screen in every language into one HTML file for print."""
    pages = [
        drawing.page(settings.name, checked) for settings, checked in _programmes(flows, locales, programme)
    ]
    out.write_text(drawing.document(pages), encoding="utf-8")
    typer.echo(out)


@app.command()
def compile(
    catalogues: Annotated[
        list[Path] | None, typer.Argument(help="The catalogues (.po); default: all.")
    ] = None,
    locales: LocalesDir = None,
    programme: Slug = "",
) -> None:
    """Compile catalogues into .mo files beside them. The service reads the .mo files when it starts."""
    folder = locales or config("flows").locales
    sources = catalogues or sorted(folder.glob(f"*/LC_MESSAGES/{programme or '*'}.po"))
    if not sources:
        fail(f"There is no catalogue in {folder}.")
    faults = [fault for source in sources if (fault := _compile(source))]
    if faults:
        fail("\n".join(map(str, faults)))


def _compile(source: Path) -> Fault | None:
    """Compile a catalogue and print the path of its .mo file. Returns the fault of a catalogue that cannot be read."""
    read = read_catalogue(source, source.parent.parent.name)
    if isinstance(read, Fault):
        return read
    typer.echo(on_disk(compile_catalogue(source)))
    return None


@app.command()
def publish(flows: FlowsDir = None, locales: LocalesDir = None, programme: Slug = "") -> None:
    """Record what each digit means now, so that `check` notices a later change. Refuses while there are faults."""
    for _, checked in _programmes(flows, locales, programme):
        for fault in checked.faults:
            typer.echo(fault)
        if checked.faults:
            fail("Not published: fix these faults first.")
        typer.echo(publish_digits(checked.folder, checked.flows))


@app.command()
def add_language(
    programme: Annotated[str, typer.Argument(help="The programme's short name.")],
    language: Annotated[str, typer.Argument(help="The language's code, such as sw.")],
    flows: FlowsDir = None,
    locales: LocalesDir = None,
) -> None:
    """Add a language to a programme: in its settings, on its language menu, and as a catalogue to be written."""
    settings = config("flows")
    folder = locales or settings.locales
    try:
        model = scaffold.model(flows or settings.flows, folder, programme)
        files = scaffold.new_language(model, language, folder)
    except scaffold.CannotMake as error:
        fail(str(error))
    scaffold.write(files)
    for path in files:
        typer.echo(on_disk(path))
    typer.echo("`sms-app flows check` lists each sentence that must be written.", err=True)


def _programmes(flows: Path | None, locales: Path | None, slug: str) -> list[tuple[Programme, Checked]]:
    """The programmes, checked. Exits when a programme's settings have faults."""
    checks = _checks(flows, locales, slug)
    if checks.settings:
        fail("\n".join(map(str, checks.settings)))
    return checks.programmes


def _checks(flows: Path | None, locales: Path | None, slug: str) -> Checks:
    settings = config("flows")
    folder = flows or settings.flows
    checks = check_programmes(folder, locales or settings.locales, slug)
    if not checks.programmes and not checks.settings:
        fail(
            f"There is no programme `{slug}` in {folder}." if slug else f"There is no programme in {folder}."
        )
    return checks
