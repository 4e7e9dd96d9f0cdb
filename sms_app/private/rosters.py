"""The signed rosters in the database: the one with the highest version counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from sms_app import sql

NEWEST = """
select version, signed from private.roster where programme_id = %(programme)s order by version desc limit 1
"""
STORE = """
insert into private.roster (programme_id, version, signed, loaded_on)
values (%(programme)s, %(version)s, %(signed)s, %(today)s)
"""


@dataclass(frozen=True)
class StoredRoster:
    """A roster as it was loaded: its version and the signed file's text."""

    version: int
    signed: str


def newest(conn: Connection, programme_id: int) -> StoredRoster | None:
    """The newest roster of a programme; None when none was ever loaded."""
    return sql.one(conn, NEWEST, StoredRoster, {"programme": programme_id})


def store(conn: Connection, programme_id: int, roster: StoredRoster, today: date) -> None:
    """Store a roster, which the caller has checked."""
    values = {"programme": programme_id, "version": roster.version, "signed": roster.signed, "today": today}
    conn.exec_driver_sql(STORE, values)
