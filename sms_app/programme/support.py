"""The settings of confidential support: when caseworkers call, when who is on duty is told to check the list, and what
the programme decided beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sms_app.programme import rules
from sms_app.programme.calendar import Calendar
from sms_app.programme.yaml_node import Node

BAND = r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d"
MAX_BANDS = 4
MAX_WORKING_DAYS = 5
MAX_WAIT = timedelta(days=21)
"""The longest time until the last day of a call, days off included. A request with a longer one is none: the opening
page takes it for a forged one (envelope.js)."""
MAX_CHECKS = 6
COLLEAGUE_AFTER = timedelta(minutes=5)
"""How long after `sign_in_by` a colleague is told when nobody signed in."""
SATURDAY = 5
ANY_DAY = date(2028, 12, 28)


@dataclass(frozen=True)
class Support:
    """`bands` are the hours from which a caller chooses, such as `08:00-11:00`, in the programme's time zone. A
    caseworker calls within `within_days` working days. Who is on duty signs in by `sign_in_by`, and is asked to check
    the list at each hour of `check_at`. `under_18` and `men` are what the page tells caseworkers to do then."""

    bands: tuple[str, ...]
    within_days: int
    sign_in_by: time
    check_at: tuple[time, ...]
    under_18: str
    men: str

    def call_until(self, calendar: Calendar, today: date) -> date:
        """The last day on which a caseworker calls someone who asks today."""
        day, left = today, self.within_days
        while left:
            day += timedelta(days=1)
            left -= is_working_day(calendar, day)
        return day

    def duty_due(self, calendar: Calendar, today: date, hour: time) -> date:
        """The working day on which someone must have signed in, as of a local hour of today: today itself from
        `sign_in_by` on, else the last working day before it."""
        day = today if hour >= self.sign_in_by else today - timedelta(days=1)
        while not is_working_day(calendar, day):
            day -= timedelta(days=1)
        return day


def is_working_day(calendar: Calendar, day: date) -> bool:
    """Whether caseworkers work: Monday to Friday, without days off."""
    return day.weekday() < SATURDAY and calendar.is_open(day)


def read(node: Node, calendar: Calendar) -> Support | None:
    """Read `support` of a programme.yaml, and note each fault at its line; `calendar` says when messages may be sent.
    None when it is empty or left out: then help shows numbers to call only."""
    if node.value is None:
        return None
    part = node.parts(("bands", "call_within_days", "sign_in_by", "check_at", "under_18", "men"))
    bands = part["bands"].each(_band)
    if not 0 < len(bands) <= MAX_BANDS or len(set(bands)) < len(bands):
        part["bands"].fault(f"1 to {MAX_BANDS} bands are expected here, none twice")
    return Support(
        bands,
        part["call_within_days"].whole(1, MAX_WORKING_DAYS),
        _sign_in_by(part["sign_in_by"], calendar),
        _check_at(part["check_at"], calendar),
        part["under_18"].text(),
        part["men"].text(),
    )


def _band(node: Node) -> str:
    band = node.text(BAND, '"08:00-11:00"')
    if band and band[:5] >= band[6:]:
        node.fault("a band ends after it begins")
    return band


def _sign_in_by(node: Node, calendar: Calendar) -> time:
    """An hour after which there is still time to tell a colleague."""
    hour = node.clock()
    if datetime.combine(ANY_DAY, hour) + COLLEAGUE_AFTER >= datetime.combine(ANY_DAY, calendar.closes):
        node.fault(f"nothing is sent after {calendar.closes:%H:%M}, so no colleague could be told")
    return hour


def _check_at(node: Node, calendar: Calendar) -> tuple[time, ...]:
    hours = node.each(lambda item: rules.sending_hour(item, calendar))
    if not 0 < len(hours) <= MAX_CHECKS or list(hours) != sorted(set(hours)):
        node.fault(f"1 to {MAX_CHECKS} hours are expected here, in order and none twice")
    return hours
