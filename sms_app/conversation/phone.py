"""Actions on the number that is calling, and on what its owner chose: language, messages, sharing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sms_app.conversation.context import Context, Known
from sms_app.engine.steps import Outcome

SET_PHONE = "update phone_number set {column} = %(value)s where id = %(phone)s"
NEW_PHONE = """
insert into phone_number (id, programme_id, number_sealed, number_index, shared, {column})
values (%(id)s, %(programme)s, %(sealed)s, %(index)s, true, %(value)s)
on conflict (programme_id, number_index) do update set {column} = excluded.{column}
"""
RESUME = """
update phone_number n set stopped_on = null from participant_phone l
where n.id = %(phone)s and l.phone_number_id = n.id and l.to_on is null and l.participant_id = %(person)s
"""
SET_PERSON_LANGUAGE = "update participant set language = %(language)s where id = %(person)s"
TOGGLE_AMOUNTS = "update participant set amounts_by_phone = not amounts_by_phone where id = %(person)s"


def set_language(context: Context, known: Known) -> Outcome:
    """Speak another language on this number, and to its owner when it is one person's: done."""
    language = str(known.get("language"))
    _set(context, known, "language", language)
    if known.dial.get("caller") == "one":
        context.conn.exec_driver_sql(
            SET_PERSON_LANGUAGE, {"language": language, "person": known.dial["person"]}
        )
    return Outcome("done", lang=language)


def stop_messages(context: Context, known: Known) -> Outcome:
    """Stop every text to this number, known or not: done."""
    _set(context, known, "stopped_on", context.today)
    return Outcome("done")


def resume_messages(context: Context, known: Known) -> Outcome:
    """Let texts reach this number again, if the person whose PIN was typed is one of its people: done either way."""
    context.conn.exec_driver_sql(RESUME, {"phone": known.phone, "person": known.person})
    return Outcome("done")


def share_phone(context: Context, known: Known) -> Outcome:
    """Mark this number as shared; a phone can never mark it private: done."""
    if known.phone is not None:
        _set(context, known, "shared", True)
    return Outcome("done")


def toggle_amounts(context: Context, known: Known) -> Outcome:
    """Show her amounts by phone, or no longer: done."""
    context.conn.exec_driver_sql(TOGGLE_AMOUNTS, {"person": known.person})
    return Outcome("done")


def _set(context: Context, known: Known, column: str, value: object) -> None:
    if known.phone is not None:
        values: Mapping[str, Any] = {"value": value, "phone": known.phone}
        context.conn.exec_driver_sql(SET_PHONE.format(column=column), values)
        return
    phone = uuid4()
    values = {
        "id": phone, "programme": context.programme_id, "value": value,
        "sealed": context.vault.seal(context.number, "phone_number", "number_sealed", phone),
        "index": context.vault.index(context.number, "number"),
    }  # fmt: skip
    context.conn.exec_driver_sql(NEW_PHONE.format(column=column), values)
