"""How the arms of the trial could reach each other: by a woman's group, village, coach and telephone, as of a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme import audit
from sms_app.programme.workbook.whole_files import WholeFiles
from sms_app.trial import dictionary, study_ids
from sms_app.trial.dictionary import Column

SQL = sql.beside(__file__)
NUMBER, YES_NO, SHARE = "whole number", "yes or no", "0 to 1, three digits"
COLUMNS = (
    Column("study_id", "text", "Who she is: random, the same in every export.", "study.identity"),
    Column("day", "date", "The day of which the row tells.", "option --on"),
    Column(
        "arm",
        "text",
        "Arm of her household on that day, empty without one.",
        "household_link, arm_assignment",
    ),
    Column("group_number", NUMBER, "Her training group, empty without one.", "group_membership"),
    Column("group_others", NUMBER, "The other participants of that group.", "group_membership"),
    Column(
        "group_in_mens_arm", NUMBER, "Of these, in the arm in which men are trained too.", "arm_assignment"
    ),
    Column("group_share", SHARE, "group_in_mens_arm / group_others, empty without others.", "as before"),
    Column("savings_others", NUMBER, "The other members of her savings group.", "savings_member"),
    Column(
        "savings_in_mens_arm", NUMBER, "Of these, in the arm in which men are trained too.", "arm_assignment"
    ),
    Column(
        "savings_share", SHARE, "savings_in_mens_arm / savings_others, empty without others.", "as before"
    ),
    Column(
        "trained_men_in_village",
        NUMBER,
        "Men of other households of her village who had attended a session by that day; empty: no village known. The"
        " village is the one that the household has on the day of the export.",
        "household.village, presence",
    ),
    Column(
        "coach_arms", "text", "The arms of all whom her group's coaches coach, with a space.", "group_coach"
    ),
    Column("coach_trains_men", YES_NO, "Whether one of those coaches has a group of men.", "group_coach"),
    Column(
        "coach_has_other_arm",
        YES_NO,
        "Whether one of those coaches has, in another group, somebody of another arm than hers.",
        "group_coach, arm_assignment",
    ),
    Column(
        "number_across_arms",
        YES_NO,
        "Whether somebody of another arm is reached on a number of hers.",
        "participant_phone, arm_assignment",
    ),
)


@dataclass(frozen=True)
class Contamination:
    """One woman's contamination: the other members of her groups, and how many of them are in the arm in which men are
    trained; trained men of other households in her village (None: no village known); her coaches' arms."""

    person: UUID
    arm: str | None
    group_number: int | None
    group_others: int
    group_others_in_mens_arm: int
    savings_others: int
    savings_others_in_mens_arm: int
    trained_men_in_village: int | None
    coach_arms: Sequence[str]
    coach_trains_men: bool
    coach_has_other_arm: bool
    number_across_arms: bool


@dataclass(frozen=True)
class _Person:
    person: UUID
    role: str
    household_id: UUID | None
    village: str | None
    arm: str | None


@dataclass(frozen=True)
class _InTrainingGroup:
    person: UUID
    group_id: UUID
    number: int


@dataclass(frozen=True)
class _InSavingsGroup:
    person: UUID
    group_id: UUID


@dataclass(frozen=True)
class _Man:
    person: UUID


@dataclass(frozen=True)
class _Coached:
    group_id: UUID
    also_coached: UUID
    role: str


@dataclass(frozen=True)
class _OnNumber:
    phone_number_id: UUID
    person: UUID


class _Day:
    """Everything of one day that the ways from arm to arm are made of."""

    def __init__(self, conn: Connection, programme_id: int, day: date, mens_arm: str) -> None:
        values = {"programme": programme_id, "day": day}
        self.mens_arm = mens_arm
        self.people = {row.person: row for row in sql.rows(conn, SQL["people"], _Person, values)}
        trained = {row.person for row in sql.rows(conn, SQL["trained_men"], _Man, values)}
        self.trained = [row for row in self.people.values() if row.role == "man" and row.person in trained]
        self.group = {
            row.person: row
            for row in sql.rows(conn, SQL["training_groups"], _InTrainingGroup, values)
            if row.person in self.people
        }
        self.in_group = _by_group(self.group.values())
        self.saves = {
            row.person: row
            for row in sql.rows(conn, SQL["savings_groups"], _InSavingsGroup, values)
            if row.person in self.people
        }
        self.in_savings = _by_group(self.saves.values())
        self.coached: defaultdict[UUID, list[_Coached]] = defaultdict(list)
        for coached in sql.rows(conn, SQL["coached_groups"], _Coached, values):
            self.coached[coached.group_id].append(coached)
        self.on_number: defaultdict[UUID, set[UUID]] = defaultdict(set)
        self.numbers: defaultdict[UUID, set[UUID]] = defaultdict(set)
        for row in sql.rows(conn, SQL["numbers"], _OnNumber, values):
            if row.person in self.people:
                self.on_number[row.phone_number_id].add(row.person)
                self.numbers[row.person].add(row.phone_number_id)

    def of(self, woman: _Person) -> Contamination:
        """What could reach one woman."""
        group, saves = self.group.get(woman.person), self.saves.get(woman.person)
        group_arms = self._others(self.in_group[group.group_id] if group else (), woman)
        savings_arms = self._others(self.in_savings[saves.group_id] if saves else (), woman)
        coached = self.coached[group.group_id] if group else []
        arms = {row.also_coached: self._arms(self.in_group[row.also_coached]) for row in coached}
        others = [arms_ for id_, arms_ in arms.items() if group and id_ != group.group_id]
        sharing = {person for number in self.numbers[woman.person] for person in self.on_number[number]}
        return Contamination(
            woman.person,
            woman.arm,
            group.number if group else None,
            len(group_arms),
            group_arms.count(self.mens_arm),
            len(savings_arms),
            savings_arms.count(self.mens_arm),
            self._trained_men(woman),
            sorted({arm for arms_ in arms.values() for arm in arms_}),
            any(row.role == "man" for row in coached),
            woman.arm is not None and any(arms_ - {woman.arm} for arms_ in others),
            woman.arm is not None and bool(self._arms(sharing) - {woman.arm}),
        )

    def _others(self, people: Iterable[UUID], woman: _Person) -> list[str | None]:
        """The arm of each of these people but the woman."""
        return [self.people[person].arm for person in people if person != woman.person]

    def _arms(self, people: Iterable[UUID]) -> set[str]:
        return {arm for person in people if (arm := self.people[person].arm) is not None}

    def _trained_men(self, woman: _Person) -> int | None:
        """Trained men of other households of her village; None: no village known."""
        if woman.village is None:
            return None
        return sum(
            man.village == woman.village and man.household_id != woman.household_id for man in self.trained
        )


def _by_group(rows: Iterable[_InTrainingGroup | _InSavingsGroup]) -> defaultdict[UUID, list[UUID]]:
    people: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        people[row.group_id].append(row.person)
    return people


def contamination(conn: Connection, programme_id: int, day: date, mens_arm: str) -> list[Contamination]:
    """Each woman who was a participant on a day; `mens_arm` is the code of the arm in which men are trained. With a
    transaction of isolation level REPEATABLE READ it is one snapshot."""
    of_day = _Day(conn, programme_id, day, mens_arm)
    return [of_day.of(person) for person in of_day.people.values() if person.role == "woman"]


def export(
    conn: Connection,
    files: WholeFiles,
    programme_id: int,
    path: Path,
    day: date,
    mens_arm: str,
    who: str,
    now: datetime,
) -> int:
    """Write the women of a day by study id, and the dictionary beside it, with an entry in the audit trail; gives the
    number of rows. `conn` has isolation level REPEATABLE READ. Raises CannotWrite."""
    audit.record(conn, programme_id, who, "export_contamination", "programme", programme_id, now)
    study_ids.assign(conn, programme_id)
    ids = study_ids.of(conn, programme_id)
    women = contamination(conn, programme_id, day, mens_arm)
    women.sort(key=lambda woman: ids[woman.person])
    return dictionary.write(
        files,
        path,
        COLUMNS,
        (
            (
                ids[woman.person],
                day,
                woman.arm,
                woman.group_number,
                woman.group_others,
                woman.group_others_in_mens_arm,
                _share(woman.group_others_in_mens_arm, woman.group_others),
                woman.savings_others,
                woman.savings_others_in_mens_arm,
                _share(woman.savings_others_in_mens_arm, woman.savings_others),
                woman.trained_men_in_village,
                " ".join(woman.coach_arms),
                woman.coach_trains_men,
                woman.coach_has_other_arm,
                woman.number_across_arms,
            )
            for woman in women
        ),
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else ""
