"""A session's roll as the office enters and corrects it, from its start on, without an end.

The functions of revisions 0025 and 0034 do the work. The office's word counts before a coach's. Two who correct the
same roll at once: the second is told what changed, and nothing of hers is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme import attendance
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.roll import NOT_HELD_REASONS, STATUSES, say_by_office

REASONS = ("paper", "coach", "participant", "mistyped", "other")
"""Why the office corrects a roll: the list on paper, the coach or the participant says so, it was mistyped, other."""
ENTER = """
select enter_roll_by_office(%(programme)s, %(session)s, %(absent)s::integer[], %(late)s::integer[],
  %(excused)s::integer[], %(headcount)s, %(seen)s, %(now)s, %(today)s)
"""
NOT_HELD = "select not_held_by_office(%(programme)s, %(session)s, %(why)s, %(now)s, %(today)s)"
HOLD = "select lock_roll(%(session)s)"
NOTE = """
insert into roll_correction (id, training_session_id, said, list_numbers, reason, who, made_at)
values (%(id)s, %(session)s, %(said)s, %(numbers)s, %(reason)s, %(who)s, %(now)s)
"""
NOTES = """
select said, list_numbers, reason, who, made_at from roll_correction where training_session_id = %(session)s
order by made_at desc, said limit %(most)s
"""
Entered = Literal["stored", "closed", "recorded", "changed"]
Said = Mapping[int, str | None]
"""What is said of each list number: one of STATUSES, None where nothing is known."""


class ChangedMeanwhile(Exception):
    """The roll is no longer what the office saw; `now` is what it says."""

    def __init__(self, now: Said):
        super().__init__()
        self.now = now


@dataclass(frozen=True)
class Marked:
    """Those who are not present on a roll that is entered, by list number."""

    absent: Sequence[int] = ()
    late: Sequence[int] = ()
    excused: Sequence[int] = ()


@dataclass(frozen=True)
class Correction:
    """A correction of a roll with its reason: which list numbers were said to be what, by whom, when."""

    said: str
    list_numbers: Sequence[int]
    reason: str
    who: str
    made_at: datetime


def enter(
    office: OfficeTransaction, session: UUID, marked: Marked, headcount: int, seen: str = ""
) -> Entered:
    """Store a session's roll: everyone on its list who is not marked was present. `headcount` is how many came, late
    ones too, and must fit. `seen` is the outcome of the roll that the office saw: empty, or not_held.

    `closed`: the session has not begun, or is cancelled; `recorded`: it has another roll by now; `changed`: the numbers
    do not fit the list, or not the headcount."""
    values = {
        **_session(office, session),
        "absent": list(marked.absent),
        "late": list(marked.late),
        "excused": list(marked.excused),
        "headcount": headcount,
        "seen": seen,
    }
    done = cast(Entered, office.conn.exec_driver_sql(ENTER, values).scalar_one())
    if done == "stored":
        office.record("enter_roll", "training_session", session)
    return done


def not_held(office: OfficeTransaction, session: UUID, why: str) -> Entered:
    """Store that a session was not held, for one of NOT_HELD_REASONS; nobody is absent from it. Raises Refused."""
    if why not in NOT_HELD_REASONS:
        raise Refused(f"`{why}` is none of {', '.join(NOT_HELD_REASONS)}.")
    values = {**_session(office, session), "why": why}
    done = cast(Entered, office.conn.exec_driver_sql(NOT_HELD, values).scalar_one())
    if done == "stored":
        office.record("session_not_held", "training_session", session)
    return done


def correct(
    office: OfficeTransaction, session: UUID, saw: Said, said: Mapping[int, str], reason: str
) -> None:
    """Correct a roll: `said` is what the office says of list numbers (one of STATUSES each), `reason` one of REASONS.
    What is so already is left out. `saw` is the roll that the office saw. Raises Refused and ChangedMeanwhile."""
    if reason not in REASONS or not set(said.values()) <= set(STATUSES):
        raise Refused("The reason or a status is none of the list.")
    office.conn.exec_driver_sql(HOLD, {"session": session})
    now = {row.list_number: row.status for row in attendance.listed(office.conn, session)}
    differing = {number: status for number, status in said.items() if now.get(number) != status}
    if differing and now != saw:
        raise ChangedMeanwhile(now)
    for status in STATUSES:
        numbers = sorted(number for number, its in differing.items() if its == status)
        if numbers:
            say_by_office(office, session, numbers, status)
            note(office, session, numbers, status, reason)
    if differing:
        office.record("correct_roll", "training_session", session)


def note(office: OfficeTransaction, session: UUID, numbers: Sequence[int], said: str, reason: str) -> None:
    """Keep the reason of a correction, one of REASONS."""
    values = {
        "id": uuid4(),
        "session": session,
        "said": said,
        "numbers": list(numbers),
        "reason": reason,
        "who": office.who,
        "now": office.now,
    }
    office.conn.exec_driver_sql(NOTE, values)


def corrections(conn: Connection, session: UUID, most: int = 20) -> list[Correction]:
    """The latest corrections of a session's roll that have a reason, the latest first."""
    return sql.rows(conn, NOTES, Correction, {"session": session, "most": most})


def _session(office: OfficeTransaction, session: UUID) -> dict[str, object]:
    return {
        "programme": office.programme_id,
        "session": session,
        "now": office.now,
        "today": office.today,
    }
