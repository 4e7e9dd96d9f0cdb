"""PINs: a coach opens one face to face, its owner sets it, and wrong tries lock it for a time that grows.

A try is counted before it is looked at, and given back when it was right. Wrong tries are counted by member number,
whoever tries, and by calling number, whatever is tried. Whether a member number is anyone's, or its owner has a PIN,
shows nowhere: the same statement counts a try either way.

Each function runs in the caller's transaction, and a guard stays locked until its end, so tries at the same time can't
exceed a limit. The guard of the calling number is always locked first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import Connection

from sms_app.programme import audit, codes, easy_pins, people
from sms_app.programme.numbers import Number
from sms_app.vault import Vault

TRIES = 3  # by member number, until the next lock
LOCKS = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))
PHONE_TRIES = 20  # by calling number, a local day
OPENING_TRIES = 5  # of a coach's code, by calling number
MINUTE = timedelta(minutes=1)

OPEN_PIN = """
insert into pin_opening (participant_id, code, opened_by, expires_at, tried, used)
values (%(person)s, %(code)s, %(who)s, %(expires)s, '{}', false)
on conflict (participant_id) do update set code = excluded.code, opened_by = excluded.opened_by,
  expires_at = excluded.expires_at, tried = '{}', used = false
"""
# The wrong tries of guard g that count today: of today and the day before.
STANDING = """
case when g.tried_on >= %(today)s then g.wrong + g.day_before when g.tried_on = %(today)s - 1 then g.wrong else 0 end
"""
COUNT_STANDING = f"""
select to_json({STANDING}) from pin_guard g where g.id = any(%(guards)s) order by g.wrong desc limit 1
"""  # noqa: S608
# A guard stays under the key that it was made with, and is found under each; a new one is made under the active key.
GUARD = """
coalesce((select id from pin_guard where id = any(%({0})s) order by wrong desc limit 1), (%({0})s::bytea[])[1])
"""
COUNT_BY_PHONE = f"""
insert into pin_guard as g (id, wrong, day_before, counted, tried_on)
values ({GUARD.format("phones")}, 1, 0, true, %(today)s)
on conflict (id) do update set
  counted = g.tried_on < %(today)s or g.wrong < %(phone_tries)s,
  wrong = case when g.tried_on < %(today)s then 1 else least(g.wrong + 1, %(phone_tries)s) end,
  tried_on = greatest(g.tried_on, %(today)s)
returning g.id, g.wrong, g.counted
"""  # noqa: S608
# A phone that is locked counts nothing against the member: it could keep her locked. Nor does her lock grow, or last,
# by tries while it holds.
COUNT_BY_MEMBER = f"""
insert into pin_guard as g (id, wrong, day_before, counted, tried_on)
select {GUARD.format("guards")}, 1, 0, true, %(today)s from phone where phone.counted
on conflict (id) do update set
  counted = g.locked_until is null or g.locked_until <= %(now)s,
  wrong = case when g.locked_until > %(now)s then g.wrong when g.tried_on >= %(today)s then g.wrong + 1 else 1 end,
  day_before = case when g.locked_until > %(now)s or g.tried_on >= %(today)s then g.day_before
    when g.tried_on = %(today)s - 1 then g.wrong else 0 end,
  tried_on = case when g.locked_until > %(now)s then g.tried_on else greatest(g.tried_on, %(today)s) end,
  locked_until = case when g.locked_until > %(now)s then g.locked_until
    when ({STANDING} + 1) %% %(tries)s <> 0 then null
    else %(minute)s + (%(locks)s::interval[])[least(({STANDING} + 1) / %(tries)s, %(lock_most)s)] end
returning g.id, g.wrong + g.day_before as wrong, g.counted
"""  # noqa: S608
TRY_PIN = f"""
with phone as ({COUNT_BY_PHONE}), member as ({COUNT_BY_MEMBER})
select f.id as phone, f.wrong as phone_wrong, f.counted as phone_counted, m.id as guard, m.wrong, m.counted,
  p.id as person, p.pin as kept
from phone f left join member m on true left join participant p on {people.IS_MEMBER}
"""  # noqa: S608
TRY_OPENING = f"""
with phone as ({COUNT_BY_PHONE}), opening as (
  update pin_opening o set tried = array_append(o.tried, (%(tried)s::bytea[])[1])
  from phone f, participant p
  where f.counted and {people.IS_MEMBER} and o.participant_id = p.id and not o.used and o.expires_at > %(now)s
    and (select count(*) from unnest(o.tried) t where t = any(%(tried)s)) < %(opening_tries)s
  returning p.id, o.code
)
select f.id as phone, f.wrong as phone_wrong, f.counted as phone_counted, o.id as person, o.code as kept
from phone f left join opening o on true
"""  # noqa: S608
# Parts of a WITH: a try leaves the guards as they were before it, without a trace of the day of a right one.
GIVE_BACK = """
fewer as (
  update pin_guard set
    wrong = case when wrong > 1 then wrong - 1 else day_before end,
    tried_on = case when wrong > 1 then tried_on else tried_on - 1 end,
    day_before = case when wrong > 1 then day_before else 0 end,
    locked_until = null
  where id = any(%(given_back)s) and wrong + day_before > 1
), none_left as (delete from pin_guard where id = any(%(given_back)s) and wrong + day_before = 1)
"""
GIVE_BACK_OPENING = f"""
with {GIVE_BACK}
update pin_opening set tried = array_remove(tried, (%(tried)s::bytea[])[1]) where participant_id = %(person)s
"""  # noqa: S608
HER_NUMBERS = """
select n.id, n.number_sealed from participant_phone l join phone_number n on n.id = l.phone_number_id
where l.participant_id = %(person)s and l.to_on is null
"""
SET_PIN = """
with opened as (update pin_opening set used = true where participant_id = %(person)s),
  unlocked as (delete from pin_guard where id = any(%(guards)s))
update participant set pin = %(pin)s, pin_changed_on = %(today)s where id = %(person)s
"""
# A hop that is trying holds its guards until its transaction ends: they are left for the next sweep.
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


@dataclass(frozen=True)
class Tried:
    """What a try came to, and whose PIN or opening it was when it was right.

    `wrong` is how many wrong PINs of today and the day before there are for the member number. `guards` are those that
    a right PIN's try is given back to: the caller runs GIVE_BACK with them as `given_back`, so that it can go along
    with a statement of the caller's."""

    result: Literal["right", "wrong", "locked"]
    person: UUID | None = None
    wrong: int = 0
    guards: Sequence[bytes] = ()


def open_pin(conn: Connection, vault: Vault, programme_id: int, member: str, who: str, now: datetime) -> str:
    """Open a member's PIN: the four-digit code that a coach reads out, good for ten minutes, once.

    Raises people.UnknownMember."""
    person, code = people.find(conn, programme_id, member), codes.new()
    values = {
        "person": person, "code": vault.pin(person, code, "opening"), "who": who, "expires": now + codes.LASTS,
    }  # fmt: skip
    conn.exec_driver_sql(OPEN_PIN, values)
    audit.record(conn, programme_id, who, "open_pin", "participant", person, now)
    return code


def try_pin(
    conn: Connection, vault: Vault, calling: Number, member: str, pin: str, now: datetime, today: date
) -> Tried:
    """Count a try from a calling number, and hold the PIN against the member's.

    A phone with no tries left today answers `locked` for every member number. Of a right try the caller runs
    GIVE_BACK."""
    values = {
        **_by_phone(vault, calling, today), "guards": guards(vault, calling.programme_id, member), "tries": TRIES,
        "now": now, "minute": _full_minute(now), "locks": list(LOCKS), "lock_most": len(LOCKS), "member": member,
        "programme": calling.programme_id,
    }  # fmt: skip
    tried = conn.exec_driver_sql(TRY_PIN, values).one()
    if not tried.phone_counted:
        return Tried("locked")
    phone = bytes(tried.phone)
    if not tried.counted:  # a try that is not looked at is not a wrong one
        _give_back(conn, [phone])
        return Tried("locked")
    if tried.kept is not None and vault.pin_matches(tried.person, pin, bytes(tried.kept)):
        return Tried("right", UUID(str(tried.person)), tried.wrong - 1, (phone, bytes(tried.guard)))
    return Tried("locked" if tried.wrong % TRIES == 0 or tried.phone_wrong == PHONE_TRIES else "wrong")


def try_opening(
    conn: Connection, vault: Vault, calling: Number, member: str, code: str, now: datetime, today: date
) -> Tried:
    """Count a try from a calling number, and hold the code that the coach read out against the member's opening.

    Each number has OPENING_TRIES wrong codes for an opening, after which only other numbers can use it. A phone with no
    tries left today answers `locked`."""
    mine = vault.indexes(f"{calling.programme_id}:{calling.number}:{member}", "pin-opening")
    values = {
        **_by_phone(vault, calling, today), "programme": calling.programme_id, "member": member, "now": now,
        "tried": mine, "opening_tries": OPENING_TRIES,
    }  # fmt: skip
    tried = conn.exec_driver_sql(TRY_OPENING, values).one()
    if not tried.phone_counted:
        return Tried("locked")
    if tried.kept is not None and vault.pin_matches(tried.person, code, bytes(tried.kept), "opening"):
        given_back = {"given_back": [bytes(tried.phone)], "tried": mine, "person": tried.person}
        conn.exec_driver_sql(GIVE_BACK_OPENING, given_back)
        return Tried("right", UUID(str(tried.person)))
    return Tried("locked" if tried.phone_wrong == PHONE_TRIES else "wrong")


def set_pin(
    conn: Connection, vault: Vault, calling: Number, member: str, code: str, pin: str, service_code: str,
    now: datetime, today: date,
) -> Literal["set", "easy", "wrong", "locked"]:  # fmt: skip
    """Set a PIN if the coach's code still holds: the code is used up, and wrong tries and locks are gone.

    `easy` when the PIN is too easy to guess: nothing is used up. `wrong` and `locked` as the code's try came out."""
    opened = try_opening(conn, vault, calling, member, code, now, today)
    if opened.result != "right" or opened.person is None:
        return "locked" if opened.result == "locked" else "wrong"
    person = opened.person
    hers = conn.exec_driver_sql(HER_NUMBERS, {"person": person})
    numbers = [vault.open(bytes(row.number_sealed), "phone_number", "number_sealed", row.id) for row in hers]
    if easy_pins.is_easy(pin, member, [calling.number, *numbers], service_code):
        return "easy"
    values = {
        "person": person, "guards": guards(vault, calling.programme_id, member), "today": today,
        "pin": vault.pin(person, pin),
    }  # fmt: skip
    conn.exec_driver_sql(SET_PIN, values)
    return "set"


def count_wrong_try(conn: Connection, vault: Vault, calling: Number, today: date) -> bool:
    """Count a wrong try of something else than a PIN from a calling number; False, with nothing counted, when it has
    none left on this local day."""
    return bool(conn.exec_driver_sql(COUNT_BY_PHONE, _by_phone(vault, calling, today)).one().counted)


def give_back_try(conn: Connection, vault: Vault, calling: Number, today: date) -> None:
    """Give back a try that count_wrong_try counted before it was looked at, and that was right."""
    _give_back(conn, cast("list[bytes]", _by_phone(vault, calling, today)["phones"]))


def forget(conn: Connection, now: datetime) -> None:
    """Delete wrong tries when the local day after them is over, and the time of each lock that has ended."""
    conn.exec_driver_sql(END_LOCKS, {"now": now})
    conn.exec_driver_sql(FORGET, {"now": now})


def guards(vault: Vault, programme_id: int, member: str) -> list[bytes]:
    """What the guard of a member number may be found by: under each valid key, the active one first."""
    return vault.indexes(f"{programme_id}:{member}", "pin-guard")


def _by_phone(vault: Vault, calling: Number, today: date) -> dict[str, object]:
    phones = vault.indexes(f"{calling.programme_id}:{calling.number}", "pin-guard-phone")
    return {"phones": phones, "today": today, "phone_tries": PHONE_TRIES}


def _give_back(conn: Connection, guards: list[bytes]) -> None:
    conn.exec_driver_sql(f"with {GIVE_BACK} select", {"given_back": guards})


def _full_minute(now: datetime) -> datetime:
    """The full minute at or after a moment: a lock need not tell the second of a try."""
    return now + -timedelta(seconds=now.second, microseconds=now.microsecond) % MINUTE
