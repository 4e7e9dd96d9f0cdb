"""Actions on the number that is calling, and on what its owner chose: language, messages, sharing."""

from __future__ import annotations

from uuid import UUID

from sms_app.conversation.context import Context, Known
from sms_app.engine.steps import Outcome
from sms_app.programme import numbers, people
from sms_app.programme.numbers import Number


def set_language(context: Context, known: Known) -> Outcome:
    """Speak another language on this number, and to its owner when it is one person's: done."""
    language = str(known.get("language"))
    numbers.speak(context.conn, context.vault, _calling(context, known), language)
    if known.dial.get("caller") == "one":
        people.speak(context.conn, UUID(str(known.dial["person"])), language)
    return Outcome("done", lang=language)


def stop_messages(context: Context, known: Known) -> Outcome:
    """Stop every text to this number, known or not, in every programme that knows it: done."""
    numbers.stop(context.conn, context.vault, context.number, [context.programme_id], context.now)
    return Outcome("done")


def resume_messages(context: Context, known: Known) -> Outcome:
    """Let texts reach this number again, if the person whose PIN was typed is one of its people, else her own: done."""
    numbers.resume(context.conn, _calling(context, known), known.person, context.now)
    return Outcome("done")


def share_phone(context: Context, known: Known) -> Outcome:
    """Mark this number as shared; a phone can never mark it private: done."""
    numbers.mark_shared(context.conn, _calling(context, known))
    return Outcome("done")


def toggle_amounts(context: Context, known: Known) -> Outcome:
    """Show her amounts by phone, or no longer: done."""
    people.toggle_amounts(context.conn, known.person)
    return Outcome("done")


def _calling(context: Context, known: Known) -> Number:
    return Number(context.programme_id, context.number, known.phone)
