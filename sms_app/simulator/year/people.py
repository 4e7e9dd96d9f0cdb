"""The people of a simulated year as those who act in it know them: their numbers, groups and PINs, and the timetable.

It is read once from the database, and then follows what is done in the year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from sms_app import sql
from sms_app.channel.demo_numbers import BLOCK, IN_BLOCK
from sms_app.simulator.demo import Entry
from sms_app.vault import Vault

SQL = sql.beside(__file__)
STRANGERS = 300
"""The numbers that are nobody's, from which people dial who have no phone."""


@dataclass(frozen=True)
class _PersonRow:
    id: UUID
    member_number: str
    role: str
    group_number: int
    list_number: int
    phone: UUID | None
    number_sealed: bytes | None
    saves: int | None
    office: bool


@dataclass(frozen=True)
class _CoachRow:
    id: UUID
    code: str
    phone: UUID
    number_sealed: bytes
    groups: list[int]


@dataclass(frozen=True)
class _SessionRow:
    id: UUID
    group_number: int
    starts_at: datetime
    ends_at: datetime
    code: str


@dataclass(frozen=True)
class _SavingsRow:
    group_number: int
    weekday: int
    mode: str
    share_value: int
    most_shares: int


@dataclass(frozen=True)
class _MeetingRow:
    group_number: int
    starts_at: datetime


@dataclass
class Person:
    """A participant. `number` is empty without a phone; `saves` is the number on the savings group's list. One who is
    `fixed` keeps number and PIN as they are: the people who are named in `DIR/env`."""

    id: UUID
    member: str
    role: str
    group: int
    list_number: int
    number: str
    saves: int | None
    office: bool
    pin: str = ""
    is_fixed: bool = False
    has_left: bool = False


@dataclass
class Coach:
    """A coach, with the groups that she coaches."""

    id: UUID
    number: str
    pin: str
    groups: list[int]


@dataclass
class Session:
    """A training session as it stands now."""

    id: UUID
    group: int
    starts_at: datetime
    ends_at: datetime
    code: str
    is_cancelled: bool = False


@dataclass
class Savings:
    """The savings group of a training group. In mode `free` people type amounts, in mode `shares` shares."""

    group: int
    weekday: int
    mode: str
    share_value: int
    most_shares: int
    meeting_days: set[date] = field(default_factory=set)


@dataclass
class World:
    """Everyone, and the timetable."""

    persons: list[Person]
    coaches: list[Coach]
    sessions: list[Session]
    savings: dict[int, Savings]
    free_numbers: list[str]
    """Demo numbers that nobody has, for new phones."""
    strangers: list[str]
    shared: set[str] = field(default_factory=set)
    """Numbers that somebody marked as used by others."""

    def on(self, number: str) -> list[Person]:
        """Who is reached on a number."""
        return [person for person in self.persons if person.number == number and not person.has_left]

    def speaks_for_one(self, number: str) -> bool:
        """Whether a number stands for one person, so that no member number is asked."""
        return number not in self.shared and len(self.on(number)) == 1

    def group(self, number: int) -> list[Person]:
        """Who is on a training group's list."""
        return [person for person in self.persons if person.group == number and not person.has_left]

    def savers(self, group: int) -> list[Person]:
        """Who is on the list of a training group's savings group: those who have left the training group, too."""
        return [
            p for p in self.persons if p.saves is not None and self.home[p.id] == group and not p.has_left
        ]

    @property
    def home(self) -> Mapping[UUID, int]:
        """The training group whose savings group a person belongs to: the one in which the year began."""
        return self._home

    def __post_init__(self) -> None:
        self._home = {person.id: person.group for person in self.persons}

    def coach_of(self, group: int) -> Coach:
        """The coach of a group."""
        return next(coach for coach in self.coaches if group in coach.groups)

    def next_session(self, group: int, now: datetime) -> Session | None:
        """A group's next session that is neither over nor cancelled."""
        coming = [s for s in self.sessions if s.group == group and not s.is_cancelled and s.ends_at > now]
        return min(coming, key=lambda session: session.starts_at, default=None)

    def new_number(self) -> str:
        """A number that nobody had yet."""
        return self.free_numbers.pop()


def read(
    conn: Connection,
    vault: Vault,
    programme_id: int,
    entries: list[Entry],
    fixed: set[str],
    zone: ZoneInfo,
    span: tuple[datetime, datetime],
) -> World:
    """Read everyone. `entries` is what `demo.phones` gives, `fixed` the numbers of the people named in `DIR/env`,
    `span` the moments of the year's start and end."""
    values = {"programme": programme_id, "after": span[0], "before": span[1]}
    pins = {entry["member"] or entry["number"]: entry["pin"] for entry in entries}

    def number(phone: UUID | None, sealed: bytes | None) -> str:
        if phone is None or sealed is None:
            return ""
        return vault.open(bytes(sealed), "phone_number", "number_sealed", phone)

    persons = []
    for row in sql.rows(conn, SQL["persons"], _PersonRow, values):
        own = number(row.phone, row.number_sealed)
        persons.append(
            Person(
                row.id,
                row.member_number,
                row.role,
                row.group_number,
                row.list_number,
                own,
                row.saves,
                row.office,
                pins.get(row.member_number, ""),
                own in fixed and bool(own),
            )
        )
    coaches = []
    for coach in sql.rows(conn, SQL["coaches"], _CoachRow, values):
        own = number(coach.phone, coach.number_sealed)
        coaches.append(Coach(coach.id, own, pins[own], list(coach.groups)))
    sessions = [
        Session(row.id, row.group_number, row.starts_at, row.ends_at, row.code)
        for row in sql.rows(conn, SQL["sessions"], _SessionRow, values)
    ]
    savings = {
        row.group_number: Savings(row.group_number, row.weekday, row.mode, row.share_value, row.most_shares)
        for row in sql.rows(conn, SQL["savings"], _SavingsRow, values)
    }
    for meeting in sql.rows(conn, SQL["meetings"], _MeetingRow, values):
        savings[meeting.group_number].meeting_days.add(meeting.starts_at.astimezone(zone).date())
    free = list(_free(persons, coaches))
    return World(persons, coaches, sessions, savings, free[STRANGERS:], free[:STRANGERS])


def _free(persons: list[Person], coaches: list[Coach]) -> Iterator[str]:
    """The demo numbers that nobody has, the last first, in a fixed order."""
    used = {person.number for person in persons} | {coach.number for coach in coaches}
    for n in reversed(range(IN_BLOCK)):
        number = f"{BLOCK}{n:04d}"
        if number not in used:
            yield number
