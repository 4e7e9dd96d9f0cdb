"""Actions on the number that is calling, and on what its owner chose: language, messages, sharing."""

from __future__ import annotations

from uuid import UUID

from sms_app.conversation.context import Context, DialogueValues
from sms_app.engine.steps import ActionOutcome
from sms_app.programme import numbers, people
from sms_app.programme.numbers import Number


def set_language(context: Context, known: DialogueValues) -> ActionOutcome:
    """Speak another language on this number, and to its owner when it is one person's: done."""
    language = str(known.get("language"))
    numbers.set_language(context.conn, context.vault, _calling(context, known), language)
    if known.dial_context.get("caller") == "one":
        people.set_language(context.conn, UUID(str(known.dial_context["person"])), language)
    return ActionOutcome("done", lang=language)


def stop_messages(context: Context, known: DialogueValues) -> ActionOutcome:
    """Stop every text to this number, known or not, in every programme that knows it: done."""
    numbers.stop(context.conn, context.vault, context.number, [context.programme_id], context.now)
    return ActionOutcome("done")


def resume_messages(context: Context, known: DialogueValues) -> ActionOutcome:
    """Let texts reach this number again, if the person whose PIN was typed is one of its people, else her own: done."""
    numbers.resume(context.conn, _calling(context, known), known.person, context.now)
    return ActionOutcome("done")


def share_phone(context: Context, known: DialogueValues) -> ActionOutcome:
    """Mark this number as shared; a phone can never mark it private: done."""
    numbers.mark_shared(context.conn, _calling(context, known))
    return ActionOutcome("done")


def toggle_amounts(context: Context, known: DialogueValues) -> ActionOutcome:
    """Show her amounts by phone, or no longer: done."""
    people.toggle_amounts(context.conn, known.person)
    return ActionOutcome("done")


def _calling(context: Context, known: DialogueValues) -> Number:
    return Number(context.programme_id, context.number, known.phone)
