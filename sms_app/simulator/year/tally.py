"""What those who act in a simulated year did and were answered: counted by themselves, and never read from the
database. `check` compares it with what the service has stored."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID


@dataclass
class Week:
    """What a person reported for a week, and what a coach reported for her: entries that still count."""

    own: list[int] = field(default_factory=list)
    helped: list[int] = field(default_factory=list)


@dataclass
class Roll:
    """A session's roll as the coach typed it; `marks` is the status of each person on the list."""

    coach: UUID
    outcome: str
    reason: str | None
    marks: dict[UUID, str] = field(default_factory=dict)


@dataclass
class Meeting:
    """A savings group's meeting: what each bought or paid, in the currency's smallest unit."""

    amounts: dict[UUID, int]
    is_confirmed: bool = False


@dataclass
class Question:
    """What a person said is not right, and the answer."""

    person: UUID
    about: str
    raised_on: date
    answer: str | None = None


@dataclass
class Stop:
    """A number that stopped texts, from when to when."""

    number: str
    since: datetime
    until: datetime | None = None


@dataclass
class Cost:
    """A day's dialogues that the network charged."""

    dialogues: int = 0
    cost: Decimal = Decimal(0)


@dataclass
class Tally:
    """The count of the year. `counts` is for the table of totals; the rest is compared entry by entry."""

    counts: Counter[str] = field(default_factory=Counter)
    weeks: defaultdict[tuple[UUID, date], Week] = field(default_factory=lambda: defaultdict(Week))
    entries: int = 0
    """Rows of the ledger that members' reports made, reversals included."""
    reports: Counter[str] = field(default_factory=Counter)
    """How many reports members made on their `own`, and how many with a coach (`helped`)."""
    meetings: dict[tuple[int, date], Meeting] = field(default_factory=dict)
    lists: dict[UUID, set[UUID]] = field(default_factory=dict)
    """By session, who was on the group's list when it began."""
    check_ins: set[tuple[UUID, UUID]] = field(default_factory=set)
    rolls: dict[UUID, Roll] = field(default_factory=dict)
    office_marks: dict[tuple[UUID, UUID], str] = field(default_factory=dict)
    replies: dict[tuple[UUID, UUID], bool] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    expired: dict[UUID, int] = field(default_factory=dict)
    """By session, how many reminders could not go while sending was stopped."""
    stops: list[Stop] = field(default_factory=list)
    costs: defaultdict[tuple[date, str], Cost] = field(default_factory=lambda: defaultdict(Cost))
    owners: defaultdict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    """By number, everyone who was ever reached on it, coaches included."""
    hops: int = 0
    texts: int = 0
    """Deliveries of texts, those that came twice counted twice."""
    astray: Counter[str] = field(default_factory=Counter)
    """Steps that led to another screen than they should, by the step's name."""
    faults: Counter[str] = field(default_factory=Counter)
    """Answers that are wrong whatever the screen: a repeated hop with another answer, a refused callback."""

    def open_stop(self, number: str) -> Stop | None:
        """The stop of a number that holds now."""
        return next((stop for stop in self.stops if stop.number == number and stop.until is None), None)

    def stop(self, number: str, now: datetime) -> None:
        """A number stopped texts; one that is stopped already stays so."""
        if self.open_stop(number) is None:
            self.stops.append(Stop(number, now))

    def resume(self, number: str, now: datetime) -> None:
        """Texts to a number are resumed."""
        stop = self.open_stop(number)
        if stop is not None:
            stop.until = now

    def total(self, person: UUID, week: date, amount: int, helped: bool) -> None:
        """A report that replaces the week's: a phone alone does not replace what a coach wrote with her."""
        reported = self.weeks[person, week]
        self.reports["helped" if helped else "own"] += 1
        self.entries += 1 + len(reported.own) + (len(reported.helped) if helped else 0)
        reported.own = [] if helped else [amount]
        if helped:
            reported.helped = [amount]

    def more(self, person: UUID, week: date, amount: int) -> None:
        """A report that is added to the week's."""
        self.entries += 1
        self.reports["own"] += 1
        self.weeks[person, week].own.append(amount)
