"""When a rule's message is due and until when: quiet hours, days off, summer time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_app.messaging.reminders import moments
from sms_app.messaging.reminders.moments import Moment, NotPlanned
from sms_app.programme.settings import load_programme
from tests.world import programme
from tests.world.programme import rwanda_files

RWANDA, TINY = rwanda_files().settings, load_programme(programme.TINY)
KIGALI, DUBLIN = ZoneInfo("Africa/Kigali"), ZoneInfo("Europe/Dublin")
TOMORROW, TODAY = (RWANDA.messages.rules[name] for name in ("session_tomorrow", "session_today"))
SAVE, MONTH = (RWANDA.messages.rules[name] for name in ("please_save", "leader_month"))


def local(text: str, zone: ZoneInfo = KIGALI) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=zone)


def no_moment(reason: str) -> NotPlanned:
    return NotPlanned(reason, local("01-01 00:00"), "")


@pytest.mark.parametrize(
    ("start", "due", "expires", "held"),
    [
        ("02-26 14:00", "02-25 16:00", "02-25 18:00", None),
        # a Monday's goes on Saturday, and may still go on Monday morning
        ("03-02 14:00", "02-28 16:00", "03-02 13:00", "held_quiet"),
        # Umuganda's Saturday: the evening before and the afternoon itself are as ever
        ("02-28 14:00", "02-27 16:00", "02-27 18:00", None),
        # after mourning week, whose days send nothing; Monday 6 April is a holiday and Sunday quiet, so Saturday
        ("04-14 14:00", "04-04 16:00", "04-14 13:00", "held_quiet"),
        # a public holiday sends, though no group meets on it
        ("03-21 14:00", "03-20 16:00", "03-20 18:00", None),
        # Monday: Sunday is quiet, Saturday 15 August is a holiday and not open, so Friday
        ("08-17 14:00", "08-14 16:00", "08-17 13:00", "held_quiet"),
    ],
)
def test_a_reminder_of_the_day_before_has_its_hour(
    start: str, due: str, expires: str, held: str | None
) -> None:
    found = moments.gathering(TOMORROW, local(start), RWANDA.calendar)
    day = local(due).date()
    assert found == Moment(local(due), local(expires), day, f"2026-{start[:5]}", held)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("02-26 14:00", "02-26 11:00"),
        ("02-26 11:00", "02-26 08:00"),
        ("02-26 10:59", None),
        ("02-28 14:00", None),
        ("02-28 15:00", "02-28 12:00"),
        ("03-01 14:00", None),
    ],
)
def test_a_reminder_of_the_same_day_has_its_hour(start: str, due: str | None) -> None:
    found = moments.gathering(TODAY, local(start), RWANDA.calendar)
    if due is None:
        assert found == no_moment("quiet_hours")
    else:
        assert isinstance(found, Moment)
        assert (found.due_at, found.expires_at) == (local(due), local(start) - timedelta(hours=1))


def test_a_reminder_within_the_hour_goes_until_half_of_what_is_left() -> None:
    found = moments.gathering(replace(TODAY, hours_before=1), local("02-26 14:00"), RWANDA.calendar)
    assert isinstance(found, Moment)
    assert found.expires_at == local("02-26 13:30")


def test_a_rule_that_may_wait_goes_at_the_next_open_hour_in_time() -> None:
    rule = replace(TOMORROW, quiet="later")
    found = moments.gathering(rule, local("03-02 14:00"), RWANDA.calendar)
    assert isinstance(found, Moment)
    assert (found.due_at, found.held) == (local("03-02 08:00"), "held_quiet")
    assert moments.gathering(rule, local("03-02 07:00"), RWANDA.calendar) == no_moment("too_late")


def test_summer_time_keeps_the_hour_of_the_wall_before_and_the_hours_between() -> None:
    rules = TINY.messages.rules
    start = local("03-29 14:00", DUBLIN)
    before = moments.gathering(rules["session_tomorrow"], start, TINY.calendar)
    same = moments.gathering(rules["session_today"], start.astimezone(UTC), TINY.calendar)
    assert isinstance(before, Moment)
    assert isinstance(same, Moment)
    assert before.due_at == datetime(2026, 3, 28, 16, tzinfo=UTC)
    assert same.due_at == datetime(2026, 3, 29, 10, tzinfo=UTC)


def test_a_check_in_day_that_is_quiet_is_asked_later_but_not_when_the_next_has_come() -> None:
    sunday = moments.check_in(SAVE, date(2026, 3, 1), RWANDA.calendar)
    assert isinstance(sunday, Moment)
    assert (sunday.due_at, sunday.expires_at) == (local("03-02 08:00"), local("03-02 18:00"))
    assert sunday.occasion == "2026-03-01"
    assert moments.check_in(SAVE, date(2026, 4, 7), RWANDA.calendar) == no_moment("quiet_hours")


def test_the_last_friday_of_a_month_is_found() -> None:
    found = moments.month(MONTH, date(2026, 11, 1), RWANDA.calendar)
    assert isinstance(found, Moment)
    assert (found.due_at, found.occasion) == (local("11-27 10:00"), "2026-11")


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda d: d.replace(tzinfo=UTC)),
    quiet=st.sampled_from(("earlier", "later", "drop")),
    hours=st.integers(0, 24),
    days=st.integers(0, 14),
    tiny=st.booleans(),
)
def test_a_moment_is_never_quiet_and_always_before_the_start(start, quiet, hours, days, tiny) -> None:
    calendar = (TINY if tiny else RWANDA).calendar
    rule = replace(TOMORROW, quiet=quiet, hours_before=hours, days_before=days)
    found = moments.gathering(rule, start, calendar)
    if isinstance(found, Moment):
        assert calendar.may_send(found.due_at)
        assert found.due_at < found.expires_at < start
