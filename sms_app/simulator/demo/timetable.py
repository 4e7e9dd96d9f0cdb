"""The demo's timetable: a year of weekly sessions for each group, none on a day off, with attendance of past ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from sms_app import models
from sms_app.simulator.demo.builder import DemoBuilder, Row
from sms_app.simulator.demo.people import Group, People

WEEKS_AFTER = 40
MORNING, AFTERNOON = 9, 14
LASTS = timedelta(hours=2)
NOT_YET_REPORTED = timedelta(days=3)
COACHED_GROUP = 1
"""The group of DEMO_PHONE_COACH_1: it has a session of the last day whose roll is to be taken."""
STATUSES, OF_100 = ("present", "late", "absent", "excused"), (80, 5, 12, 3)


def make(builder: DemoBuilder, people: People) -> Mapping[int, list[date]]:
    """Make the sessions and attendance. Returns the days of each group's sessions, by group number."""
    days = {}
    for group in people.groups:
        starts = _starts(builder, group)
        for n, moment in enumerate(starts):
            session = _session(builder, group, n, moment)
            if builder.past.is_lived and moment.date() < builder.today - NOT_YET_REPORTED:
                _attendance(builder, session, group, moment.date())
        days[group.number] = [moment.date() for moment in starts]
    return days


def _starts(builder: DemoBuilder, group: Group) -> list[datetime]:
    """The start of one session a week, on a weekday by the group's number. The DEMO_PHONE_ groups also meet today."""
    monday = builder.today - timedelta(days=builder.today.weekday())
    first = monday + timedelta(days=(group.number - 1) % 6)
    wanted = [first + timedelta(weeks=week) for week in range(-builder.past.weeks, WEEKS_AFTER)]
    hour = MORNING if group.number % 2 else AFTERNOON
    starts = [_first_open(builder, day, hour) for day in wanted]
    if group.number == COACHED_GROUP:
        starts.append(_last_open(builder))
    if group.is_free:
        starts += [_first_open(builder, builder.today + timedelta(days=later), AFTERNOON) for later in (0, 2)]
    # one session a day; the last in the list wins
    return sorted({moment.date(): moment for moment in starts if moment}.values())


def _last_open(builder: DemoBuilder) -> datetime | None:
    """The afternoon of yesterday, or of the last day before it on which a group may meet."""
    for earlier in range(1, 8):
        moment = datetime.combine(
            builder.today - timedelta(days=earlier), time(AFTERNOON), builder.programme.calendar.zone
        )
        if builder.programme.calendar.may_meet(moment):
            return moment
    return None


def _first_open(builder: DemoBuilder, day: date, hour: int) -> datetime | None:
    """When a session of this day is held: a morning off makes it the afternoon, a day off one of the next three."""
    calendar = builder.programme.calendar
    for later in range(4):
        for at in (hour, AFTERNOON):
            moment = datetime.combine(day + timedelta(days=later), time(at), calendar.zone)
            if calendar.may_meet(moment):
                return moment
    return None


def _session(builder: DemoBuilder, group: Group, n: int, starts: datetime) -> Row:
    titles = builder.programme.curriculum
    return builder.add(
        models.TrainingSession,
        programme_id=builder.programme_id,
        group_id=group.row["id"],
        place=group.row["place"],
        title=titles[n % len(titles)],
        starts_at=starts,
        ends_at=starts + LASTS,
        check_in_code=f"{builder.random.randint(1000, 9999)}",
        cancelled_at=None,
    )


def _attendance(builder: DemoBuilder, session: Row, group: Group, day: date) -> None:
    came = 0
    for person in group.people:
        builder.add(
            models.SessionList,
            training_session_id=session["id"],
            participant_id=person["id"],
            list_number=person["list_number"],
        )
        status = builder.random.choices(STATUSES, OF_100)[0]
        herself = status == "present" and person["contact"] == "own" and builder.random.random() < 0.5
        builder.add(
            models.Attendance,
            training_session_id=session["id"],
            participant_id=person["id"],
            status=status,
            source="self" if herself else "coach",
            assisted=person["contact"] == "none",
            recorded_on=day,
        )
        came += status in {"present", "late"}
    builder.add(
        models.Roll,
        training_session_id=session["id"],
        coach_id=None,
        outcome="held",
        reason=None,
        headcount=came,
        taken_on=day,
        changed_on=None,
    )
