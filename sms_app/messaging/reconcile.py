"""Brings the waiting messages of one kind in line with what is wanted now, in one statement for all of them, and a
second one if some are to be cancelled.

Nothing is written when nothing changed. A message that waits is moved, given other people, or cancelled; one that was
cancelled because it was not true any more is planned again when it is. What was refused, sent or claimed is left
alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql

REVIVABLE = ("session_moved", "session_cancelled", "not_in_audience", "undone", "no_longer_true")
"""A message that was cancelled for one of these reasons is planned again when it is wanted again."""
PLANNED_AHEAD = timedelta(hours=60)
"""How far ahead reminders are planned, and a day more for reminders that were moved."""

# PostgreSQL's planner cannot know how many rows a tick wants, and would read whole tables.
BY_INDEX = "select set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)"
BY_DEFAULT = "set local enable_seqscan to default; set local jit to default"
NEVER_EXPIRES = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class PlanResult:
    """How many rows were added, moved (or given other people), brought back, and cancelled; and how many rows were
    skipped because another transaction had locked them.

    Until `holds_until` the same plan would do nothing more, unless something that it reads changes."""

    added: int = 0
    moved: int = 0
    revived: int = 0
    cancelled: int = 0
    skipped: int = field(default=0, compare=False)
    holds_until: datetime = field(default=NEVER_EXPIRES, compare=False)

    def __add__(self, other: PlanResult) -> PlanResult:
        return PlanResult(
            self.added + other.added,
            self.moved + other.moved,
            self.revived + other.revived,
            self.cancelled + other.cancelled,
            self.skipped + other.skipped,
            min(self.holds_until, other.holds_until),
        )


@dataclass(frozen=True)
class _Reconciled:
    """A row of the database's function `reconcile_messages`."""

    added: int
    moved: int
    revived: int
    skipped: int
    unwanted: Sequence[UUID]
    beyond: datetime | None


def next_of(now: datetime, moments: Iterable[datetime | None]) -> datetime:
    """The first of these moments after now."""
    return min((moment for moment in moments if moment is not None and moment > now), default=NEVER_EXPIRES)


@contextmanager
def by_index(conn: Connection) -> Iterator[None]:
    """While the block runs in this transaction, the planner of PostgreSQL reads rows by index."""
    conn.exec_driver_sql(BY_INDEX)
    yield
    conn.exec_driver_sql(BY_DEFAULT)


def reconcile(
    conn: Connection, wanted: str, cancel: str, values: Mapping[str, Any], furthest: timedelta = PLANNED_AHEAD
) -> PlanResult:
    """Bring one kind's waiting messages in line with what is wanted. The caller does it `by_index`.

    `wanted` is a statement that hands the messages that are wanted to the database's function `reconcile_messages`
    (revision 0015) and gives its row. `cancel` is a statement that cancels the messages `ids` at `now`, each with its
    reason; it runs when messages wait that are not wanted. `values` holds programme, kind, now, and what both
    statements name. Messages that are due after `furthest` from now are left alone."""
    asked = {**values, "furthest_at": values["now"] + furthest, "revivable": list(REVIVABLE)}
    (done,) = sql.rows(conn, wanted, _Reconciled, asked)
    cancelled = 0
    if done.unwanted:
        cancelled = conn.exec_driver_sql(cancel, {**values, "ids": done.unwanted}).rowcount
    until = NEVER_EXPIRES if done.beyond is None else done.beyond - furthest
    return PlanResult(done.added, done.moved, done.revived, cancelled, done.skipped, until)
