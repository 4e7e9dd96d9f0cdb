"""The facts and actions of item 3, information and help: the same for everyone who dials.

Of confidential support only coded choices are stored, sealed, and nothing of a request is shown again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import phonenumbers

from sms_app.conversation.context import Context, DialogueValues
from sms_app.engine.shapes import Day, FactShape, Moment, Shape, Text
from sms_app.engine.steps import ActionOutcome
from sms_app.models.people import MAX_PLACE_LENGTH
from sms_app.private import door
from sms_app.private.support_request import CALL, DO_NOT_CALL, NOTHING, OTHER_PHONE, SupportRequest
from sms_app.programme import telephones
from sms_app.programme.sectors import MAX_NAME
from sms_app.programme.support import MAX_WAIT

SECTORS_SEPARATOR = "\n"
MAX_NUMBER = 16
SECTORS = FactShape({"sector": Text(MAX_NAME)}, many=True)
OF_SECTOR = FactShape(
    {
        "health_centre": Text(MAX_PLACE_LENGTH),
        "adviser_place": Text(MAX_PLACE_LENGTH),
        "adviser_1": Moment(),
        "adviser_2": Moment(),
    },
    needs=("sector",),
)
OFFER = FactShape(values=("call", "no_call", "off"))
BANDS = FactShape({"band": Text(11)}, many=True)
TERMS: Mapping[str, Shape] = {"until": Day(), "called": Text(MAX_NUMBER)}
ASKED = ("answers", "band", "until")


def sectors(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The programme's sectors. They are the same for everyone who dials."""
    return {"rows": [{"id": name, "sector": name} for name in context.settings.sectors]}


def of_sector(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The chosen sector's health centre, and where and when the adviser meets people there."""
    sector = context.settings.sectors[str(dialogue.get("sector"))]
    first, second = sector.adviser.next_meetings(context.settings.calendar, context.today)
    return {
        "health_centre": sector.health_centre,
        "adviser_place": sector.adviser.place,
        "adviser_1": first,
        "adviser_2": second,
    }


def offer(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Which items the adviser's menu has: with a call, without it, or neither a call nor "do not call me"."""
    support = context.support
    return {"is": "call" if support.call else "no_call" if support.do_not_call else "off"}


def bands(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The hours from which a caller chooses."""
    support = context.settings.support
    return {"rows": [{"id": band, "band": band} for band in support.bands] if support else []}


def set_other_phone(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Read the typed number of another phone: set (gives it as E.164), or wrong when the country has no such number."""
    number = telephones.e164(str(dialogue.get("typed_phone")), context.settings.country)
    return ActionOutcome("set", {"other_phone": number}) if number else ActionOutcome("wrong")


def set_terms(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """What she is asked to say yes to: set (gives the number to call, as it is dialled at home, and the last day of the
    call)."""
    support = context.settings.support
    assert support is not None, "help offers no call without these settings"
    until = support.call_until(context.settings.calendar, context.today)
    return ActionOutcome("set", {"until": until, "called": national(_number(context, dialogue))})


def _number(context: Context, dialogue: DialogueValues) -> str:
    """The number that she wants to be called on."""
    other = dialogue.get("answers") == OTHER_PHONE
    return str(dialogue.get("other_phone")) if other else context.number


def store_call(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Seal and store her yes to exactly this call: received, or nobody when no call can be promised any more; then
    nothing is stored."""
    until = dialogue.get("until")
    assert isinstance(until, date)
    if not context.support.call or until > context.today + MAX_WAIT:
        return ActionOutcome("nobody")
    request = SupportRequest(
        CALL,
        context.now,
        context.number,
        _number(context, dialogue),
        str(dialogue.get("answers")),
        str(dialogue.get("band")),
        until,
        _sectors(dialogue),
        str(dialogue.get("caller_role") or ""),
    )
    _store(context, request)
    return ActionOutcome("received")


def store_do_not_call(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Seal and store that nobody calls this phone: stored; or nobody when help was switched off during the dialogue,
    since nobody could open it; then nothing is stored."""
    if not context.support.do_not_call:
        return ActionOutcome("nobody")
    request = SupportRequest(
        DO_NOT_CALL,
        context.now,
        context.number,
        sectors=_sectors(dialogue),
        role=str(dialogue.get("caller_role") or ""),
    )
    _store(context, request)
    return ActionOutcome("stored")


def store_filler(context: Context) -> None:
    """Seal and store a "nothing", which looks like a request."""
    _store(context, SupportRequest(NOTHING, context.now))


def national(number: str) -> str:
    """A number as people write it in its country, such as `0788 000 000`."""
    parsed = phonenumbers.parse(number)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def _store(context: Context, request: SupportRequest) -> None:
    keys = context.support.keys
    door.store(context.raw, request, context.programme_id, context.settings.slug, keys)


def _sectors(dialogue: DialogueValues) -> tuple[str, ...]:
    return tuple(filter(None, str(dialogue.get("caller_sectors") or "").split(SECTORS_SEPARATOR)))
