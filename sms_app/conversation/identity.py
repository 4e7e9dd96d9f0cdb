"""Actions that tell who is there, and set and check a PIN: what the programme's rules found, as outcomes."""

from __future__ import annotations

from sms_app.conversation.context import Context, Known
from sms_app.conversation.facts import load, load_with_member
from sms_app.engine.steps import Outcome
from sms_app.programme import numbers, pins
from sms_app.programme.numbers import Number


def find_member(context: Context, known: Known) -> Outcome:
    """The person of a member number, if she is reached on this phone: found (gives person) or unknown."""
    person, facts = load_with_member(context, known, context.ahead)
    return Outcome("found", {"person": person}, facts=facts) if person else Outcome("unknown")


def check_pin(context: Context, known: Known) -> Outcome:
    """Hold the typed PIN against the member's: right (gives person and that she proved it), wrong, or locked for a
    time that grows."""
    member, pin = str(known.get("member")), str(known.get("pin"))
    tried = pins.try_pin(
        context.conn, context.vault, context.programme_id, member, pin, context.now, context.today
    )
    if tried.result != "right":
        return Outcome(tried.result)
    gives = {"person": str(tried.person), "proved": "1"}
    proved = Known({**known.kept, **gives}, known.dial)
    guards = pins.guards(context.vault, context.programme_id, member)
    return Outcome("right", gives, facts=load(context, proved, context.ahead, pins.UNLOCK, guards=guards))


def check_opening(context: Context, known: Known) -> Outcome:
    """Whether the code that the coach read out is right now: open or wrong."""
    member, code = str(known.get("member")), str(known.get("code"))
    person = pins.use_opening(context.conn, context.vault, context.programme_id, member, code, context.now)
    return Outcome("open" if person else "wrong")


def set_pin(context: Context, known: Known) -> Outcome:
    """Set the PIN that was typed, if the coach's code still holds; the code is used up: set or wrong."""
    member, code, pin = (str(known.get(name)) for name in ("member", "code", "pin"))
    done = pins.set_pin(
        context.conn, context.vault, context.programme_id, member, code, pin, context.now, context.today
    )
    return Outcome("set" if done else "wrong")


def claim_number(context: Context, known: Known) -> Outcome:
    """A code for this number and member number, shown on the phone; the coach types it with her present: made, whether
    or not the member number is anyone's."""
    number = Number(context.programme_id, context.number, known.phone)
    member = str(known.get("member"))
    return Outcome("made", {"claim": numbers.claim(context.conn, context.vault, number, member, context.now)})
