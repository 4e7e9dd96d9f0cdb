"""Heartbeats: when each clock and worker was last at work, for whoever operates the service."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from sms_app.messaging import sending_figures

FORGOTTEN_AFTER = timedelta(days=1)
BEAT = """
insert into heartbeat (name, beat_at) values (%(name)s, %(now)s)
on conflict (name) do update set beat_at = excluded.beat_at
"""
LAST = "select beat_at from heartbeat where name = %(name)s"
# the rows of the last sweep and of the last rewrite are never deleted, so that their age stays known
FORGET = "delete from heartbeat where beat_at <= %(before)s and name <> all(%(kept)s)"
KEPT = [sending_figures.SWEEP, sending_figures.REWRITE]


def record(conn: Connection, name: str, now: datetime) -> None:
    """Store that the process `name` is at work at `now`."""
    conn.exec_driver_sql(BEAT, {"name": name, "now": now})


def last(conn: Connection, name: str) -> datetime | None:
    """When `name` was last at work; None when that is not known."""
    last_at: datetime | None = conn.exec_driver_sql(LAST, {"name": name}).scalar()
    return last_at


def forget(conn: Connection, now: datetime) -> None:
    """Delete heartbeats that are older than FORGOTTEN_AFTER."""
    conn.exec_driver_sql(FORGET, {"before": now - FORGOTTEN_AFTER, "kept": KEPT})
