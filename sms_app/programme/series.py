"""A group's sessions of many weeks, on one weekday at one hour, days off left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

from sms_app import sql
from sms_app.programme import codes, locks, membership
from sms_app.programme.calendar import Calendar
from sms_app.programme.desk import OfficeTransaction
from sms_app.programme.schedule import ScheduleRefused, fitting_place

MAX_WEEKS = 104
PLACE = "select place from training_group where id = %(group)s"
THERE = """
select starts_at, check_in_code, group_id from training_session
where programme_id = %(programme)s and starts_at >= %(after)s and starts_at < %(before)s
"""
ADD = """
insert into training_session (id, programme_id, group_id, title, starts_at, ends_at, place, check_in_code)
values (%(id)s, %(programme)s, %(group)s, %(title)s, %(starts)s, %(ends)s, %(place)s, %(code)s)
"""


@dataclass(frozen=True)
class Series:
    """Which sessions there should be: of a group's number, on a weekday (Monday is 0) at a local hour, in `weeks` weeks
    from a day on. Without a place, at the group's. `twice_a_week` adds one also where its week has another already."""

    group: int
    weekday: int
    at: time
    first: date
    weeks: int
    hours: float
    title: str
    place: str = ""
    twice_a_week: bool = False


@dataclass(frozen=True)
class Made:
    """The days on which a session was added, those that have it already, days off, days whose week has a session on
    another day (moved there, or of another series), and days that are over."""

    added: Sequence[date]
    there: Sequence[date]
    off: Sequence[date]
    other_day: Sequence[date]
    over: Sequence[date]


@dataclass(frozen=True)
class PlannedSeries:
    """A series that may be added and is not added: its group, the place, and its days, of which `days.added` would get
    a session."""

    group: membership.Group
    place: str
    days: Made
    codes: Sequence[str] = field(repr=False, compare=False)


@dataclass(frozen=True)
class _Session:
    starts_at: datetime
    check_in_code: str
    group_id: UUID


def make(office: OfficeTransaction, calendar: Calendar, series: Series, banned_stems: Sequence[str]) -> Made:
    """Add the sessions of a series that are not there yet; a cancelled one counts as there. Raises Refused."""
    return add(office, calendar, series, plan(office, calendar, series, banned_stems))


def plan(
    office: OfficeTransaction, calendar: Calendar, series: Series, banned_stems: Sequence[str]
) -> PlannedSeries:
    """What `make` would add. Locks people and the schedule until the transaction ends. Raises Refused."""
    if not 1 <= series.weeks <= MAX_WEEKS:
        raise ScheduleRefused("weeks", f"A series has 1 to {MAX_WEEKS} weeks.")
    if not calendar.opens <= series.at < calendar.closes:
        text = f"The programme's day is from {calendar.opens:%H:%M} to {calendar.closes:%H:%M}."
        raise ScheduleRefused("hours", text)
    office.lock()
    group = membership.group_by_number(office, series.group)
    place = series.place or str(office.conn.exec_driver_sql(PLACE, {"group": group.id}).scalar_one())
    fitting = fitting_place(place, banned_stems)
    locks.lock_schedule(office.conn, office.programme_id)
    first = series.first + timedelta(days=(series.weekday - series.first.weekday()) % 7)
    days = [first + timedelta(weeks=n) for n in range(series.weeks)]
    sessions = _sessions(office, calendar, days)
    planned: dict[str, list[date]] = {name: [] for name in ("added", "there", "off", "other_day", "over")}
    unused = []
    for day in days:
        what = _what(office, calendar, series, group.id, sessions, day)
        planned[what].append(day)
        if what == "added":
            used = {session.check_in_code for session in sessions if calendar.day(session.starts_at) == day}
            # No two sessions of a day have the same check-in code.
            unused.append(codes.unused(used))
    return PlannedSeries(group, fitting, Made(**planned), unused)


def add(office: OfficeTransaction, calendar: Calendar, series: Series, planned: PlannedSeries) -> Made:
    """Add a series that was planned in this transaction."""
    for day, code in zip(planned.days.added, planned.codes, strict=True):
        _add(office, planned.group.id, series, calendar.at(day, series.at), planned.place, code)
    return planned.days


def _sessions(office: OfficeTransaction, calendar: Calendar, days: Sequence[date]) -> list[_Session]:
    """All groups' sessions of these weeks."""
    monday = days[0] - timedelta(days=days[0].weekday())
    values = {
        "programme": office.programme_id,
        "after": calendar.at(monday),
        "before": calendar.at(days[-1] + timedelta(weeks=1)),
    }
    return sql.rows(office.conn, THERE, _Session, values)


def _what(
    office: OfficeTransaction,
    calendar: Calendar,
    series: Series,
    group: UUID,
    sessions: Sequence[_Session],
    day: date,
) -> str:
    """Whether a day's session is added, or why not: the name of a field of Made."""
    own = {calendar.day(session.starts_at) for session in sessions if session.group_id == group}
    starts = calendar.at(day, series.at)
    if day in own:
        return "there"
    if starts <= office.now:
        return "over"
    if not calendar.may_meet(starts):
        return "off"
    week = {held for held in own if held.isocalendar()[:2] == day.isocalendar()[:2]}
    return "other_day" if week and not series.twice_a_week else "added"


def _add(
    office: OfficeTransaction, group: UUID, series: Series, starts: datetime, place: str, code: str
) -> None:
    values = {
        "id": uuid4(),
        "programme": office.programme_id,
        "group": group,
        "title": series.title,
        "starts": starts,
        "ends": starts + timedelta(hours=series.hours),
        "place": place,
        "code": code,
    }
    office.conn.exec_driver_sql(ADD, values)
    office.record("add_session", "training_session", values["id"])
