"""A savings group's meeting as the office counts it from the paper: one account enters it, another confirms it.

Both type the sum without seeing the other's, and nothing here reads what anybody saved: the functions of revision 0034
write and compare. A count that an officer of the group or a coach began by phone is finished by phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme.desk import OfficeTransaction

SQL = sql.beside(__file__)
Entered = Literal["finished", "differs", "unknown", "begun", "recorded", "refused"]
Answered = Literal["confirmed", "given_back", "differs", "own", "gone", "refused"]
Mode = Literal["shares", "free"]


@dataclass(frozen=True)
class CountedGroup:
    """A savings group with an open cycle; `group` is its training group's number. `confirmed` and `entered` are the
    days of the latest meetings that count, and that were entered. `place` is its place in the order of all."""

    cycle: UUID
    name: str
    group: int | None
    place: int
    members: int
    confirmed: date | None
    entered: date | None


@dataclass(frozen=True)
class WaitingMeeting:
    """A meeting that was entered and waits for a second person. `entered_by` is `participant:ID`, `coach:ID` or
    `console:ADDRESS`."""

    id: UUID
    name: str
    group: int | None
    held_on: date
    entered_on: date
    entered_by: str

    @property
    def by_office(self) -> bool:
        """Whether an account of the console entered it."""
        return self.entered_by.startswith("console:")


@dataclass(frozen=True)
class OpenCycle:
    """A cycle whose meeting can be counted. `likely` is the day on which the group met last, by its plan."""

    id: UUID
    name: str
    group: int | None
    mode: Mode
    most_shares: int
    opened_on: date
    likely: date


@dataclass(frozen=True)
class Member:
    """Somebody on a savings group's list."""

    list_number: int
    id: UUID
    name_sealed: bytes


@dataclass(frozen=True)
class EnteredMeeting:
    """A meeting that was entered, and who confirmed it (None: nobody yet)."""

    id: UUID
    name: str
    group: int | None
    held_on: date
    entered_on: date
    entered_by: str
    confirmed_on: date | None
    confirmed_by: str | None
    mode: Mode


def groups(conn: Connection, programme_id: int, after: int = 0, most: int = 100) -> list[CountedGroup]:
    """At most `most` savings groups with an open cycle, from the place after `after` on."""
    values = {"programme": programme_id, "after": after, "most": most}
    return sql.rows(conn, SQL["groups"], CountedGroup, values)


def waiting(conn: Connection, programme_id: int, most: int = 100) -> list[WaitingMeeting]:
    """The meetings that wait for a second person, the oldest first."""
    return sql.rows(conn, SQL["waiting"], WaitingMeeting, {"programme": programme_id, "most": most})


def open_cycle(conn: Connection, programme_id: int, cycle: UUID, today: date) -> OpenCycle | None:
    """An open cycle of the programme, or None."""
    values = {"programme": programme_id, "cycle": cycle, "today": today}
    return sql.one(conn, SQL["cycle"], OpenCycle, values)


def members(conn: Connection, cycle: UUID) -> list[Member]:
    """Who is on the list of a cycle's group now, by number."""
    return sql.rows(conn, SQL["members"], Member, {"cycle": cycle})


def meeting(conn: Connection, programme_id: int, meeting: UUID) -> EnteredMeeting | None:
    """A meeting of the programme that was entered, or None."""
    values = {"programme": programme_id, "meeting": meeting}
    return sql.one(conn, SQL["meeting"], EnteredMeeting, values)


@dataclass(frozen=True)
class Count:
    """What the paper says of a meeting: by list number the shares, or the amount in whole smallest units where the
    group saves freely, 0 for who saved nothing; and the sum that is written on it."""

    held_on: date
    lines: Mapping[int, int]
    total: int


def enter(office: OfficeTransaction, account: UUID, cycle: UUID, entry: UUID, count: Count) -> Entered:
    """Enter a count, whole; it waits for another account then. The same `entry` is entered once.

    `differs`: the lines come to another sum; `unknown`: the numbers are not those of the list; `begun`: it is being
    entered by phone; `recorded`: the meeting of that day is entered already; `refused`: the account may not, the cycle
    is closed, the day is to come or before the cycle, or a value is too large."""
    values = {
        "programme": office.programme_id,
        "account": account,
        "cycle": cycle,
        "meeting": entry,
        "held_on": count.held_on,
        "numbers": list(count.lines),
        "values": list(count.lines.values()),
        "total": count.total,
        "today": office.today,
    }
    done = cast(Entered, office.conn.exec_driver_sql(SQL["enter"], values).scalar_one())
    if done == "finished":
        office.record("enter_meeting", "group_meeting", entry)
    return done


def answer(office: OfficeTransaction, account: UUID, meeting: UUID, total: int | None) -> Answered:
    """A second account's answer to a count: the sum that she reads on the paper, or None to give it back, which deletes
    it. `confirmed`: it counts from now on; `differs`: the count has another sum, and waits on; `own`: the account
    entered it; `gone`: it does not wait any more; `refused`: the account may not, or no account entered it.

    Each answer is in the audit trail, a sum that differs too."""
    values = {
        "programme": office.programme_id,
        "account": account,
        "meeting": meeting,
        "total": total,
        "today": office.today,
    }
    done = cast(Answered, office.conn.exec_driver_sql(SQL["answer"], values).scalar_one())
    recorded = {"confirmed": "confirm_meeting", "given_back": "give_meeting_back", "differs": "sum_differs"}
    if done in recorded:
        office.record(recorded[done], "group_meeting", meeting)
    return done
