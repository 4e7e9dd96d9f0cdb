"""The days of a calendar page: a week or a month, each with what takes place, the texts of rules, and days off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sms_app.console.calendar.forms import FIRST_YEAR, LAST_YEAR
from sms_app.console.request import Desk
from sms_app.messaging import rule_days
from sms_app.messaging.rule_days import RuleTime
from sms_app.programme import timetable
from sms_app.programme.timetable import Entry, Only

WEEK = timedelta(weeks=1)
CROWDED = 80
"""Of a day with more entries a week and a month say only how many there are: a page of its own lists them."""


@dataclass(frozen=True)
class Day:
    """A day: why nobody meets (empty: they may), its first entries of `many` (a crowded day has none), and the texts
    that rules send. `outside`: it is of another month than the page's."""

    day: date
    off: str
    entries: Sequence[Entry]
    many: int
    texts: Sequence[RuleTime]
    outside: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.off or self.many or self.texts)


@dataclass(frozen=True)
class Span:
    """The days that a page shows, and the days by which it names the pages before and after."""

    first: date
    days: int
    earlier: date
    later: date
    month: int = 0


def week_of(day: date) -> Span:
    """The week of a day, from Monday on."""
    monday = day - timedelta(days=day.weekday())
    return Span(monday, 7, monday - WEEK, monday + WEEK)


def month_of(day: date) -> Span:
    """The whole weeks of a day's month."""
    first = day.replace(day=1)
    later = (first + timedelta(days=31)).replace(day=1)
    monday = first - timedelta(days=first.weekday())
    after = later - timedelta(days=1)
    weeks = (after - monday).days // 7 + 1
    return Span(monday, 7 * weeks, (first - timedelta(days=1)).replace(day=1), later, first.month)


def day_of(day: date) -> Span:
    """One day."""
    return Span(day, 1, day - timedelta(days=1), day + timedelta(days=1))


def of_span(at: Desk, span: Span, only: Only, most: int, skip: int = 0) -> list[Day]:
    """The days of a span, each with at most `most` entries after the first `skip`; four statements, and one more unless
    everything is meant. Of a span of several days, a crowded day has none."""
    loaded, calendar, zone = at.programme.loaded, at.programme.loaded.calendar, at.programme.zone
    after, before = (calendar.at(span.first + timedelta(days=n)) for n in (0, span.days))
    groups = timetable.meant(at.conn, loaded.id, only)
    counts = timetable.counts(at.conn, loaded.id, after, before, zone, groups)
    listed = [day for day, many in counts.items() if many <= CROWDED or span.days == 1]
    entries: dict[date, list[Entry]] = {}
    for entry in timetable.entries(at.conn, loaded.id, listed, zone, groups, most, skip):
        entries.setdefault(entry.day, []).append(entry)
    texts = rule_days.of_days(at.conn, loaded, span.first, span.days, groups)
    days = []
    for day in (span.first + timedelta(days=n) for n in range(span.days)):
        outside = span.month not in {0, day.month}
        many = counts.get(day, 0)
        days.append(Day(day, calendar.day_off(day), entries.get(day, ()), many, texts.get(day, ()), outside))
    return days


def read_day(written: str, today: date) -> date:
    """A day that is written like 2026-03-09; today for anything else."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return today
    return day if FIRST_YEAR < day.year < LAST_YEAR else today
