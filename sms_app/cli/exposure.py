"""`sms-app exposure`: what the programme did with whom by week, and what could reach the other arm, as CSV files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from sms_app.cli import moments
from sms_app.cli.database import fail, operator_name
from sms_app.cli.exporting import files_after_commit
from sms_app.cli.loading import loaded_programme
from sms_app.cli.options import By, Programme
from sms_app.trial import contamination as contaminations
from sms_app.trial import dictionary, exposure_file
from sms_app.trial import exposure as weekly

app = typer.Typer(help="The trial's exposure and contamination, by study id.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="The CSV file to write; its dictionary stands beside it.")]


@app.command("export")
def export(
    file: File,
    from_: Annotated[str, typer.Option("--from", help="A day of the first week, as 2026-11-02.")],
    until: Annotated[str, typer.Option(help="A day of the last week, as 2026-11-29.")],
    by: By = "",
    programme: Programme = "",
) -> None:
    """Write sessions, texts and finished actions of each participant and week, without names and numbers. Only you can
    read the file. Weeks are whole weeks, from Monday to Sunday."""
    first, last = moments.day(from_), moments.day(until)
    if last < first:
        fail("The day of --until is before the day of --from.")
    with files_after_commit() as files, loaded_programme(programme, snapshot=True) as (staff, loaded):
        if last >= weekly.monday(staff.today) + timedelta(weeks=1):
            fail("The day of --until is after this week.")
        count = exposure_file.export(
            staff.conn, files, loaded.id, file, first, last, by or operator_name(), staff.now
        )
    typer.echo(f"{count:,} rows are in {file}, and what their columns mean in {dictionary.beside(file)}.")


@app.command("contamination")
def contamination(
    file: File,
    on: Annotated[str, typer.Option(help="The day, as 2026-11-25; default: today.")] = "",
    arm: Annotated[
        str, typer.Option(help="The arm in which men are trained; default: the programme's first.")
    ] = "",
    by: By = "",
    programme: Programme = "",
) -> None:
    """Write how the other arm could reach each woman: by her groups, village, coaches and numbers, without names. Only
    you can read the file."""
    with files_after_commit() as files, loaded_programme(programme, snapshot=True) as (staff, loaded):
        day = moments.day(on) if on else staff.today
        if day > staff.today:
            fail("The day of --on is still to come.")
        mens_arm = arm or next(iter(loaded.settings.arms), "")
        if mens_arm not in loaded.settings.arms:
            fail(f"`{mens_arm}` is no arm: one of {', '.join(loaded.settings.arms)}.")
        count = contaminations.export(
            staff.conn, files, loaded.id, file, day, mens_arm, by or operator_name(), staff.now
        )
    typer.echo(f"{count:,} rows are in {file}, and what their columns mean in {dictionary.beside(file)}.")
