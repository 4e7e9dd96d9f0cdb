"""Brings the waiting messages of one kind in line with what is wanted now, in one statement for all of them and a second
one if some are to be cancelled.

Nothing is written when nothing changed. A message that waits is moved, given other people, or cancelled; one that was
cancelled because it was not true any more is planned again when it is. What was refused, sent or claimed is left
alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql

REVIVABLE = ("session_moved", "session_cancelled", "not_in_audience", "undone", "no_longer_true")
"""A message that was cancelled for one of these reasons is planned again when it is wanted again."""
FURTHEST = timedelta(hours=60)
"""As far ahead as a tick plans reminders, and a day for what was moved."""

# The planner can't know how many a tick wants, and would read whole tables for what it takes for a handful of rows.
BY_INDEX = "select set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)"
AS_EVER = "set local enable_seqscan to default; set local jit to default"
EVER = "set local enable_seqscan to default; set local jit to default"
# Two parts are each kind's own: `wanted` (subject_id, gathering_id, rule, occasion, phone_number_id, people, due_at,
# expires_at, reason, corrects_id, truth_digest, ambiguous), and `ending`, which says why a row `s` that waits and is
# not wanted ends. A row that was held, or waits to be tried again, keeps its hour unless the thing itself was moved.
# The full join is there for its plan, too: it is never done row by row; and the order, for what is sorted is read to
# its end before the table grows.
RECONCILE = """
, waiting as (
  select id, subject_id, gathering_id, rule, phone_number_id, occasion, status, reason, people, due_at, expires_at
  from message where programme_id = %(programme)s and status in ('planned', 'queued') and kind = %(kind)s
    -- what is due far ahead was planned by a clock that runs ahead of this one, as in a demo: it is left alone
    and expires_at > %(now)s and due_at <= %(furthest_at)s
), seen as materialized (
  select w.subject_id as wanted_id, w.gathering_id, w.rule, w.occasion, w.phone_number_id, w.people, w.due_at,
    w.expires_at, w.reason, w.corrects_id, w.truth_digest, w.ambiguous,
    m.id, m.rule as m_rule, m.gathering_id as m_gathering_id, m.occasion as m_occasion,
    m.people <> w.people or m.expires_at <> w.expires_at as differs,
    m.due_at <> w.due_at and (m.status = 'planned' or w.due_at > %(now)s)
      and (m.expires_at <> w.expires_at or (m.due_at < w.due_at and w.due_at > %(now)s)
        or (m.status = 'planned' and m.reason is null)) as moves
  from wanted w full join waiting m on m.subject_id = w.subject_id and m.rule = w.rule
    and m.phone_number_id = w.phone_number_id and m.occasion = w.occasion
), missing as materialized (
  select s.*, m.id as old_id, m.status as old_status, m.reason as old_reason
  from seen s left join message m on m.subject_id = s.wanted_id and m.rule = s.rule
    and m.phone_number_id = s.phone_number_id and m.occasion = s.occasion
  where s.id is null
), added as (
  insert into message (id, programme_id, phone_number_id, kind, rule, subject_id, occasion, gathering_id,
    corrects_id, truth_digest, ambiguous, people, status, reason, planned_at, due_at, expires_at)
  select gen_random_uuid(), %(programme)s, phone_number_id, %(kind)s, rule, wanted_id, occasion, gathering_id,
    corrects_id, truth_digest, ambiguous, people, 'planned', reason, %(now)s, due_at, expires_at
  from missing where old_id is null order by wanted_id, phone_number_id
  on conflict (subject_id, rule, phone_number_id, occasion) do nothing returning 1
), back as (
  update message m set status = 'planned', reason = s.reason, people = s.people, due_at = s.due_at,
    expires_at = s.expires_at, settled_at = null
  from missing s
  where m.id = s.old_id and s.old_status = 'cancelled' and s.old_reason in {revivable} and m.status = 'cancelled'
  returning 1
), free as (
  select s.*, m.status from seen s join message m on m.id = s.id
  where s.wanted_id is not null and (s.differs or s.moves) and m.status in ('planned', 'queued')
  for update of m skip locked
), moved as (
  update message m set people = s.people, expires_at = s.expires_at,
    due_at = case when s.moves then s.due_at else m.due_at end,
    status = case when s.moves and s.due_at > %(now)s then 'planned' else m.status end,
    reason = case when s.moves then s.reason else m.reason end
  from free s where m.id = s.id returning 1
), unwanted as (
  select s.id, {ending} as reason from seen s join message m on m.id = s.id
  where s.wanted_id is null and m.status in ('planned', 'queued')
  for update of m skip locked
), ended as (
  update message m set status = 'cancelled', reason = s.reason, settled_at = %(now)s
  from unwanted s where m.id = s.id returning 1
)
select (select count(*) from added) as added, (select count(*) from moved) as moved,
  (select count(*) from back) as revived, (select count(*) from ended) as cancelled,
  (select count(*) from seen where id is not null and (wanted_id is null or differs or moves))
    - (select count(*) from free) - (select count(*) from unwanted) as skipped,
  (select min(due_at) from message where programme_id = %(programme)s and status in ('planned', 'queued')
    and kind = %(kind)s and due_at > %(furthest_at)s) as beyond
"""
EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Planned:
    """How many rows were added, moved (or given other people), brought back, and cancelled; and how many were to be
    changed and were not, since somebody had them in hand.

    Until `holds_until` the same plan would do nothing more, unless something that it reads changes."""

    added: int = 0
    moved: int = 0
    revived: int = 0
    cancelled: int = 0
    skipped: int = field(default=0, compare=False)
    holds_until: datetime = field(default=EVER, compare=False)

    def __add__(self, other: Planned) -> Planned:
        return Planned(
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
    return min((moment for moment in moments if moment is not None and moment > now), default=EVER)


def reconcile(
    conn: Connection, wanted: str, cancel: str, values: Mapping[str, Any], furthest: timedelta = FURTHEST
) -> Planned:
    """Bring one kind's waiting messages in line with what is wanted.

    `wanted` is a statement that hands the messages that are wanted to the database's function `reconcile_messages`
    (revision 0015) and gives its row. `cancel` is a statement that cancels the messages `ids` at `now`, each with its
    reason; it runs when messages wait that are not wanted. `values` holds programme, kind, now, and what both
    statements name. Messages that are due after `furthest` from now are left alone."""
    conn.exec_driver_sql(BY_INDEX)
    asked = {**values, "furthest_at": values["now"] + furthest, "revivable": list(REVIVABLE)}
    (done,) = sql.rows(conn, wanted, _Reconciled, asked)
    cancelled = 0
    if done.unwanted:
        cancelled = conn.exec_driver_sql(cancel, {**values, "ids": done.unwanted}).rowcount
    conn.exec_driver_sql(AS_EVER)
    until = EVER if done.beyond is None else done.beyond - furthest
    return Planned(done.added, done.moved, done.revived, cancelled, done.skipped, until)
