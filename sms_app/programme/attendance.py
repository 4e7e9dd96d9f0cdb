"""Attendance as staff read it: by group and week, by group and session, and a session's roll."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from sms_app import sql

SQL = sql.beside(__file__)
WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Group:
    """A training group; `sectors` are all sectors of the programme's groups."""

    id: UUID
    number: int
    sector: str
    sectors: Sequence[str]


@dataclass(frozen=True)
class GroupWeek:
    """The sessions of a group in the week that begins on `monday`, those to come left out: how many there are, have a
    roll (`held`) and were not held. `listed` were expected at those with a roll, and `came` of them, late ones too."""

    group_id: UUID
    monday: date
    sessions: int
    held: int
    not_held: int
    listed: int
    came: int


@dataclass(frozen=True)
class OneGroup:
    """A training group by its number."""

    id: UUID
    number: int
    sector: str
    place: str


@dataclass(frozen=True)
class GroupSession:
    """A session of a group, `starts_at` in the programme's zone; `outcome` is its roll's."""

    id: UUID
    starts_at: datetime
    title: str
    outcome: str | None


@dataclass(frozen=True)
class Mark:
    """Somebody on a session's list, and what is known of her there (None: nothing). `number_now` is her number on the
    group's list of now, None when she is not in it."""

    session: UUID
    id: UUID
    name_sealed: bytes
    member_number: str
    status: str | None
    number_now: int | None
    list_number: int


@dataclass(frozen=True)
class RollOfSession:
    """A session with its roll, times in the programme's zone. `coach_id` entered the roll; None: the office did."""

    id: UUID
    group: int
    sector: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    cancelled: bool
    outcome: str | None
    reason: str | None
    headcount: int | None
    taken_on: date | None
    changed_on: date | None
    coach_id: UUID | None
    coach_name_sealed: bytes | None


@dataclass(frozen=True)
class Listed:
    """Somebody on a session's list: the status that counts (None: nothing is known) and who said so (`self`, `coach` or
    `staff`), whether she checked in herself, and whether she said that she can't come."""

    list_number: int
    id: UUID
    name_sealed: bytes
    status: str | None
    source: str | None
    checked_in: bool
    cannot_come: bool


@dataclass(frozen=True)
class Substitute:
    """A coach who stood in at a session."""

    id: UUID
    name_sealed: bytes


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def groups(
    conn: Connection, programme_id: int, sector: str = "", after: int = 0, most: int = 50
) -> list[Group]:
    """At most `most` training groups with a number above `after`, by number; of one sector, or of all."""
    values = {"programme": programme_id, "sector": sector, "after": after, "most": most}
    return sql.rows(conn, SQL["groups"], Group, values)


def by_week(
    conn: Connection, groups: Sequence[UUID], first: date, weeks: int, zone: ZoneInfo, now: datetime
) -> list[GroupWeek]:
    """The weeks of these groups in which sessions began, of so many weeks from the Monday `first`."""
    start, end = span(first, weeks, zone)
    values = {"groups": list(groups), "start": start, "end": min(end, now), "zone": zone.key}
    return sql.rows(conn, SQL["weeks"], GroupWeek, values)


def span(first: date, weeks: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of so many weeks from a Monday, and the first after them."""
    return datetime.combine(first, time(), zone), datetime.combine(first + weeks * WEEK, time(), zone)


def group(conn: Connection, programme_id: int, number: int) -> OneGroup | None:
    """The programme's group of a number, or None."""
    return sql.one(conn, SQL["group"], OneGroup, {"programme": programme_id, "number": number})


def sessions(
    conn: Connection, group: UUID, first: date, weeks: int, zone: ZoneInfo, now: datetime
) -> list[GroupSession]:
    """The sessions of a group that began in so many weeks from a Monday, the earliest first."""
    start, end = span(first, weeks, zone)
    rows = sql.rows(
        conn, SQL["sessions"], GroupSession, {"group": group, "start": start, "end": min(end, now)}
    )
    return [replace(row, starts_at=row.starts_at.astimezone(zone)) for row in rows]


def marks(conn: Connection, sessions: Sequence[UUID]) -> list[Mark]:
    """Everyone on the lists of these sessions, the earliest session first."""
    return sql.rows(conn, SQL["marks"], Mark, {"sessions": list(sessions)})


def roll_of(conn: Connection, programme_id: int, session: UUID, zone: ZoneInfo) -> RollOfSession | None:
    """A session of the programme with its roll, or None."""
    row = sql.one(conn, SQL["session"], RollOfSession, {"programme": programme_id, "session": session})
    if row is None:
        return None
    return replace(row, starts_at=row.starts_at.astimezone(zone), ends_at=row.ends_at.astimezone(zone))


def listed(conn: Connection, session: UUID) -> list[Listed]:
    """Who is on a session's list, by list number; empty before it began."""
    return sql.rows(conn, SQL["listed"], Listed, {"session": session})


def substitutes(conn: Connection, session: UUID) -> list[Substitute]:
    """The coaches who stood in at a session."""
    return sql.rows(conn, SQL["substitutes"], Substitute, {"session": session})
