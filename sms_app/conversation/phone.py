"""Actions on the calling number and on its owner's choices: language, messages, sharing, amounts."""

from __future__ import annotations

from uuid import UUID

from sms_app.conversation.context import Context, DialogueValues
from sms_app.engine.steps import ActionOutcome
from sms_app.programme import numbers, people
from sms_app.programme.numbers import Number


def set_language(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Set the language of this number, and of its owner when only one person is reached on it: done."""
    language = str(dialogue.get("language"))
    numbers.set_language(context.conn, context.vault, _calling(context, dialogue), language)
    if dialogue.dial_context.get("caller") == "one":
        people.set_language(context.conn, UUID(str(dialogue.dial_context["person"])), language)
    return ActionOutcome("done", lang=language)


def stop_messages(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Stop all texts to this number, in this programme and in every programme that knows it: done."""
    numbers.stop(context.conn, context.vault, context.number, [context.programme_id], context.now)
    return ActionOutcome("done")


def resume_messages(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Allow texts again to this number if the person whose PIN was typed is reached on it, else to her numbers:
    done."""
    numbers.resume(context.conn, _calling(context, dialogue), dialogue.person, context.now)
    return ActionOutcome("done")


def share_phone(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Mark this number as shared: done. Only a coach can mark a number as private."""
    numbers.mark_shared(context.conn, _calling(context, dialogue))
    return ActionOutcome("done")


def toggle_amounts(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Turn showing her amounts by phone on or off: done."""
    people.toggle_amounts(context.conn, dialogue.person)
    return ActionOutcome("done")


def _calling(context: Context, dialogue: DialogueValues) -> Number:
    return Number(context.programme_id, context.number, dialogue.phone)
