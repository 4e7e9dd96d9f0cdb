"""What the provider posts under `/at/<secret>/`: hops of dialogues, and their ends.

A hop is always answered in words: the network shows its own error text, or nothing, for anything but 200 and
`CON …` or `END …`. This is the hot path: thousands of hops a second in one process.
"""

from __future__ import annotations

from datetime import datetime
from time import monotonic, perf_counter
from uuid import uuid4

import psycopg
import structlog
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from sms_app import clock
from sms_app.channel.inbound import Malformed, UssdHop, parse_ussd, parse_ussd_event
from sms_app.conversation import costs
from sms_app.conversation.hop import answer, sorry
from sms_app.conversation.service import Conversation, UnknownServiceCode
from sms_app.web.flood import Flood
from sms_app.web.metrics import Metrics

PLAIN = "text/plain; charset=utf-8"
BODY_LONGEST = 16 * 1024
log = structlog.get_logger("sms_app.web")


def blueprint(conversation: Conversation, metrics: Metrics, flood: Flood, time_offset_s: int) -> Blueprint:
    """The two USSD callbacks. `secret` in the path is the guard's business, and is never logged."""
    routes = Blueprint("webhooks", __name__, url_prefix="/at/<secret>")

    @routes.post("/ussd")
    def ussd(secret: str) -> ResponseReturnValue:
        started = perf_counter()
        try:
            hop = parse_ussd(request.form)
            reply = _reply(conversation, metrics, flood, hop, clock.now(time_offset_s))
        except (Malformed, UnknownServiceCode, HTTPException):
            metrics.refused.inc()
            return _bad_request()
        metrics.seconds.observe(perf_counter() - started)
        return Response(reply, content_type=PLAIN)

    @routes.post("/ussd-events")
    def ussd_events(secret: str) -> ResponseReturnValue:
        try:
            costs.add(conversation, parse_ussd_event(request.form), clock.now(time_offset_s))
        except (Malformed, UnknownServiceCode, HTTPException):
            return _bad_request()
        return Response("ok", content_type=PLAIN)

    return routes


def _reply(conversation: Conversation, metrics: Metrics, flood: Flood, hop: UssdHop, now: datetime) -> str:
    """The words for one hop, come what may. Raises only UnknownServiceCode."""
    if not flood.admit(hop.number, monotonic()):
        words = sorry(conversation, hop.service_code)
        metrics.refused.inc()
        return words
    try:
        words = answer(conversation, hop, now)
    except UnknownServiceCode:
        raise
    except Exception as error:
        log_failure("hop failed", error)
        metrics.failed.inc()
        return sorry(conversation, hop.service_code)
    metrics.answered.inc()
    return words


def log_failure(event: str, error: Exception) -> None:
    """A failure's class, and a database's code for it. Never its text, which may carry a row, a number or an answer,
    nor where in the code it was, which may tell a menu."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    known = {"sqlstate": cause.sqlstate} if isinstance(cause, psycopg.Error) else {}
    log.error(event, id=uuid4().hex, error=type(error).__name__, **known)


def _bad_request() -> Response:
    return Response("bad request", 400, content_type=PLAIN)
