"""The stand-in's control API: its faults, the messages it took, and texts from phones. It needs the secret."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, abort, jsonify, request
from flask.typing import ResponseReturnValue

from sms_app.simulator.provider.book import Book
from sms_app.simulator.provider.callbacks import Callbacks
from sms_app.simulator.provider.faults import BadFaults, Faults
from sms_app.web import auth

Wait = Callable[[Coroutine[Any, Any, int]], int]


class _Bad(Exception):
    """A request that the control API does not accept; the message says why."""


def register(
    app: Flask,
    secret: str,
    book: Book,
    callbacks: Callbacks,
    faults: Faults,
    moment: Callable[[], datetime],
    wait: Wait,
) -> None:
    """Add `GET` and `POST /control/faults`, `GET /control/messages?number=&last=`, and `POST` to `/control/incoming`
    (`from`, `text`, `to`), `/control/opt-out` (`number`, `sender`) and `/control/report` (`id`, `status`).

    JSON both ways, with `Authorization: Bearer` and the callback secret. Other clients, and pages in a browser, get
    404. `wait` runs a callback in the event loop and returns its answer.
    """
    routes = Blueprint("control", __name__, url_prefix="/control")
    _add_faults(routes, faults)
    _add_messages(routes, book)
    _add_phones(routes, book, callbacks, moment, wait)
    routes.register_error_handler(_Bad, lambda error: (jsonify(error=str(error)), 400))
    auth.register(app, routes, auth.bearer(secret), _no_page)


def _no_page() -> None:
    if "Origin" in request.headers:
        abort(404)


def _add_faults(routes: Blueprint, faults: Faults) -> None:
    @routes.get("/faults")
    def shown() -> ResponseReturnValue:
        return jsonify(faults.as_json())

    @routes.post("/faults")
    def changed() -> ResponseReturnValue:
        try:
            faults.become(Faults.read(_body()))
        except BadFaults as error:
            raise _Bad(str(error)) from None
        return jsonify(faults.as_json())


def _add_messages(routes: Blueprint, book: Book) -> None:
    @routes.get("/messages")
    def list_messages() -> ResponseReturnValue:
        """Messages in the order in which they were taken: all, those of `number`, or the `last` ones."""
        number, last = request.args.get("number"), request.args.get("last", "")
        messages = list(book.messages if number is None else book.by_number.get(number, []))
        if last and not last.isdecimal():
            raise _Bad("last must be a whole number")
        shown = messages[-int(last) :] if last and int(last) else [] if last else messages
        return jsonify(count=len(messages), calls=book.calls, messages=[asdict(m) for m in shown])


def _add_phones(
    routes: Blueprint, book: Book, callbacks: Callbacks, moment: Callable[[], datetime], wait: Wait
) -> None:
    @routes.post("/incoming")
    def incoming() -> ResponseReturnValue:
        number, text, to = _fields("from", "text", "to")
        return jsonify(answered=wait(callbacks.incoming(number, text, to, moment())))

    @routes.post("/opt-out")
    def opt_out() -> ResponseReturnValue:
        number, sender = _fields("number", "sender")
        return jsonify(answered=wait(callbacks.opt_out(number, sender)))

    @routes.post("/report")
    def report() -> ResponseReturnValue:
        id_, status = _fields("id", "status")
        if id_ not in book.by_id:
            raise _Bad("no message has this id")
        return jsonify(answered=wait(callbacks.report(book.by_id[id_], status)))


def _fields(*names: str) -> list[str]:
    given = _body()
    values = [given.get(name, "") for name in names]
    if not all(isinstance(value, str) for value in values):
        raise _Bad(f"{', '.join(names)} must be texts")
    return values


def _body() -> dict[str, Any]:
    """The request's JSON object, whatever content type it has."""
    try:
        given = json.loads(request.get_data())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise _Bad("the body must be a JSON object")
    return given
