"""What the rules make reminders of, and for whom: moments come from the calendar, people from the database.

Moments depend on a rule and a start or day alone, so there are few; the people of all of them are found together. Each
audience is SQL after `moment` (the columns of `Occasion`, numbered `n`): n, gathering_id (null where there is none),
subject_id, participant_id, enrolled_on, agrees (whether she said yes to it, where it takes that)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from sms_app.messaging.eligibility import consents
from sms_app.messaging.reminders import moments
from sms_app.messaging.reminders.moments import Moment, NoMoment
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.rules import Rule

FURTHEST = timedelta(days=15)
"""How much earlier than its rule says a reminder is looked for: no run of days off is longer."""
LATEST = timedelta(days=7)
"""How much later than its own day one is."""

STARTS = """
select distinct starts_at from gathering
where programme_id = %(programme)s and starts_at > %(after)s and starts_at < %(before)s
"""
# of what is planned already, wherever it was moved to
PLANNED_STARTS = """
select distinct g.starts_at
from (select distinct gathering_id from message where programme_id = %(programme)s
    and status in ('planned', 'queued') and kind = 'gathering') m
  cross join lateral (select starts_at from gathering where id = m.gathering_id offset 0) g
"""
MOMENT = """
moment as materialized (
  select n, rule, roles::text[] as roles, groups::int[] as groups, starts_at, occasion, due_at, expires_at, day, reason
  from unnest(%(rules)s::text[], %(roles)s::text[], %(groups)s::text[], %(starts)s::timestamptz[],
    %(occasions)s::text[], %(dues)s::timestamptz[], %(expiries)s::timestamptz[], %(days)s::date[],
    %(reasons)s::text[]) with ordinality
    as t(rule, roles, groups, starts_at, occasion, due_at, expires_at, day, reason, n)
)"""
FOR_RULE = """
(t.roles = '{}' or p.role = any(t.roles)) and (t.groups = '{}' or exists (
  select from training_group tg where tg.id = p.training_group_id and tg.number = any(t.groups)))
"""
# `offset 0` has each gathering's people looked up by its group, and never all people of all gatherings
GATHERING = f"""
audience as (
  select t.n, g.id as gathering_id, g.id as subject_id, p.participant_id, e.enrolled_on, true as agrees
  from moment t
    join gathering g on g.programme_id = %(programme)s and g.starts_at = t.starts_at and g.cancelled_at is null
    cross join lateral (select * from gathering_member m where m.gathering_id = g.id offset 0) p
    join participant e on e.id = p.participant_id
  where {FOR_RULE}
)"""  # noqa: S608
AGREES = consents("p.participant_id", "check_in")
CHECK_IN_PEOPLE = """
select k.participant_id, q.role, q.group_id as training_group_id, q.enrolled_on
from savings_member k join participant q on q.id = k.participant_id and q.left_on is null
where k.savings_group_id = g.id and k.to_on is null offset 0
"""
# its day is the occasion; what anyone saved is never asked
CHECK_IN = f"""
audience as (
  select t.n, null::uuid as gathering_id, g.id as subject_id, p.participant_id, p.enrolled_on,
    {AGREES} as agrees
  from moment t
    join savings_group g on g.programme_id = %(programme)s
      and g.check_in_weekday = extract(isodow from t.occasion::date) - 1
    cross join lateral ({CHECK_IN_PEOPLE}) p
  where {FOR_RULE}
)"""  # noqa: S608
MONTH = f"""
audience as (
  select t.n, null::uuid as gathering_id, p.training_group_id as subject_id, p.participant_id, p.enrolled_on,
    true as agrees
  from moment t
    cross join lateral (
      select id as participant_id, role, group_id as training_group_id, enrolled_on from participant
      where programme_id = %(programme)s and left_on is null and group_id is not null
        and (t.roles = '{{}}' or role = any(t.roles)) offset 0
    ) p
  where {FOR_RULE}
)"""  # noqa: S608
AUDIENCES: Mapping[str, str] = {"gathering": GATHERING, "check_in": CHECK_IN, "month": MONTH}


@dataclass(frozen=True)
class Occasion:
    """A rule's moment for all gatherings that start at `starts_at`, or for one day or month (None)."""

    rule: Rule
    starts_at: datetime | None
    moment: Moment | NoMoment


def gatherings(
    conn: Connection,
    programme: LoadedProgramme,
    after: datetime,
    before: datetime,
    starts: Iterable[datetime] = (),
) -> list[Occasion]:
    """Every gathering rule's moment for each time at which gatherings start and which may be reminded between `after`
    and `before`, and for `starts`."""
    rules = _rules(programme, "gathering")
    furthest = FURTHEST + timedelta(days=max((rule.days_before for rule in rules), default=0))
    window = {"programme": programme.id, "after": after, "before": before + furthest}
    every = {*starts, *conn.exec_driver_sql(STARTS, window).scalars()}
    calendar = programme.calendar
    return [
        Occasion(rule, at, moments.gathering(rule, at, calendar)) for at in sorted(every) for rule in rules
    ]


def planned_starts(conn: Connection, programme: LoadedProgramme) -> set[datetime]:
    """When the gatherings start that have waiting reminders, however far they were moved."""
    return set(conn.exec_driver_sql(PLANNED_STARTS, {"programme": programme.id}).scalars())


def days(programme: LoadedProgramme, after: datetime, before: datetime) -> list[Occasion]:
    """Every check-in rule's moment for each day that may be asked about between `after` and `before`."""
    calendar = programme.calendar
    return [
        Occasion(rule, None, moments.check_in(rule, day, calendar))
        for day in _days(after - LATEST, before, programme)
        for rule in _rules(programme, "check_in")
    ]


def months(programme: LoadedProgramme, after: datetime, before: datetime) -> list[Occasion]:
    """Every month rule's moment for each month that may be reminded between `after` and `before`."""
    firsts = sorted({day.replace(day=1) for day in _days(after - LATEST, before + FURTHEST, programme)})
    calendar = programme.calendar
    return [
        Occasion(rule, None, moments.month(rule, first, calendar))
        for first in firsts
        for rule in _rules(programme, "month")
    ]


def parameters(occasions: Iterable[Occasion]) -> dict[str, Sequence[Any]]:
    """What `MOMENT` needs of the occasions that have a moment, numbered from 1 in their order."""
    found = [(one.rule, one.starts_at, one.moment) for one in occasions if isinstance(one.moment, Moment)]
    return {
        "rules": [rule.name for rule, _, _ in found],
        "roles": ["{" + ",".join(rule.roles) + "}" for rule, _, _ in found],
        "groups": ["{" + ",".join(map(str, rule.groups)) + "}" for rule, _, _ in found],
        "starts": [starts_at for _, starts_at, _ in found],
        "occasions": [moment.occasion for _, _, moment in found],
        "dues": [moment.due_at for _, _, moment in found],
        "expiries": [moment.expires_at for _, _, moment in found],
        "days": [moment.day for _, _, moment in found],
        "reasons": [moment.held for _, _, moment in found],
    }


def _rules(programme: LoadedProgramme, about: str) -> list[Rule]:
    return [rule for rule in programme.settings.messages.rules.values() if rule.about == about]


def _days(after: datetime, before: datetime, programme: LoadedProgramme) -> Iterator[date]:
    calendar = programme.calendar
    first, last = calendar.day(after), calendar.day(before)
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
