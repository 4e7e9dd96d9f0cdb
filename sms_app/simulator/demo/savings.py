"""Savings groups with open cycles, meetings that a second person confirmed, and what members reported themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sms_app import models
from sms_app.simulator.demo.made import Made, Row
from sms_app.simulator.demo.people import Group, People

SHARE_VALUE, MAX_SHARES = 200, 5
MEETINGS = 6
# this group's last meeting is still waiting for a second person
UNCONFIRMED_GROUP = 3
FREE_STEP = 100
PRESENT = 0.9
# a group's check-in day, Monday to Friday by its number
CHECK_IN_DAYS = 5
# one in three was not asked about the check-in's texts, one in five of the others said no
OF_THREE, OF_FIVE = 3, 5
# these groups' meetings of the next weeks are planned
PLANNING_GROUPS = (4, 7)
PLANNED_WEEKS, MEETS_AFTER, MEETS_AT, MEETS_FOR = 12, 2, time(15), timedelta(hours=1)

OFFICES = ("chair", "secretary", "box_keeper", "money_counter", "money_counter")
"""Of the first on each savings group's list."""


def make(made: Made, people: People, session_days: Mapping[int, Sequence[date]]) -> None:
    """Make a savings group of each women's group and of the first men's; they meet after their training sessions."""
    monday = made.today - timedelta(days=made.today.weekday())
    for group in people.groups:
        if group.row["role"] == "woman" or group.is_free:
            held = [day for day in session_days[group.number] if day < monday][-MEETINGS:]
            _savings_group(made, group, held, monday - timedelta(weeks=1))


def _savings_group(made: Made, group: Group, held: Sequence[date], last_week: date) -> None:
    savings_group = made.add(
        models.SavingsGroup,
        programme_id=made.programme_id,
        training_group_id=group.row["id"],
        name=f"Ikimina {group.number}",
        check_in_weekday=(group.number - 1) % CHECK_IN_DAYS,
    )
    cycle = made.add(
        models.Cycle,
        savings_group_id=savings_group["id"],
        opened_on=held[0],
        closed_on=None,
        **(
            {"mode": "free", "share_value": 1, "most_shares": 0}
            if group.is_free
            else {"mode": "shares", "share_value": SHARE_VALUE, "most_shares": MAX_SHARES}
        ),
    )
    for n, person in enumerate(group.people):
        made.add(
            models.SavingsMember,
            savings_group_id=savings_group["id"],
            participant_id=person["id"],
            list_number=person["list_number"],
            from_on=held[0],
            to_on=None,
        )
        if n < len(OFFICES):
            made.add(
                models.SavingsOfficer,
                savings_group_id=savings_group["id"],
                participant_id=person["id"],
                office=OFFICES[n],
                from_on=held[0],
                to_on=None,
            )
        if n % OF_THREE != 0:
            _agree(made, person, given=n % OF_FIVE != 1)
    if group.number in PLANNING_GROUPS:
        _plan_meetings(made, group, savings_group)
    for day in held:
        _meeting(made, cycle, group, day, waits=group.number == UNCONFIRMED_GROUP and day == held[-1])
    for person in group.people[::3]:
        _entry(made, cycle, person, "member", last_week, recorded_on=last_week + timedelta(days=3))


def _agree(made: Made, person: Row, given: bool) -> None:
    """Most said yes to the weekly check-in's texts; who was not asked gets none either."""
    made.add(
        models.Consent,
        participant_id=person["id"],
        purpose="check_in",
        given=given,
        version="1",
        language=person["language"],
        how="oral",
        witness="group leader",
        taken_by="coach",
        taken_on=made.since,
    )


def _plan_meetings(made: Made, group: Group, savings_group: Row) -> None:
    """A meeting a week, on a day on which the group has no session."""
    calendar = made.programme.calendar
    monday = made.today - timedelta(days=made.today.weekday())
    for week in range(PLANNED_WEEKS):
        day = monday + timedelta(weeks=week, days=(group.number + MEETS_AFTER) % 6)
        starts = datetime.combine(day, MEETS_AT, calendar.zone)
        if day > made.today and calendar.may_meet(starts):
            made.add(
                models.PlannedMeeting,
                programme_id=made.programme_id,
                savings_group_id=savings_group["id"],
                starts_at=starts,
                ends_at=starts + MEETS_FOR,
                place=group.row["place"],
                cancelled_at=None,
            )


def _meeting(made: Made, cycle: Row, group: Group, day: date, waits: bool) -> None:
    meeting = made.add(
        models.GroupMeeting,
        cycle_id=cycle["id"],
        held_on=day,
        entered_by="coach",
        entered_on=day,
        confirmed_by=None if waits else "office",
        confirmed_on=None if waits else min(day + timedelta(days=2), made.today),
    )
    for person in group.people:
        # present and bought none is 0, absent is no row
        if made.random.random() < PRESENT:
            _entry(
                made,
                cycle,
                person,
                "meeting",
                day - timedelta(days=day.weekday()),
                recorded_on=day,
                group_meeting_id=meeting["id"],
            )


def _entry(made: Made, cycle: Row, person: Row, source: str, week_of: date, **more: Any) -> None:
    shares = made.random.randint(0, MAX_SHARES)
    is_free = cycle["mode"] == "free"
    made.add(
        models.Contribution,
        cycle_id=cycle["id"],
        participant_id=person["id"],
        source=source,
        week_of=week_of,
        amount=shares * (FREE_STEP if is_free else SHARE_VALUE),
        shares=None if is_free else shares,
        assisted=source == "member" and person["contact"] == "none",
        reverses=None,
        **{"group_meeting_id": None, **more},
    )
