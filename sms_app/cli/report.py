"""`sms-app report`: what is reported to others about the programme, without small counts of people."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from sms_app.cli import moments
from sms_app.cli.database import fail, operator_name
from sms_app.cli.exporting import files_after_commit
from sms_app.cli.loading import loaded_programme
from sms_app.cli.options import By, Programme
from sms_app.trial import donor_page
from sms_app.trial.donor import Quarter

app = typer.Typer(help="Reports about the programme, to print.", no_args_is_help=True)
QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)


@app.callback()
def report() -> None:
    """Reports about the programme, to print."""


@app.command("donor")
def donor(
    file: Annotated[Path, typer.Argument(help="The HTML file to write.")],
    quarter: Annotated[str, typer.Option(help="A quarter that is over, as 2026Q4.")],
    by: By = "",
    programme: Programme = "",
) -> None:
    """Write a quarter's report to a donor: reach, attendance, savings and cost. No count of fewer than ten people is in
    it, and none follows from what is in it. Only you can read the file."""
    chosen = _quarter(quarter)
    with files_after_commit() as files, loaded_programme(programme, snapshot=True) as (staff, loaded):
        if staff.today < chosen.after:
            fail(f"The quarter is not over: its last week ends before {chosen.after}.")
        donor_page.write(
            staff.conn,
            files,
            loaded.id,
            loaded.settings,
            file,
            chosen,
            by or operator_name(),
            staff.now,
            staff.today,
        )
    typer.echo(f"The report is in {file}. A star stands for what would tell of fewer than ten people.")


def _quarter(text: str) -> Quarter:
    written = QUARTER.fullmatch(text)
    if written is None or int(written[1]) not in moments.YEARS:
        fail(f"`{text}` is not a quarter: write it as 2026Q4.")
    return Quarter(int(written[1]), int(written[2]))
