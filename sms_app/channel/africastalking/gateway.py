"""Sending through the provider: one call, one outcome for each number, whatever the provider or the network does.

There is no idempotency key, so what may have been sent is `unknown` and never tried again by itself. A request whose
body was not begun to be written (no name, no connection, no TLS) is surely not sent. After that the answer decides:

- 2xx: each recipient's own status (STATUSES); a number without a legible entry is `unknown`, unless the whole answer
  is one refusal word and no recipients.
- 401, 402, 403, 404, 405, 407, 410 and redirects: `halt`. Key, account or address are wrong for every other call too.
- 429 (`slow_down`, for too many at once) and the other 4xx: `retry`. Not taken, and perhaps for a reason of the moment;
  the message's own expiry ends it.
- 303, 5xx, no answer, a cut one or one that can't be read: `unknown`.

Numbers, texts and the key are in no exception, log line or reason of ours.
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
    # Held by the provider, who may yet let it go: trying again could say it twice, and one held number is no
    # reason to stop the others.
    401: ("RiskHold", "refused"),
    402: ("InvalidSenderId", "halt"),
    403: ("InvalidPhoneNumber", "refused"),
    404: ("UnsupportedNumberType", "refused"),
    405: ("InsufficientBalance", "halt"),
    406: ("UserInBlacklist", "refused"),
    # No way to that network now: surely not sent, and ways come back.
    407: ("CouldNotRoute", "retry"),
    409: ("DoNotDisturbRejection", "refused"),
    # Broke somewhere inside the provider, or between it and the network: nobody says on which side of sending.
    500: ("InternalServerError", "unknown"),
    501: ("GatewayError", "unknown"),
    # The network's gateway said no.
    502: ("RejectedByGateway", "retry"),
}
"""What the provider says of one recipient."""
WORDS = {**dict(STATUSES.values()), "Success": "sent"}
REASONS = {"InvalidSenderId": "bad_sender", "InsufficientBalance": "no_balance", "UserInBlacklist": OPTED_OUT}
"""Our words for those of its words that mean more than one number's refusal; the others are only written as ours."""
HTTP: Mapping[int, tuple[str, Kind]] = {
    303: ("http_303", "unknown"),
    401: ("bad_key", "halt"),
    429: (SLOW_DOWN, "retry"),
    **{status: (f"http_{status}", "halt") for status in (402, 403, 404, 405, 407, 410)},
}
_COST = re.compile(r"([A-Z]{3}) ([0-9]{1,9}(?:\.[0-9]{1,4})?)")
_PROVIDER_ID = re.compile(r"[!-~]{1,128}")
_ECHO_SHORTEST = 7
"""Digits that a number in an answer must have for us to know it by its end."""


class Gateway:
    """The provider's messaging API through its SDK. Safe to use from many threads; make it after a fork."""

    def __init__(self, username: str, api_key: str, base_url: str, recipients_a_call: int = 100) -> None:
        """An empty `base_url` is the provider's own address for the username. Raises ValueError for an address that
        is none, that holds a password, or that would show the key on the way to the provider, and for a key that
        can't stand in a header."""
        self.provider, self.recipients_a_call = NAME, recipients_a_call
        self._service = Messaging(username, api_key, base_url)

    def send(self, numbers: Sequence[str], text: str, sender: str = "") -> list[SendOutcome]:
        """Send one text to up to `recipients_a_call` different numbers in one call. Gives an outcome for each, in
        their order; never raises for what the provider or the network does.

        A number that can't be one is refused and the others go. Raises ValueError for a number given twice, for too
        many, and for a text that is empty or can't be written."""
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
        """Let the connections go."""
        self._service.session.close()

    def _refused(self, number: str) -> SendOutcome | None:
        """A mobile number's length is enough: which prefixes are in use, the provider knows better than a library."""
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
    """Each number's own outcome, wherever it stands in the answer."""
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
    found: dict[str, list[SendOutcome]] = {number: [] for number in numbers}
    digits = {number[1:]: number for number in numbers}
    for entry in entries:
        number = _whose(entry.get("number"), digits) if isinstance(entry, dict) else None
        if number is not None:
            found[number].append(_recipient(number, entry))
    return {number: _one(number, said) for number, said in found.items()}


def _one(number: str, said: list[SendOutcome]) -> SendOutcome:
    """What is said of a number more than once counts if it agrees; that it was sent counts anyway."""
    if not said:
        return SendOutcome(number, "unknown", "not_in_answer")
    sent = [outcome for outcome in said if outcome.kind == "sent"]
    if sent or len({outcome.kind for outcome in said}) == 1:
        return (sent or said)[0]
    return SendOutcome(number, "unknown", "contradictory_answer")


def _whose(written: object, digits: Mapping[str, str]) -> str | None:
    """The number that an answer means, also when it is written with spaces, without +, with 00 or without its
    country; None when it is none of ours or might be several."""
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
    known = isinstance(id_, str) and id_ != "None" and _PROVIDER_ID.fullmatch(id_)
    cost, currency = _cost(entry.get("cost"))
    return SendOutcome(number, kind, "" if kind == "sent" else reason, id_ if known else None, cost, currency)


def _status(code: object, word: object) -> tuple[str, Kind]:
    """By the code; by the word where there is no code."""
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
    """The reason that an outcome has for a word of the provider's."""
    return REASONS.get(word, one_word(word))


def _cost(given: object) -> tuple[Decimal | None, str | None]:
    if given in ("0", 0) and not isinstance(given, bool):
        return Decimal(0), None
    found = _COST.fullmatch(given) if isinstance(given, str) else None
    return (Decimal(found[2]), found[1]) if found else (None, None)
