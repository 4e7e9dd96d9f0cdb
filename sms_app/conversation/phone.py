"""Actions on the number that is calling, and on what its owner chose: language, messages, sharing."""

from __future__ import annotations

from uuid import UUID

from sms_app.conversation.context import Context, DialogueValues
from sms_app.engine.steps import ActionOutcome
from sms_app.programme import numbers, people
from sms_app.programme.numbers import Number


def set_language(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Speak another language on this number, and to its owner when it is one person's: done."""
    language = str(dialogue.get("language"))
    numbers.set_language(context.conn, context.vault, _calling(context, dialogue), language)
    if dialogue.dial_context.get("caller") == "one":
        people.set_language(context.conn, UUID(str(dialogue.dial_context["person"])), language)
    return ActionOutcome("done", lang=language)


def stop_messages(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Stop every text to this number, known or not, in every programme that knows it: done."""
    numbers.stop(context.conn, context.vault, context.number, [context.programme_id], context.now)
    return ActionOutcome("done")


def resume_messages(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Let texts reach this number again, if the person whose PIN was typed is one of its people, else her own: done."""
    numbers.resume(context.conn, _calling(context, dialogue), dialogue.person, context.now)
    return ActionOutcome("done")


def share_phone(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Mark this number as shared; a phone can never mark it private: done."""
    numbers.mark_shared(context.conn, _calling(context, dialogue))
    return ActionOutcome("done")


def toggle_amounts(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Show her amounts by phone, or no longer: done."""
    people.toggle_amounts(context.conn, dialogue.person)
    return ActionOutcome("done")


def _calling(context: Context, dialogue: DialogueValues) -> Number:
    return Number(context.programme_id, context.number, dialogue.phone)
