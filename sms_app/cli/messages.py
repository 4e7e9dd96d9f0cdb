"""`sms-app messages`: the statuses of a day's messages, with the reasons."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Annotated

import typer

from sms_app.cli import moments
from sms_app.cli.database import fail
from sms_app.cli.loading import loaded_programme
from sms_app.cli.options import Programme
from sms_app.messaging import history
from sms_app.models.messages import STATUSES

app = typer.Typer(help="The statuses of messages.", no_args_is_help=True)


@app.callback()
def messages_() -> None:
    """The statuses of messages."""


@app.command("list")
def list_(
    day: Annotated[str | None, typer.Option(help="The day, as 2026-11-25; default: today.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule, as the first column names it.")] = None,
    status: Annotated[str | None, typer.Option(help="Only this status.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    group: Annotated[int | None, typer.Option(help="Only this training group's number.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="List each message too.")] = False,
    programme: Programme = "",
) -> None:
    """Count the messages that were due on a day, by rule, status and reason. Shows no names, phones or texts."""
    if status is not None and status not in STATUSES:
        fail(f"There is no status `{status}`: it is one of {', '.join(STATUSES)}.")
    with loaded_programme(programme) as (staff, loaded):
        calendar = loaded.calendar
        first = staff.today if day is None else moments.day(day)
        start, end = (calendar.at(midnight) for midnight in (first, first + timedelta(days=1)))
        messages = history.due(staff.conn, staff.programme_id, start, end, rule, status, reason, group)
    counts = Counter((message.rule, message.status, message.reason) for message in messages)
    for (name, state, why), count in sorted(counts.items()):
        typer.echo(f"{count:>6,}  {name:<20} {state:<10} {why}".rstrip())
    if not messages:
        typer.echo("No such message was due on that day.")
    if all_ and messages:
        typer.echo("")
        for message in messages:
            groups = ",".join(map(str, message.groups)) or "-"
            members = ",".join(message.members) or "coach"
            due = f"{message.at.astimezone(calendar.zone):%Y-%m-%d %H:%M}"
            line = f"{due}  {message.rule:<20} group {groups:<5} {members:<10} {message.status:<10} {message.reason}"
            typer.echo(line.rstrip())
