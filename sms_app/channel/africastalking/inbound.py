"""Reads and checks the forms that the provider posts to us.

Field names and formats are Africa's Talking's. What participants typed or read (`input`, `lastAppResponse` of a
notification) is neither parsed nor stored. The parsers of messages are lenient: the provider may add fields, leave out
fields that we do not need, and use words that we do not know.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal

import phonenumbers

from sms_app.channel.inbound import Delivery, Malformed, OptOut, Result, Sms, UssdEvent, UssdHop
from sms_app.channel.outcome import OPTED_OUT

MAX_HOP_TEXT_LENGTH = 2000
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SESSION = re.compile(r"[!-~]{1,128}")
_SERVICE_CODE = re.compile(r"[*#0-9]{1,32}")
_LABEL = re.compile(r"[ -~]{0,32}")
MAX_SMS_TEXT_LENGTH = 2000
MAX_WORD_LENGTH = 64
_MESSAGE_ID = re.compile(r"(?!(?i:none)\Z)[!-~]{1,128}")
_UNPRINTABLE = re.compile(r"[^ -~]")
_NOT_DIALLED = re.compile(r"[ .()/-]")
_DIGITS = re.compile(r"[0-9]{6,15}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_COST = re.compile(r"([A-Z]{3}) ([0-9]{1,9}(?:\.[0-9]{1,4})?)")


NAME = "africastalking"
"""This provider's name, stored with each message that it was asked to send."""
RESULTS: Mapping[str, Result] = {
    "success": "delivered",
    "failed": "not_delivered",
    "rejected": "not_delivered",
    "expired": "not_delivered",
}
"""The meaning of its final statuses; any other status says that a message is under way."""
BLACKLISTED = "userinblacklist"
_INNER_CAPITAL, _NO_WORD = re.compile(r"([a-z0-9])([A-Z])"), re.compile(r"[^a-z0-9]+")


def parse_ussd(form: Mapping[str, str]) -> UssdHop:
    """Read a hop. `text` is required, but may be empty. Raises Malformed."""
    text = form.get("text")
    if text is None or len(text) > MAX_HOP_TEXT_LENGTH:
        raise Malformed("text")
    return UssdHop(
        _field(form, "sessionId", _SESSION),
        _field(form, "phoneNumber", _E164),
        _field(form, "serviceCode", _SERVICE_CODE),
        _field(form, "networkCode", _LABEL, missing=""),
        text,
    )


def parse_ussd_event(form: Mapping[str, str]) -> UssdEvent:
    """Read an end-of-session notification. Any status is accepted. Raises Malformed."""
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
    """Read a delivery report. Any status is accepted. Network and reason are optional; other fields are ignored.

    Numbers are understood in the national form of `countries` (ISO 3166), too. Raises Malformed."""
    status = _word(form, "status")
    if not status:
        raise Malformed("status")
    return delivery(
        _field(form, "id", _MESSAGE_ID),
        status,
        _number(form, "phoneNumber", countries),
        _word(form, "networkCode"),
        _word(form, "failureReason"),
    )


def delivery(
    provider_id: str, status: str, number: str, network_code: str = "", failure_reason: str = ""
) -> Delivery:
    """A report in our words."""
    result = RESULTS.get(status.lower(), "under_way")
    opted_out = failure_reason.lower() == BLACKLISTED
    reason = OPTED_OUT if opted_out else one_word(failure_reason or status)
    return Delivery(
        NAME,
        provider_id,
        number,
        result,
        status,
        reason if result == "not_delivered" else "",
        opted_out,
        network_code,
    )


def one_word(words: str) -> str:
    """A provider's words as staff read them: `UserIsInactive` becomes `user_is_inactive`."""
    return _NO_WORD.sub("_", _INNER_CAPITAL.sub(r"\1_\2", words).lower())


def parse_sms(form: Mapping[str, str], countries: Collection[str] = ()) -> Sms:
    """Read an incoming text. `text` is required, but may be empty.

    Only `from` and `text` are needed to understand a STOP, so an id or date that can't be read counts as missing.
    Raises Malformed."""
    text = form.get("text")
    if text is None or len(text) > MAX_SMS_TEXT_LENGTH:
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
    """Read a bulk opt-out. A date that can't be read counts as missing. Raises Malformed."""
    return OptOut(_number(form, "phoneNumber", countries), _word(form, "senderId"), _moment(form, "date"))


def _number(form: Mapping[str, str], name: str, countries: Collection[str]) -> str:
    """A number as E.164, whether it is written so, without its `+`, or in the national form of one of the countries.
    Raises Malformed for a value that is no number or could be two numbers."""
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
    numbers = {number for number in (_valid(*way) for way in ways) if number}
    if len(numbers) != 1:
        raise Malformed(name)
    return numbers.pop()


def _valid(digits: str, country: str | None) -> str | None:
    try:
        parsed = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _moment(form: Mapping[str, str], name: str) -> datetime | None:
    """Read a moment like `2017-05-03T06:04:45Z` or `2017-05-03 06:04:45` (also UTC); None for any other value.

    A day without a time gives no order within the day, and a day before EARLIEST (such as 1970-01-01, from a clock that
    was never set) can't be right, so both give None."""
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
    """The provider's id of an incoming text, in any form, since only its keyed hash is stored. Empty without an id."""
    value = form.get(name, "").strip()
    return "" if value.lower() == "none" else value


def _word(form: Mapping[str, str], name: str) -> str:
    """An optional label, without unprintable characters and cut to MAX_WORD_LENGTH."""
    return _UNPRINTABLE.sub("", form.get(name, "")).strip()[:MAX_WORD_LENGTH]


def _field(form: Mapping[str, str], name: str, pattern: re.Pattern[str], missing: str | None = None) -> str:
    value = form.get(name, missing)
    if value is None or pattern.fullmatch(value) is None:
        raise Malformed(name)
    return value
