"""`sms-app disputes`: lists what participants say is not right, and answers it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from sms_app.cli.database import fail, operator_name, staff_context
from sms_app.cli.hints import with_hints
from sms_app.cli.options import By, Programme
from sms_app.programme import disputes as dispute_rules
from sms_app.programme.disputes import Dispute

app = typer.Typer(help="What participants say is not right.", no_args_is_help=True)


@app.command("list")
def list_(
    group: Annotated[
        str, typer.Option(help="Only this training group (its number) or savings group (its name).")
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="List the closed ones too.")] = False,
    programme: Programme = "",
) -> None:
    """List the open disputes, the oldest first: id, day, days since, group and list number, subject."""
    try:
        with staff_context(programme) as staff:
            listed = dispute_rules.disputes(staff.conn, staff.programme_id, group, every)
    except dispute_rules.Refused as refused:
        fail(with_hints(refused))
    for dispute in listed:
        typer.echo(_line(dispute, staff.today))
    if not listed:
        typer.echo("There is no dispute." if every else "No dispute is open.")


@app.command()
def answer(
    handle: Annotated[str, typer.Argument(help="The id of the dispute, or its first characters.")],
    code: Annotated[
        str,
        typer.Argument(
            metavar="corrected|right|ask",
            help="corrected: it was wrong and is corrected. right: it was checked and is right."
            " ask: she should ask at the next meeting.",
        ),
    ],
    again: Annotated[bool, typer.Option("--again", help="Replace the answer that was given.")] = False,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Answer a dispute. For two weeks she can read the answer behind her PIN, in her language."""
    try:
        with staff_context(programme) as staff:
            done = dispute_rules.answer(
                staff.conn, staff.programme_id, by or operator_name(), handle, code, staff.now, again
            )
    except dispute_rules.Refused as refused:
        fail(with_hints(refused))
    typer.echo(
        f"{_whose(done)}, {done.about}, {done.raised_on}: answered `{done.answer}`."
        f" She can read it behind her PIN until {done.shown_until}."
    )


def _line(dispute: Dispute, today: date) -> str:
    days = (today - dispute.raised_on).days
    since = {0: "today", 1: "1 day"}.get(days, f"{days} days")
    subject = dispute.about
    if dispute.savings_group and dispute.about != "attendance":
        subject += f" ({dispute.savings_group})"
    if dispute.assisted:
        subject += ", with her coach"
    if dispute.closed_on is not None:
        subject += f"  {dispute.closed_on} {dispute.answer or 'repeats an older one'}"
    return f"{dispute.handle}  {dispute.raised_on}  {since:>8}  {_whose(dispute):<16}  {subject}"


def _whose(dispute: Dispute) -> str:
    """Her group and list number; her member number when she is on no list."""
    if dispute.group is None or dispute.list_number is None:
        return f"member {dispute.member_number}"
    return f"group {dispute.group} no. {dispute.list_number}"
