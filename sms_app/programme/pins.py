"""PINs: a coach opens a PIN face to face, its owner sets it, and wrong tries lock it for a time that grows. The office
opens a coach's own PIN. Where a function takes a member number, `coach_holder` of a coach may take its place.

A try is counted before it is checked, and given back when it was right. Wrong tries are counted by member number,
whoever tries, and by calling number, whatever is tried. No result tells whether a member number exists or its owner has
a PIN: the same statement counts a try in each case.

Each function runs in the caller's transaction, and a guard's row stays locked until its end, so simultaneous tries
can't exceed a limit. The guard of the calling number is always locked first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme import audit, codes, easy_pins, people
from sms_app.programme.numbers import Number
from sms_app.vault import Vault

TRIES = 3  # by member number, until the next lock
LOCKS = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))
COACH_HOLDER = "coach:"  # before a coach's id in the view pin_holder
PHONE_TRIES = 20  # by calling number, a local day
OPENING_TRIES = 5  # of a coach's code, by calling number
MINUTE = timedelta(minutes=1)

SQL = sql.beside(__file__)
OPEN = "select open_pin(%(holder)s, %(code)s, %(who)s, %(now)s, %(expires)s)"
GIVE_BACK = "select give_back_tries(%(guards)s)"
HER_NUMBERS = """
select n.id, n.number_sealed from participant_phone l join phone_number n on n.id = l.phone_number_id
where l.participant_id = %(person)s and l.to_on is null
"""
SET_PIN = """
with opened as (update pin_opening set used = true where holder_id = %(person)s),
  unlocked as (delete from pin_guard where id = any(%(guards)s))
update participant set pin = %(pin)s, pin_changed_on = %(today)s where id = %(person)s
"""
SET_COACH_PIN = """
with opened as (update pin_opening set used = true where holder_id = %(person)s),
  unlocked as (delete from pin_guard where id = any(%(guards)s))
update coach set pin = %(pin)s, pin_changed_on = %(today)s where id = %(person)s
"""
FIND_COACH = """
select id from coach
where programme_id = %(programme)s and upper(code) = upper(%(code)s) and suspended_on is null
"""
# A hop locks its guards until its transaction ends. The sweep skips them; the next sweep takes them.
END_LOCKS = """
update pin_guard set locked_until = null
where id in (select id from pin_guard where locked_until <= %(now)s for update skip locked)
"""
FORGET = """
delete from pin_guard where id in (
  select id from pin_guard where locked_until is null
    and tried_on < (select min((%(now)s::timestamptz at time zone time_zone)::date) from programme) - 1
  for update skip locked)
"""


class UnknownCoach(Exception):
    """No coach of the programme who is not suspended has this code."""


@dataclass(frozen=True)
class PhoneTry:
    """A calling number's guard after a try: its id, its wrong tries of today, and whether this one was counted."""

    id: bytes
    wrong: int
    counted: bool


@dataclass(frozen=True)
class PinTry:
    """Both guards after a try of a PIN, and the participant with her PIN; `counted` is None when the phone is
    locked."""

    phone: bytes
    phone_wrong: int
    phone_counted: bool
    guard: bytes | None
    wrong: int | None
    counted: bool | None
    person: UUID | None
    pin: bytes | None


@dataclass(frozen=True)
class OpeningTry:
    """The calling number's guard after a try of a coach's code, and the opening, when one stands."""

    phone: bytes
    phone_wrong: int
    phone_counted: bool
    person: UUID | None
    code: bytes | None


@dataclass(frozen=True)
class Tried:
    """The result of a try, and the participant when it was right.

    `wrong` is the number of wrong PINs today and the day before for the member number. `guards` are the guards that
    counted a right PIN's try: the caller gives the try back with `give_back_tries` in a statement of its own."""

    result: Literal["right", "wrong", "locked"]
    person: UUID | None = None
    wrong: int = 0
    guards: Sequence[bytes] = ()


def open_pin(conn: Connection, vault: Vault, programme_id: int, member: str, who: str, now: datetime) -> str:
    """Open a member's PIN. Gives the four-digit code that the coach reads out; it is valid once, for ten minutes.

    Raises people.UnknownMember."""
    person = people.find(conn, programme_id, member)
    code = _open(conn, vault, person, who, now)
    audit.record(conn, programme_id, who, "open_pin", "participant", person, now)
    return code


def open_coach_pin(
    conn: Connection, vault: Vault, programme_id: int, coach_code: str, who: str, now: datetime
) -> str:
    """Open a coach's PIN: the four-digit code that the office tells her, good for ten minutes, once.

    `coach_code` is what the office calls the coach. Raises UnknownCoach."""
    values = {"programme": programme_id, "code": coach_code}
    coach = conn.exec_driver_sql(FIND_COACH, values).scalar_one_or_none()
    if coach is None:
        raise UnknownCoach
    code = _open(conn, vault, coach, who, now)
    audit.record(conn, programme_id, who, "open_pin", "coach", coach, now)
    return code


def coach_holder(coach: UUID | str) -> str:
    """The number of a coach as the holder of a PIN; a participant's is the member number."""
    return f"{COACH_HOLDER}{coach}"


def try_pin(
    conn: Connection, vault: Vault, calling: Number, member: str, pin: str, now: datetime, today: date
) -> Tried:
    """Count a try from a calling number, and compare the PIN with the member's.

    A calling number with no tries left today gets `locked` for every member number. After a right try the caller runs
    `give_back_tries`."""
    values = {
        **_by_phone(vault, calling, today),
        "guards": guards(vault, calling.programme_id, member),
        "tries": TRIES,
        "now": now,
        "minute": _full_minute(now),
        "locks": list(LOCKS),
        "lock_most": len(LOCKS),
        "member": member,
        "programme": calling.programme_id,
    }
    (tried,) = sql.rows(conn, SQL["try_pin"], PinTry, values)
    if not tried.phone_counted:
        return Tried("locked")
    if not tried.counted or tried.guard is None or tried.wrong is None:
        # a try that is not checked does not count as wrong
        _give_back(conn, [tried.phone])
        return Tried("locked")
    if tried.person and tried.pin is not None and vault.pin_matches(tried.person, pin, tried.pin):
        return Tried("right", tried.person, tried.wrong - 1, (tried.phone, tried.guard))
    return Tried("locked" if tried.wrong % TRIES == 0 or tried.phone_wrong == PHONE_TRIES else "wrong")


def try_opening(
    conn: Connection, vault: Vault, calling: Number, member: str, code: str, now: datetime, today: date
) -> Tried:
    """Count a try from a calling number, and compare the code that the coach read out with the member's opening.

    After OPENING_TRIES wrong codes a calling number can't use that opening any more; other numbers can. A calling
    number with no tries left today gets `locked`."""
    mine = vault.indexes(f"{calling.programme_id}:{calling.number}:{member}", "pin-opening")
    values = {
        **_by_phone(vault, calling, today),
        "programme": calling.programme_id,
        "member": member,
        "now": now,
        "tried": mine,
        "opening_tries": OPENING_TRIES,
    }
    (tried,) = sql.rows(conn, SQL["try_opening"], OpeningTry, values)
    if not tried.phone_counted:
        return Tried("locked")
    if (
        tried.person
        and tried.code is not None
        and vault.pin_matches(tried.person, code, tried.code, "opening")
    ):
        given_back = {"guards": [tried.phone], "tried": mine, "person": tried.person}
        conn.exec_driver_sql(SQL["give_back_opening"], given_back)
        return Tried("right", tried.person)
    return Tried("locked" if tried.phone_wrong == PHONE_TRIES else "wrong")


def set_pin(
    conn: Connection,
    vault: Vault,
    calling: Number,
    member: str,
    code: str,
    pin: str,
    service_code: str,
    now: datetime,
    today: date,
) -> Literal["set", "easy", "wrong", "locked"]:
    """Set a PIN if the coach's code is still valid. The code is then used up, and wrong tries and locks are deleted.

    `easy` when the PIN is too easy to guess; the code stays valid. `wrong` or `locked` is the result of the code's
    try."""
    opened = try_opening(conn, vault, calling, member, code, now, today)
    if opened.result != "right" or opened.person is None:
        return "locked" if opened.result == "locked" else "wrong"
    person = opened.person
    hers = conn.exec_driver_sql(HER_NUMBERS, {"person": person})  # of a coach, the calling number is the one
    numbers = [vault.open(bytes(row.number_sealed), "phone_number", "number_sealed", row.id) for row in hers]
    if easy_pins.is_easy(
        pin, "" if member.startswith(COACH_HOLDER) else member, [calling.number, *numbers], service_code
    ):
        return "easy"
    values = {
        "person": person,
        "guards": guards(vault, calling.programme_id, member),
        "today": today,
        "pin": vault.pin(person, pin),
    }
    conn.exec_driver_sql(SET_COACH_PIN if member.startswith(COACH_HOLDER) else SET_PIN, values)
    return "set"


def count_wrong_try(conn: Connection, vault: Vault, calling: Number, today: date) -> bool:
    """Count a wrong try of something other than a PIN from a calling number. False, with nothing counted, when the
    number has no tries left on this local day."""
    (tried,) = sql.rows(conn, SQL["count_by_phone"], PhoneTry, _by_phone(vault, calling, today))
    return tried.counted


def give_back_try(conn: Connection, vault: Vault, calling: Number, today: date) -> None:
    """Give back a right try that count_wrong_try counted before it was checked."""
    _give_back(conn, cast("list[bytes]", _by_phone(vault, calling, today)["phones"]))


def forget(conn: Connection, now: datetime) -> None:
    """Delete wrong tries when the local day after them is over, and the end time of each lock that has ended."""
    conn.exec_driver_sql(END_LOCKS, {"now": now})
    conn.exec_driver_sql(FORGET, {"now": now})


def guards(vault: Vault, programme_id: int, member: str) -> list[bytes]:
    """The ids that the guard of a member number can have: one for each valid key, the active key's first."""
    return vault.indexes(f"{programme_id}:{member}", "pin-guard")


def _open(conn: Connection, vault: Vault, holder: UUID, who: str, now: datetime) -> str:
    """Make an opening for a participant or coach, and give its code."""
    code = codes.new()
    values = {
        "holder": holder,
        "code": vault.pin(holder, code, "opening"),
        "who": who,
        "now": now,
        "expires": now + codes.LASTS,
    }
    conn.exec_driver_sql(OPEN, values)
    return code


def _by_phone(vault: Vault, calling: Number, today: date) -> dict[str, object]:
    phones = vault.indexes(f"{calling.programme_id}:{calling.number}", "pin-guard-phone")
    return {"phones": phones, "today": today, "phone_tries": PHONE_TRIES}


def _give_back(conn: Connection, guards: list[bytes]) -> None:
    conn.exec_driver_sql(GIVE_BACK, {"guards": guards})


def _full_minute(now: datetime) -> datetime:
    """The full minute at or after a moment, so that a lock does not reveal the second of a try."""
    return now + -timedelta(seconds=now.second, microseconds=now.microsecond) % MINUTE
