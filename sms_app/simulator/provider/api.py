"""The stand-in's messaging API and its account, as a Flask blueprint."""

from __future__ import annotations

import hmac
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from threading import Lock

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from sms_app.simulator.provider import messaging
from sms_app.simulator.provider.answer_faults import Fate
from sms_app.simulator.provider.book import Book, Taken
from sms_app.simulator.provider.faults import Faults

JSON, PLAIN = "application/json", "text/plain"
REFUSALS = {"bad_key": 401, "too_many": 429, "error_before": 500}
STATUS_TEXTS = {
    400: "Bad request",
    401: "The supplied authentication is invalid",
    404: "Not found",
    429: "Slow down",
    500: "Something went wrong",
}
Report = Callable[[Sequence[Taken], str], object]


class Messaging:
    """Answers calls of the messaging API, with the faults that are switched on. Safe to use from many threads."""

    def __init__(
        self,
        username: str,
        api_key: str,
        book: Book,
        faults: Faults,
        report: Report,
        now: Callable[[], datetime],
    ) -> None:
        """`report` starts the delivery reports for the messages of a call, which it gets with the call's name."""
        self._account = (username, api_key)
        self._book, self._faults, self._report, self._now = book, faults, report, now
        self._lock = Lock()
        self._seen: Counter[bytes] = Counter()
        self._taken: deque[tuple[float, int]] = deque()

    def knows(self, given_key: str, form: Mapping[str, str]) -> bool:
        """Whether the key and the form's username are those of the account."""
        username, key = self._account
        return hmac.compare_digest(given_key.encode(), key.encode()) and form.get("username") == username

    def call(self, given_key: str, body: bytes, form: Mapping[str, str]) -> Response:
        """Answer a call. A header of the response says what must happen to the answer, see `answer_faults`."""
        with self._lock:
            self._book.calls += 1
            faults, name = self._faults, self._name(body)
            struck = faults.calls is None or faults.calls > 0
            if struck and faults.calls:
                faults.calls -= 1
            if not self.knows(given_key, form):
                return plain(401)
            if struck and faults.happens("cut_before", name):
                return plain(500, Fate(then="cut"))
            refused = next(
                (status for fault, status in REFUSALS.items() if struck and faults.happens(fault, name)), None
            )
            if not refused and not self._has_room(len(form.get("to", "").split(","))):
                refused = 429
            if refused or not form.get("to") or not form.get("message"):
                return plain(refused or 400)
            at = self._now().isoformat(timespec="milliseconds")
            handled = messaging.handle(form, faults, name, struck, at)
            self._book.take(handled.taken)
        self._report(handled.taken, name)
        fate = _fate(faults, name) if struck else Fate()
        if struck and faults.happens("error_after", name):
            return plain(500, fate)
        kind = f"{JSON}; charset=utf-8" if struck and faults.charset else JSON
        return Response(handled.body, 201, fate.header(), content_type=kind)

    def _has_room(self, recipients: int) -> bool:
        """Whether a call's recipients still fit into the limit for a second. If so they are counted."""
        most, now = self._faults.per_second, self._now().timestamp()
        while self._taken and self._taken[0][0] <= now - 1:
            self._taken.popleft()
        if most and sum(many for _, many in self._taken) + recipients > most:
            return False
        self._taken.append((now, recipients))
        return True

    def _name(self, body: bytes) -> str:
        """The name by which the faults know a call. A repeated call gets another name, and another chance."""
        digest = blake2b(body, digest_size=16).digest()
        self._seen[digest] += 1
        return f"{digest.hex()}|{self._seen[digest]}"


def blueprint(calls: Messaging, faults: Faults) -> Blueprint:
    """The provider's routes."""
    routes = Blueprint("messaging", __name__, url_prefix="/version1")

    @routes.post("/messaging")
    def send() -> ResponseReturnValue:
        # read the raw body before Flask parses the form
        body = request.get_data()
        return calls.call(request.headers.get("apiKey", ""), body, request.form)

    @routes.get("/user")
    def account() -> ResponseReturnValue:
        if not calls.knows(request.headers.get("apiKey", ""), request.args):
            return plain(401)
        return Response(messaging.account(faults.no_balance >= 1), content_type=JSON)

    return routes


def plain(status: int, fate: Fate | None = None) -> Response:
    """An answer of the provider in plain text."""
    return Response(STATUS_TEXTS[status], status, fate.header() if fate else {}, content_type=PLAIN)


def _fate(faults: Faults, name: str) -> Fate:
    """What happens to the answer of the call `name`."""
    return Fate(
        reports=name if faults.happens("early_reports", name) else "",
        slow_s=faults.slow_s,
        then="cut"
        if faults.happens("cut_after", name)
        else "hang"
        if faults.happens("hang_after", name)
        else "answer",
    )
