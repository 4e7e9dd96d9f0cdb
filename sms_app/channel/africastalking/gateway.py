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

import io
import ipaddress
import json
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlencode, urlsplit

import phonenumbers
import requests
import urllib3
from africastalking.SMS import SMSService  # type: ignore[import-untyped]
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from sms_app.channel.africastalking.inbound import NAME, one_word
from sms_app.channel.demo_numbers import is_demo_number
from sms_app.channel.outcome import OPTED_OUT, SLOW_DOWN, Kind, SendOutcome

PARALLEL = 100
"""Threads that may use one gateway at once and keep a connection each; more only open and close theirs."""
CONNECT_S, READ_S = 5.0, 30.0
"""How long to wait for a connection, and for each piece of an answer. Giving up on an answer costs an `unknown`."""
MAX_ANSWER_BYTES = 1_000_000
"""Bytes; a hundred recipients take about 20,000."""
VERSION = "/version1"
PROVIDER, SANDBOX = "africastalking.com", "sandbox.africastalking.com"

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
_KEY = re.compile(r"[!-~]+")
_PROVIDER_ID = re.compile(r"[!-~]{1,128}")
_ECHO_SHORTEST = 7
"""Digits that a number in an answer must have for us to know it by its end."""


def with_version(base_url: str) -> str:
    """The provider's address as its SDK wants it, with the version at the end, whether or not it was given."""
    return base_url.rstrip("/").removesuffix(VERSION) + VERSION


class Gateway:
    """The provider's messaging API through its SDK. Safe to use from many threads; make it after a fork."""

    def __init__(self, username: str, api_key: str, base_url: str, recipients_a_call: int = 100) -> None:
        """An empty `base_url` is the provider's own address for the username. Raises ValueError for an address that
        is none, that holds a password, or that would show the key on the way to the provider, and for a key that
        can't stand in a header."""
        self.provider, self.recipients_a_call = NAME, recipients_a_call
        self._service = _Messaging(username, api_key, base_url)

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

    def _call(self, numbers: list[str], text: str, sender: str) -> _Answer:
        timeout = (CONNECT_S, READ_S)
        answer = self._service.send(text, numbers, sender or None, enqueue=len(numbers) > 1, timeout=timeout)
        assert isinstance(answer, _Answer)
        return answer


@dataclass(frozen=True)
class _Answer:
    """What came back: the HTTP status and body, or no status and why."""

    status: int | None
    body: bytes = b""
    lost: tuple[str, Kind] = ("no_answer", "unknown")


class _Form(io.BytesIO):
    """A request's body. It is read for the first time when the connection stands and the headers are written: until
    then nothing can have been sent, whatever went wrong."""

    begun = False

    def read(self, size: int | None = -1) -> bytes:
        self.begun = True
        return super().read(size)


class _Connections(HTTPAdapter):
    """Connections that are kept, and asked now and then if they still stand: one that silently went would cost an
    `unknown` when it is used next."""

    def init_poolmanager(self, *args: Any, **given: Any) -> None:
        options = [*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
        for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
            if hasattr(socket, name):
                options.append((socket.IPPROTO_TCP, getattr(socket, name), value))
        super().init_poolmanager(*args, socket_options=options, **given)


class _Messaging(SMSService):  # type: ignore[misc]
    """The SDK's SMS service with kept connections, an address of choice, and the HTTP status for whoever asks."""

    def __init__(self, username: str, api_key: str, base_url: str) -> None:
        super().__init__(username, api_key)
        if not _KEY.fullmatch(api_key):
            raise ValueError("the provider's key is of letters, digits and signs, without spaces")
        if base_url:
            self._baseUrl = with_version(base_url)
        secure, host = _address(self._baseUrl)
        self.reaches_phones = _is_of(host, PROVIDER) and not _is_of(host, SANDBOX)
        self.session = requests.Session()
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, _Connections(pool_maxsize=PARALLEL, max_retries=0))
        # A proxy of the environment may carry what TLS hides, and nothing else; nor is it asked for this machine.
        self.session.trust_env = secure and not _is_here(host)
        self.session.auth = _nothing_of_netrc
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def _make_request(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        data: Mapping[str, Any],
        params: None,
        callback: None = None,
        timeout: tuple[float, float] = (CONNECT_S, READ_S),
    ) -> _Answer:
        """Every call of the SDK goes through here. Never raises for what the network does."""
        form = _Form(urlencode(data).encode())
        form_headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            with self.session.request(
                method,
                url,
                data=form,
                headers=form_headers,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                return _Answer(response.status_code, _body(response))
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError):
            return _Answer(None) if form.begun else _Answer(None, lost=("no_connection", "retry"))


def _body(response: requests.Response) -> bytes:
    """An answer to its end; nothing of one that is cut or has none: its status still says something."""
    found = b""
    try:
        for part in response.iter_content(65_536):
            found += part
            if len(found) > MAX_ANSWER_BYTES:
                return b""
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        return b""
    return found


def _outcomes(numbers: list[str], answer: _Answer) -> dict[str, SendOutcome]:
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


def _address(base_url: str) -> tuple[bool, str]:
    """Whether an address is one of TLS, and its host. Raises ValueError, without the address."""
    try:
        url = urlsplit(base_url)
        host, _port = (url.hostname or "").rstrip("."), url.port
        sound = url.scheme in {"http", "https"} and not (url.query or url.fragment or "@" in url.netloc)
    except ValueError:
        host, sound = "", False
    if not host or not sound or (url.scheme == "http" and _is_of(host, PROVIDER)):
        raise ValueError("the provider's address is like https://host, with no password in it")
    return url.scheme == "https", host


def _is_of(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _is_here(host: str) -> bool:
    """Whether an address is of this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _nothing_of_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Stands where requests would otherwise add a password out of ~/.netrc."""
    return request
