"""Every action that a flow may name, with its outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sms_app.conversation import identity, phone, reports
from sms_app.conversation.context import Context, DialogueValues
from sms_app.conversation.facts import MAX_AMOUNT
from sms_app.engine.shapes import ActionShape, Day, Money, Text
from sms_app.engine.steps import ActionOutcome


@dataclass(frozen=True)
class ActionEntry:
    """An action's shape, as flows see it, and the function that does it. A `reads_only` action needs no transaction."""

    shape: ActionShape
    run: Callable[[Context, DialogueValues], ActionOutcome]
    reads_only: bool = False


PIN_TRY = ("right", "wrong", "locked")
OPENING_TRY = ("open", "wrong", "locked")
PIN_SET = ("set", "easy", "wrong", "locked")
STORED = ("saved", "no_open_cycle")
PERSON = {"person": Text(36)}
PROVED = {"proved": Text(1)}
REPORT = ("person", "amount", "week")
BEHIND_PIN = ("person", "proved")
ACTIONS: Mapping[str, ActionEntry] = {
    "find_member": ActionEntry(
        ActionShape(("found", "unknown"), ("member",), PERSON), identity.find_member, reads_only=True
    ),
    "check_pin": ActionEntry(ActionShape(PIN_TRY, ("member", "pin"), PERSON | PROVED), identity.check_pin),
    "check_opening": ActionEntry(ActionShape(OPENING_TRY, ("member", "code")), identity.check_opening),
    "set_pin": ActionEntry(ActionShape(PIN_SET, ("member", "code", "pin")), identity.set_pin),
    "claim_number": ActionEntry(
        ActionShape(("made",), ("member",), {"claim": Text(4)}), identity.claim_number
    ),
    "reply_session": ActionEntry(ActionShape(("saved", "gone"), ("person", "coming")), reports.reply_session),
    "check_in": ActionEntry(
        ActionShape(("received", "refused"), ("person", "code"), {"day": Day()}), reports.check_in
    ),
    "check_in_as_member": ActionEntry(
        ActionShape(("received", "refused", "locked"), ("member", "code"), {"day": Day()}),
        reports.check_in_as_member,
    ),
    "value_shares": ActionEntry(
        ActionShape(
            ("valued", "no_open_cycle"), ("person", "shares"), {"amount": Money(MAX_AMOUNT), "week": Day()}
        ),
        reports.value_shares,
        reads_only=True,
    ),
    "set_week": ActionEntry(ActionShape(("set",), (), {"week": Day()}), reports.set_week, reads_only=True),
    "report_contribution": ActionEntry(ActionShape(STORED, REPORT), reports.report_contribution),
    "correct_contribution": ActionEntry(ActionShape(STORED, REPORT), reports.correct_contribution),
    "report_nothing": ActionEntry(ActionShape(STORED, ("person", "week")), reports.report_nothing),
    "raise_dispute": ActionEntry(ActionShape(("raised",), (*BEHIND_PIN, "about")), reports.raise_dispute),
    "open_bookmark": ActionEntry(
        ActionShape(("opened", "gone"), BEHIND_PIN), reports.open_bookmark, reads_only=True
    ),
    "set_language": ActionEntry(
        ActionShape(("done",), ("language",), language="language"), phone.set_language
    ),
    "stop_messages": ActionEntry(ActionShape(("done",)), phone.stop_messages),
    "resume_messages": ActionEntry(ActionShape(("done",), BEHIND_PIN), phone.resume_messages),
    "share_phone": ActionEntry(ActionShape(("done",)), phone.share_phone),
    "toggle_amounts": ActionEntry(ActionShape(("done",), BEHIND_PIN), phone.toggle_amounts),
}
ACTION_SHAPES: Mapping[str, ActionShape] = {
    name: replace(entry.shape, reads_only=entry.reads_only) for name, entry in ACTIONS.items()
}
