"""`sms-app sessions`: when the groups meet, as staff see and change it. What was said of it is corrected by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import Connection

from sms_app.cli.database import fail, someone
from sms_app.cli.speaking import speaking
from sms_app.programme import schedule
from sms_app.programme.calendar import Calendar
from sms_app.programme.schedule import Change, Gathering

app = typer.Typer(help="Sessions and savings groups' meetings.", no_args_is_help=True)
Id = Annotated[UUID, typer.Argument(help="The session's or meeting's id, as `list` shows it.")]
When = Annotated[str, typer.Argument(help="The programme's local time, as 2026-03-07 14:00.")]
By = Annotated[str, typer.Option(help="Who does it, for the audit trail; your login name if left out.")]
Programme = Annotated[str, typer.Option(help="The programme's short name; needed when there are several.")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Also on a day off.")]


@app.command("list")
def list_(
    days: Annotated[int, typer.Option(help="How many days from today on.", min=1, max=366)] = 7,
    programme: Programme = "",
) -> None:
    """List what takes place, with ids and local times."""
    with speaking(programme) as (at, speaker):
        zone = speaker.programme.calendar.zone
        start = datetime.combine(at.today, datetime.min.time(), zone)
        found = schedule.gatherings(at.conn, at.programme_id, start, start + timedelta(days=days))
    for one in found:
        typer.echo(_line(one, speaker.programme.calendar))
    if not found:
        typer.echo("Nothing takes place.")


@app.command()
def move(id_: Id, to: When, by: By = "", anyway: Anyway = False, programme: Programme = "") -> None:
    """Let it start at another time; it lasts as long as before."""
    with _changing(programme, by) as at:
        schedule.move(at.conn, at.change, id_, at.moment(to, anyway))


@app.command()
def cancel(id_: Id, by: By = "", programme: Programme = "") -> None:
    """Call it off."""
    with _changing(programme, by) as at:
        schedule.cancel(at.conn, at.change, id_)


@app.command()
def restore(id_: Id, by: By = "", programme: Programme = "") -> None:
    """Let it take place after all."""
    with _changing(programme, by) as at:
        schedule.restore(at.conn, at.change, id_)


@app.command()
def place(
    id_: Id, where: Annotated[str, typer.Argument(help="The new place.")], by: By = "", programme: Programme = ""
) -> None:  # fmt: skip
    """Hold it somewhere else."""
    with _changing(programme, by) as at:
        schedule.place(at.conn, at.change, id_, where)


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
        """A local time, on a day on which the programme meets unless `anyway`."""
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            fail(f"`{text}` is no time: write it as 2026-03-07 14:00.")
        found = found if found.tzinfo else found.replace(tzinfo=self.calendar.zone)
        if not anyway and not self.calendar.may_meet(found):
            fail(f"Nobody meets at {found:%Y-%m-%d %H:%M}: a day off. Say --anyway if they do.")
        return found


@contextmanager
def _changing(programme: str, by: str) -> Iterator[_Desk]:
    """One transaction for a change; what is refused is said in a sentence."""
    try:
        with speaking(programme) as (at, speaker):
            change = Change(at.programme_id, by or someone(), at.now)
            yield _Desk(at.conn, change, speaker.programme.calendar)
    except schedule.Refused as refused:
        fail(str(refused))


def _line(one: Gathering, calendar: Calendar) -> str:
    start, end = (moment.astimezone(calendar.zone) for moment in (one.starts_at, one.ends_at))
    cancelled = "  cancelled" if one.cancelled else ""
    return f"{one.id}  {start:%Y-%m-%d %H:%M}-{end:%H:%M}  {one.group:<14} {one.place}{cancelled}"
