"""The control API of the stand-in: its faults, what it took, and what comes from phones. For who has the secret."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sms_app.simulator.provider.book import Book
from sms_app.simulator.provider.callbacks import Callbacks
from sms_app.simulator.provider.faults import BadFaults, Faults
from sms_app.simulator.provider.wire import Answer, Asked


class _Bad(Exception):
    """Not what the control API understands; the message says why."""


class Control:
    """`GET` and `POST /control/faults`, `GET /control/messages?number=&last=`, and `POST` to `/control/incoming`
    (`from`, `text`, `to`), `/control/opt-out` (`number`, `sender`) and `/control/report` (`id`, `status`).

    JSON both ways, with `Authorization: Bearer` and the callback secret. To others, and to a page in a browser, it is
    404."""

    def __init__(
        self, book: Book, callbacks: Callbacks, faults: Faults, secret: str, now: Callable[[], datetime]
    ) -> None:
        self._book, self._callbacks, self._faults, self._now = book, callbacks, faults, now
        self._guard = f"Bearer {secret}".encode()

    async def answer(self, asked: Asked) -> Answer:
        """Do one thing."""
        given = asked.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self._guard) or "origin" in asked.headers:
            return _json(404, {"error": "not found"})
        try:
            return await self._do(asked)
        except _Bad as error:
            return _json(400, {"error": str(error)})

    async def _do(self, asked: Asked) -> Answer:
        book, callbacks, faults = self._book, self._callbacks, self._faults
        match asked.method, asked.path.removeprefix("/control/"):
            case "GET", "faults":
                return _json(200, faults.as_json())
            case "POST", "faults":
                try:
                    faults.become(Faults.read(_body(asked)))
                except BadFaults as error:
                    raise _Bad(str(error)) from None
                return _json(200, faults.as_json())
            case "GET", "messages":
                return self._messages(asked)
            case "POST", "incoming":
                number, text, to = _fields(asked, "from", "text", "to")
                return _json(200, {"answered": await callbacks.incoming(number, text, to, self._now())})
            case "POST", "opt-out":
                number, sender = _fields(asked, "number", "sender")
                return _json(200, {"answered": await callbacks.opt_out(number, sender)})
            case "POST", "report":
                id_, status = _fields(asked, "id", "status")
                if id_ not in book.by_id:
                    raise _Bad("no message has this id")
                return _json(200, {"answered": await callbacks.report(book.by_id[id_], status)})
        return _json(404, {"error": "not found"})

    def _messages(self, asked: Asked) -> Answer:
        """Messages in the order in which they were taken: all, or a number's, or the last so many."""
        book, number, last = self._book, asked.query.get("number"), asked.query.get("last", "")
        found = book.messages if number is None else book.by_number.get(number, [])
        if last and not last.isdecimal():
            raise _Bad("last is a whole number")
        shown = found[-int(last) :] if last and int(last) else [] if last else found
        return _json(200, {"count": len(found), "calls": book.calls, "messages": [asdict(m) for m in shown]})


def _fields(asked: Asked, *names: str) -> list[str]:
    given = _body(asked)
    values = [given.get(name, "") for name in names]
    if not all(isinstance(value, str) for value in values):
        raise _Bad(f"{', '.join(names)} are texts")
    return values


def _body(asked: Asked) -> dict[str, Any]:
    try:
        given = json.loads(asked.body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise _Bad("the body is a JSON object")
    return given


def _json(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value).encode(), "application/json")
