"""PINs: a coach opens one face to face, its owner sets it, and wrong tries lock it for a time that grows.

Whether a member number is anyone's, or its owner has a PIN, shows nowhere: the same statements count a try either
way, by the guard of the member number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection

from sms_app.programme import audit, codes, people
from sms_app.vault import Vault

TRIES = 3
LOCKS = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))
OPENING_TRIES = 5

OPEN_PIN = """
insert into pin_opening (participant_id, code, opened_by, expires_at, wrong, used)
values (%(person)s, %(code)s, %(who)s, %(expires)s, 0, false)
on conflict (participant_id) do update set code = excluded.code, opened_by = excluded.opened_by,
  expires_at = excluded.expires_at, wrong = 0, used = false
"""
USE_OPENING = f"""
update pin_opening o set wrong = o.wrong + 1 from participant p where {people.IS_MEMBER}
and o.participant_id = p.id and not o.used and o.expires_at > %(now)s and o.wrong < %(tries)s returning p.id, o.code
"""  # noqa: S608
# A try is counted before the PIN is looked at, under the guard's row lock: tries at the same time can't add up. A guard
# stays under the key that it was made with, and is found under each.
COUNT_TRY = f"""
with tried as (
  insert into pin_guard as g (id, wrong, counted, tried_on) values (coalesce(
    (select id from pin_guard where id = any(%(guards)s) order by wrong desc limit 1), %(guard)s), 1, true, %(today)s)
  on conflict (id) do update set tried_on = excluded.tried_on,
    counted = g.locked_until is null or g.locked_until <= %(now)s,
    wrong = case when g.locked_until > %(now)s then g.wrong else g.wrong + 1 end,
    locked_until = case
      when g.locked_until > %(now)s then g.locked_until
      when (g.wrong + 1) %% %(tries)s <> 0 then null
      else %(now)s + (%(locks)s::interval[])[least((g.wrong + 1) / %(tries)s, %(lock_most)s)] end
  returning wrong, counted
)
select t.wrong, t.counted, p.id, p.pin from tried t left join participant p on {people.IS_MEMBER}
"""  # noqa: S608
UNLOCK = "delete from pin_guard where id = any(%(guards)s)"
SET_PIN = f"""
with opened as (update pin_opening set used = true where participant_id = %(person)s), unlocked as ({UNLOCK})
update participant set pin = %(pin)s, pin_changed_on = %(today)s where id = %(person)s
"""  # noqa: S608


@dataclass(frozen=True)
class Tried:
    """What a try came to, and whose PIN it was when it was right."""

    result: Literal["right", "wrong", "locked"]
    person: UUID | None = None


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


def use_opening(
    conn: Connection, vault: Vault, programme_id: int, member: str, code: str, now: datetime,
    tries: int = OPENING_TRIES,
) -> UUID | None:  # fmt: skip
    """Whose PIN the code that the coach read out opens now; None when it opens none. Each use counts, right or not,
    and the code holds for `tries` of them."""
    values = {"programme": programme_id, "member": member, "now": now, "tries": tries}
    row = conn.exec_driver_sql(USE_OPENING, values).one_or_none()
    if row is None or not vault.pin_matches(row.id, code, bytes(row.code), "opening"):
        return None
    return UUID(str(row.id))


def try_pin(
    conn: Connection, vault: Vault, programme_id: int, member: str, pin: str, now: datetime, today: date
) -> Tried:
    """Count a try, and hold the PIN against the member's.

    After a right one the caller runs UNLOCK with `guards`, so that it can go along with a statement of the caller's."""
    found = guards(vault, programme_id, member)
    tried = conn.exec_driver_sql(
        COUNT_TRY,
        {
            "guard": found[0], "guards": found, "today": today, "now": now, "tries": TRIES,
            "locks": list(LOCKS), "lock_most": len(LOCKS), "programme": programme_id, "member": member,
        },
    ).one()  # fmt: skip
    if not tried.counted:
        return Tried("locked")
    if tried.pin is not None and vault.pin_matches(tried.id, pin, bytes(tried.pin)):
        return Tried("right", UUID(str(tried.id)))
    return Tried("locked" if tried.wrong % TRIES == 0 else "wrong")


def set_pin(
    conn: Connection, vault: Vault, programme_id: int, member: str, code: str, pin: str, now: datetime,
    today: date,
) -> bool:  # fmt: skip
    """Set a PIN if the coach's code still holds: the code is used up, and a lock is gone. False when it does not."""
    # one more: a code that was taken at its last try still sets the PIN that was then asked for
    person = use_opening(conn, vault, programme_id, member, code, now, OPENING_TRIES + 1)
    if person is None:
        return False
    values = {
        "person": person, "guards": guards(vault, programme_id, member), "today": today,
        "pin": vault.pin(person, pin),
    }  # fmt: skip
    conn.exec_driver_sql(SET_PIN, values)
    return True


def guards(vault: Vault, programme_id: int, member: str) -> list[bytes]:
    """What the guard of a member number may be found by: under each valid key, the active one first."""
    return vault.indexes(f"{programme_id}:{member}", "pin-guard")
