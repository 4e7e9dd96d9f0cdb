"""Savings groups with open cycles, counted meetings that a second person confirmed, and what members reported."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from sms_app import models
from sms_app.demo.people import FREE_MEN, FREE_WOMEN, Made, new_id

SHARE_VALUE, MOST_SHARES = 200, 5
MEETINGS = 6
UNCONFIRMED_GROUP = 3


def make(conn: Connection, programme_id: int, made: Made, today: date, random: Random) -> None:
    """Make a savings group of each women's group, and one of men. Only confirmed meetings count for a balance."""
    monday = today - timedelta(days=today.weekday())
    for group in made.groups:
        if group["role"] == "woman" or group["number"] == FREE_MEN:
            members = [p for p in made.people if p["group_id"] == group["id"]]
            _group(made, programme_id, group, members, monday, random)
    made.store(conn)


def _group(
    made: Made, programme_id: int, group: dict[str, Any], members: list[dict[str, Any]], monday: date,
    random: Random,
) -> None:  # fmt: skip
    savings_group, cycle = new_id(random), new_id(random)
    free = group["number"] in {FREE_WOMEN, FREE_MEN}
    opened = monday - timedelta(weeks=MEETINGS + 2)
    made.add(models.SavingsGroup, id=savings_group, programme_id=programme_id, training_group_id=group["id"],
             name=f"Ikimina {group['number']}")  # fmt: skip
    made.add(models.Cycle, id=cycle, savings_group_id=savings_group, opened_on=opened, closed_on=None,
             mode="free" if free else "shares", share_value=1 if free else SHARE_VALUE,
             most_shares=0 if free else MOST_SHARES)  # fmt: skip
    for person in members:
        made.add(models.SavingsMember, id=new_id(random), savings_group_id=savings_group,
                 participant_id=person["id"], from_on=opened, to_on=person["left_on"])  # fmt: skip
    for week in range(MEETINGS):
        held_on = monday - timedelta(weeks=MEETINGS - week)
        waits = group["number"] == UNCONFIRMED_GROUP and week == MEETINGS - 1
        _meeting(made, cycle, held_on, members, free, waits, random)
    for person in members[::3]:
        _entry(made, cycle, person["id"], monday - timedelta(weeks=1), None, free, random)


def _meeting(
    made: Made, cycle: UUID, held_on: date, members: list[dict[str, Any]], free: bool, waits: bool, random: Random
) -> None:
    meeting = new_id(random)
    made.add(
        models.GroupMeeting, id=meeting, cycle_id=cycle, held_on=held_on, entered_by="coach",
        confirmed_by=None if waits else "office", confirmed_on=None if waits else held_on + timedelta(days=2),
    )  # fmt: skip
    for person in members:
        _entry(made, cycle, person["id"], held_on, meeting, free, random)


def _entry(
    made: Made, cycle: UUID, participant: UUID, week: date, meeting: UUID | None, free: bool, random: Random
) -> None:
    shares = random.randint(0, MOST_SHARES)
    made.add(
        models.Contribution, id=new_id(random), cycle_id=cycle, participant_id=participant,
        amount=shares * 100 if free else shares * SHARE_VALUE, shares=None if free else shares,
        source="member" if meeting is None else "meeting", group_meeting_id=meeting, week_of=week,
        recorded_on=week, assisted=False, reverses=None,
    )  # fmt: skip
