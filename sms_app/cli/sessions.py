"""`sms-app sessions`: when the groups meet, as staff see and change it. What was said of it is corrected by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy import Connection

from sms_app.cli import moments
from sms_app.cli.database import fail, someone
from sms_app.cli.speaking import speaking
from sms_app.messaging.reminders import corrections
from sms_app.programme import schedule
from sms_app.programme.calendar import Calendar
from sms_app.programme.schedule import Change, Changed, Gathering

app = typer.Typer(help="Sessions and savings groups' meetings.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The session's or meeting's id, or how it begins.")]
When = Annotated[str, typer.Argument(help="The programme's local time, as 2026-03-07 14:00.")]
By = Annotated[str, typer.Option(help="Who does it, for the audit trail; your login name if left out.")]
Programme = Annotated[str, typer.Option(help="The programme's short name; needed when there are several.")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Also on a day off.")]


@app.command("list")
def list_(
    days: Annotated[int, typer.Option(help="How many days from today on.", min=1, max=366)] = 7,
    week: Annotated[str | None, typer.Option(help="A whole week instead, as 2026-W49.")] = None,
    group: Annotated[
        str, typer.Option(help="Only this training group (its number) or savings group (its name).")
    ] = "",
    programme: Programme = "",
) -> None:
    """List what takes place, with ids and local times."""
    with speaking(programme) as (at, speaker):
        first, count = (at.today, days) if week is None else (moments.monday(week), 7)
        start, end = (speaker.programme.calendar.at(day) for day in (first, first + timedelta(days=count)))
        found = schedule.gatherings(at.conn, at.programme_id, start, end)
    if group:
        called = {group.casefold(), f"group {group}".casefold()}
        found = [one for one in found if one.group.casefold() in called]
    for one in found:
        typer.echo(_line(one, speaker.programme.calendar))
    if not found:
        typer.echo("Nothing takes place.")


@app.command()
def move(id_: Id, to: When, by: By = "", anyway: Anyway = False, programme: Programme = "") -> None:
    """Let it start at another time; it lasts as long as before."""
    with _changing(programme, by) as at:
        changed = schedule.move(at.conn, at.change, id_, at.moment(to, anyway))
        _say(at, changed, "starts then already")


@app.command()
def cancel(id_: Id, by: By = "", programme: Programme = "") -> None:
    """Call it off."""
    with _changing(programme, by) as at:
        _say(at, schedule.cancel(at.conn, at.change, id_), "is cancelled already")


@app.command()
def restore(id_: Id, by: By = "", programme: Programme = "") -> None:
    """Let it take place after all."""
    with _changing(programme, by) as at:
        _say(at, schedule.restore(at.conn, at.change, id_), "is not cancelled")


@app.command()
def place(
    id_: Id, where: Annotated[str, typer.Argument(help="The new place.")], by: By = "", programme: Programme = ""
) -> None:  # fmt: skip
    """Hold it somewhere else."""
    with _changing(programme, by) as at:
        _say(at, schedule.place(at.conn, at.change, id_, where), "is held there already")


@app.command("plan-meeting")
def plan_meeting(
    savings_group: Annotated[str, typer.Argument(help="The savings group's name or id.")],
    starts: When,
    where: Annotated[str, typer.Option("--place", help="Where they meet.")],
    hours: Annotated[float, typer.Option(help="How long it lasts.", min=0.25, max=12)] = 2,
    by: By = "",
    anyway: Anyway = False,
    programme: Programme = "",
) -> None:
    """Plan a savings group's meeting. Prints its id."""
    with _changing(programme, by) as at:
        start = at.moment(starts, anyway)
        end = start + timedelta(hours=hours)
        typer.echo(schedule.plan_meeting(at.conn, at.change, savings_group, start, end, where))


@dataclass(frozen=True)
class _Desk:
    conn: Connection
    change: Change
    calendar: Calendar

    def moment(self, text: str, anyway: bool) -> datetime:
        """A local time within the programme's hours, on a day on which it meets unless `anyway`."""
        found = moments.hour(text, self.calendar.zone, f"`{text}` is no time: write it as 2026-03-07 14:00.")
        local, opens, closes = found.astimezone(self.calendar.zone), self.calendar.opens, self.calendar.closes
        if not opens <= local.time() < closes:
            fail(
                f"Nobody meets at {local:%H:%M}: the programme's day is from {opens:%H:%M} to {closes:%H:%M}."
            )
        if not anyway and not self.calendar.may_meet(found):
            fail(f"Nobody meets at {local:%Y-%m-%d %H:%M}: a day off. Say --anyway if they do.")
        return found


@contextmanager
def _changing(programme: str, by: str) -> Iterator[_Desk]:
    """One transaction for a change; what is refused is said in a sentence."""
    try:
        with speaking(programme) as (at, speaker):
            change = Change(at.programme_id, by or someone(), at.now, speaker.programme.banned_stems)
            yield _Desk(at.conn, change, speaker.programme.calendar)
    except schedule.Refused as refused:
        fail(str(refused))


def _say(at: _Desk, changed: Changed | None, already: str) -> None:
    """One sentence of what changed, and how many know it otherwise."""
    if changed is None:
        typer.echo(f"Nothing changed: it {already}.")
        return
    was, now = changed.was, changed.now
    group = was.group[:1].upper() + was.group[1:]
    start, moved = (f"{one.starts_at.astimezone(at.calendar.zone):%A %Y-%m-%d %H:%M}" for one in (was, now))
    if was.cancelled != now.cancelled:
        done = f"{group}: {start} {'is called off' if now.cancelled else 'takes place after all'}."
    elif was.place != now.place:
        done = f"{group}, {start}: {was.place} -> {now.place}."
    else:
        done = f"{group}: {start} -> {moved}."
    typer.echo(f"{done} {_told(*corrections.told(at.conn, now.id))}")


def _told(told: int, to_tell: int) -> str:
    if not told:
        return "Nobody was told yet."
    numbers = f"{told:,} {'number was' if told == 1 else 'numbers were'} told"
    if to_tell == told:
        return f"{numbers} and will be told of the change."
    return f"{numbers}; {to_tell or 'none'} of them will be told of the change."


def _line(one: Gathering, calendar: Calendar) -> str:
    start, end = (moment.astimezone(calendar.zone) for moment in (one.starts_at, one.ends_at))
    cancelled = "  cancelled" if one.cancelled else ""
    return f"{one.id}  {start:%Y-%m-%d %H:%M}-{end:%H:%M}  {one.group:<14} {one.place}{cancelled}"
