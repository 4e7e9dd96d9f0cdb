"""What a donor's report of a quarter is made of: who was reached, attendance, savings and cost.

A week belongs to the quarter in which its Monday lies. Who was in no training group is not in the report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.trial import exposure
from sms_app.trial.exposure import WEEK, ExposureWeek

SQL = sql.beside(__file__)
BANDS = ((18, "under 18"), (25, "18 to 24"), (35, "25 to 34"), (50, "35 to 49"), (200, "50 or more"))
NOT_KNOWN = "not known"
BAND_NAMES = (*(name for _, name in BANDS), NOT_KNOWN)
ROLE_NAMES = {"woman": "women", "man": "men", "leader": "leaders"}


@dataclass(frozen=True)
class Quarter:
    """A quarter of a year, 1 to 4."""

    year: int
    number: int

    @property
    def first(self) -> date:
        """The Monday of its first week."""
        return exposure.monday(date(self.year, 3 * self.number - 2, 1) + timedelta(days=6))

    @property
    def after(self) -> date:
        """The Monday after its last week: the first one of the next quarter."""
        later = Quarter(self.year + self.number // 4, self.number % 4 + 1)
        return later.first

    @property
    def name(self) -> str:
        """As people write it: 2026 Q4."""
        return f"{self.year} Q{self.number}"


@dataclass(frozen=True)
class Person:
    """A participant who was in a training group in the quarter: the name of the role, the sector of the last group, the
    age band. `reached`: attended a session, was sent a text that the provider took, or finished an action. Of
    `reported` sessions it is known whether the person came, and of these `attended` were attended."""

    role: str
    sector: str
    band: str
    reached: bool
    reported: int
    attended: int


@dataclass(frozen=True)
class Savings:
    """What one savings group saved, as counted at meetings and as reported by members, and by how many people each."""

    group_id: UUID
    number: int | None
    sector: str | None
    counted_people: int
    counted: int
    reported_people: int
    reported: int


@dataclass(frozen=True)
class Cost:
    """What texts and dialogues cost in one currency."""

    currency: str
    cost: Decimal


@dataclass(frozen=True)
class Group:
    """A training group."""

    number: int
    role: str
    sector: str


@dataclass(frozen=True)
class Facts:
    """Everything that a report is made of."""

    people: Sequence[Person]
    groups: Sequence[Group]
    savings: Sequence[Savings]
    costs: Sequence[Cost]


@dataclass(frozen=True)
class _BirthYear:
    person: UUID
    birth_year: int | None


def facts(conn: Connection, programme_id: int, quarter: Quarter) -> Facts:
    """Read a quarter; with a transaction of isolation level REPEATABLE READ it is one snapshot."""
    programme = {"programme": programme_id}
    values = {**programme, "first": quarter.first, "after": quarter.after}
    groups = sql.rows(conn, SQL["groups"], Group, programme)
    years = {row.person: row.birth_year for row in sql.rows(conn, SQL["birth_years"], _BirthYear, programme)}
    weeks = exposure.weeks(conn, programme_id, quarter.first, quarter.after - WEEK)
    return Facts(
        people(weeks, {group.number: group.sector for group in groups}, years, quarter.year),
        groups,
        sql.rows(conn, SQL["savings"], Savings, values),
        sql.rows(conn, SQL["costs"], Cost, values),
    )


def people(
    weeks: Iterable[ExposureWeek],
    sectors: Mapping[int, str],
    birth_years: Mapping[UUID, int | None],
    year: int,
) -> list[Person]:
    """The people of these weeks; `sectors` by the number of the training group, ages as reached in `year`."""
    by_person: defaultdict[UUID, list[ExposureWeek]] = defaultdict(list)
    for week in weeks:
        by_person[week.person].append(week)
    return [
        Person(
            ROLE_NAMES[rows[-1].role],
            sectors[groups[-1]],
            age_band(birth_years[person], year),
            any(_reaches(row) for row in rows),
            sum(row.sessions.attended + row.sessions.excused + row.sessions.absent for row in rows),
            sum(row.sessions.attended for row in rows),
        )
        for person, rows in by_person.items()
        if (groups := [row.group for row in rows if row.group is not None])
    ]


def _reaches(week: ExposureWeek) -> bool:
    return bool(week.sessions.attended or week.texts.sent or any(vars(week.actions).values()))


def age_band(birth_year: int | None, year: int) -> str:
    """The name of the age band of somebody born in a year, by the age reached in `year`."""
    if birth_year is None:
        return NOT_KNOWN
    return next(name for below, name in BANDS if year - birth_year < below)


def count(
    people_: Iterable[Person], groups: Sequence[Group]
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
    """How many people there are by sector and role, and by role and age band. Where the programme has no group of a
    role in a sector, there is no count, since it could be no other than zero."""
    counted = list(people_)
    kinds = sorted({(group.sector, ROLE_NAMES[group.role]) for group in groups})
    by_sector = Counter(dict.fromkeys(kinds, 0))
    by_sector.update((person.sector, person.role) for person in counted)
    roles = sorted({role for _, role in by_sector}, key=list(ROLE_NAMES.values()).index)
    by_band = Counter({(role, band): 0 for role in roles for band in BAND_NAMES})
    by_band.update((person.role, person.band) for person in counted)
    return dict(by_sector), dict(by_band)
