"""`sms-app rolls`: the rolls that nobody entered, for staff to ask for."""

from __future__ import annotations

from typing import Annotated

import typer

from sms_app.cli.contacts import written
from sms_app.cli.database import staff_context
from sms_app.messaging.coaches.missing import missing_rolls, unreached_coaches
from sms_app.programme.coaches import contacts
from sms_app.programme.roll import contradictions as contradicted
from sms_app.programme.training import unmatched_check_ins

app = typer.Typer(help="Rolls of sessions.", no_args_is_help=True)
Programme = Annotated[str, typer.Option(help="The programme's short name; needed when there are several.")]


@app.callback()
def rolls() -> None:
    """Rolls of sessions."""


@app.command("missing")
def missing(programme: Programme = "") -> None:
    """List the last 60 days' sessions without a roll, with check-in code, coach and phone, and groups whose coach gets
    no text."""
    with staff_context(programme) as staff:
        found = missing_rolls(staff.conn, staff.programme_id, staff.now)
        unreached = unreached_coaches(staff.conn, staff.programme_id)
        groups = {one.group_id for one in found} | {one.group_id for one in unreached}
        coaches = contacts(staff.conn, staff.vault, groups)
    for one in found:
        times = {0: "not reminded", 1: "reminded once"}.get(one.reminded, "reminded twice")
        coach = written(coaches[one.group_id])
        typer.echo(f"group {one.group:<4} {one.starts_at:%Y-%m-%d %H:%M}  code {one.code}  {coach}  {times}")
    if not found:
        typer.echo("Every session that is over has its roll.")
    for group in unreached:
        coach = written(coaches[group.group_id])
        typer.echo(f"group {group.group:<4} gets no texts for its coach: {group.reason} ({coach})")


@app.command("unmatched")
def unmatched(programme: Programme = "") -> None:
    """List check-ins with a session's right code and a member number that is nobody's of its group: the coach knows who
    was there."""
    with staff_context(programme) as staff:
        found = unmatched_check_ins(staff.conn, staff.programme_id)
    for one in found:
        typer.echo(f"group {one.group:<4} {one.starts_at:%Y-%m-%d %H:%M}  member number {one.member}")
    if not found:
        typer.echo("Every check-in matches a member of its session's group.")


@app.command("contradictions")
def contradictions(programme: Programme = "") -> None:
    """List who of the last 60 days' sessions checked in herself and is absent or excused on the roll: the coach knows
    who was there."""
    with staff_context(programme) as staff:
        found = contradicted(staff.conn, staff.programme_id, staff.now)
        coaches = contacts(staff.conn, staff.vault, {one.group_id for one in found})
    for one in found:
        when = f"{one.starts_at:%Y-%m-%d %H:%M}"
        coach = written(coaches[one.group_id])
        typer.echo(
            f"group {one.group:<4} {when}  number {one.list_number}  {one.status} on the roll  {coach}"
        )
    if not found:
        typer.echo("No roll contradicts a check-in.")
