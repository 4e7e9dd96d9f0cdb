"""The stand-in's Flask application: registers every blueprint with its guard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from sms_app.simulator.provider import api, control
from sms_app.simulator.provider.book import Book
from sms_app.simulator.provider.callbacks import Callbacks
from sms_app.simulator.provider.faults import Faults
from sms_app.web import auth

MAX_BODY_BYTES = 1024 * 1024


def create_app(
    calls: api.Messaging,
    secret: str,
    book: Book,
    callbacks: Callbacks,
    faults: Faults,
    now: Callable[[], datetime],
    wait: control.Wait,
) -> Flask:
    """The provider's own routes, and the control API for clients that have `secret`."""
    app = Flask("sms_app.simulator.provider", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, PROVIDE_AUTOMATIC_OPTIONS=False)
    # the provider escapes non-ASCII characters
    app.json.ensure_ascii = True  # type: ignore[attr-defined]
    # each call names its account, which the blueprint checks itself
    auth.register(app, api.blueprint(calls, faults), auth.anyone)
    control.register(app, secret, book, callbacks, faults, now, wait)
    app.register_error_handler(404, _not_found)
    app.register_error_handler(405, _not_found)
    auth.refuse_unguarded(app)
    return app


def _not_found(error: HTTPException) -> Response:
    return api.plain(404)
