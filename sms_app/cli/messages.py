"""`sms-app messages`: what became of a day's messages, and why."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Annotated

import typer

from sms_app.cli import moments
from sms_app.cli.database import fail
from sms_app.cli.loading import loaded_programme
from sms_app.messaging import history
from sms_app.models.messages import STATUSES

app = typer.Typer(help="What became of messages.", no_args_is_help=True)
Programme = Annotated[str, typer.Option(help="The programme's short name; needed when there are several.")]


@app.callback()
def messages() -> None:
    """What became of messages."""


@app.command("list")
def list_(
    day: Annotated[str | None, typer.Option(help="The day, as 2026-11-25; today if left out.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule, as the first column names it.")] = None,
    status: Annotated[str | None, typer.Option(help="Only this status.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    group: Annotated[int | None, typer.Option(help="Only this training group's number.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="List each message, too.")] = False,
    programme: Programme = "",
) -> None:
    """Count the messages that were due on a day by rule, status and reason: no names, no phones, no texts."""
    if status is not None and status not in STATUSES:
        fail(f"There is no status `{status}`: say one of {', '.join(STATUSES)}.")
    with loaded_programme(programme) as (staff, loaded):
        calendar = loaded.calendar
        first = staff.today if day is None else moments.day(day)
        start, end = (calendar.at(each) for each in (first, first + timedelta(days=1)))
        found = history.due(staff.conn, staff.programme_id, start, end, rule, status, reason, group)
    counts = Counter((one.rule, one.status, one.reason) for one in found)
    for (name, state, why), count in sorted(counts.items()):
        typer.echo(f"{count:>6,}  {name:<20} {state:<10} {why}".rstrip())
    if not found:
        typer.echo("No such message was due on that day.")
    if all_ and found:
        typer.echo("")
        for one in found:
            groups, members = ",".join(map(str, one.groups)) or "-", ",".join(one.members) or "coach"
            line = f"{one.at.astimezone(calendar.zone):%Y-%m-%d %H:%M}  {one.rule:<20} group {groups:<5} {members:<10}"
            typer.echo(f"{line} {one.status:<10} {one.reason}".rstrip())
