"""When the inbox was last moved to the requests: what came since is in no download, a "do not call me" too."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

FRESH_FOR = timedelta(minutes=25)
"""The clock moves the inbox every ten minutes. When it did so longer ago, there is no download."""
AHEAD = timedelta(minutes=1)
"""How far the clock's time may be ahead of the console's. A later one is of a clock that was wrong."""
LAST = "select beat_at from heartbeat where name = 'rewrite'"


def last(conn: Connection) -> datetime | None:
    """When the last rewrite that was completed began; None when that is not known."""
    at: datetime | None = conn.exec_driver_sql(LAST).scalar()
    return at


def is_fresh(at: datetime | None, now: datetime) -> bool:
    """Whether a rewrite at `at` is recent enough at `now` for calls to be made by what it moved."""
    return at is not None and -AHEAD <= now - at <= FRESH_FOR
