"""Compares the tally of a simulated year with what the database has, subject by subject.

The tally is what people did and were answered. `check_messages` does the same for texts and for the service's own
counters, `check_exposure` for the trial's exposure. Whoever adds a record of the service adds its comparison to
SUBJECTS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping

from sms_app import sql
from sms_app.simulator.year.differences import differences, number_differs
from sms_app.simulator.year.people import Person
from sms_app.simulator.year.stage import Stage
from sms_app.vault import Vault

SQL = sql.beside(__file__)


@dataclass(frozen=True)
class Records:
    """The stored year: `rows` gives a named statement's rows."""

    conn: Connection
    vault: Vault
    programme_id: int

    def rows(self, name: str, **values: object) -> list[RowMapping]:
        """The rows of a statement of `check.sql`."""
        given = {"programme": self.programme_id, **values}
        return list(self.conn.exec_driver_sql(SQL[name], given).mappings())

    def number(self, phone: UUID | None, sealed: Any) -> str:
        """A number in E.164; empty for none."""
        if phone is None:
            return ""
        return self.vault.open(bytes(sealed), "phone_number", "number_sealed", phone)


def lists_and_rolls(stage: Stage, records: Records) -> Iterator[str]:
    """Who was expected at each session, and its roll."""
    lists: dict[UUID, set[UUID]] = {}
    for row in records.rows("lists"):
        lists.setdefault(row["training_session_id"], set()).add(row["participant_id"])
    yield from differences("lists of sessions", stage.tally.lists, lists)
    done = {}
    for session, roll in stage.tally.rolls.items():
        came = sum(said in {"present", "late"} for said in roll.marks.values())
        held = roll.outcome == "held"
        done[session] = (roll.coach, roll.outcome, roll.reason, came if held else None)
    stored = {
        row["training_session_id"]: (row["coach_id"], row["outcome"], row["reason"], row["headcount"])
        for row in records.rows("rolls")
    }
    yield from differences("rolls", done, stored)


def attendance(stage: Stage, records: Records) -> Iterator[str]:
    """What coaches, participants and the office say of each person at each session."""
    done: dict[tuple[UUID, UUID, str], str] = {
        (session, person, "self"): "present" for session, person in stage.tally.check_ins
    }
    for session, roll in stage.tally.rolls.items():
        done |= {(session, person, "coach"): said for person, said in roll.marks.items()}
    done |= {(*key, "staff"): said for key, said in stage.tally.office_marks.items()}
    stored = {
        (row["training_session_id"], row["participant_id"], row["source"]): row["status"]
        for row in records.rows("attendance")
    }
    yield from differences("attendance", done, stored)


def replies(stage: Stage, records: Records) -> Iterator[str]:
    """Who said that they will come."""
    stored = {
        (row["training_session_id"], row["participant_id"]): row["coming"] for row in records.rows("replies")
    }
    yield from differences("replies", stage.tally.replies, stored)


def reported(stage: Stage, records: Records) -> Iterator[str]:
    """What members reported by week, and how many entries of the ledger that made."""
    rows = records.rows("reports")
    done = {key: sum(week.own) + sum(week.helped) for key, week in stage.tally.weeks.items()}
    stored = {(row["participant_id"], row["week_of"]): row["amount"] for row in rows}
    yield from differences("savings reported by week", done, stored)
    entries = sum(row["entries"] for row in rows)
    yield from number_differs("ledger entries of reports", stage.tally.entries, entries)


def counted(stage: Stage, records: Records) -> Iterator[str]:
    """What the meetings of savings groups counted, and which a second officer confirmed."""
    amounts: dict[UUID, dict[UUID, int]] = {}
    lines = 0
    for row in records.rows("counted"):
        amounts.setdefault(row["meeting"], {})[row["participant_id"]] = row["amount"]
        lines += 1
    stored = {
        (row["group_number"], row["held_on"]): (row["is_confirmed"], amounts.get(row["id"], {}))
        for row in records.rows("meetings")
    }
    done = {key: (held.is_confirmed, held.amounts) for key, held in stage.tally.meetings.items()}
    yield from differences("meetings of savings groups", done, stored)
    done_lines = sum(len(held.amounts) for held in stage.tally.meetings.values())
    yield from number_differs("ledger entries of meetings", done_lines, lines)


def questions(stage: Stage, records: Records) -> Iterator[str]:
    """What people said is not right, and the answers."""
    done = Counter((q.person, q.about, q.raised_on, q.answer) for q in stage.tally.questions)
    stored = Counter(
        (row["participant_id"], row["about"], row["raised_on"], row["answer"])
        for row in records.rows("questions")
    )
    yield from differences("questions and answers", done, stored)


def people(stage: Stage, records: Records) -> Iterator[str]:
    """Where everyone is and on which number, and the numbers that stopped texts."""

    def place(person: Person) -> tuple[object, ...]:
        return ("left",) if person.has_left else (person.group, person.list_number, person.number)

    done = {person.id: place(person) for person in stage.world.persons}
    stored: dict[UUID, tuple[object, ...]] = {}
    for row in records.rows("people"):
        number = records.number(row["phone"], row["number_sealed"])
        stored[row["id"]] = (
            ("left",) if row["has_left"] else (row["group_number"], row["list_number"], number)
        )
    yield from differences("people's groups and numbers", done, stored)
    stopped = {stop.number: True for stop in stage.tally.stops if stop.until is None}
    at_end = {records.number(row["id"], row["number_sealed"]): True for row in records.rows("stopped")}
    yield from differences("stopped numbers", stopped, at_end)


def costs(stage: Stage, records: Records) -> Iterator[str]:
    """What the network charged for dialogues by day and network."""
    done: Mapping[tuple[date, str], tuple[int, Decimal]] = {
        key: (charged.dialogues, charged.cost) for key, charged in stage.tally.costs.items()
    }
    stored = {
        (row["day"], row["network_code"]): (row["sessions"], Decimal(row["cost"]))
        for row in records.rows("costs")
    }
    yield from differences("costs of dialogues by day and network", done, stored)


SUBJECTS: tuple[Callable[[Stage, Records], Iterator[str]], ...] = (
    lists_and_rolls,
    attendance,
    replies,
    reported,
    counted,
    questions,
    people,
    costs,
)
"""Every comparison of the database with the tally."""
