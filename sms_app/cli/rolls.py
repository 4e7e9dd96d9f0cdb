"""`sms-app rolls`: sessions whose roll is missing, the office's corrections, check-ins that match nobody."""

from __future__ import annotations

from datetime import time
from typing import Annotated

import typer

from sms_app.cli import moments
from sms_app.cli.contacts import format_coaches
from sms_app.cli.database import fail, staff_context
from sms_app.cli.office import office_transaction
from sms_app.cli.options import By, Programme
from sms_app.conversation.coach_facts import MAX_LIST
from sms_app.engine.answers import read_numbers
from sms_app.messaging.coaches.missing import missing_rolls, unreached_coaches
from sms_app.programme.coaches import contacts
from sms_app.programme.roll import contradictions as contradicted
from sms_app.programme.roll import correct_by_office
from sms_app.programme.training import unmatched_check_ins

app = typer.Typer(help="Rolls of sessions.", no_args_is_help=True)


@app.callback()
def rolls() -> None:
    """Rolls of sessions."""


@app.command("missing")
def missing_command(programme: Programme = "") -> None:
    """List the sessions of the last 60 days without a roll, each with its check-in code, its coach and her phone. Then
    list the groups whose coach gets no texts, with the reason."""
    with staff_context(programme) as staff:
        missing = missing_rolls(staff.conn, staff.programme_id, staff.now)
        unreached = unreached_coaches(staff.conn, staff.programme_id)
        groups = {roll.group_id for roll in missing} | {group.group_id for group in unreached}
        coaches = contacts(staff.conn, staff.vault, groups)
    for roll in missing:
        times = {0: "not reminded", 1: "reminded once"}.get(roll.reminded, "reminded twice")
        coach = format_coaches(coaches[roll.group_id])
        typer.echo(
            f"group {roll.group:<4} {roll.starts_at:%Y-%m-%d %H:%M}  code {roll.code}  {coach}  {times}"
        )
    if not missing:
        typer.echo("Every session that is over has its roll.")
    for group in unreached:
        coach = format_coaches(coaches[group.group_id])
        typer.echo(f"group {group.group:<4} gets no texts for its coach: {group.reason} ({coach})")


@app.command("correct")
def correct_command(
    group: Annotated[int, typer.Argument(help="The group's number.")],
    day: Annotated[str, typer.Argument(help="The session's day, like 2026-02-28.")],
    status: Annotated[str, typer.Argument(help="present, late, absent or excused.")],
    list_numbers: Annotated[str, typer.Argument(metavar="NUMBERS", help="List numbers, like 3,7.")],
    at: Annotated[
        str, typer.Option(help="The hour, like 09:00, when the group has two sessions that day.")
    ] = "",
    by: By = "",
    programme: Programme = "",
) -> None:
    """Correct attendance at a session, also after the coach's seven days. The office's word counts before hers."""
    numbers = read_numbers(list_numbers, 1, MAX_LIST)
    if numbers is None:
        fail(f"`{list_numbers}` are no list numbers: write them like 3,7, none twice.")
    try:
        hour = time.fromisoformat(at) if at else None
    except ValueError:
        fail(f"`{at}` is no hour: write it like 09:00.")
    with office_transaction(programme, by) as (office, loaded):
        starts = correct_by_office(
            office, loaded.calendar.zone, group, moments.day(day), numbers, status, hour
        )
    typer.echo(f"Group {group}, {starts:%Y-%m-%d %H:%M}: {', '.join(map(str, numbers))} {status}.")


@app.command("unmatched")
def unmatched_command(programme: Programme = "") -> None:
    """List the check-ins with the right code of a session and a member number that nobody in its group has. The coach
    knows who was there."""
    with staff_context(programme) as staff:
        check_ins = unmatched_check_ins(staff.conn, staff.programme_id)
    for check_in in check_ins:
        typer.echo(
            f"group {check_in.group:<4} {check_in.starts_at:%Y-%m-%d %H:%M}  member number {check_in.member}"
        )
    if not check_ins:
        typer.echo("Every check-in matches a member of its session's group.")


@app.command("contradictions")
def contradictions_command(programme: Programme = "") -> None:
    """List who checked in herself at a session of the last 60 days and is absent or excused on its roll."""
    with staff_context(programme) as staff:
        contradictions = contradicted(staff.conn, staff.programme_id, staff.now)
        coaches = contacts(staff.conn, staff.vault, {entry.group_id for entry in contradictions})
    for entry in contradictions:
        when = f"{entry.starts_at:%Y-%m-%d %H:%M}"
        coach = format_coaches(coaches[entry.group_id])
        typer.echo(
            f"group {entry.group:<4} {when}  number {entry.list_number}  {entry.status} on the roll  {coach}"
        )
    if not contradictions:
        typer.echo("No roll contradicts a check-in.")
