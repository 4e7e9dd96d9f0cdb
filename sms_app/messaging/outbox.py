"""The outbox: each message is a row, and each change of its status one statement for all rows that change alike.

`planned` waits for its hour, `queued` for a worker, `sending` was claimed by one. The claim is committed before the
provider is called and the outcome after it, so a row that a worker left behind is `unknown`: it may have gone, and is
never sent again by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from sms_app.messaging.content import NOTHING, Content, Due, ToldSnapshot

STUCK_AFTER = timedelta(minutes=5)
"""A worker has recorded what became of a claim long before this."""
OPEN_LASTS = timedelta(minutes=15)
"""How long an `unknown` message keeps its number for itself, so that a report which names only the number is its."""
CLOCKS_DIFFER = timedelta(hours=1)
"""No two clocks that are looked after differ by so much."""
BODY_LASTS = timedelta(days=30)
REPORT_LASTS = timedelta(days=30)
SWEEP_BATCH = 5000

NOT_PAUSED = """
not exists (select from broadcast b where b.id = m.subject_id and m.kind = 'broadcast' and b.paused_at is not null)
"""
RELEASE = f"""
with due as (
  select m.id from message m
  where m.programme_id = %(programme)s and m.status = 'planned' and m.due_at <= %(now)s and m.expires_at > %(now)s
  and {NOT_PAUSED}
  -- what somebody else has in hand waits for the next tick
  for update skip locked
)
update message m set status = 'queued', reason = null from due where m.id = due.id
"""  # noqa: S608
# what could be claimed now: its hour has come, and its number has no message whose outcome is open
CLAIMABLE = f"""
m.programme_id = %(programme)s and m.status = 'queued' and m.due_at <= %(now)s and m.expires_at > %(now)s
and not exists (select from message o where o.phone_number_id = m.phone_number_id and o.open)
and {NOT_PAUSED}
"""
COUNT_DUE = f"select count(*) from (select from message m where {CLAIMABLE} limit %(most)s) due"  # noqa: S608
# The number's row is locked, too, so that two workers never take two messages to one number.
TAKE = f"""
with due as (
  select m.id, m.phone_number_id, m.due_at from message m join phone_number n on n.id = m.phone_number_id
  where {CLAIMABLE} order by m.due_at limit %(most)s for no key update of m, n skip locked
), one_a_number as (
  select distinct on (phone_number_id) id from due order by phone_number_id, due_at, id
)
select m.id, m.phone_number_id, m.kind, m.rule, m.subject_id, m.occasion, m.gathering_id, m.people, m.due_at,
  m.expires_at, m.told_starts_at, m.told_place, m.told_cancelled, m.attempts, n.number_sealed, n.language,
  (select case when count(distinct p.language) = 1 then min(p.language) end from participant p
   where p.id = any(m.people)) as people_language
from one_a_number o join message m on m.id = o.id join phone_number n on n.id = m.phone_number_id
"""  # noqa: S608
CLAIM = """
update message m set status = 'sending', reason = null, claim = %(claim)s, claimed_at = %(now)s, open = true,
  provider = %(provider)s,
  attempts = m.attempts + 1, body_sealed = decode(r.body, 'hex'), language = r.language, segments = r.segments,
  told_starts_at = r.starts_at, told_place = r.place, told_cancelled = r.cancelled, told_digest = r.digest,
  text_index = decode(r.text_index, 'hex')
from json_to_recordset(%(rows)s) as r(id uuid, body text, text_index text, language text, segments int,
  starts_at timestamptz, place text, cancelled bool, digest text)
where m.id = r.id
"""
NOT_SENT = """
update message m set status = r.status, reason = r.reason, due_at = coalesce(r.due_at, m.due_at),
  settled_at = case when r.status = 'cancelled' then %(now)s end,
  told_starts_at = r.starts_at, told_place = r.place, told_cancelled = r.cancelled
from json_to_recordset(%(rows)s) as r(id uuid, status text, reason text, due_at timestamptz, starts_at timestamptz,
  place text, cancelled bool)
where m.id = r.id and m.status = 'queued'
"""
RELEASE_CLAIM = """
update message m set status = r.status, reason = r.reason, due_at = coalesce(r.due_at, m.due_at), open = false,
  claim = null, claimed_at = null, settled_at = case when r.status = 'cancelled' then %(now)s end,
  attempts = m.attempts - 1, body_sealed = null
from json_to_recordset(%(rows)s) as r(id uuid, status text, reason text, due_at timestamptz)
where m.id = r.id and m.claim = %(claim)s and m.status = 'sending'
"""
RECORD = """
update message m set status = r.status, reason = nullif(r.reason, ''), provider_id = r.provider_id, cost = r.cost,
  currency = r.currency, open = (m.open and r.status = 'unknown'), due_at = coalesce(r.due_at, m.due_at),
  sent_at = case when r.status in ('sent', 'unknown') then %(now)s end,
  settled_at = case when r.status = 'failed' then %(now)s end
from json_to_recordset(%(rows)s) as r(id uuid, status text, reason text, provider_id text, cost numeric,
  currency text, due_at timestamptz)
where m.id = r.id and m.claim = %(claim)s and (
  m.status in ('sending', 'unknown') or (r.status = 'sent' and m.status in ('sent', 'delivered', 'failed')))
"""
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
FORGET_BODIES = """
update message set body_sealed = null
where id in (select id from message where body_sealed is not null and claimed_at <= %(before)s limit %(batch)s)
"""
FORGET_WORDS = """
update broadcast_text t set text_sealed = null from broadcast b
where b.id = t.broadcast_id and t.text_sealed is not null and b.expires_at <= %(before)s
"""
FORGET_REPORTS = """
delete from delivery_report
where id in (select id from delivery_report where received_at <= %(before)s limit %(batch)s)
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
class Prepared:
    """What will go: the text (folded) in a language, its segments, the body as it is kept, the text's index, and the
    number (E.164)."""

    say: Content
    text: str
    language: str
    segments: int
    body: bytes
    text_index: bytes
    number: str


@dataclass(frozen=True)
class NotSent:
    """A message that does not go now: `cancelled` for a reason, or `planned` again from `due_at` on. `told` is what its
    number was told about the same by another message."""

    status: str
    reason: str | None
    due_at: datetime | None = None
    told: ToldSnapshot = NOTHING


@dataclass(frozen=True)
class Recorded:
    """What became of a claimed message: `sent`, `failed`, `unknown`, or `planned` again from `due_at` on."""

    status: str
    reason: str = ""
    provider_id: str | None = None
    cost: Decimal | None = None
    currency: str | None = None
    due_at: datetime | None = None


def release(conn: Connection, programme_id: int, now: datetime) -> int:
    """Queue what is due; gives how many."""
    return conn.exec_driver_sql(RELEASE, {"programme": programme_id, "now": now}).rowcount


def count_due(conn: Connection, programme_id: int, now: datetime, most: int) -> int:
    """How many messages could be claimed now, counting no further than `most`."""
    values = {"programme": programme_id, "now": now, "most": most}
    return int(conn.exec_driver_sql(COUNT_DUE, values).scalar_one())


def take(conn: Connection, programme_id: int, now: datetime, most: int) -> list[Taken]:
    """Take up to `most` due messages, one a number: nobody else may have them until this transaction ends."""
    values = {"programme": programme_id, "now": now, "most": most}
    return [
        Taken(
            Due(
                row.id,
                row.phone_number_id,
                row.kind,
                row.rule,
                row.subject_id,
                row.occasion,
                row.gathering_id,
                tuple(row.people),
                row.due_at,
                row.expires_at,
                row.told_starts_at,
                row.told_place,
                row.told_cancelled,
            ),
            row.attempts + 1,
            bytes(row.number_sealed),
            row.language or row.people_language,
        )
        for row in conn.exec_driver_sql(TAKE, values)
    ]


def claim(
    conn: Connection,
    claim_id: UUID,
    provider: str,
    go: Mapping[UUID, Prepared],
    stay: Mapping[UUID, NotSent],
    now: datetime,
) -> None:
    """Claim what goes of the messages that were taken, with what it is going to say and through which provider, and put
    the others back."""
    _for_each(conn, NOT_SENT, _not_sent(stay), now=now)
    rows = [
        {
            "id": id_,
            "body": one.body.hex(),
            "text_index": one.text_index.hex(),
            "language": one.language,
            "segments": one.segments,
            "starts_at": one.say.told.starts_at,
            "place": one.say.told.place,
            "cancelled": one.say.told.cancelled,
            "digest": one.say.told.digest,
        }
        for id_, one in go.items()
    ]
    _for_each(conn, CLAIM, rows, claim=claim_id, provider=provider, now=now)


def let_go(conn: Connection, claim_id: UUID, stay: Mapping[UUID, NotSent], now: datetime) -> None:
    """Give up claimed messages that the provider was not called for. Such an attempt does not count."""
    _for_each(conn, RELEASE_CLAIM, _not_sent(stay), claim=claim_id, now=now)


def record(conn: Connection, claim_id: UUID, rows: Mapping[UUID, Recorded], now: datetime) -> None:
    """Record what became of claimed messages. One that was swept meanwhile, or settled by a report that named only its
    number, is recorded all the same: the answer is surer."""
    _for_each(conn, RECORD, [{"id": id_, **vars(one)} for id_, one in rows.items()], claim=claim_id, now=now)


def _not_sent(stay: Mapping[UUID, NotSent]) -> list[dict[str, Any]]:
    return [
        {
            "id": id_,
            "status": one.status,
            "reason": one.reason,
            "due_at": one.due_at,
            "starts_at": one.told.starts_at,
            "place": one.told.place,
            "cancelled": one.told.cancelled,
        }
        for id_, one in stay.items()
    ]


def _for_each(conn: Connection, statement: str, rows: Sequence[Mapping[str, Any]], **values: Any) -> None:
    """One statement for all rows, which go as one JSON text: cheaper than an array a column."""
    if rows:
        conn.exec_driver_sql(statement, {"rows": json.dumps(rows, default=str), **values})


def sweep_claims(conn: Connection, now: datetime) -> list[UUID]:
    """What workers left behind becomes `unknown`; a number whose unknown message is old is free for the next one.
    Gives the ids of those that became unknown."""
    # a claim of the future is one of a clock that ran ahead: it would hold its number until then
    ahead = now + CLOCKS_DIFFER
    stuck = conn.exec_driver_sql(STUCK, {"stuck": now - STUCK_AFTER, "ahead": ahead}).scalars().all()
    conn.exec_driver_sql(CLOSE, {"closed": now - OPEN_LASTS, "ahead": ahead})
    return list(stuck)


def expire(conn: Connection, now: datetime) -> int:
    """Give up what is past its time; gives how many."""
    return conn.exec_driver_sql(EXPIRE, {"now": now}).rowcount


def forget(conn: Connection, now: datetime) -> None:
    """Thin what grows: bodies, broadcasts' words and reports after thirty days, one batch a call."""
    conn.exec_driver_sql(FORGET_WORDS, {"before": now - BODY_LASTS})
    conn.exec_driver_sql(FORGET_BODIES, {"before": now - BODY_LASTS, "batch": SWEEP_BATCH})
    conn.exec_driver_sql(FORGET_REPORTS, {"before": now - REPORT_LASTS, "batch": SWEEP_BATCH})
