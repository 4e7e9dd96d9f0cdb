"""A savings group's meeting: who may enter its count, what it comes to, and who may confirm it.

An officer of the group, or a coach of its training group, types lines over several dialogues; they are a draft. Once it
is finished, with its totals read back, another officer confirms it or gives it back. Only then the ledger has it. The
database's functions (revision 0018) check who acts: web can't write a meeting, a line or a counted entry itself.

Amounts are whole smallest units of the programme's currency. Each function runs in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql

SQL = sql.beside(__file__)
MAX_AMOUNT = 10_000_000
"""The most that one line can be, as revision 0018 says."""

Entered = Literal["kept", "unknown", "recorded", "refused"]
Finished = Literal["finished", "changed", "empty", "recorded", "refused"]
Answered = Literal["confirmed", "given_back", "own", "gone", "refused"]


@dataclass(frozen=True)
class Actor:
    """Who enters a meeting of a cycle: an officer (`person`), or a coach. The database looks whether they may."""

    cycle: UUID | None
    person: UUID | None = None
    coach: UUID | None = None

    @property
    def values(self) -> dict[str, object]:
        return {"cycle": self.cycle, "person": self.person, "coach": self.coach}


@dataclass(frozen=True)
class Total:
    """What a draft comes to. `members` is how many people it counts, those who bought none included; `recorded`
    says that the meeting of `held_on` is entered already, so that there is no draft. `shares` is 0 where amounts are
    free."""

    held_on: date
    mode: Literal["shares", "free"]
    shares: int
    amount: int
    members: int
    recorded: bool


@dataclass(frozen=True)
class Waiting:
    """A finished meeting that waits for a second officer; `own` when it was entered by who asks."""

    id: UUID
    held_on: date
    mode: Literal["shares", "free"]
    shares: int
    amount: int
    own: bool


def officer(conn: Connection, person: UUID) -> Actor:
    """A participant as an officer of her savings group; without a cycle, and refused everything, when she is none."""
    cycle = conn.exec_driver_sql(SQL["cycle_of_officer"], {"person": person}).scalar_one_or_none()
    return Actor(cycle, person=person)


def coach(conn: Connection, coach: UUID, cycle: UUID) -> Actor:
    """A coach of the training group whose savings group this cycle is; without the cycle, and refused everything, when
    the coach is none of it."""
    values = {"cycle": cycle, "coach": coach}
    return Actor(conn.exec_driver_sql(SQL["cycle_of_coach"], values).scalar_one_or_none(), coach=coach)


def enter(conn: Connection, actor: Actor, entry: UUID, lines: Mapping[int, int], today: date) -> Entered:
    """Keep what was typed, by list number: shares, or amounts in a group that saves freely; 0 for who bought none.

    All of it is kept or nothing: `unknown` when a number is nobody's of the list, `recorded` when the meeting of that
    day is entered already. `entry` is the id of the draft when this is its first line."""
    values = {
        **actor.values,
        "meeting": entry,
        "numbers": list(lines),
        "values": list(lines.values()),
        "today": today,
    }
    return cast(Entered, conn.exec_driver_sql(SQL["enter"], values).scalar_one())


def drop(conn: Connection, actor: Actor, number: int, today: date) -> Literal["kept", "refused"]:
    """Take the line of a list number out of the draft."""
    values = {**actor.values, "number": number, "today": today}
    return cast(Literal["kept", "refused"], conn.exec_driver_sql(SQL["drop"], values).scalar_one())


def total(conn: Connection, cycle: UUID, today: date) -> Total | None:
    """What the draft comes to; in a share group everyone without a line bought one share. None for a group with
    nobody on its list."""
    return sql.one(conn, SQL["total"], Total, {"cycle": cycle, "today": today})


def finish(conn: Connection, actor: Actor, entry: UUID, shares: int, amount: int, today: date) -> Finished:
    """Finish the draft, if it still comes to what was read back; it waits for another officer then."""
    values = {**actor.values, "meeting": entry, "shares": shares, "amount": amount, "today": today}
    return cast(Finished, conn.exec_driver_sql(SQL["finish"], values).scalar_one())


def waiting(conn: Connection, actor: Actor) -> Waiting | None:
    """The finished meeting that an officer is asked about next, or None."""
    return sql.one(conn, SQL["waiting"], Waiting, {"cycle": actor.cycle, "person": actor.person})


def answer(
    conn: Connection, person: UUID, meeting: UUID, agrees: bool, shares: int, amount: int, today: date
) -> Answered:
    """An officer's answer to a finished meeting with the totals that were read: confirmed, and it counts from now on;
    or given_back, and it is a draft again. `own` when she entered any of it, `gone` when it was answered or changed."""
    values = {
        "meeting": meeting,
        "person": person,
        "agrees": agrees,
        "shares": shares,
        "amount": amount,
        "today": today,
    }
    return cast(Answered, conn.exec_driver_sql(SQL["answer"], values).scalar_one())
