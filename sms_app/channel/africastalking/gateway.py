"""Sends through the provider: a call gives an outcome for each number, whatever the provider or the network does.

The provider has no idempotency key, so a message that may have been sent is `unknown`, and is never tried again by
itself. If the writing of a request's body was not begun (no name, no connection, no TLS), it was certainly not sent.
After that the answer decides:

- 2xx: each recipient's own status (STATUSES). A number without a readable entry is `unknown`, unless the whole answer
is a refusal word without recipients.
- 401, 402, 403, 404, 405, 407, 410 and redirects: `halt`. Key, account or address are wrong for all other calls, too.
- 429 (`slow_down`, for too many at once) and the other 4xx: `retry`. The request was not taken, perhaps for a passing
  reason; the message's own expiry ends the tries.
- 303, 5xx, no answer, an answer that is cut off or can't be read: `unknown`.

No exception, log line or reason of ours has a number, a text or the key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import phonenumbers

from sms_app.channel.africastalking.connection import CONNECT_S, READ_S, Answer, Messaging
from sms_app.channel.africastalking.inbound import NAME, one_word
from sms_app.channel.demo_numbers import is_demo_number
from sms_app.channel.outcome import OPTED_OUT, SLOW_DOWN, Kind, SendOutcome

STATUSES: Mapping[int, tuple[str, Kind]] = {
    100: ("Processed", "sent"),
    101: ("Sent", "sent"),
    102: ("Queued", "sent"),
    # Held by the provider, who may still send it: another try could send it twice. A held number is no reason to halt
    # the others.
    401: ("RiskHold", "refused"),
    402: ("InvalidSenderId", "halt"),
    403: ("InvalidPhoneNumber", "refused"),
    404: ("UnsupportedNumberType", "refused"),
    405: ("InsufficientBalance", "halt"),
    406: ("UserInBlacklist", "refused"),
    # The provider has no route to that network now: certainly not sent, and a route may come back.
    407: ("CouldNotRoute", "retry"),
    409: ("DoNotDisturbRejection", "refused"),
    # A failure inside the provider, or between it and the network: it is not known whether before or after sending.
    500: ("InternalServerError", "unknown"),
    501: ("GatewayError", "unknown"),
    # The network's gateway refused it.
    502: ("RejectedByGateway", "retry"),
}
"""The provider's statuses of a recipient by code: its word, and our kind."""
WORDS = {**dict(STATUSES.values()), "Success": "sent"}
REASONS = {"InvalidSenderId": "bad_sender", "InsufficientBalance": "no_balance", "UserInBlacklist": OPTED_OUT}
"""Our reasons for those of its words that concern more than the number. `one_word` converts the others."""
HTTP: Mapping[int, tuple[str, Kind]] = {
    303: ("http_303", "unknown"),
    401: ("bad_key", "halt"),
    429: (SLOW_DOWN, "retry"),
    **{status: (f"http_{status}", "halt") for status in (402, 403, 404, 405, 407, 410)},
}
_COST = re.compile(r"([A-Z]{3}) ([0-9]{1,9}(?:\.[0-9]{1,4})?)")
_PROVIDER_ID = re.compile(r"[!-~]{1,128}")
_ECHO_SHORTEST = 7
"""The fewest digits of a number in an answer that may be matched by its end."""


class Gateway:
    """The provider's messaging API through its SDK. It may be used from many threads; create it after a fork."""

    def __init__(self, username: str, api_key: str, base_url: str, recipients_a_call: int = 100) -> None:
        """An empty `base_url` means the provider's own address for the username. Raises ValueError for an address that
        is malformed, has a password in it, or would send the key to the provider without TLS, and for a key that can't
        be written in a header."""
        self.provider, self.recipients_a_call = NAME, recipients_a_call
        self._service = Messaging(username, api_key, base_url)

    def send(self, numbers: Sequence[str], text: str, sender: str = "") -> list[SendOutcome]:
        """Send a text to up to `recipients_a_call` different numbers in one call. Gives an outcome for each, in their
        order. Raises nothing for what the provider or the network does.

        A malformed number is refused and the others are sent. Raises ValueError for a number given twice, for too many
        numbers, and for a text that is empty or can't be encoded."""
        if len(set(numbers)) != len(numbers) or len(numbers) > self.recipients_a_call:
            raise ValueError(f"a call takes up to {self.recipients_a_call} numbers, each once")
        if not text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValueError("the text is empty or can't be written")
        outcomes = {number: self._refused(number) for number in numbers}
        going = [number for number, refused in outcomes.items() if refused is None]
        if going:
            outcomes.update(_outcomes(going, self._call(going, text, sender)))
        return [outcome for outcome in outcomes.values() if outcome is not None]

    def close(self) -> None:
        """Close the connections."""
        self._service.session.close()

    def _refused(self, number: str) -> SendOutcome | None:
        """The refusal of a malformed or demo number, or None. Only a mobile number's length is checked, since the
        provider knows better than a library which prefixes are in use."""
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            return SendOutcome(number, "refused", "invalid_phone_number")
        mobile = phonenumbers.PhoneNumberType.MOBILE
        written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        if written != number or not phonenumbers.is_possible_number_for_type(parsed, mobile):
            return SendOutcome(number, "refused", "invalid_phone_number")
        if self._service.reaches_phones and is_demo_number(number):
            return SendOutcome(number, "refused", "demo_number")
        return None

    def _call(self, numbers: list[str], text: str, sender: str) -> Answer:
        timeout = (CONNECT_S, READ_S)
        answer = self._service.send(text, numbers, sender or None, enqueue=len(numbers) > 1, timeout=timeout)
        assert isinstance(answer, Answer)
        return answer


def _outcomes(numbers: list[str], answer: Answer) -> dict[str, SendOutcome]:
    reason, kind = answer.lost
    if answer.status is not None and 200 <= answer.status < 300:
        return _recipients(numbers, answer.body)
    if answer.status is not None:
        reason, kind = HTTP.get(answer.status, (f"http_{answer.status}", _of_class(answer.status)))
    return {number: SendOutcome(number, kind, reason) for number in numbers}


def _of_class(status: int) -> Kind:
    return "halt" if status // 100 == 3 else "retry" if status // 100 == 4 else "unknown"


def _recipients(numbers: list[str], body: bytes) -> dict[str, SendOutcome]:
    """Each number's outcome, wherever it is in the answer."""
    try:
        data = json.loads(body)["SMSMessageData"]
        entries = data["Recipients"]
        if not isinstance(entries, list):
            raise TypeError
    except (ValueError, TypeError, KeyError, RecursionError):
        return {number: SendOutcome(number, "unknown", "unreadable_answer") for number in numbers}
    message = data.get("Message")
    if not entries and isinstance(message, str) and WORDS.get(message, "sent") != "sent":
        return {number: SendOutcome(number, WORDS[message], _ours(message)) for number in numbers}
    by_number: dict[str, list[SendOutcome]] = {number: [] for number in numbers}
    digits = {number[1:]: number for number in numbers}
    for entry in entries:
        number = _whose(entry.get("number"), digits) if isinstance(entry, dict) else None
        if number is not None:
            by_number[number].append(_recipient(number, entry))
    return {number: _agreed(number, said) for number, said in by_number.items()}


def _agreed(number: str, said: list[SendOutcome]) -> SendOutcome:
    """The outcome of all entries for a number: `sent` if an entry says so, else the kind on which all agree."""
    if not said:
        return SendOutcome(number, "unknown", "not_in_answer")
    sent = [outcome for outcome in said if outcome.kind == "sent"]
    if sent or len({outcome.kind for outcome in said}) == 1:
        return (sent or said)[0]
    return SendOutcome(number, "unknown", "contradictory_answer")


def _whose(written: object, digits: Mapping[str, str]) -> str | None:
    """The number that an entry means, also when it is written with spaces, without +, with 00 or without its country
    code. None when it is no number of the call, or could be several."""
    if not isinstance(written, str):
        return None
    given = str(phonenumbers.normalize_digits_only(written)).lstrip("0")
    if given in digits or len(given) < _ECHO_SHORTEST:
        return digits.get(given)
    ends = [number for ours, number in digits.items() if ours.endswith(given)]
    return ends[0] if len(ends) == 1 else None


def _recipient(number: str, entry: Mapping[str, Any]) -> SendOutcome:
    reason, kind = _status(entry.get("statusCode"), entry.get("status"))
    id_ = entry.get("messageId")
    readable = isinstance(id_, str) and id_ != "None" and _PROVIDER_ID.fullmatch(id_)
    cost, currency = _cost(entry.get("cost"))
    return SendOutcome(
        number, kind, "" if kind == "sent" else reason, id_ if readable else None, cost, currency
    )


def _status(code: object, word: object) -> tuple[str, Kind]:
    """Reason and kind of a status: by its code, or by its word if there is no code."""
    if isinstance(code, str) and re.fullmatch(r"[0-9]{1,4}", code):
        code = int(code)
    if isinstance(code, int) and not isinstance(code, bool):
        if code in STATUSES:
            word, kind = STATUSES[code]
            return _ours(word), kind
        return f"status_{code}" if 0 <= code < 10_000 else "no_status", "unknown"
    if code is None and isinstance(word, str) and word in WORDS:
        return _ours(word), WORDS[word]
    return "no_status", "unknown"


def _ours(word: str) -> str:
    """Our reason for a word of the provider's."""
    return REASONS.get(word, one_word(word))


def _cost(given: object) -> tuple[Decimal | None, str | None]:
    if given in ("0", 0) and not isinstance(given, bool):
        return Decimal(0), None
    parts = _COST.fullmatch(given) if isinstance(given, str) else None
    return (Decimal(parts[2]), parts[1]) if parts else (None, None)
