"""Signs of life: when each clock and worker was last at it, for whoever looks after the service."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from sms_app.messaging import sending_figures

FORGOTTEN_AFTER = timedelta(days=1)
BEAT = """
insert into heartbeat (name, beat_at) values (%(name)s, %(now)s)
on conflict (name) do update set beat_at = excluded.beat_at
"""
# how old the last sweep is stays known, however old it is
FORGET = "delete from heartbeat where beat_at <= %(before)s and name <> %(sweep)s"


def record(conn: Connection, name: str, now: datetime) -> None:
    """Say that `name` is alive."""
    conn.exec_driver_sql(BEAT, {"name": name, "now": now})


def forget(conn: Connection, now: datetime) -> None:
    """Drop the names of processes that are long gone."""
    conn.exec_driver_sql(FORGET, {"before": now - FORGOTTEN_AFTER, "sweep": sending_figures.SWEEP})
