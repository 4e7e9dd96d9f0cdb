"""`sms-app follow-ups`: lists who was absent twice running, and enters what the office heard of her."""

from __future__ import annotations

from typing import Annotated

import typer

from sms_app.cli.database import fail, staff_context
from sms_app.cli.office import office_transaction
from sms_app.cli.options import By, Programme
from sms_app.programme import follow_ups
from sms_app.programme.follow_ups import FollowUp

app = typer.Typer(help="Who was absent twice running.", no_args_is_help=True)
HANDLE_SHORTEST = 4
"""The fewest characters of an id that staff may type."""


@app.command("list")
def list_(programme: Programme = "") -> None:
    """List the open follow-ups, the oldest first: id, day, group and list number."""
    with staff_context(programme) as staff:
        listed = follow_ups.open_ones(staff.conn, staff.programme_id)
    for row in listed:
        typer.echo(f"{str(row.id)[:8]}  {row.raised_on}  {_whose(row)}")
    if not listed:
        typer.echo("No follow-up is open.")


@app.command()
def answer(
    handle: Annotated[str, typer.Argument(help="The id of the follow-up, or its first characters.")],
    heard: Annotated[
        str,
        typer.Argument(
            metavar="|".join(follow_ups.HEARD),
            help="What was heard of her: she comes again, she can't come, she wants to leave, nobody found her.",
        ),
    ],
    by: By = "",
    programme: Programme = "",
) -> None:
    """Enter what the office heard of her, and close the follow-up. Her coach may answer, too: the first one counts."""
    start = handle.strip().lower()
    if len(start) < HANDLE_SHORTEST:
        fail(f"Type at least {HANDLE_SHORTEST} characters of the follow-up's id.")
    with office_transaction(programme, by) as (office, _):
        fitting = [
            row
            for row in follow_ups.open_ones(office.conn, office.programme_id)
            if str(row.id).startswith(start)
        ]
        if len(fitting) != 1:
            many = "More than one open follow-up begins" if fitting else "No open follow-up begins"
            fail(f"{many} with `{handle}`: `sms-app follow-ups list` shows them.")
        follow_ups.close_by_office(office, fitting[0].id, heard)
    typer.echo(f"{_whose(fitting[0])}, {fitting[0].raised_on}: {heard}.")


def _whose(row: FollowUp) -> str:
    """Her group and list number; her member number when she is on no list."""
    if row.group is None or row.list_number is None:
        return f"member {row.member_number}"
    return f"group {row.group} no. {row.list_number}"
