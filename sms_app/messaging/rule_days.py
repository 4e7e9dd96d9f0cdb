"""When the programme's rules send texts: about one session or meeting, and on the days of a calendar. It asks the same
functions as planning; nobody's consent or number is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from sms_app.messaging.coaches.planning import placed
from sms_app.messaging.reminders import moments
from sms_app.messaging.reminders.moments import Moment, NotPlanned
from sms_app.messaging.reminders.occasions import LATEST, MAX_SHIFT_EARLIER
from sms_app.programme import timetable
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.rules import Rule
from sms_app.programme.timetable import Meant, OneGathering, Starts

BEFORE = ("gathering", "coach_gathering")
"""What rules are about that remind of a gathering before it begins."""


@dataclass(frozen=True)
class RuleTime:
    """A rule's text at a moment (aware). `reason` is `held_quiet` when it goes at another time than the rule says, and
    `quiet_hours` or `too_late` when it does not go; `about` counts the gatherings or groups that it is about."""

    at: datetime
    rule: Rule
    reason: str = ""
    about: int = 1

    @property
    def goes(self) -> bool:
        return self.reason in {"", moments.HELD}


def of_gathering(
    programme: LoadedProgramme, gathering: OneGathering, starts_at: datetime | None = None
) -> list[RuleTime]:
    """The texts about a session or meeting by rule, in order of time; with `starts_at` as if it started then. The two
    about a missing roll go only if there is no roll by then."""
    start = starts_at or gathering.starts_at
    end = gathering.ends_at + (start - gathering.starts_at)
    times = []
    for rule in programme.settings.messages.rules.values():
        if rule.groups and gathering.number not in rule.groups:
            continue
        if rule.roles and gathering.role is not None and gathering.role not in rule.roles:
            continue
        if rule.about == "gathering" or (rule.about == "coach_gathering" and gathering.is_session):
            times.append(_time(rule, moments.gathering(rule, start, programme.calendar)))
        elif rule.about == "coach_roll_missing" and gathering.is_session:
            times += _missing_roll(programme, rule, end)
    return sorted(times, key=lambda time: (time.at, time.rule.name))


def of_days(
    conn: Connection, programme: LoadedProgramme, first: date, days: int, groups: Meant
) -> dict[date, list[RuleTime]]:
    """The texts that rules send on these days of gatherings, check-ins, months and weeks, by local day, as the
    timetable is now; two statements. Those of a missing roll are left out."""
    calendar = programme.calendar
    after, before = calendar.at(first), calendar.at(first + timedelta(days=days))
    rules = list(programme.settings.messages.rules.values())
    furthest = MAX_SHIFT_EARLIER + timedelta(days=max((rule.days_before for rule in rules), default=0))
    starts = timetable.starts(conn, programme.id, after, before + furthest, groups)
    check_ins = timetable.check_in_days(conn, programme.id, groups)
    texts: dict[date, list[RuleTime]] = {}
    every = [
        *_of_starts(programme, rules, starts),
        *_of_week_days(programme, rules, after, before, check_ins),
    ]
    for time in _together(time for time in every if time.goes and after <= time.at < before):
        texts.setdefault(calendar.day(time.at), []).append(time)
    return texts


def _of_starts(
    programme: LoadedProgramme, rules: Iterable[Rule], starts: Iterable[Starts]
) -> Iterator[RuleTime]:
    for rule in rules:
        if rule.about in BEFORE:
            for start in starts:
                many = start.gatherings if rule.about == "gathering" else start.sessions
                if many:
                    yield _time(rule, moments.gathering(rule, start.starts_at, programme.calendar), many)


def _of_week_days(
    programme: LoadedProgramme,
    rules: Iterable[Rule],
    after: datetime,
    before: datetime,
    check_ins: Mapping[int, int],
) -> Iterator[RuleTime]:
    """Those that do not depend on a gathering: of check-in days, months, and the coaches' week."""
    calendar = programme.calendar
    first, last = calendar.day(after - LATEST), calendar.day(before + MAX_SHIFT_EARLIER)
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for rule in rules:
        if rule.about == "check_in":
            for day in every:
                if check_ins.get(day.weekday()):
                    yield _time(rule, moments.check_in(rule, day, calendar), check_ins[day.weekday()])
        elif rule.about == "month":
            for month in sorted({day.replace(day=1) for day in every}):
                yield _time(rule, moments.month(rule, month, calendar))
        elif rule.about == "coach_week":
            for day in every:
                at = (
                    placed(rule, calendar.at(day, rule.at), calendar)
                    if day.weekday() == rule.weekday
                    else None
                )
                if at is not None:
                    yield RuleTime(at, rule)


def _missing_roll(programme: LoadedProgramme, rule: Rule, end: datetime) -> Iterator[RuleTime]:
    calendar = programme.calendar
    first = placed(rule, end + timedelta(hours=rule.hours_after), calendar)
    if first is not None:
        yield RuleTime(first, rule)
    again = placed(rule, calendar.at(calendar.day(first or end) + timedelta(days=1), rule.again_at), calendar)
    if rule.again_at is not None and again is not None:
        yield RuleTime(again, rule)


def _time(rule: Rule, moment: Moment | NotPlanned, about: int = 1) -> RuleTime:
    if isinstance(moment, NotPlanned):
        return RuleTime(moment.wanted_at, rule, moment.reason, about)
    return RuleTime(moment.due_at, rule, moment.held or "", about)


def _together(times: Iterable[RuleTime]) -> list[RuleTime]:
    """One for each rule and moment, in order of time."""
    sums: dict[tuple[datetime, str, str], RuleTime] = {}
    for time in times:
        key = (time.at, time.rule.name, time.reason)
        about = time.about + (sums[key].about if key in sums else 0)
        sums[key] = RuleTime(time.at, time.rule, time.reason, about)
    return [sums[key] for key in sorted(sums)]
