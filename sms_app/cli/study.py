"""`sms-app study` and `sms-app households`: study ids, their map, and households over time for the study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sms_app.cli.exporting import files_after_commit
from sms_app.cli.office import office_transaction
from sms_app.cli.options import By, Programme
from sms_app.trial import export_file, households, study_ids

study_app = typer.Typer(help="Study ids, and the map that says whose they are.", no_args_is_help=True)
households_app = typer.Typer(help="Households over time, for the study.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="A file that ends in .csv.", metavar="FILE")]
MAP_COLUMNS = ("study_id", "member_number", "replaced_by")


@study_app.callback()
def study() -> None:
    """Study ids, and the map that says whose they are."""


@households_app.callback()
def households_() -> None:
    """Households over time, for the study."""


@study_app.command("map")
def map_command(file: File, by: By = "", programme: Programme = "") -> None:
    """Write which study id is whose into a file that only you can read. Who has it can link the study's files to
    people."""
    with files_after_commit() as files, office_transaction(programme, by) as (office, _):
        study_ids.assign(office.conn, office.programme_id)
        rows = study_ids.whole_map(office.conn, office.programme_id)
        office.record("export_study_map", "programme", office.programme_id)
        lines = [(row.study_id, row.member_number, row.replaced_by) for row in rows]
        count = export_file.write(files, file, MAP_COLUMNS, lines)
    typer.echo(
        f"{count:,} study ids are in {file}. It says whose each is: keep it apart from the study's files,"
        " give it to nobody who has them, and delete it after use."
    )


@households_app.command("export")
def export_command(file: File, by: By = "", programme: Programme = "") -> None:
    """Write who was in which household when, by study ids, into a file that only you can read."""
    with files_after_commit() as files, office_transaction(programme, by) as (office, _):
        count = households.export(office, files, file)
    typer.echo(f"{count:,} places in households are in {file}, by study ids.")
