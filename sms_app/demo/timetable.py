"""A year of weekly sessions for each group, no meeting on a day off, and who came to those that were held."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection

from sms_app import models
from sms_app.demo.people import FREE_MEN, FREE_WOMEN, Made, new_id
from sms_app.programme.settings import Programme

WEEKS_BEFORE, WEEKS_AFTER = 12, 40
LASTS = timedelta(hours=2)


def make(
    conn: Connection, programme: Programme, programme_id: int, made: Made, today: date, random: Random
) -> None:
    """Make the sessions and the attendance of those before today. The groups of the demo phones also meet today."""
    members: dict[Any, list[dict[str, Any]]] = {}
    for person in made.people:
        members.setdefault(person["group_id"], []).append(person)
    monday = today - timedelta(days=today.weekday())
    for group in made.groups:
        weekday, hour = group["number"] % 6, 9 if group["number"] % 2 else 14
        days = {
            _held_on(programme, monday + timedelta(weeks=week, days=weekday), hour)
            for week in range(-WEEKS_BEFORE, WEEKS_AFTER)
        }
        if group["number"] in {FREE_WOMEN, FREE_MEN}:
            days |= {_held_on(programme, today, 14), _held_on(programme, today + timedelta(days=2), 14)}
        for number, starts in enumerate(sorted(day for day in days if day is not None)):
            session = _session(made, programme, programme_id, group, number, starts, random)
            if starts.astimezone(programme.calendar.zone).date() < today - timedelta(days=3):
                _attendance(made, session, members[group["id"]], random)
    made.store(conn)


def _held_on(programme: Programme, day: date, hour: int) -> datetime | None:
    """The first moment from that day on when a session may be held; None when the next days are all off."""
    for later in range(4):
        starts = datetime.combine(day + timedelta(days=later), time(hour), programme.calendar.zone)
        if programme.calendar.may_meet(starts):
            return starts
    return None


def _session(
    made: Made, programme: Programme, programme_id: int, group: dict[str, Any], number: int, starts: datetime,
    random: Random,
) -> dict[str, Any]:  # fmt: skip
    return made.add(
        models.TrainingSession, id=new_id(random), programme_id=programme_id, group_id=group["id"],
        title=programme.curriculum[number % len(programme.curriculum)], starts_at=starts, ends_at=starts + LASTS,
        place=group["place"], check_in_code=f"{random.randrange(1000, 10000)}", cancelled_at=None,
    )  # fmt: skip


def _attendance(made: Made, session: dict[str, Any], people: list[dict[str, Any]], random: Random) -> None:
    day = session["starts_at"].date()
    for person in people:
        status = random.choices(("present", "late", "absent", "excused"), (80, 5, 12, 3))[0]
        made.add(
            models.Attendance, training_session_id=session["id"], participant_id=person["id"], status=status,
            source="coach", assisted=True, recorded_on=day,
        )  # fmt: skip
