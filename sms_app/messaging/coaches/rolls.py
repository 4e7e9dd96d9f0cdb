"""Composes a coach's text about a session's roll, and about a roll that nobody entered.

A roll is what a coach or staff entered. Women who checked in themselves are counted with it, but are no roll. A member
without a row is not reported, which is not absent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging.coaches.gatherings import told_before
from sms_app.messaging.coaches.list_numbers import fitting
from sms_app.messaging.content import Answers, Content, Due, Skip, ToldSnapshot
from sms_app.programme.loaded import LoadedProgramme

SESSIONS = """
select s.id, g.number, s.starts_at, s.ends_at, s.cancelled_at,
  array(select c.phone_number_id from coach_phone c where c.group_id = g.id) as coaches,
  (select d.digest from roll_digest d where d.training_session_id = s.id) as digest,
  exists (select from roll r where r.training_session_id = s.id) as has_roll
from training_session s join training_group g on g.id = s.group_id where s.id = any(%(sessions)s)
"""
SQL = sql.beside(__file__)


@dataclass(frozen=True)
class _Mark:
    """What is known of a participant at the session `id`."""

    id: UUID
    participant_id: UUID
    list_number: int | None
    status: str | None


@dataclass(frozen=True)
class _Session:
    """A session as it is now; `coaches` are the numbers of its group's coaches, `number` is the group's."""

    id: UUID
    number: int
    starts_at: datetime
    ends_at: datetime
    cancelled_at: datetime | None
    coaches: Sequence[UUID]
    digest: str | None
    has_roll: bool


@dataclass(frozen=True)
class Roll:
    """Who was at a session: what is known of each participant on its list, by id, and their list numbers."""

    marks: Mapping[UUID, str | None]
    numbers: Mapping[UUID, int | None]

    @property
    def total(self) -> int:
        return len(self.marks)

    @property
    def present(self) -> int:
        """How many came, late or not."""
        return self.count("present") + self.count("late")

    def count(self, status: str | None) -> int:
        """How many have this status; None is not reported."""
        return sum(mark == status for mark in self.marks.values())

    def absent(self) -> tuple[int, ...]:
        """The list numbers of those who were absent, unexcused."""
        absent = (self.numbers[person] for person, status in self.marks.items() if status == "absent")
        return tuple(sorted(number for number in absent if number is not None))


def rolls(conn: Connection, programme: LoadedProgramme, sessions: Collection[UUID]) -> Mapping[UUID, Roll]:
    """What is known of each session's list, by session; one statement for all of them."""
    values = {"sessions": list(sessions), "zone": str(programme.calendar.zone)}
    marks: dict[UUID, dict[UUID, str | None]] = defaultdict(dict)
    numbers: dict[UUID, dict[UUID, int | None]] = defaultdict(dict)
    for row in sql.rows(conn, SQL["marks"], _Mark, values):
        marks[row.id][row.participant_id] = row.status
        numbers[row.id][row.participant_id] = row.list_number
    return {id_: Roll(marks[id_], numbers[id_]) for id_ in sessions}


def compose_coach_roll(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """How many were there, who was absent, how many were excused, late or not reported. Up to three statements."""
    sessions = _sessions(conn, dues)
    before = told_before(conn, dues)
    rolls_of = rolls(conn, programme, list(sessions))
    return {
        due.id: _summary(programme, due, sessions.get(due.subject_id), before.get(due.id), rolls_of)
        for due in dues
    }


def _summary(
    programme: LoadedProgramme,
    due: Due,
    session: _Session | None,
    before: ToldSnapshot | None,
    rolls_of: Mapping[UUID, Roll],
) -> Content | Skip:
    refused = _refusal(due, session)
    if session is None or refused:
        return Skip(refused)
    if session.digest is None:
        return Skip("no_longer_true")
    if before is not None and before.digest == session.digest:
        return Skip("undone")
    roll = rolls_of[session.id]
    values = {
        "group": session.number,
        "start": session.starts_at,
        "present": roll.present,
        "total": roll.total,
        "excused": roll.count("excused"),
        "late": roll.count("late"),
        "not_reported": roll.count(None),
    }
    told = ToldSnapshot(digest=session.digest)
    return fitting(programme, "coach_roll_summary", values, "absent", roll.absent(), roll.total, told)


def compose_coach_roll_missing(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """That nobody entered a session's roll yet. One statement."""
    rules = programme.settings.messages.rules
    # Skip a message whose rule is no longer in programme.yaml.
    without_rule = {due.id: Skip("no_longer_true") for due in dues if due.rule not in rules}
    sessions = _sessions(conn, dues)
    return without_rule | {
        due.id: _missing(programme, due, sessions.get(due.subject_id), now)
        for due in dues
        if due.rule in rules
    }


def _missing(programme: LoadedProgramme, due: Due, session: _Session | None, now: datetime) -> Content | Skip:
    refused = _refusal(due, session)
    if session is None or refused:
        return Skip(refused)
    if session.digest is not None or session.has_roll or session.ends_at > now:
        return Skip("no_longer_true")
    values = {
        "group": session.number,
        "start": session.starts_at,
        "service_code": programme.settings.service_code,
    }
    return Content("coach_roll_missing", values)


def _sessions(conn: Connection, dues: Sequence[Due]) -> dict[UUID, _Session]:
    values = {"sessions": list({due.subject_id for due in dues})}
    return {row.id: row for row in sql.rows(conn, SESSIONS, _Session, values)}


def _refusal(due: Due, session: _Session | None) -> str:
    """Why this coach gets no text about this session; empty when she gets one."""
    if session is None or due.phone_number_id not in session.coaches:
        return "not_in_audience"
    return "session_cancelled" if session.cancelled_at is not None else ""
