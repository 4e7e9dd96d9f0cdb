"""What the provider posts to us, read and checked; nothing else is known here.

Field names and formats are Africa's Talking's. What participants typed or read (`input`, `lastAppResponse` of a
notification) is left where it is: it is neither parsed nor kept. About messages the parsers are lenient: the provider
may add fields and leave out those that we can do without, and a word that nobody heard of breaks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import phonenumbers

HOP_TEXT_LONGEST = 2000
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SESSION = re.compile(r"[!-~]{1,128}")
_SERVICE_CODE = re.compile(r"[*#0-9]{1,32}")
_LABEL = re.compile(r"[ -~]{0,32}")
SMS_TEXT_LONGEST = 2000
WORD_LONGEST = 64
_MESSAGE_ID = re.compile(r"(?!(?i:none)\Z)[!-~]{1,128}")
_UNPRINTABLE = re.compile(r"[^ -~]")
_NOT_DIALLED = re.compile(r"[ .()/-]")
_DIGITS = re.compile(r"[0-9]{6,15}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_COST = re.compile(r"([A-Z]{3}) ([0-9]{1,9}(?:\.[0-9]{1,4})?)")


class Malformed(Exception):
    """A form that is not the provider's. Names the field at fault, never what was in it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class UssdHop:
    """One request of a dialogue. `number` is E.164; `text` is every input so far, joined with `*`."""

    session_id: str
    number: str
    service_code: str
    network_code: str
    text: str


@dataclass(frozen=True)
class UssdEvent:
    """The end of a dialogue: how it went in the provider's word, and what the network charged for it.

    `number` and `status` are read only so that a form which lacks them is refused; nobody keeps them."""

    session_id: str
    number: str
    service_code: str
    network_code: str
    status: str
    cost: Decimal
    currency: str


@dataclass(frozen=True)
class Delivery:
    """What became of a message: the provider's id of it, and its word for it, known to us or not. `number` is E.164."""

    provider_id: str
    status: str
    number: str
    network_code: str = ""
    failure_reason: str = ""


@dataclass(frozen=True)
class Sms:
    """A text that someone sent to us. `provider_id` is empty and `sent_at` (aware UTC, to the second) None where the
    provider does not say it readably; `to` and `link_id` are its short code and its link to an answer, where it has
    them."""

    provider_id: str
    number: str
    text: str
    sent_at: datetime | None = None
    to: str = ""
    link_id: str = ""


@dataclass(frozen=True)
class OptOut:
    """Someone wants no more bulk messages of a sender. `sent_at` (aware UTC, to the second) is None where the provider
    does not say it readably."""

    number: str
    sender: str = ""
    sent_at: datetime | None = None


def parse_ussd(form: Mapping[str, str]) -> UssdHop:
    """Read one hop. `text` must be there, though it may be empty. Raises Malformed."""
    text = form.get("text")
    if text is None or len(text) > HOP_TEXT_LONGEST:
        raise Malformed("text")
    return UssdHop(
        _field(form, "sessionId", _SESSION),
        _field(form, "phoneNumber", _E164),
        _field(form, "serviceCode", _SERVICE_CODE),
        _field(form, "networkCode", _LABEL, missing=""),
        text,
    )


def parse_ussd_event(form: Mapping[str, str]) -> UssdEvent:
    """Read an end-of-session notification. A status that we don't know is kept as it is. Raises Malformed."""
    cost = _COST.fullmatch(form.get("cost", ""))
    if cost is None:
        raise Malformed("cost")
    return UssdEvent(
        _field(form, "sessionId", _SESSION),
        _field(form, "phoneNumber", _E164),
        _field(form, "serviceCode", _SERVICE_CODE),
        _field(form, "networkCode", _LABEL, missing=""),
        _field(form, "status", _LABEL),
        Decimal(cost[2]),
        cost[1],
    )


def parse_delivery(form: Mapping[str, str], countries: Collection[str] = ()) -> Delivery:
    """Read a delivery report. Any status is one; network and reason may be left out, and other fields be there.

    `countries` (ISO 3166) are those whose national form of a number is understood. Raises Malformed."""
    status = _word(form, "status")
    if not status:
        raise Malformed("status")
    return Delivery(
        _field(form, "id", _MESSAGE_ID),
        status,
        _number(form, "phoneNumber", countries),
        _word(form, "networkCode"),
        _word(form, "failureReason"),
    )


def parse_sms(form: Mapping[str, str], countries: Collection[str] = ()) -> Sms:
    """Read an incoming text; `text` must be there, though it may be empty.

    Only `from` and `text` are needed to understand a STOP, so an id or a date that can't be read is as if there were
    none. Raises Malformed."""
    text = form.get("text")
    if text is None or len(text) > SMS_TEXT_LONGEST:
        raise Malformed("text")
    return Sms(
        _text_id(form, "id"),
        _number(form, "from", countries),
        text,
        _moment(form, "date"),
        _word(form, "to"),
        _word(form, "linkId"),
    )


def parse_opt_out(form: Mapping[str, str], countries: Collection[str] = ()) -> OptOut:
    """Read a bulk opt-out; a date that can't be read is as if there were none. Raises Malformed."""
    return OptOut(_number(form, "phoneNumber", countries), _word(form, "senderId"), _moment(form, "date"))


def _number(form: Mapping[str, str], name: str, countries: Collection[str]) -> str:
    """E.164, whether it was written so, without its `+`, or as one of the countries' people write it. Raises Malformed
    for what is no number, or could be two."""
    value = form.get(name, "")
    if _E164.fullmatch(value):
        return value
    digits = _NOT_DIALLED.sub("", value.strip())
    plus = digits.startswith("+")
    if not _DIGITS.fullmatch(digits.removeprefix("+")):
        raise Malformed(name)
    ways = [
        (digits if plus else f"+{digits}", None),
        *((digits, country) for country in countries if not plus),
    ]
    found = {number for number in (_valid(*way) for way in ways) if number}
    if len(found) != 1:
        raise Malformed(name)
    return found.pop()


def _valid(digits: str, country: str | None) -> str | None:
    try:
        parsed = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _moment(form: Mapping[str, str], name: str) -> datetime | None:
    """`2017-05-03T06:04:45Z` or `2017-05-03 06:04:45`, which is UTC too; None for anything else.

    A day without its time of day tells no order within the day, and a day before EARLIEST is no text's (such as
    1970-01-01, an empty clock): both are none."""
    value = form.get(name, "").strip()
    if not _MOMENT.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(microsecond=0) if moment >= EARLIEST else None


def _text_id(form: Mapping[str, str], name: str) -> str:
    """The provider's id of an incoming text, whatever it looks like: only its keyed hash is kept. Empty for none."""
    value = form.get(name, "").strip()
    return "" if value.lower() == "none" else value


def _word(form: Mapping[str, str], name: str) -> str:
    """A label that may be left out; whatever can't be one of the provider's is not kept."""
    return _UNPRINTABLE.sub("", form.get(name, "")).strip()[:WORD_LONGEST]


def _field(form: Mapping[str, str], name: str, pattern: re.Pattern[str], missing: str | None = None) -> str:
    value = form.get(name, missing)
    if value is None or pattern.fullmatch(value) is None:
        raise Malformed(name)
    return value
