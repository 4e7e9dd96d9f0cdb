"""Predicts when a text is sent to a number that gets others before it, with the daily cap as sending applies it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging.outbox import CLOCKS_DIFFER
from sms_app.programme.calendar import Calendar
from sms_app.programme.loaded import LoadedProgramme

LATELY = timedelta(days=10)
"""No text is sent so long after it was due."""
SQL = sql.beside(__file__)


@dataclass(frozen=True, order=True)
class QueuedText:
    """A text that waits for a number: from when on it may be sent, until when, and whether the cap holds it for another
    day (`is_broadcast`) or cancels it (`capped`)."""

    due_at: datetime
    expires_at: datetime
    is_broadcast: bool = False
    capped: bool = True


@dataclass(frozen=True)
class NumberLoad:
    """How many texts one number was sent today, and the texts that wait for it."""

    sent: int = 0
    waiting: tuple[QueuedText, ...] = ()


@dataclass(frozen=True)
class _TextsOfNumber:
    """A row of `loads_by_number`; each array has an item for each text."""

    phone_number_id: UUID
    sent: Sequence[bool]
    is_broadcast: Sequence[bool]
    capped: Sequence[bool]
    due: Sequence[datetime]
    expires: Sequence[datetime]


def broadcast_limit(most_a_day: int) -> int:
    """How many texts a number may get in a day before broadcasts wait: the last place is for a reminder."""
    return max(1, most_a_day - 1)


def loads_by_number(
    conn: Connection, programme: LoadedProgramme, until: datetime, now: datetime, least: int
) -> dict[UUID, NumberLoad]:
    """What numbers were sent today and what waits for them until a moment, by number; numbers with fewer than `least`
    texts are left out. One statement."""
    calendar = programme.calendar
    asked = {
        "programme": programme.id,
        "midnight": calendar.at(calendar.day(now)),
        "ahead": now + CLOCKS_DIFFER,
        "lately": now - LATELY,
        "until": until,
        "least": least,
    }
    loads: dict[UUID, NumberLoad] = {}
    for row in sql.rows(conn, SQL["loads_by_number"], _TextsOfNumber, asked):
        parts = zip(row.due, row.expires, row.is_broadcast, row.capped, row.sent, strict=True)
        waiting = tuple(
            sorted(
                QueuedText(due_at, expires_at, is_broadcast, capped)
                for due_at, expires_at, is_broadcast, capped, is_sent in parts
                if not is_sent
            )
        )
        loads[row.phone_number_id] = NumberLoad(sum(row.sent), waiting)
    return loads


def send_times(
    calendar: Calendar, most_a_day: int, load: NumberLoad, texts: Iterable[QueuedText], now: datetime
) -> list[datetime | None]:
    """When each of a number's further texts is sent, beside those that wait for it; None: it is not, for the cap.

    The same steps as at sending: texts that are due earlier go first; a broadcast on a day that is full waits for the
    first sending hour of the next day; any other text is cancelled."""
    further = list(texts)
    times: list[datetime | None] = [None] * len(further)
    count: Counter[date] = Counter({calendar.day(now): load.sent})
    every = [*load.waiting, *further]
    queue = [(calendar.next_send(max(text.due_at, now)), text.due_at, n) for n, text in enumerate(every)]
    heapify(queue)
    while queue:
        at, due, n = heappop(queue)
        text, day = every[n], calendar.day(at)
        if at >= text.expires_at:
            continue
        if text.is_broadcast and text.capped and count[day] >= broadcast_limit(most_a_day):
            later = held_until(calendar, at, due)
            heappush(queue, (later, later, n))
        elif not text.capped or text.is_broadcast or count[day] < most_a_day:
            count[day] += 1
            if n >= len(load.waiting):
                times[n - len(load.waiting)] = at
    return times


def held_until(calendar: Calendar, now: datetime, due_at: datetime) -> datetime:
    """When a broadcast is sent whose day is full. It keeps its order among the broadcasts of its hour, which is in its
    microseconds (`broadcasts.drafts.due_at`)."""
    tomorrow = calendar.at(calendar.day(now) + timedelta(days=1))
    return calendar.next_send(tomorrow) + timedelta(microseconds=due_at.microsecond)
