"""How sending is doing, in figures. Nothing by person, group or arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from sms_app import sql
from sms_app.models.messages import STATUSES as STATUSES

CLOCK, SWEEP, REWRITE, WORKERS = "clock", "sweep", "rewrite", "worker:"
"""Names among the heartbeats: the clock's, those of its last sweep of dialogues and of its last rewrite of requests for
support, and how the workers' begin."""
DAY = timedelta(days=1)
SQL = sql.beside(__file__)
WORKER_BEATS = "select beat_at from heartbeat where beat_at > %(day_ago)s and starts_with(name, %(workers)s)"


@dataclass(frozen=True)
class Figures:
    """`by_status` and `cost` (by currency) are of what fell due in the last 24 hours, `waiting` is planned or queued
    for whenever; `swept`: when dialogues were last swept, `rewritten`: when requests for support were last rewritten,
    whether or not any waited, `halted`: stopped by the provider, `unmatched`: delivery reports for no message that we
    know."""

    by_status: Mapping[str, int]
    cost: Mapping[str, Decimal]
    waiting: int
    oldest_due: datetime | None
    clock_beat: datetime | None
    swept: datetime | None
    rewritten: datetime | None
    unmatched: int
    stopped: bool
    halted: bool


@dataclass(frozen=True)
class _OfTheDay:
    status: str
    currency: str | None
    many: int
    cost: Decimal | None


@dataclass(frozen=True)
class _Standing:
    waiting: int
    oldest_due: datetime | None
    clock_beat: datetime | None
    swept: datetime | None
    rewritten: datetime | None
    unmatched: int
    stopped: bool
    halted: bool


def figures(conn: Connection, now: datetime) -> Figures:
    """All figures, in two statements that touch a day's rows and what waits, never all that was ever sent."""
    by_status: dict[str, int] = {}
    cost: dict[str, Decimal] = {}
    for row in sql.rows(conn, SQL["of_the_day"], _OfTheDay, {"now": now, "day_ago": now - DAY}):
        by_status[row.status] = by_status.get(row.status, 0) + row.many
        if row.currency and row.cost is not None:
            cost[row.currency] = cost.get(row.currency, Decimal(0)) + row.cost
    (standing,) = sql.rows(conn, SQL["standing"], _Standing, {"now": now})
    return Figures(by_status, cost, **vars(standing))


def worker_beats(conn: Connection, now: datetime) -> list[datetime]:
    """The last heartbeat of each worker that had one in the last day."""
    values = {"day_ago": now - DAY, "workers": WORKERS}
    return list(conn.exec_driver_sql(WORKER_BEATS, values).scalars())
