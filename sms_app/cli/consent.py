"""`sms-app consent`: who misses a consent that the trial needs."""

from __future__ import annotations

from typing import Annotated

import typer

from sms_app.cli.database import staff_context
from sms_app.cli.options import Programme
from sms_app.trial import missing_consents

app = typer.Typer(help="Consents that are missing; `people consent` enters one.", no_args_is_help=True)


@app.callback()
def consent() -> None:
    """Consents that are missing; `people consent` enters one."""


@app.command("missing")
def missing_command(
    minors: Annotated[bool, typer.Option("--minors", help="Only who is under 18.")] = False,
    programme: Programme = "",
) -> None:
    """List who misses a consent to programme, research or surveys, and whose word it is."""
    with staff_context(programme) as staff:
        rows = missing_consents.missing(staff.conn, staff.programme_id, staff.today)
        unknown = missing_consents.without_year(staff.conn, staff.programme_id)
    listed = [row for row in rows if row.is_minor or not minors]
    for row in listed:
        typer.echo(
            f"{row.member_number}  {row.purpose:<10}{'  under 18' if row.is_minor else ''}  {row.told()}"
        )
    if not listed:
        typer.echo("No consent is missing.")
    if unknown:
        typer.echo(f"{unknown} have no year of birth: nobody can tell whether they are under 18.")
