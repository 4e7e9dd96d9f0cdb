"""Lists the occasions of the rules: each rule with a start, day or month, and the moment at which its reminder is due.

A moment depends on a rule and a start or day alone, so there are few moments. One statement finds the people of all of
them, with the database's function `reminder_audience` (revision 0015)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from sms_app.messaging.reminders import moments
from sms_app.messaging.reminders.moments import Moment, NotPlanned
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.rules import Rule

MAX_SHIFT_EARLIER = timedelta(days=15)
"""The most by which quiet hours and days off can move a reminder to an earlier time."""
LATEST = timedelta(days=7)
"""How much later than its own day one is."""

STARTS = """
select distinct starts_at from gathering
where programme_id = %(programme)s and starts_at > %(after)s and starts_at < %(before)s
"""
# of the gatherings whose reminders wait, wherever they were moved to
PLANNED_STARTS = """
select distinct g.starts_at
from (select distinct gathering_id from message where programme_id = %(programme)s
    and status in ('planned', 'queued') and kind = 'gathering') m
  cross join lateral (select starts_at from gathering where id = m.gathering_id offset 0) g
"""


@dataclass(frozen=True)
class Occasion:
    """A rule's moment for all gatherings that start at `starts_at`, or for one day or month (None)."""

    rule: Rule
    starts_at: datetime | None
    moment: Moment | NotPlanned


def gatherings(
    conn: Connection,
    programme: LoadedProgramme,
    after: datetime,
    before: datetime,
    starts: Iterable[datetime] = (),
) -> list[Occasion]:
    """Every gathering rule's moment for each time at which gatherings start and which may be reminded between `after`
    and `before`, and for `starts`."""
    rules = _rules(programme, "gathering")
    furthest = MAX_SHIFT_EARLIER + timedelta(days=max((rule.days_before for rule in rules), default=0))
    window = {"programme": programme.id, "after": after, "before": before + furthest}
    every = {*starts, *conn.exec_driver_sql(STARTS, window).scalars()}
    calendar = programme.calendar
    return [
        Occasion(rule, at, moments.gathering(rule, at, calendar)) for at in sorted(every) for rule in rules
    ]


def planned_starts(conn: Connection, programme: LoadedProgramme) -> set[datetime]:
    """When the gatherings start that have waiting reminders, however far they were moved."""
    return set(conn.exec_driver_sql(PLANNED_STARTS, {"programme": programme.id}).scalars())


def days(programme: LoadedProgramme, after: datetime, before: datetime) -> list[Occasion]:
    """Every check-in rule's moment for each day that may be asked about between `after` and `before`."""
    calendar = programme.calendar
    return [
        Occasion(rule, None, moments.check_in(rule, day, calendar))
        for day in _days(after - LATEST, before, programme)
        for rule in _rules(programme, "check_in")
    ]


def months(programme: LoadedProgramme, after: datetime, before: datetime) -> list[Occasion]:
    """Every month rule's moment for each month that may be reminded between `after` and `before`."""
    firsts = sorted(
        {day.replace(day=1) for day in _days(after - LATEST, before + MAX_SHIFT_EARLIER, programme)}
    )
    calendar = programme.calendar
    return [
        Occasion(rule, None, moments.month(rule, first, calendar))
        for first in firsts
        for rule in _rules(programme, "month")
    ]


def parameters(occasions: Iterable[Occasion]) -> dict[str, Sequence[Any]]:
    """The occasions that have a moment as arrays, in their order: what `plan_reminders`, `cancel_reminders` and
    `people_of_occasions` take."""
    placed = [
        (occasion.rule, occasion.starts_at, occasion.moment)
        for occasion in occasions
        if isinstance(occasion.moment, Moment)
    ]
    return {
        "rules": [rule.name for rule, _, _ in placed],
        # a list of lists of different lengths is no array
        "roles": ["{" + ",".join(rule.roles) + "}" for rule, _, _ in placed],
        "groups": ["{" + ",".join(map(str, rule.groups)) + "}" for rule, _, _ in placed],
        "starts": [starts_at for _, starts_at, _ in placed],
        "occasions": [moment.occasion for _, _, moment in placed],
        "dues": [moment.due_at for _, _, moment in placed],
        "expiries": [moment.expires_at for _, _, moment in placed],
        "days": [moment.day for _, _, moment in placed],
        "reasons": [moment.held for _, _, moment in placed],
    }


def _rules(programme: LoadedProgramme, about: str) -> list[Rule]:
    return [rule for rule in programme.settings.messages.rules.values() if rule.about == about]


def _days(after: datetime, before: datetime, programme: LoadedProgramme) -> Iterator[date]:
    calendar = programme.calendar
    first, last = calendar.day(after), calendar.day(before)
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
