"""What a coach does for a participant of a group that she coaches: each stored row is marked as `assisted`.

The functions of revision 0021 do the work and look themselves whether the coach may: she is not suspended, coaches
the participant's group now, and the participant did not leave. `closed` is their answer when she may not. They are the
only way by which the web process can write in a coach's name. What a coach changes of a PIN, of a number, or of a
question, they record in the audit trail, by the day. Each function runs in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme import codes, numbers
from sms_app.programme.numbers import Number, Sharing
from sms_app.vault import Vault

SQL = sql.beside(__file__)

CheckedIn = Literal["received", "nothing", "closed"]
Saved = Literal["saved", "no_open_cycle", "closed"]
Changed = Literal["done", "none", "closed"]
Marked = Literal["done", "others", "none", "closed"]


@dataclass(frozen=True)
class For:
    """A coach, and the participant whom she acts for. The database looks whether she may."""

    coach: UUID
    person: UUID

    @property
    def values(self) -> dict[str, object]:
        return {"coach": self.coach, "person": self.person}


@dataclass(frozen=True)
class _Claim:
    """A number that says that it is a participant's, sealed, and the HMAC of the code on its screen."""

    id: UUID
    number_sealed: bytes
    code: bytes


def person(conn: Connection, coach: UUID, group: UUID, number: int) -> UUID | None:
    """The participant with a number on the list of a group that the coach coaches; None also for who left."""
    values = {"coach": coach, "group": group, "number": number}
    return cast("UUID | None", conn.exec_driver_sql(SQL["person"], values).scalar_one())


def check_in(conn: Connection, whom: For, now: datetime, today: date) -> CheckedIn:
    """Check her in to her group's session of today, from half an hour before its start; nothing when there is none."""
    return cast(CheckedIn, _run(conn, "check_in", whom, now=now, today=today))


def save(
    conn: Connection,
    whom: For,
    entry: UUID,
    amount: int,
    shares: int | None,
    whole: bool,
    week_of: date,
    today: date,
) -> Saved:
    """Store what she saved in a week: added to her reports of it or, with `whole`, in the place of all of them. The
    same entry is stored once. `amount` is in smallest units, `week_of` a Monday."""
    values = {
        "entry": entry,
        "amount": amount,
        "shares": shares,
        "whole": whole,
        "week": week_of,
        "today": today,
    }
    return cast(Saved, _run(conn, "saving", whom, **values))


def ask(conn: Connection, whom: For, entry: UUID, about: str, today: date) -> Literal["raised", "closed"]:
    """Raise her question (`about` is one of disputes.ABOUT); one on the same subject that is open stays one."""
    raised = _run(conn, "question", whom, entry=entry, about=about, today=today)
    return cast(Literal["raised", "closed"], raised)


def answer(
    conn: Connection, coach: UUID, question: UUID, code: str, now: datetime, today: date
) -> Literal["answered", "gone"]:
    """Answer a question that a coach raised with a participant; `code` is one of disputes.ANSWERS."""
    values = {"coach": coach, "question": question, "answer": code, "now": now, "today": today}
    return cast(Literal["answered", "gone"], conn.exec_driver_sql(SQL["answer"], values).scalar_one())


def set_texts(conn: Connection, whom: For, stop: bool, now: datetime) -> Changed:
    """Stop all texts to her numbers, in every programme that knows them, or let them go again; none: she has no
    number."""
    return cast(Changed, _run(conn, "texts", whom, stop=stop, now=now))


def open_pin(conn: Connection, vault: Vault, whom: For, now: datetime) -> str | None:
    """Open her PIN. Gives the four-digit code that the coach reads out, good for ten minutes, once; None when the coach
    may not."""
    code = codes.new()
    values = {"code": vault.pin(whom.person, code, "opening"), "expires": now + codes.LASTS, "now": now}
    return code if _run(conn, "open_pin", whom, **values) == "opened" else None


def confirm_number(
    conn: Connection, vault: Vault, programme_id: int, whom: For, code: str, now: datetime, today: date
) -> Literal["confirmed", "wrong", "closed"]:
    """Make the number whose phone shows `code` hers, in place of her earlier ones. wrong: no phone shows it, or two do.

    Nothing is sent to the old number."""
    claims = sql.rows(conn, SQL["claims"], _Claim, {**whom.values, "now": now})
    shown = [c for c in claims if vault.pin_matches(whom.person, code, bytes(c.code), "claim")]
    if len(shown) != 1:
        return "wrong"
    number = vault.open(bytes(shown[0].number_sealed), "number_claim", "number_sealed", shown[0].id)
    phone = numbers.find_or_add(conn, vault, Number(programme_id, number))
    values = {"claim": shown[0].id, "phone": phone, "link": uuid4(), "now": now, "today": today}
    return cast(Literal["confirmed", "wrong", "closed"], _run(conn, "confirm_number", whom, **values))


def mark_phone(conn: Connection, whom: For, sharing: Sharing, now: datetime) -> Marked:
    """Mark her numbers as hers alone, or as used by others too, as she says. others: somebody else is reached on a
    number that is to be private; none: she has no number."""
    return cast(Marked, _run(conn, "mark_phone", whom, mark=sharing, now=now))


def _run(conn: Connection, statement: str, whom: For, **values: object) -> object:
    return conn.exec_driver_sql(SQL[statement], {**whom.values, **values}).scalar_one()
