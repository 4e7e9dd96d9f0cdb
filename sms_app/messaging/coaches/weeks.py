"""Composes a coach's weekly text: sessions held, who was absent twice, and whether the savings meeting was recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging.coaches.list_numbers import fitting
from sms_app.messaging.coaches.rolls import Roll, rolls
from sms_app.messaging.content import Answers, Content, Due, Skip, ToldSnapshot
from sms_app.programme.calendar import Calendar
from sms_app.programme.loaded import LoadedProgramme

WEEK = timedelta(weeks=1)
FRIDAY = 4
SQL = sql.beside(__file__)
RECORDED: Mapping[bool | None, str] = {
    True: "coach.recorded",
    False: "coach.not_recorded",
    None: "coach.no_savings_group",
}


@dataclass(frozen=True)
class Week:
    """The seven whole days before the day of a weekly text. It is named by the Monday of the week in which most of
    them lie, so that no day is in two texts or in none, whatever the weekday of the text."""

    text_on: date

    @property
    def first(self) -> date:
        return self.text_on - WEEK

    @property
    def monday(self) -> date:
        middle = self.text_on - timedelta(days=4)
        return middle - timedelta(days=middle.weekday())

    def bounds(self, calendar: Calendar) -> tuple[datetime, datetime]:
        """When these days begin and when they are over."""
        return (
            calendar.at(self.first),
            calendar.at(self.text_on),
        )


@dataclass(frozen=True)
class _Group:
    """A training group with the numbers of its coaches; `recorded` says whether its savings meeting was entered, None
    without a savings group."""

    id: UUID
    number: int
    coaches: Sequence[UUID]
    recorded: bool | None


@dataclass(frozen=True)
class _Session:
    id: UUID
    group_id: UUID
    starts_at: datetime
    cancelled_at: datetime | None
    in_week: bool
    held: bool
    has_roll: bool
    not_held: bool


def week_of(monday: date, weekday: int) -> Week:
    """The week that is named by a Monday where texts go on a weekday (Monday is 0)."""
    return Week(monday + timedelta(days=weekday if weekday >= FRIDAY else weekday + 7))


def compose_coach_week(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """Sessions held of those that were to be, who was there, absent twice, savings recorded. Three statements for each
    week that is told of."""
    answers: dict[UUID, Content | Skip] = {}
    for week, dues_of_week in _by_week(programme, dues).items():
        ids = list({due.subject_id for due in dues_of_week})
        first, after = week.bounds(programme.calendar)
        spans = {
            "groups": ids,
            "starts": [first] * len(ids),
            "ends": [after] * len(ids),
            "firsts": [week.first] * len(ids),
            "afters": [week.text_on] * len(ids),
        }
        groups = {row.id: row for row in sql.rows(conn, SQL["groups"], _Group, spans)}
        sessions: dict[UUID, list[_Session]] = defaultdict(list)
        for session in sql.rows(conn, SQL["sessions"], _Session, spans):
            sessions[session.group_id].append(session)
        rolls_of = rolls(conn, programme, [session.id for every in sessions.values() for session in every])
        for due in dues_of_week:
            group = groups.get(due.subject_id)
            if group is None or due.phone_number_id not in group.coaches:
                answers[due.id] = Skip("not_in_audience")
            else:
                answers[due.id] = _answer(programme, week, group, sessions[group.id], rolls_of)
    return answers


def _by_week(programme: LoadedProgramme, dues: Sequence[Due]) -> dict[Week, list[Due]]:
    by_week: dict[Week, list[Due]] = defaultdict(list)
    for due in dues:
        rule = programme.settings.messages.rules.get(due.rule)
        if rule is not None:
            by_week[week_of(date.fromisoformat(due.occasion), rule.weekday)].append(due)
    return by_week


def _answer(
    programme: LoadedProgramme,
    week: Week,
    group: _Group,
    sessions: Sequence[_Session],
    rolls_of: Mapping[UUID, Roll],
) -> Content | Skip:
    """A session that was called off, or not held, counts as planned and as nothing else; one without a roll has
    its whole list not reported; one is held when anybody was reported."""
    planned = [session for session in sessions if session.in_week]
    if not planned:
        return Skip("no_longer_true")
    were = [
        rolls_of[session.id] for session in planned if session.cancelled_at is None and not session.not_held
    ]
    held = [session for session in planned if session.held and session.cancelled_at is None]
    with_roll = [session for session in sessions if session.has_roll and session.cancelled_at is None]
    # Without a session this week, last week's text has already named them.
    latest = (
        [rolls_of[session.id] for session in with_roll[-2:]]
        if any(session.in_week for session in with_roll)
        else []
    )
    values = {
        "monday": week.monday,
        "group": group.number,
        "planned": len(planned),
        "held": len(held),
        "present": sum(roll.present for roll in were),
        "total": sum(roll.total for roll in were),
        "not_reported": sum(roll.count(None) for roll in were),
        "meeting": RECORDED[group.recorded],
    }
    twice = absent_twice(latest)
    on_list = max((roll.total for roll in latest), default=0)
    return fitting(programme, "coach_week", values, "absent_twice", twice, on_list, ToldSnapshot())


def absent_twice(latest: Sequence[Roll]) -> tuple[int, ...]:
    """The list numbers of those who were absent at both of a group's last two sessions with a roll."""
    if len(latest) < 2:
        return ()
    return tuple(sorted(set(latest[0].absent()) & set(latest[1].absent())))
