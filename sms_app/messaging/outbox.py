"""The outbox: one row per message. Each status change is one statement for all affected rows.

A `planned` message waits until it is due, a `queued` one for a worker; a worker has claimed a `sending` one. The claim
is committed before the provider is called, and the outcome after it. So a row that a worker abandoned is `unknown`: it
may have been sent, and is never sent again automatically."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging.content import NOTHING, Content, Due, ToldSnapshot

STUCK_AFTER = timedelta(minutes=5)
"""A claim older than this was abandoned: a worker records its outcomes sooner."""
OPEN_LASTS = timedelta(minutes=15)
"""How long an `unknown` message keeps its number for itself, so that a report which names only the number is its."""
CLOCKS_DIFFER = timedelta(hours=1)
"""The largest difference between the clocks of our machines that we allow for."""
BODY_LASTS = timedelta(days=30)
REPORT_LASTS = timedelta(days=30)
SWEEP_BATCH = 5000

SQL = sql.beside(__file__)
STUCK = """
update message set status = 'unknown', reason = 'worker_ended', sent_at = claimed_at
where status = 'sending' and open and (claimed_at <= %(stuck)s or claimed_at > %(ahead)s) returning id
"""
CLOSE = """
update message set open = false
where open and status = 'unknown' and (claimed_at <= %(closed)s or claimed_at > %(ahead)s)
"""
EXPIRE = """
update message set status = 'expired', reason = 'expired', settled_at = %(now)s
where status in ('planned', 'queued') and due_at <= %(now)s and expires_at <= %(now)s
"""
# an array, so that the rows are found by their ids: joined with a subquery, the planner would read the whole table
FORGET_BODIES = """
update message set body_sealed = null where id = any(array(
  select id from message where body_sealed is not null and claimed_at <= %(before)s limit %(batch)s))
"""
FORGET_WORDS = """
update broadcast_text t set text_sealed = null from broadcast b
where b.id = t.broadcast_id and t.text_sealed is not null and b.expires_at <= %(before)s
"""
FORGET_PROPOSALS = """
delete from broadcast_proposal where state in ('open', 'waiting', 'stopped', 'created') and made_at <= %(before)s
"""
FORGET_REPORTS = """
delete from delivery_report where id = any(array(
  select id from delivery_report where received_at <= %(before)s limit %(batch)s))
"""


@dataclass(frozen=True)
class Taken:
    """A message that this worker alone may send now, for the `attempts`-th time. `number_sealed` and `language` are its
    number's."""

    due: Due
    attempts: int
    number_sealed: bytes
    language: str | None


@dataclass(frozen=True)
class _TakenRow:
    """A row of `take`."""

    id: UUID
    phone_number_id: UUID
    kind: str
    rule: str
    subject_id: UUID
    occasion: str
    gathering_id: UUID | None
    people: Sequence[UUID]
    due_at: datetime
    expires_at: datetime
    told_starts_at: datetime | None
    told_place: str | None
    told_cancelled: bool | None
    attempts: int
    number_sealed: bytes
    language: str | None
    people_language: str | None


@dataclass(frozen=True)
class Prepared:
    """A message ready to be sent: the text (folded) in a language, its segments, the sealed body, the text's index, and
    the number (E.164)."""

    content: Content
    text: str
    language: str
    segments: int
    body: bytes
    text_index: bytes
    number: str


@dataclass(frozen=True)
class NotSent:
    """A message that is not sent now: `cancelled` for a reason, or `planned` again from `due_at` on. `told` is what
    another message told its number about the same gathering."""

    status: str
    reason: str | None
    due_at: datetime | None = None
    told: ToldSnapshot = NOTHING


@dataclass(frozen=True)
class Recorded:
    """The outcome of a claimed message: `sent`, `failed`, `unknown`, or `planned` again from `due_at` on."""

    status: str
    reason: str = ""
    provider_id: str | None = None
    cost: Decimal | None = None
    currency: str | None = None
    due_at: datetime | None = None


def release(conn: Connection, programme_id: int, now: datetime) -> int:
    """Queue what is due; gives how many."""
    return conn.exec_driver_sql(SQL["release"], {"programme": programme_id, "now": now}).rowcount


def count_due(conn: Connection, programme_id: int, now: datetime, most: int) -> int:
    """How many messages could be claimed now, counting no further than `most`."""
    values = {"programme": programme_id, "now": now, "most": most}
    return int(conn.exec_driver_sql(SQL["count_due"], values).scalar_one())


def take(conn: Connection, programme_id: int, now: datetime, most: int) -> list[Taken]:
    """Lock up to `most` due messages, one a number, until this transaction ends."""
    values = {"programme": programme_id, "now": now, "most": most}
    return [_taken(row) for row in sql.rows(conn, SQL["take"], _TakenRow, values)]


def _taken(row: _TakenRow) -> Taken:
    columns = {**vars(row), "people": tuple(row.people)}
    due = Due(**{field.name: columns[field.name] for field in fields(Due)})
    return Taken(due, row.attempts + 1, bytes(row.number_sealed), row.language or row.people_language)


def claim(
    conn: Connection,
    claim_id: UUID,
    provider: str,
    to_send: Mapping[UUID, Prepared],
    not_sent: Mapping[UUID, NotSent],
    now: datetime,
) -> None:
    """Claim the taken messages that are sent, with their texts and the provider's name, and put the others back."""
    _for_each(conn, SQL["put_back"], _not_sent_rows(not_sent), now=now)
    rows = [
        {
            "id": id_,
            "body": prepared.body.hex(),
            "text_index": prepared.text_index.hex(),
            "language": prepared.language,
            "segments": prepared.segments,
            "starts_at": prepared.content.told.starts_at,
            "place": prepared.content.told.place,
            "cancelled": prepared.content.told.cancelled,
            "digest": prepared.content.told.digest,
        }
        for id_, prepared in to_send.items()
    ]
    _for_each(conn, SQL["claim"], rows, claim=claim_id, provider=provider, now=now)


def let_go(conn: Connection, claim_id: UUID, not_sent: Mapping[UUID, NotSent], now: datetime) -> None:
    """Release claimed messages that the provider was not called for. Such an attempt does not count."""
    _for_each(conn, SQL["release_claim"], _not_sent_rows(not_sent), claim=claim_id, now=now)


def record(conn: Connection, claim_id: UUID, rows: Mapping[UUID, Recorded], now: datetime) -> None:
    """Record the outcomes of claimed messages. A message that was swept meanwhile, or matched with a report by number,
    is recorded too: the answer overrides both."""
    _for_each(
        conn,
        SQL["record"],
        [{"id": id_, **vars(recorded)} for id_, recorded in rows.items()],
        claim=claim_id,
        now=now,
    )


def _not_sent_rows(not_sent: Mapping[UUID, NotSent]) -> list[dict[str, Any]]:
    return [
        {
            "id": id_,
            "status": message.status,
            "reason": message.reason,
            "due_at": message.due_at,
            "starts_at": message.told.starts_at,
            "place": message.told.place,
            "cancelled": message.told.cancelled,
        }
        for id_, message in not_sent.items()
    ]


def _for_each(conn: Connection, statement: str, rows: Sequence[Mapping[str, Any]], **values: Any) -> None:
    """One statement for all rows, which go as one JSON text: cheaper than an array a column."""
    if rows:
        conn.exec_driver_sql(statement, {"rows": json.dumps(rows, default=str), **values})


def sweep_claims(conn: Connection, now: datetime) -> list[UUID]:
    """Mark claimed messages that a worker abandoned as `unknown`, and free the numbers whose unknown message is old for
    the next one. Gives the ids of those that became unknown."""
    # A claim dated in the future comes from a clock that ran ahead; without this check its number stays blocked.
    ahead = now + CLOCKS_DIFFER
    stuck = conn.exec_driver_sql(STUCK, {"stuck": now - STUCK_AFTER, "ahead": ahead}).scalars().all()
    conn.exec_driver_sql(CLOSE, {"closed": now - OPEN_LASTS, "ahead": ahead})
    return list(stuck)


def expire(conn: Connection, now: datetime) -> int:
    """Mark messages that were not sent in time as `expired`; gives how many."""
    return conn.exec_driver_sql(EXPIRE, {"now": now}).rowcount


def forget(conn: Connection, now: datetime) -> None:
    """Delete bodies, broadcasts' words, what officers prepared and delivery reports after thirty days, one batch a
    call."""
    conn.exec_driver_sql(FORGET_PROPOSALS, {"before": now - BODY_LASTS})
    conn.exec_driver_sql(FORGET_WORDS, {"before": now - BODY_LASTS})
    conn.exec_driver_sql(FORGET_BODIES, {"before": now - BODY_LASTS, "batch": SWEEP_BATCH})
    conn.exec_driver_sql(FORGET_REPORTS, {"before": now - REPORT_LASTS, "batch": SWEEP_BATCH})
