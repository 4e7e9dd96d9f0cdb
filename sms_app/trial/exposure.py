"""What the programme did with each participant in each week: sessions, texts, and what she did herself by phone.

Only what was finished is counted, by week: never a dial, its length or its hour, and nothing about help."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql

T = TypeVar("T")
SQL = sql.beside(__file__)
WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Sessions:
    """Training sessions of a person's week. planned = cancelled + held + not_held + no_roll. attended (late ones
    included), excused and absent are what counts; by_self, by_coach and by_staff say whose word that was."""

    planned: int = 0
    cancelled: int = 0
    held: int = 0
    not_held: int = 0
    no_roll: int = 0
    substitute: int = 0
    expected: int = 0
    attended: int = 0
    late: int = 0
    excused: int = 0
    absent: int = 0
    not_reported: int = 0
    by_self: int = 0
    by_coach: int = 0
    by_staff: int = 0
    assisted: int = 0


@dataclass(frozen=True)
class Texts:
    """Texts of a week that were for a person, each on each of her numbers. `sent` has those that the provider took,
    delivered or failed later; `shared` those of them to a number on which others were reached too."""

    planned: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    unknown: int = 0
    not_sent: int = 0
    waiting: int = 0
    shared: int = 0


@dataclass(frozen=True)
class Actions:
    """What a person finished by phone in a week by herself, and what a coach did with her (`assisted`)."""

    replies: int = 0
    check_ins: int = 0
    savings: int = 0
    disputes: int = 0
    assisted: int = 0


@dataclass(frozen=True)
class Totals:
    """The counts of many weeks and people, summed."""

    sessions: Sessions
    texts: Texts
    actions: Actions


@dataclass(frozen=True)
class ExposureWeek:
    """One person's week, named by its Monday. `group` is the number of the group in which she was last in that week,
    `group_changes` how often she came from one group into another in it; `contact` is how she is reached now."""

    person: UUID
    role: str
    arm: str | None
    week: date
    group: int | None
    group_changes: int
    contact: str
    sessions: Sessions
    texts: Texts
    actions: Actions


@dataclass(frozen=True)
class _Person:
    person: UUID
    role: str
    contact: str
    first_on: date
    last_on: date | None
    arm: str | None


@dataclass(frozen=True)
class _Membership:
    person: UUID
    group_number: int
    from_on: date
    to_on: date | None
    own: bool


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weeks(conn: Connection, programme_id: int, first: date, last: date) -> list[ExposureWeek]:
    """Each participant's weeks, from the week of the day `first` to the week of the day `last`, by person and week.

    A person has a row for each week of which she was a participant on a day, also when nothing happened in it. Who was
    merged into another counts as that one. With a transaction of isolation level REPEATABLE READ it is one snapshot."""
    start, after = monday(first), monday(last) + WEEK
    values = {"programme": programme_id, "first": start, "after": after}
    people = sql.rows(conn, SQL["people"], _Person, {"programme": programme_id})
    memberships: defaultdict[UUID, list[_Membership]] = defaultdict(list)
    for membership in sql.rows(conn, SQL["memberships"], _Membership, {"programme": programme_id}):
        memberships[membership.person].append(membership)
    sessions = _by_week(conn, SQL["sessions"], Sessions, values)
    texts = _by_week(conn, SQL["messages"], Texts, values)
    actions = _by_week(conn, SQL["actions"], Actions, values)
    return [
        ExposureWeek(
            person.person,
            person.role,
            person.arm,
            week,
            *_group(memberships[person.person], week),
            person.contact,
            sessions.get((person.person, week), Sessions()),
            texts.get((person.person, week), Texts()),
            actions.get((person.person, week), Actions()),
        )
        for person in people
        for week in _mondays(person, start, after)
    ]


def totals(rows: Sequence[ExposureWeek]) -> Totals:
    """The sums over people and weeks: a session of 20 people counts 20 times."""
    return Totals(
        Sessions(**_sums(row.sessions for row in rows)),
        Texts(**_sums(row.texts for row in rows)),
        Actions(**_sums(row.actions for row in rows)),
    )


def _sums(counts: Iterable[Sessions | Texts | Actions]) -> dict[str, int]:
    sums: defaultdict[str, int] = defaultdict(int)
    for count in counts:
        for name, value in vars(count).items():
            sums[name] += value
    return dict(sums)


def _by_week(
    conn: Connection, statement: str, kind: type[T], values: Mapping[str, object]
) -> dict[tuple[UUID, date], T]:
    """The counts of a statement by person and week."""
    rows = (dict(row._mapping) for row in conn.exec_driver_sql(statement, dict(values)))
    return {(row.pop("person"), row.pop("week")): kind(**row) for row in rows}


def _mondays(person: _Person, start: date, after: date) -> Iterator[date]:
    """The weeks from `start` on and before `after` in which a person was a participant on a day."""
    week = max(start, monday(person.first_on))
    while week < after and (person.last_on is None or week <= person.last_on):
        yield week
        week += WEEK


def _group(memberships: Sequence[_Membership], week: date) -> tuple[int | None, int]:
    """The number of the group in which a person was last in a week, and how often she changed groups in it."""
    own = [membership for membership in memberships if membership.own]
    end = week + WEEK
    changes = sum(
        week <= later.from_on < end and later.group_number != earlier.group_number
        for earlier, later in pairwise(own)
    )
    # a participant who was merged into her may have been on a list when she was not
    for rows in (own, memberships):
        in_week = [row for row in rows if row.from_on < end and (row.to_on is None or row.to_on > week)]
        if in_week:
            return in_week[-1].group_number, changes
    return None, changes
