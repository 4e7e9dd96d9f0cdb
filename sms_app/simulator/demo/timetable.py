"""A year of weekly sessions for each group, none on a day off, and who came to those that are over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from sms_app import models
from sms_app.simulator.demo.made import Made, Row
from sms_app.simulator.demo.people import Group, People

WEEKS_BEFORE, WEEKS_AFTER = 12, 40
MORNING, AFTERNOON = 9, 14
LASTS = timedelta(hours=2)
NOT_YET_REPORTED = timedelta(days=3)
COACHED_GROUP = 1
"""The group of DEMO_PHONE_COACH_1: it has a session of the last day whose roll is to be taken."""
STATUSES, OF_100 = ("present", "late", "absent", "excused"), (80, 5, 12, 3)


def make(made: Made, people: People) -> Mapping[int, list[date]]:
    """Make the sessions and attendance. Gives the days of each group's sessions, by group number."""
    days = {}
    for group in people.groups:
        starts = _starts(made, group)
        for n, moment in enumerate(starts):
            session = _session(made, group, n, moment)
            if moment.date() < made.today - NOT_YET_REPORTED:
                _attendance(made, session, group, moment.date())
        days[group.number] = [moment.date() for moment in starts]
    return days


def _starts(made: Made, group: Group) -> list[datetime]:
    """One session a week, from Monday to Saturday by the group's number; the DEMO_PHONE_ people's also meet today."""
    monday = made.today - timedelta(days=made.today.weekday())
    first = monday + timedelta(days=(group.number - 1) % 6)
    wanted = [first + timedelta(weeks=week) for week in range(-WEEKS_BEFORE, WEEKS_AFTER)]
    hour = MORNING if group.number % 2 else AFTERNOON
    found = [_first_open(made, day, hour) for day in wanted]
    if group.number == COACHED_GROUP:
        found.append(_last_open(made))
    if group.is_free:
        found += [_first_open(made, made.today + timedelta(days=later), AFTERNOON) for later in (0, 2)]
    # one session a day, the later named wins
    return sorted({moment.date(): moment for moment in found if moment}.values())


def _last_open(made: Made) -> datetime | None:
    """The afternoon of yesterday, or of the last day before it on which a group may meet."""
    for earlier in range(1, 8):
        moment = datetime.combine(
            made.today - timedelta(days=earlier), time(AFTERNOON), made.programme.calendar.zone
        )
        if made.programme.calendar.may_meet(moment):
            return moment
    return None


def _first_open(made: Made, day: date, hour: int) -> datetime | None:
    """When a session of this day is held: a morning off makes it the afternoon, a day off one of the next three."""
    calendar = made.programme.calendar
    for later in range(4):
        for at in (hour, AFTERNOON):
            moment = datetime.combine(day + timedelta(days=later), time(at), calendar.zone)
            if calendar.may_meet(moment):
                return moment
    return None


def _session(made: Made, group: Group, n: int, starts: datetime) -> Row:
    titles = made.programme.curriculum
    return made.add(
        models.TrainingSession,
        programme_id=made.programme_id,
        group_id=group.row["id"],
        place=group.row["place"],
        title=titles[n % len(titles)],
        starts_at=starts,
        ends_at=starts + LASTS,
        check_in_code=f"{made.random.randint(1000, 9999)}",
        cancelled_at=None,
    )


def _attendance(made: Made, session: Row, group: Group, day: date) -> None:
    came = 0
    for person in group.people:
        made.add(
            models.SessionList,
            training_session_id=session["id"],
            participant_id=person["id"],
            list_number=person["list_number"],
        )
        status = made.random.choices(STATUSES, OF_100)[0]
        herself = status == "present" and person["contact"] == "own" and made.random.random() < 0.5
        made.add(
            models.Attendance,
            training_session_id=session["id"],
            participant_id=person["id"],
            status=status,
            source="self" if herself else "coach",
            assisted=person["contact"] == "none",
            recorded_on=day,
        )
        came += status in {"present", "late"}
    made.add(
        models.Roll,
        training_session_id=session["id"],
        coach_id=None,
        outcome="held",
        reason=None,
        headcount=came,
        taken_on=day,
        changed_on=None,
    )
