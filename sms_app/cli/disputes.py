"""`sms-app disputes`: what participants find not right, for staff to answer."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from sms_app.cli.database import fail, operator_name, staff_context
from sms_app.programme import disputes as rules
from sms_app.programme.disputes import Dispute

app = typer.Typer(help="What participants find not right.", no_args_is_help=True)
By = Annotated[str, typer.Option(help="Who does it, for the audit trail; your login name if left out.")]
Programme = Annotated[str, typer.Option(help="The programme's short name; needed when there are several.")]


@app.command("list")
def list_(
    group: Annotated[
        str, typer.Option(help="Only this training group (its number) or savings group (its name).")
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="Also those that are closed.")] = False,
    programme: Programme = "",
) -> None:
    """List the open disputes, the oldest first: id, day, days since, group and list number, subject."""
    try:
        with staff_context(programme) as staff:
            found = rules.disputes(staff.conn, staff.programme_id, group, every)
    except rules.Refused as refused:
        fail(str(refused))
    for one in found:
        typer.echo(_line(one, staff.today))
    if not found:
        typer.echo("There is no dispute." if every else "No dispute is open.")


@app.command()
def answer(
    handle: Annotated[str, typer.Argument(help="The dispute's id, or how it begins.")],
    code: Annotated[
        str,
        typer.Argument(
            metavar="corrected|right|ask",
            help="corrected: it was wrong and is corrected. right: checked, it is right as it stands."
            " ask: she is asked to ask at the next meeting.",
        ),
    ],
    again: Annotated[bool, typer.Option("--again", help="Replace the answer that was given.")] = False,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Answer a dispute. She reads the answer behind her PIN, in her language, for two weeks."""
    try:
        with staff_context(programme) as staff:
            done = rules.answer(
                staff.conn, staff.programme_id, by or operator_name(), handle, code, staff.now, again
            )
    except rules.Refused as refused:
        fail(str(refused))
    typer.echo(
        f"{_whose(done)}, {done.about}, {done.raised_on}: answered `{done.answer}`."
        f" She can read it behind her PIN until {done.shown_until}."
    )


def _line(one: Dispute, today: date) -> str:
    days = (today - one.raised_on).days
    since = {0: "today", 1: "1 day"}.get(days, f"{days} days")
    subject = one.about
    if one.savings_group and one.about != "attendance":
        subject += f" ({one.savings_group})"
    if one.closed_on is not None:
        subject += f"  {one.closed_on} {one.answer or 'repeats an older one'}"
    return f"{one.handle}  {one.raised_on}  {since:>8}  {_whose(one):<16}  {subject}"


def _whose(one: Dispute) -> str:
    """Group and list number; who is on no list is told by her member number."""
    if one.group is None or one.list_number is None:
        return f"member {one.member_number}"
    return f"group {one.group} no. {one.list_number}"
