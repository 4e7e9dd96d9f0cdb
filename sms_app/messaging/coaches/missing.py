"""Lists for staff the sessions without a roll, and the groups of which a coach gets no texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from sms_app import sql

SQL = sql.beside(__file__)
LOOK_BACK = timedelta(days=60)
"""How long a roll is missed: nobody enters one of a session that is longer ago."""


@dataclass(frozen=True)
class MissingRoll:
    """A session that is over and has no roll, when it began in the programme's zone, and how many of the two texts
    about it went to its coach."""

    group: int
    group_id: UUID
    starts_at: datetime
    code: str
    reminded: int


@dataclass(frozen=True)
class UnreachedCoach:
    """A group that has no coach, or one who has no number or stopped texts to it."""

    group: int
    group_id: UUID
    reason: str


@dataclass(frozen=True)
class _SessionRow:
    group_id: UUID
    number: int
    starts_at: datetime
    check_in_code: str
    time_zone: str
    reminded: int


@dataclass(frozen=True)
class _GroupRow:
    id: UUID
    number: int
    coaches: int
    numbers: int


def count_missing_rolls(conn: Connection, programme_id: int, now: datetime) -> int:
    """How many sessions of the last 60 days have no roll."""
    values = {"programme": programme_id, "now": now, "since": now - LOOK_BACK}
    return int(conn.exec_driver_sql(SQL["count_missing_rolls"], values).scalar_one())


def missing_rolls(
    conn: Connection,
    programme_id: int,
    now: datetime,
    most: int | None = None,
    skip: int = 0,
    *,
    latest_first: bool = False,
) -> list[MissingRoll]:
    """Sessions of the last 60 days whose roll neither a coach nor staff entered, the oldest first or with
    `latest_first` the latest: at most `most` after the first `skip`."""
    values = {
        "programme": programme_id,
        "now": now,
        "since": now - LOOK_BACK,
        "latest_first": latest_first,
        "most": most,
        "skip": skip,
    }
    return [
        MissingRoll(
            row.number,
            row.group_id,
            row.starts_at.astimezone(ZoneInfo(row.time_zone)),
            row.check_in_code,
            row.reminded,
        )
        for row in sql.rows(conn, SQL["missing_rolls"], _SessionRow, values)
    ]


def unreached_coaches(
    conn: Connection, programme_id: int, most: int | None = None, skip: int = 0
) -> list[UnreachedCoach]:
    """Groups of which a coach gets no text, by their number, at most `most` after the first `skip`."""
    values = {"programme": programme_id, "most": most, "skip": skip}
    rows = sql.rows(conn, SQL["unreached_coaches"], _GroupRow, values)
    return [UnreachedCoach(row.number, row.id, _reason(row.coaches, row.numbers)) for row in rows]


def _reason(coaches: int, numbers: int) -> str:
    if not coaches:
        return "no coach"
    return "a coach without a number" if numbers < coaches else "a coach who stopped texts"
