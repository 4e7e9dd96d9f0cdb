"""Actions that tell who is there, and set and check a PIN. No reply tells whether a member number is anyone's, or
whether its owner has a PIN: the same statements count the try either way."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID, uuid4

from sms_app.conversation.context import Context, Known
from sms_app.conversation.facts import load, load_with_member
from sms_app.engine.steps import Outcome

TRIES = 3
LOCKS = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))
CLAIM_LASTS = timedelta(minutes=10)

# A try is counted before the PIN is looked at, under the guard's row lock: tries at the same time can't add up.
COUNT_TRY = """
with tried as (
  insert into pin_guard as g (id, wrong, counted, tried_on) values (%(guard)s, 1, true, %(today)s)
  on conflict (id) do update set tried_on = excluded.tried_on,
    counted = g.locked_until is null or g.locked_until <= %(now)s,
    wrong = case when g.locked_until > %(now)s then g.wrong else g.wrong + 1 end,
    locked_until = case
      when g.locked_until > %(now)s then g.locked_until
      when (g.wrong + 1) %% %(tries)s <> 0 then null
      else %(now)s + (%(locks)s::interval[])[least((g.wrong + 1) / %(tries)s, %(lock_most)s)] end
  returning wrong, counted
)
select t.wrong, t.counted, p.id, p.pin from tried t
left join participant p on p.programme_id = %(programme)s and p.member_number = %(member)s and p.left_on is null
"""
UNLOCK = "delete from pin_guard where id = %(guard)s"
USE_OPENING = """
update pin_opening o set wrong = o.wrong + 1 from participant p
where p.programme_id = %(programme)s and p.member_number = %(member)s and p.left_on is null
and o.participant_id = p.id and not o.used and o.expires_at > %(now)s and o.wrong < 5 returning p.id, o.code
"""
SET_PIN = """
with opened as (update pin_opening set used = true where participant_id = %(person)s),
unlocked as (delete from pin_guard where id = any(%(guards)s))
update participant set pin = %(pin)s, pin_changed_on = %(today)s where id = %(person)s
"""
CLAIM = """
insert into number_claim (id, programme_id, number_sealed, number_index, participant_id, code, expires_at)
values (%(id)s, %(programme)s, %(sealed)s, %(index)s, %(person)s, %(code)s, %(expires)s)
on conflict (programme_id, number_index, participant_id) do update set
  id = excluded.id, number_sealed = excluded.number_sealed, code = excluded.code, expires_at = excluded.expires_at
"""


def find_member(context: Context, known: Known) -> Outcome:
    """The person of a member number: found (gives person) or unknown."""
    person, facts = load_with_member(context, known, context.ahead)
    return Outcome("found", {"person": person}, facts=facts) if person else Outcome("unknown")


def check_pin(context: Context, known: Known) -> Outcome:
    """Hold the typed PIN against the member's: right (gives person and that she proved it), wrong, or locked for a
    time that grows."""
    tried = context.conn.exec_driver_sql(
        COUNT_TRY,
        {
            "guard": _guard(context, known), "today": context.today, "now": context.now, "tries": TRIES,
            "locks": list(LOCKS), "lock_most": len(LOCKS),
            "programme": context.programme_id, "member": known.get("member"),
        },
    ).one()  # fmt: skip
    if not tried.counted:
        return Outcome("locked")
    if tried.pin is not None and context.vault.pin_matches(tried.id, str(known.get("pin")), bytes(tried.pin)):
        gives = {"person": str(tried.id), "proved": "1"}
        proved = Known({**known.kept, **gives}, known.dial)
        facts = load(context, proved, context.ahead, UNLOCK, guard=_guard(context, known))
        return Outcome("right", gives, facts=facts)
    return Outcome("locked" if tried.wrong % TRIES == 0 else "wrong")


def check_opening(context: Context, known: Known) -> Outcome:
    """Whether the code that the coach read out is right now: open or wrong."""
    return Outcome("open" if _opened(context, known) else "wrong")


def set_pin(context: Context, known: Known) -> Outcome:
    """Set the PIN that was typed, if the coach's code still holds; the code is used up: set or wrong."""
    person = _opened(context, known)
    if person is None:
        return Outcome("wrong")
    values = {
        "person": person, "guards": _guards(context, known), "today": context.today,
        "pin": context.vault.pin(person, str(known.get("pin"))),
    }  # fmt: skip
    context.conn.exec_driver_sql(SET_PIN, values)
    return Outcome("set")


def claim_number(context: Context, known: Known) -> Outcome:
    """A code for this number and person, shown on the phone; the coach types it with her present: made."""
    person = known.person
    if person is None:
        raise ValueError("a number is claimed for a person")
    claim, code = uuid4(), f"{secrets.randbelow(9000) + 1000}"
    values = {
        "id": claim, "programme": context.programme_id, "person": person,
        "sealed": context.vault.seal(context.number, "number_claim", "number_sealed", claim),
        "index": context.vault.index(context.number, "number"), "code": context.vault.pin(person, code, "claim"),
        "expires": context.now + CLAIM_LASTS,
    }  # fmt: skip
    context.conn.exec_driver_sql(CLAIM, values)
    return Outcome("made", {"claim": code})


def _opened(context: Context, known: Known) -> UUID | None:
    values = {"programme": context.programme_id, "member": known.get("member"), "now": context.now}
    row = context.conn.exec_driver_sql(USE_OPENING, values).one_or_none()
    if row is None or not context.vault.pin_matches(
        row.id, str(known.get("code")), bytes(row.code), "opening"
    ):
        return None
    return UUID(str(row.id))


def _guard(context: Context, known: Known) -> bytes:
    """Under the oldest valid key: making a new one active must not forget a lock."""
    return _guards(context, known)[-1]


def _guards(context: Context, known: Known) -> list[bytes]:
    return context.vault.indexes(f"{context.programme_id}:{known.get('member')}", "pin-guard")
