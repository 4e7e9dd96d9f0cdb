"""Predicts when a text will go to a number that gets others before it, with the daily cap as sending applies it."""

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
class Text:
    """A text that waits to go to a number: from when on, until when, and whether the cap holds it for another day
    (`is_broadcast`) or cancels it (`capped`)."""

    due_at: datetime
    expires_at: datetime
    is_broadcast: bool = False
    capped: bool = True


@dataclass(frozen=True)
class Number:
    """How many texts one number was sent today, and the texts that wait for it. Numbers with the same are equal."""

    sent: int = 0
    waiting: tuple[Text, ...] = ()


@dataclass(frozen=True)
class _TextsOfNumber:
    """A row of `ahead`; each array has a place for each text."""

    phone_number_id: UUID
    sent: Sequence[bool]
    is_broadcast: Sequence[bool]
    capped: Sequence[bool]
    due: Sequence[datetime]
    expires: Sequence[datetime]


def places(most_a_day: int) -> int:
    """How many texts a day broadcasts may fill: they leave the last place to a reminder."""
    return max(1, most_a_day - 1)


def ahead(
    conn: Connection, programme: LoadedProgramme, until: datetime, now: datetime, least: int
) -> dict[UUID, Number]:
    """What numbers were sent today and what waits for them until a moment, by number, those with fewer than `least`
    texts left out. One statement."""
    calendar = programme.calendar
    asked = {
        "programme": programme.id,
        "midnight": calendar.at(calendar.day(now)),
        "ahead": now + CLOCKS_DIFFER,
        "lately": now - LATELY,
        "until": until,
        "least": least,
    }
    numbers: dict[UUID, Number] = {}
    for row in sql.rows(conn, SQL["ahead"], _TextsOfNumber, asked):
        parts = zip(row.due, row.expires, row.is_broadcast, row.capped, row.sent, strict=True)
        waiting = tuple(
            sorted(
                Text(due_at, expires_at, is_broadcast, capped)
                for due_at, expires_at, is_broadcast, capped, is_sent in parts
                if not is_sent
            )
        )
        numbers[row.phone_number_id] = Number(sum(row.sent), waiting)
    return numbers


def goes_at(
    calendar: Calendar, most_a_day: int, number: Number, texts: Iterable[Text], now: datetime
) -> list[datetime | None]:
    """When each of a number's further texts goes, beside all that waits for it; None: it does not, for the cap.

    The same steps as at sending: what is due earlier goes first, a broadcast that finds the day full waits for the
    first hour of the next one on which something is sent, any other text is cancelled."""
    mine = list(texts)
    goes: list[datetime | None] = [None] * len(mine)
    count: Counter[date] = Counter({calendar.day(now): number.sent})
    every = [*number.waiting, *mine]
    queue = [(calendar.next_send(max(text.due_at, now)), text.due_at, n) for n, text in enumerate(every)]
    heapify(queue)
    while queue:
        at, due, n = heappop(queue)
        text, day = every[n], calendar.day(at)
        if at >= text.expires_at:
            continue
        if text.is_broadcast and text.capped and count[day] >= places(most_a_day):
            later = held_until(calendar, at, due)
            heappush(queue, (later, later, n))
        elif not text.capped or text.is_broadcast or count[day] < most_a_day:
            count[day] += 1
            if n >= len(number.waiting):
                goes[n - len(number.waiting)] = at
    return goes


def held_until(calendar: Calendar, now: datetime, due_at: datetime) -> datetime:
    """When a broadcast goes that finds the day full. It keeps its place among those of its hour, which is in its
    microseconds (`broadcasts.drafts.due_at`)."""
    tomorrow = calendar.at(calendar.day(now) + timedelta(days=1))
    return calendar.next_send(tomorrow) + timedelta(microseconds=due_at.microsecond)
