"""`sms-app people template`, `import` and `export`: an office's spreadsheet into the database and back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sms_app.cli.database import config, fail, operator_name
from sms_app.cli.exporting import files_after_commit
from sms_app.cli.loading import loaded_programme
from sms_app.cli.office import office_transaction
from sms_app.cli.options import By, Programme
from sms_app.programme import one_person
from sms_app.programme.loaded import read_files
from sms_app.programme.workbook import export as exporting
from sms_app.programme.workbook import importing, person_file
from sms_app.programme.workbook import template as templates
from sms_app.programme.workbook.faults import CannotRead, WorkbookFaults
from sms_app.programme.workbook.stored import Unreadable

File = Annotated[
    Path, typer.Argument(help="An .xlsx file, or a folder of CSV files, one a sheet.", metavar="FILE")
]


def register(app: typer.Typer) -> None:
    """Add the commands to `sms-app people`."""
    app.command("template")(template)
    app.command("import")(import_)
    app.command("export")(export)


def template(file: File, programme: Programme = "") -> None:
    """Write an empty workbook that explains each sheet and column."""
    settings = config("flows")
    known = [files.settings for files in read_files(settings.flows, settings.locales)]
    chosen = [settings for settings in known if programme in ("", settings.slug)]
    if len(chosen) != 1:
        fail("Say which programme with --programme: " + ", ".join(settings.slug for settings in known) + ".")
    with files_after_commit() as whole_files:
        templates.template(whole_files, file, chosen[0])
    typer.echo(f"{file} is empty: fill it in, then `sms-app people import {file} --dry-run`.")


def import_(
    file: File,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and store nothing.")
    ] = False,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Store a workbook: all of it, or nothing and every fault by sheet, row and column."""
    with loaded_programme(programme) as (staff, loaded):
        try:
            with typer.progressbar(length=importing.STEPS + 1, label="Importing", file=sys.stderr) as bar:
                rows, faults = importing.read(file, loaded)
                bar.update(1)
                tick = lambda: bar.update(1)  # noqa: E731
                summary = importing.store(
                    staff.conn, loaded, rows, faults, by or operator_name(), staff.now, tick
                )
        except (CannotRead, Unreadable) as error:
            fail(str(error))
        except WorkbookFaults as error:
            places = len(error.faults)
            fail(f"{error}\n{places} {'fault' if places == 1 else 'faults'}: nothing was stored.")
        if dry_run:
            staff.conn.rollback()
    _say(summary, dry_run)


def _say(summary: importing.Summary, dry_run: bool) -> None:
    for title, counts in summary.items():
        typer.echo(f"{title:18}{counts.new:8,} new{counts.changed:8,} changed{counts.same:8,} the same")
    if not any(counts.new or counts.changed for counts in summary.values()):
        typer.echo("Nothing changes: all of it is stored already.")
    elif dry_run:
        typer.echo("This was a dry run: nothing was stored.")


def export(
    file: File,
    arms: Annotated[bool, typer.Option("--arms", help="With the households' arms.")] = False,
    person: Annotated[
        str, typer.Option(help="The member number of the one person whose copy of her data this is.")
    ] = "",
    by: By = "",
    programme: Programme = "",
) -> None:
    """Write everyone and everything that an import takes into a file that only you can read. No PIN is in it. With
    --person, everything that is stored of one person, for her."""
    if person:
        _export_person(file, person, by, programme)
        return
    with files_after_commit() as files, loaded_programme(programme) as (staff, loaded):
        try:
            count = exporting.export(staff.conn, files, loaded, file, arms, by or operator_name(), staff.now)
        except Unreadable as error:
            fail(str(error))
    typer.echo(
        f"{count:,} rows are in {file}. It has names and numbers: keep it safe, and delete it after use."
    )


def _export_person(file: Path, member: str, by: str, programme: str) -> None:
    if file.suffix.lower() != ".xlsx":
        fail("Give a file that ends in .xlsx.")
    with files_after_commit() as files, office_transaction(programme, by) as (office, _):
        content = person_file.write(one_person.stored_of(office, member, "command"))
        files.write(file, lambda to: to.write_bytes(content))
    typer.echo(f"What is stored of {member} is in {file}: give it to her, and delete it.")
