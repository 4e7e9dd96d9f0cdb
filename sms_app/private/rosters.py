"""The signed rosters in the database. Of those that the pins accept, the one with the highest version counts.

Whoever writes the database can add rows, so a row counts by its signature only: one that does not verify is passed
over, whatever version it says, and keeps no roster out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import count

from sqlalchemy import Connection

from sms_app.private import roster
from sms_app.private.roster import Pins, Roster, RosterError

MAX_SIGNED = 20_000
"""Characters of a signed roster; one with five keys has some 2,000."""
ANY = "select exists (select from private.roster where programme_id = %(programme)s)"
SIGNED = """
select signed from private.roster where programme_id = %(programme)s and length(signed) <= %(most)s
order by version desc
"""
VERSIONS = "select version from private.roster where programme_id = %(programme)s"
STORE = """
insert into private.roster (programme_id, version, signed, loaded_on)
values (%(programme)s, %(version)s, %(signed)s, %(today)s)
"""


@dataclass(frozen=True)
class StoredRoster:
    """A roster as it was loaded: what it says, and the signed file's text."""

    roster: Roster
    signed: str


def is_any(conn: Connection, programme_id: int) -> bool:
    """Whether a roster was ever loaded for a programme, accepted or not: then help was switched on."""
    return bool(conn.exec_driver_sql(ANY, {"programme": programme_id}).scalar())


def newest(conn: Connection, programme_id: int, programme: str, pins: Pins) -> StoredRoster | None:
    """Of a programme's rosters that the pins accept the one with the highest version that is signed; it may have
    expired. `programme` is the programme's short name."""
    best: StoredRoster | None = None
    for (signed,) in conn.exec_driver_sql(SIGNED, {"programme": programme_id, "most": MAX_SIGNED}):
        try:
            value = roster.verified(signed, programme, pins)
        except RosterError:
            continue
        if best is None or value.version > best.roster.version:
            best = StoredRoster(value, signed)
    return best


def store(conn: Connection, programme_id: int, stored: StoredRoster, today: date) -> None:
    """Store a roster, which the caller has checked. The row's version is the roster's, or the next one that no row
    has: a row that does not verify may have taken it."""
    taken = set(conn.exec_driver_sql(VERSIONS, {"programme": programme_id}).scalars())
    version = next(n for n in count(stored.roster.version) if n not in taken)
    values = {"programme": programme_id, "version": version, "signed": stored.signed, "today": today}
    conn.exec_driver_sql(STORE, values)
