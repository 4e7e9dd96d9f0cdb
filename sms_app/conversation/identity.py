"""Actions that tell who is there, and set and check a PIN: what the programme's rules found, as outcomes."""

from __future__ import annotations

from sms_app.conversation.context import Context, DialogueValues
from sms_app.conversation.facts import FACTS, load, load_with_member
from sms_app.engine.steps import ActionOutcome
from sms_app.programme import numbers, pins
from sms_app.programme.numbers import Number


def find_member(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """The person of a member number, if she is reached on this phone: found (gives person) or unknown."""
    person, facts = load_with_member(context, dialogue, context.ahead)
    return ActionOutcome("found", {"person": person}, facts=facts) if person else ActionOutcome("unknown")


def check_pin(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Hold the typed PIN against the member's: right (gives person and that she proved it), wrong, or locked for a
    time that grows."""
    member, pin = str(dialogue.get("member")), str(dialogue.get("pin"))
    tried = pins.try_pin(
        context.conn, context.vault, _calling(context), member, pin, context.now, context.today
    )
    if tried.result != "right":
        return ActionOutcome(tried.result)
    gives = {"person": str(tried.person), "proved": "1"}
    proved = DialogueValues({**dialogue.answers, **gives}, dialogue.dial_context)
    facts = load(context, proved, context.ahead, give_back=tried.guards)
    if "pin_tries" in facts:  # the statement that gives this try back still counts it
        facts["pin_tries"] = FACTS["pin_tries"].read(tried.wrong, context, proved)
    return ActionOutcome("right", gives, facts=facts)


def check_opening(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Whether the code that the coach read out is right now: open, wrong, or locked when the phone has no tries left
    today."""
    member, code = str(dialogue.get("member")), str(dialogue.get("code"))
    tried = pins.try_opening(
        context.conn, context.vault, _calling(context), member, code, context.now, context.today
    )
    return ActionOutcome("open" if tried.result == "right" else tried.result)


def set_pin(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Set the PIN that was typed, if the coach's code still holds, and use the code up: set; easy when the PIN is too
    easy to guess; wrong or locked as for check_opening."""
    member, code, pin = (str(dialogue.get(name)) for name in ("member", "code", "pin"))
    result = pins.set_pin(
        context.conn,
        context.vault,
        _calling(context),
        member,
        code,
        pin,
        context.settings.service_code,
        context.now,
        context.today,
    )
    return ActionOutcome(result)


def claim_number(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """A code for this number and member number, shown on the phone; the coach types it with her present: made, whether
    or not the member number is anyone's."""
    number = Number(context.programme_id, context.number, dialogue.phone)
    member = str(dialogue.get("member"))
    return ActionOutcome(
        "made", {"claim": numbers.claim(context.conn, context.vault, number, member, context.now)}
    )


def _calling(context: Context) -> Number:
    return Number(context.programme_id, context.number)
