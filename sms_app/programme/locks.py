"""Advisory locks of a programme: one change of a kind at a time. Each is held until the transaction ends, but
for `hold_people`."""

from __future__ import annotations

from sqlalchemy import Connection

PEOPLE = "select pg_advisory_xact_lock(hashtext('people import'), %(programme)s)"
HOLD_PEOPLE = "select pg_advisory_lock(hashtext('people import'), %(programme)s)"
SCHEDULE = "select pg_advisory_xact_lock(hashtext('schedule'), %(programme)s)"


def lock_people(conn: Connection, programme_id: int) -> None:
    """Wait until nobody else changes people, groups or coaches, and keep others out. So no list number is given
    twice."""
    conn.exec_driver_sql(PEOPLE, {"programme": programme_id})


def hold_people(conn: Connection, programme_id: int) -> None:
    """As `lock_people`, but until the connection is closed: for a transaction that begins after the others ended."""
    conn.exec_driver_sql(HOLD_PEOPLE, {"programme": programme_id})


def lock_schedule(conn: Connection, programme_id: int) -> None:
    """Wait until nobody else changes sessions or meetings, and keep others out. So two changes do not put two
    gatherings of a group at the same time."""
    conn.exec_driver_sql(SCHEDULE, {"programme": programme_id})
