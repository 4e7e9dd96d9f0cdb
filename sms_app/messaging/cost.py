"""The cost of texts: an estimate by segments, and beside it what the provider charged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.settings import Programme
from sms_app.texts import segments

# A text is sent when it is due or later, so an index on due_at finds those of a month and of some months before. A text
# that was refused at once has no sent_at; it counts only if it cost something.
CHARGED = """
select rule, case when kind = 'broadcast' then subject_id end as broadcast_id, currency, count(*) as texts,
  coalesce(sum(segments), 0) as segments, sum(cost) as cost, count(*) filter (where status = 'unknown') as unknown
from message
where programme_id = %(programme)s and due_at < %(end)s and due_at >= %(earliest)s
  and coalesce(sent_at, settled_at) >= %(start)s and coalesce(sent_at, settled_at) < %(end)s
  and (sent_at is not null or cost > 0)
group by 1, 2, 3 order by 1, 2, 3
"""

DIALOGUES = """
select network_code as network, currency, sum(sessions)::int as dialogues, sum(cost) as cost from ussd_cost
where programme_id = %(programme)s and day >= %(first)s and day < %(after)s
group by network_code, currency order by network_code, currency
"""

DIALOGUE_SUMS = """
select currency, sum(cost) as cost from ussd_cost
where programme_id = %(programme)s and day >= %(first)s and day < %(before)s group by currency order by currency
"""

OF_BROADCAST = """
select currency, count(*) as texts, coalesce(sum(segments), 0) as segments, sum(cost) as cost
from message where subject_id = %(id)s and rule = 'broadcast' and (sent_at is not null or cost is not null)
group by currency order by currency nulls last
"""
LONGEST = timedelta(days=120)
"""How long after it is due a text may still be sent."""


@dataclass(frozen=True)
class CostRow:
    """The texts of one rule or one broadcast. `estimated` is in the programme's currency, `charged` in the provider's
    `currency`; both are None for texts whose cost the provider has not told. `unknown` of the texts may not have been
    sent."""

    rule: str
    broadcast_id: UUID | None
    texts: int
    segments: int
    estimated: Decimal
    charged: Decimal | None
    currency: str | None
    unknown: int


@dataclass(frozen=True)
class BroadcastCost:
    """The texts of a broadcast that went, with what the provider charged in one currency; None: it has not told."""

    currency: str | None
    texts: int
    segments: int
    cost: Decimal | None


@dataclass(frozen=True)
class _Texts:
    """The texts of one rule or broadcast whose cost is in one currency."""

    rule: str
    broadcast_id: UUID | None
    currency: str | None
    texts: int
    segments: int
    cost: Decimal | None
    unknown: int


@dataclass(frozen=True)
class DialogueCost:
    """What a month's dialogues on one network cost, in the provider's `currency`; `network` is the provider's code."""

    network: str
    currency: str
    dialogues: int
    cost: Decimal


@dataclass(frozen=True)
class DialogueSum:
    """What dialogues cost, in one of the provider's currencies."""

    currency: str
    cost: Decimal


def estimate(programme: Programme, text: str, count: int) -> Decimal:
    """What a text to `count` numbers will cost, in the programme's currency."""
    return programme.messages.segment_price * segments(text) * count


def dialogues(conn: Connection, programme_id: int, first: date) -> Sequence[DialogueCost]:
    """What the dialogues of a calendar month (by its first day) cost, by network."""
    values = {"programme": programme_id, "first": first, "after": _next_month(first)}
    return sql.rows(conn, DIALOGUES, DialogueCost, values)


def dialogue_sums(conn: Connection, programme_id: int, first: date, before: date) -> Sequence[DialogueSum]:
    """What the dialogues of a calendar month (by its first day) cost, by currency. Only days before `before` count."""
    end = min(before, _next_month(first))
    return sql.rows(
        conn, DIALOGUE_SUMS, DialogueSum, {"programme": programme_id, "first": first, "before": end}
    )


def of_broadcast(conn: Connection, broadcast_id: UUID) -> Sequence[BroadcastCost]:
    """What a broadcast has cost so far, by the provider's currency."""
    return sql.rows(conn, OF_BROADCAST, BroadcastCost, {"id": broadcast_id})


def _next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def month(conn: Connection, programme: LoadedProgramme, first: date) -> Sequence[CostRow]:
    """The texts of a calendar month (by its first day, in the programme's zone) and their cost."""
    zone = programme.calendar.zone
    start, end = (datetime.combine(day, time(), zone) for day in (first, _next_month(first)))
    values = {"programme": programme.id, "start": start, "end": end, "earliest": start - LONGEST}
    price = programme.settings.messages.segment_price
    return [
        CostRow(
            row.rule,
            row.broadcast_id,
            row.texts,
            row.segments,
            price * row.segments,
            row.cost,
            row.currency,
            row.unknown,
        )
        for row in sql.rows(conn, CHARGED, _Texts, values)
    ]
