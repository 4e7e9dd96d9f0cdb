"""The day at a glance, for staff: its sessions, what became of its texts and why, and the stopped numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging.duty import KIND as DUTY

SQL = sql.beside(__file__)
MAX_SESSIONS = 50
"""How many sessions of a day are listed."""


@dataclass(frozen=True)
class SessionOfDay:
    """A training session of the day, `starts_at` in the programme's zone. `people` are in its group, `cannot` of them
    said that they can't come; `outcome` is its roll's, and `came` how many were there by what is known. `many` sessions
    are on this day."""

    group: int
    sector: str
    starts_at: datetime
    place: str
    cancelled: bool
    people: int
    cannot: int
    outcome: str | None
    came: int
    many: int


@dataclass(frozen=True)
class TextCount:
    """How many texts that are due on the day have this status, for this reason ("" when there is none)."""

    status: str
    reason: str
    many: int


@dataclass(frozen=True)
class StoppedNumber:
    """A number to which nothing is sent: who uses it, by group and member number. `coaches` counts coaches on it."""

    stopped_on: date
    groups: tuple[int, ...]
    members: tuple[str, ...]
    coaches: int


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of a day in a zone, and that of the next."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def sessions(conn: Connection, programme_id: int, day: date, zone: ZoneInfo) -> Sequence[SessionOfDay]:
    """The first MAX_SESSIONS sessions of a day in the programme's zone, in order of time."""
    values = {**_values(programme_id, day, zone), "most": MAX_SESSIONS}
    rows = sql.rows(conn, SQL["sessions_of_day"], SessionOfDay, values)
    return [replace(row, starts_at=row.starts_at.astimezone(zone)) for row in rows]


def texts(conn: Connection, programme_id: int, day: date, zone: ZoneInfo) -> Sequence[TextCount]:
    """The texts of a day by status and reason. The text to who is on duty is not among them."""
    return sql.rows(conn, SQL["texts_of_day"], TextCount, {**_values(programme_id, day, zone), "duty": DUTY})


def count_stopped_numbers(conn: Connection, programme_id: int) -> int:
    """How many numbers that somebody uses are stopped."""
    values = {"programme": programme_id}
    return int(conn.exec_driver_sql(SQL["count_stopped_numbers"], values).scalar_one())


def stopped_numbers(conn: Connection, programme_id: int, most: int, skip: int = 0) -> Sequence[StoppedNumber]:
    """The stopped numbers that somebody uses, the latest first, at most `most` after the first `skip`."""
    values = {"programme": programme_id, "most": most, "skip": skip}
    rows = sql.rows(conn, SQL["stopped_numbers"], _Stopped, values)
    return [StoppedNumber(r.stopped_on, tuple(r.groups), tuple(r.members), r.coaches) for r in rows]


@dataclass(frozen=True)
class _Stopped:
    stopped_on: date
    groups: Sequence[int]
    members: Sequence[str]
    coaches: int


def _values(programme_id: int, day: date, zone: ZoneInfo) -> dict[str, object]:
    start, end = bounds(day, zone)
    return {"programme": programme_id, "start": start, "end": end}
