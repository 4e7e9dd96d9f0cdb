"""The demo's savings: groups with open cycles, meetings that a second person confirmed, and members' own reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sms_app import models
from sms_app.simulator.demo.builder import DemoBuilder, Row
from sms_app.simulator.demo.people import Group, People

SHARE_VALUE, MAX_SHARES = 200, 5
MEETINGS = 6
# nobody has confirmed this group's last meeting yet
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


def make(builder: DemoBuilder, people: People, session_days: Mapping[int, Sequence[date]]) -> None:
    """Make a savings group for each women's group and for the first men's group. They meet after training sessions."""
    monday = builder.today - timedelta(days=builder.today.weekday())
    for group in people.groups:
        if group.row["role"] == "woman" or group.is_free:
            past = [day for day in session_days[group.number] if day < monday]
            held = past[-MEETINGS:] if builder.past.is_lived else []
            _savings_group(builder, group, held, [*held, *past][0], monday - timedelta(weeks=1))


def _savings_group(
    builder: DemoBuilder, group: Group, held: Sequence[date], opened: date, last_week: date
) -> None:
    """Make a savings group whose cycle was opened on a day, its members, and the meetings that were held."""
    savings_group = builder.add(
        models.SavingsGroup,
        programme_id=builder.programme_id,
        training_group_id=group.row["id"],
        name=f"Ikimina {group.number}",
        check_in_weekday=(group.number - 1) % CHECK_IN_DAYS,
    )
    cycle = builder.add(
        models.Cycle,
        savings_group_id=savings_group["id"],
        opened_on=opened,
        closed_on=None,
        **(
            {"mode": "free", "share_value": 1, "most_shares": 0}
            if group.is_free
            else {"mode": "shares", "share_value": SHARE_VALUE, "most_shares": MAX_SHARES}
        ),
    )
    for n, person in enumerate(group.people):
        builder.add(
            models.SavingsMember,
            savings_group_id=savings_group["id"],
            participant_id=person["id"],
            list_number=person["list_number"],
            from_on=opened,
            to_on=None,
        )
        if n < len(OFFICES):
            builder.add(
                models.SavingsOfficer,
                savings_group_id=savings_group["id"],
                participant_id=person["id"],
                office=OFFICES[n],
                from_on=opened,
                to_on=None,
            )
        if n % OF_THREE != 0:
            _agree(builder, person, given=n % OF_FIVE != 1)
    if group.number in PLANNING_GROUPS:
        _plan_meetings(builder, group, savings_group)
    for day in held:
        _meeting(builder, cycle, group, day, waits=group.number == UNCONFIRMED_GROUP and day == held[-1])
    for person in group.people[::3] if builder.past.is_lived else ():
        _entry(builder, cycle, person, "member", last_week, recorded_on=last_week + timedelta(days=3))


def _agree(builder: DemoBuilder, person: Row, given: bool) -> None:
    """Record a yes or a no to the weekly check-in's texts. Who was not asked gets no such texts either."""
    builder.add(
        models.Consent,
        participant_id=person["id"],
        purpose="check_in",
        given=given,
        version="1",
        language=person["language"],
        how="oral",
        witness="group leader",
        taken_by="coach",
        taken_on=builder.since,
        given_by="herself",
        asked_alone=None,
    )


def _plan_meetings(builder: DemoBuilder, group: Group, savings_group: Row) -> None:
    """Plan a meeting each week, on a day on which the group has no session."""
    calendar = builder.programme.calendar
    monday = builder.today - timedelta(days=builder.today.weekday())
    first = 0 if builder.past.is_lived else -builder.past.weeks
    for week in range(first, PLANNED_WEEKS):
        day = monday + timedelta(weeks=week, days=(group.number + MEETS_AFTER) % 6)
        starts = datetime.combine(day, MEETS_AT, calendar.zone)
        if (day > builder.today or first) and calendar.may_meet(starts):
            builder.add(
                models.PlannedMeeting,
                programme_id=builder.programme_id,
                savings_group_id=savings_group["id"],
                starts_at=starts,
                ends_at=starts + MEETS_FOR,
                place=group.row["place"],
                cancelled_at=None,
            )


def _meeting(builder: DemoBuilder, cycle: Row, group: Group, day: date, waits: bool) -> None:
    meeting = builder.add(
        models.GroupMeeting,
        cycle_id=cycle["id"],
        held_on=day,
        entered_by="coach",
        entered_on=day,
        confirmed_by=None if waits else "office",
        confirmed_on=None if waits else min(day + timedelta(days=2), builder.today),
    )
    for person in group.people:
        # a member who is present and buys no share gets an entry of 0, an absent one gets no entry
        if builder.random.random() < PRESENT:
            _entry(
                builder,
                cycle,
                person,
                "meeting",
                day - timedelta(days=day.weekday()),
                recorded_on=day,
                group_meeting_id=meeting["id"],
            )


def _entry(builder: DemoBuilder, cycle: Row, person: Row, source: str, week_of: date, **more: Any) -> None:
    shares = builder.random.randint(0, MAX_SHARES)
    is_free = cycle["mode"] == "free"
    builder.add(
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
