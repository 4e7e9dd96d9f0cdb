"""A coach's week: what became of her group's sessions, who was absent twice, and whether the savings were recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Row

from sms_app.messaging.coaches.gatherings import COACHES_OF
from sms_app.messaging.coaches.list_numbers import fitting
from sms_app.messaging.coaches.rolls import Roll, rolls
from sms_app.messaging.content import Answers, Content, Due, Skip, ToldSnapshot
from sms_app.programme.calendar import Calendar
from sms_app.programme.loaded import LoadedProgramme

WEEK = timedelta(weeks=1)
FRIDAY = 4
# A group's sessions of a span of days, and before them the last two that have a roll at its end: who missed both.
SESSIONS = """
select s.id, s.group_id, s.starts_at, s.cancelled_at, s.starts_at >= w.starts as in_week,
  exists (select from attendance a where a.training_session_id = s.id) as held
from unnest(%(groups)s::uuid[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) as w(group_id, starts, ends)
cross join lateral (
  select * from training_session s where s.group_id = w.group_id and s.starts_at >= w.starts and s.starts_at < w.ends
  union
  (select * from training_session s
   where s.group_id = w.group_id and s.starts_at < w.ends and s.cancelled_at is null
   and exists (select from attendance a where a.training_session_id = s.id)
   order by s.starts_at desc limit 2)
) s
order by s.starts_at
"""
# Whether a meeting of any savings group of a training group was entered in a span of days; null without such a group.
GROUPS = f"""
select g.id, g.number, {COACHES_OF.format(group="g.id")} as coaches, (
  select bool_or(exists (
    select from cycle c join group_meeting m on m.cycle_id = c.id
    where c.savings_group_id = sg.id and m.held_on >= w.first and m.held_on < w.after and m.entered_on is not null))
  from savings_group sg where sg.training_group_id = g.id) as recorded
from unnest(%(groups)s::uuid[], %(firsts)s::date[], %(afters)s::date[]) as w(group_id, first, after)
join training_group g on g.id = w.group_id
"""  # noqa: S608
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


def week_of(monday: date, weekday: int) -> Week:
    """The week that is named by a Monday where texts go on a weekday (Monday is 0)."""
    return Week(monday + timedelta(days=weekday if weekday >= FRIDAY else weekday + 7))


def compose_coach_week(
    conn: Connection, programme: LoadedProgramme, due: Sequence[Due], now: datetime
) -> Answers:
    """Sessions held of those that were to be, who was there, absent twice, savings recorded. Three statements for each
    week that is told of."""
    answers: dict[UUID, Content | Skip] = {}
    for week, rows in _by_week(programme, due).items():
        groups = list({one.subject_id for one in rows})
        first, after = week.bounds(programme.calendar)
        spans = {
            "groups": groups,
            "starts": [first] * len(groups),
            "ends": [after] * len(groups),
            "firsts": [week.first] * len(groups),
            "afters": [week.text_on] * len(groups),
        }
        about = {row.id: row for row in conn.exec_driver_sql(GROUPS, spans)}
        sessions: dict[UUID, list[Row[tuple[object, ...]]]] = defaultdict(list)
        for row in conn.exec_driver_sql(SESSIONS, spans):
            sessions[row.group_id].append(row)
        found = rolls(conn, programme, [row.id for rows in sessions.values() for row in rows])
        for one in rows:
            group = about.get(one.subject_id)
            if group is None or one.phone_number_id not in group.coaches:
                answers[one.id] = Skip("not_in_audience")
            else:
                answers[one.id] = _answer(programme, week, group, sessions[group.id], found)
    return answers


def _by_week(programme: LoadedProgramme, due: Sequence[Due]) -> dict[Week, list[Due]]:
    found: dict[Week, list[Due]] = defaultdict(list)
    for one in due:
        rule = programme.settings.messages.rules.get(one.rule)
        if rule is not None:
            found[week_of(date.fromisoformat(one.occasion), rule.weekday)].append(one)
    return found


def _answer(
    programme: LoadedProgramme,
    week: Week,
    group: Row[tuple[object, ...]],
    sessions: Sequence[Row[tuple[object, ...]]],
    found: Mapping[UUID, Roll],
) -> Content | Skip:
    """A session that was called off counts as planned and as nothing else; one without a roll has its whole list not
    reported; one is held when anybody was reported."""
    planned = [row for row in sessions if row.in_week]
    if not planned:
        return Skip("no_longer_true")
    were = [found[row.id] for row in planned if row.cancelled_at is None]
    held = [row for row in sessions if row.held and row.cancelled_at is None]
    # without a session in this week it was told last week
    latest = [found[row.id] for row in held[-2:]] if any(row.in_week for row in held) else []
    values = {
        "monday": week.monday,
        "group": group.number,
        "planned": len(planned),
        "held": sum(row.in_week for row in held),
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
