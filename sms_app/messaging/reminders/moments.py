"""Calculates when a rule's message is due and until when it may go, from the programme's calendar alone."""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from sms_app.programme.calendar import LOOK_AHEAD, Calendar
from sms_app.programme.rules import Rule

HELD = "held_quiet"
QUIET_HOURS = "quiet_hours"
TOO_LATE = "too_late"
BEFORE_START = timedelta(hours=1)
"""A reminder of something that starts within the hour helps nobody who still has to walk there."""


@dataclass(frozen=True)
class Moment:
    """From `due_at` on a message goes, from `expires_at` on it does not go any more (both aware).

    `day` is the local day by which its people were to be enrolled and reached; `occasion` what it is about; `held`
    says why it is not due when the rule says."""

    due_at: datetime
    expires_at: datetime
    day: date
    occasion: str
    held: str | None = None


@dataclass(frozen=True)
class NotPlanned:
    """A rule plans no message for an occasion; the message was wanted at `wanted_at`. Staff read the reason."""

    reason: str
    wanted_at: datetime = field(compare=False)
    occasion: str = field(compare=False)


@lru_cache(maxsize=4096)
def gathering(rule: Rule, starts_at: datetime, calendar: Calendar) -> Moment | NotPlanned:
    """When a gathering that starts at `starts_at` is reminded.

    It may go until an hour before the start, or until half of the time left when that is less, and not after the
    sending hours of its day. A reminder that quiet hours moved to another day may go until an hour before the start."""
    start = starts_at.astimezone(calendar.zone)
    if rule.hours_before:
        wanted = starts_at.astimezone(UTC) - timedelta(hours=rule.hours_before)
    else:
        wanted = _at(start.date() - timedelta(days=rule.days_before), rule.at, calendar)
    due_at = _shifted_from_quiet_hours(rule, wanted, calendar)
    if due_at is None or due_at >= starts_at:
        return NotPlanned(TOO_LATE if due_at else QUIET_HOURS, wanted, f"{start:%Y-%m-%d}")
    last = starts_at.astimezone(UTC) - min(BEFORE_START, (starts_at - due_at) / 2)
    return _moment(wanted, due_at, f"{start:%Y-%m-%d}", calendar, last)


def check_in(rule: Rule, day: date, calendar: Calendar) -> Moment | NotPlanned:
    """When a savings group whose check-in is on this local day is asked to dial; not when its next one has come."""
    wanted = _at(day, rule.at, calendar)
    due_at = _shifted_from_quiet_hours(rule, wanted, calendar)
    if due_at is None or calendar.day(due_at) >= day + timedelta(weeks=1):
        return NotPlanned(QUIET_HOURS, wanted, day.isoformat())
    return _moment(wanted, due_at, day.isoformat(), calendar)


def month(rule: Rule, first: date, calendar: Calendar) -> Moment | NotPlanned:
    """When the month that begins on `first` is reminded: on the last such weekday of it."""
    last = first.replace(day=months.monthrange(first.year, first.month)[1])
    wanted = _at(last - timedelta(days=(last.weekday() - rule.last_weekday) % 7), rule.at, calendar)
    due_at = _shifted_from_quiet_hours(rule, wanted, calendar)
    if due_at is None:
        return NotPlanned(QUIET_HOURS, wanted, f"{first:%Y-%m}")
    return _moment(wanted, due_at, f"{first:%Y-%m}", calendar)


def closes(day: date, calendar: Calendar) -> datetime:
    """The end of a local day's sending hours."""
    return _at(day, calendar.closes, calendar)


def _moment(
    wanted: datetime, due_at: datetime, occasion: str, calendar: Calendar, last: datetime | None = None
) -> Moment:
    """`last` is the latest useful time."""
    day = calendar.day(due_at)
    was_moved, evening = due_at != wanted, closes(day, calendar)
    # A moved reminder ignores the closing hour: its original day had hours of its own.
    expires_at = evening if last is None else last if was_moved else min(last, evening)
    return Moment(due_at, expires_at, day, occasion, HELD if was_moved else None)


def _shifted_from_quiet_hours(rule: Rule, wanted: datetime, calendar: Calendar) -> datetime | None:
    """The moment moved by the rule's `quiet`, or None to drop it."""
    if calendar.may_send(wanted):
        return wanted
    if rule.quiet == "later":
        return calendar.next_send(wanted).astimezone(UTC)
    return _earlier(wanted, calendar) if rule.quiet == "earlier" else None


def _earlier(wanted: datetime, calendar: Calendar) -> datetime | None:
    """The same local hour on the last day before on which the programme is open and a message may go."""
    local = wanted.astimezone(calendar.zone)
    for days in range(1, LOOK_AHEAD):
        moment = _at(local.date() - timedelta(days=days), local.time(), calendar)
        if calendar.is_open(local.date() - timedelta(days=days)) and calendar.may_send(moment):
            return moment
    return None


def _at(day: date, hour: time | None, calendar: Calendar) -> datetime:
    return calendar.at(day, hour).astimezone(UTC)
