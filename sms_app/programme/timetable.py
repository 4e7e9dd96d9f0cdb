"""The sessions and savings meetings of a span of days, also where they were before they were moved; and one of them,
with who is expected. Nobody's name is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from sms_app import sql

SQL = sql.beside(__file__)


@dataclass(frozen=True)
class Only:
    """Which gatherings are meant: those of a training group (its number) or savings group (its name), those of the
    groups that a coach has now, and those of a sector's groups. Without any of them, all."""

    group: str = ""
    coach: UUID | None = None
    sector: str = ""


@dataclass(frozen=True)
class Meant:
    """The groups whose gatherings are meant: `every` one, or these training and savings groups, whose ids are arrays as
    PostgreSQL writes them."""

    every: bool
    training: str = "{}"
    savings: str = "{}"

    @property
    def values(self) -> dict[str, object]:
        return {"every": self.every, "training": self.training, "savings": self.savings}


@dataclass(frozen=True)
class Entry:
    """A session or meeting on a day, with `at` in the programme's zone. `moved_to` is where it takes place when it was
    moved away from here; `moved_from` is when it was to take place first. `outcome` is its roll's."""

    id: UUID
    at: datetime
    ends_at: datetime
    place: str
    group: str
    is_session: bool
    cancelled: bool
    moved_to: datetime | None
    moved_from: datetime | None
    outcome: str | None
    day: date


@dataclass(frozen=True)
class Starts:
    """How many gatherings that are not cancelled start at a moment, and how many of them are training sessions."""

    starts_at: datetime
    gatherings: int
    sessions: int


@dataclass(frozen=True)
class OneGathering:
    """A session or meeting. `title` is a session's topic, `role` its group's; `coached` is the training group whose
    coaches are responsible. `was` are the starts that it had before it was moved, the first one first. `headcount`,
    `reason` and `taken_on` are its roll's."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    place: str
    title: str | None
    cancelled: bool
    group: str
    number: int | None
    role: str | None
    is_session: bool
    coached: UUID | None
    was: Sequence[datetime]
    outcome: str | None
    headcount: int | None
    reason: str | None
    taken_on: date | None


@dataclass(frozen=True)
class Expected:
    """Who is expected: her number on the list, her reply to the session on its present day, and what the roll or she
    herself says of her coming."""

    list_number: int | None
    member_number: str
    coming: bool | None
    status: str | None


def meant(conn: Connection, programme_id: int, only: Only) -> Meant:
    """The groups that are meant; no statement when all are."""
    if only == Only():
        return Meant(every=True)
    values = {
        "programme": programme_id,
        "group": only.group.casefold(),
        "coach": only.coach,
        "sector": only.sector,
    }
    row = conn.exec_driver_sql(SQL["meant"], values).one()
    return Meant(False, row.training, row.savings)


def counts(
    conn: Connection, programme_id: int, after: datetime, before: datetime, zone: ZoneInfo, groups: Meant
) -> Mapping[date, int]:
    """How many entries each local day has, from `after` on and before `before` (aware); days without any are left
    out."""
    values = {**_values(programme_id, after, before, groups), "zone": str(zone)}
    return {row.day: row.many for row in conn.exec_driver_sql(SQL["counts"], values)}


def entries(
    conn: Connection,
    programme_id: int,
    days: Collection[date],
    zone: ZoneInfo,
    groups: Meant,
    most: int,
    skip: int = 0,
) -> list[Entry]:
    """What starts on these local days, or was to start then; of each day at most `most` after the first `skip`."""
    if not days:
        return []
    values = {
        "programme": programme_id,
        "starts": [datetime.combine(day, time(), zone) for day in days],
        "ends": [datetime.combine(day + timedelta(days=1), time(), zone) for day in days],
        "zone": str(zone),
        "most": most,
        "skip": skip,
        **groups.values,
    }
    rows = sql.rows(conn, SQL["entries"], Entry, values)
    return [replace(row, at=row.at.astimezone(zone), ends_at=row.ends_at.astimezone(zone)) for row in rows]


def starts(
    conn: Connection, programme_id: int, after: datetime, before: datetime, groups: Meant
) -> list[Starts]:
    """The moments at which gatherings start in a span, in order."""
    return sql.rows(conn, SQL["starts"], Starts, _values(programme_id, after, before, groups))


def check_in_days(conn: Connection, programme_id: int, groups: Meant) -> Mapping[int, int]:
    """How many savings groups have their check-in on each weekday (Monday is 0)."""
    values = {"programme": programme_id, **groups.values}
    return {row.weekday: row.many for row in sql.rows(conn, SQL["check_in_days"], _Weekday, values)}


def gathering(conn: Connection, programme_id: int, id_: UUID) -> OneGathering | None:
    """The session or meeting with this id, None when the programme has none."""
    return sql.one(conn, SQL["gathering"], OneGathering, {"programme": programme_id, "id": id_})


def expected(conn: Connection, id_: UUID) -> list[Expected]:
    """Who is expected at a session or meeting: who was on the list when it began, before that who is on it now."""
    return sql.rows(conn, SQL["expected"], Expected, {"id": id_})


@dataclass(frozen=True)
class _Weekday:
    weekday: int
    many: int


def _values(programme_id: int, after: datetime, before: datetime, groups: Meant) -> dict[str, object]:
    return {"programme": programme_id, "after": after, "before": before, **groups.values}
