"""Actions that find a person by member number, and set and check PINs. They give the results of `programme.pins`."""

from __future__ import annotations

from sms_app.conversation.context import Context, DialogueValues
from sms_app.conversation.facts import FACTS, load, load_with_member
from sms_app.engine.steps import ActionOutcome
from sms_app.programme import numbers, pins
from sms_app.programme.numbers import Number


def find_member(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Find the person with a member number, if she is reached on this phone: found (gives person) or unknown."""
    person, facts = load_with_member(context, dialogue, context.ahead)
    return ActionOutcome("found", {"person": person}, facts=facts) if person else ActionOutcome("unknown")


def check_pin(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Compare the typed PIN with the member's: right (gives person and proved), wrong, or locked for a time that
    grows."""
    member, pin = str(dialogue.get("member")), str(dialogue.get("pin"))
    tried = pins.try_pin(
        context.conn, context.vault, context.calling, member, pin, context.now, context.today
    )
    if tried.result != "right":
        return ActionOutcome(tried.result)
    gives = {"person": str(tried.person), "proved": "1"}
    proved = DialogueValues({**dialogue.answers, **gives}, dialogue.dial_context)
    facts = load(context, proved, context.ahead, give_back=tried.guards)
    if "pin_tries" in facts:  # the statement reads the count of before it gives this try back
        facts["pin_tries"] = FACTS["pin_tries"].read(tried.wrong, context, proved)
    return ActionOutcome("right", gives, facts=facts)


def check_opening(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Check the code that the coach read out: open, wrong, or locked when the phone has no tries left today."""
    member, code = str(dialogue.get("member")), str(dialogue.get("code"))
    tried = pins.try_opening(
        context.conn, context.vault, context.calling, member, code, context.now, context.today
    )
    return ActionOutcome("open" if tried.result == "right" else tried.result)


def set_pin(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Set the typed PIN, if the coach's code is still valid, and use up the code: set; easy when the PIN is too easy to
    guess; wrong or locked as for check_opening."""
    member, code, pin = (str(dialogue.get(name)) for name in ("member", "code", "pin"))
    result = pins.set_pin(
        context.conn,
        context.vault,
        context.calling,
        member,
        code,
        pin,
        context.settings.service_code,
        context.now,
        context.today,
    )
    return ActionOutcome(result)


def claim_number(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Claim this number for a member number: made (gives the code that the phone shows and the coach types with her
    present), whether or not anyone has the member number."""
    number = Number(context.programme_id, context.number, dialogue.phone)
    member = str(dialogue.get("member"))
    return ActionOutcome(
        "made", {"claim": numbers.claim(context.conn, context.vault, number, member, context.now)}
    )
