"""The provider's callbacks under `/at/<secret>/`: hops and ends of dialogues, delivery reports, incoming texts.

A hop always gets a reply in words: for anything but status 200 and `CON …` or `END …` the network shows its own error
text, or nothing. Hops are the hot path: a process answers thousands a second.

There is no limit of reports and texts, since all come from the provider's few addresses and a number can't make them
come faster. Each is a short transaction on its own number's rows. After a failure of ours the answer is 500: the
provider delivers it again, and what was stored already is not stored twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from time import monotonic, perf_counter
from uuid import uuid4

import structlog
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from prometheus_client import Counter
from sqlalchemy import Connection
from werkzeug.exceptions import HTTPException

from sms_app import clock
from sms_app.channel.africastalking.inbound import (
    parse_delivery,
    parse_opt_out,
    parse_sms,
    parse_ussd,
    parse_ussd_event,
)
from sms_app.channel.inbound import Delivery, Malformed, UssdHop
from sms_app.conversation import costs, keywords
from sms_app.conversation.hop import reply, sorry
from sms_app.conversation.service import Conversation, UnknownServiceCode
from sms_app.database import driver
from sms_app.database import log_failure as write_failure
from sms_app.messaging import reports
from sms_app.web.flood import Flood
from sms_app.web.metrics import Metrics

PLAIN = "text/plain; charset=utf-8"
MAX_BODY_BYTES = 16 * 1024
BAD_REQUEST, FAILED = "bad request", "internal server error"
TakeHop = Callable[[Mapping[str, str]], tuple[str, int]]
log = structlog.get_logger("sms_app.web")


def taker(conversation: Conversation, metrics: Metrics, flood: Flood, time_offset_s: int) -> TakeHop:
    """The function that gives the reply and HTTP status for a hop's form. It raises nothing."""

    def take(form: Mapping[str, str]) -> tuple[str, int]:
        started = perf_counter()
        try:
            words = _reply(conversation, metrics, flood, parse_ussd(form), clock.now(time_offset_s))
        except (Malformed, UnknownServiceCode):
            metrics.refused.inc()
            return BAD_REQUEST, 400
        except Exception as error:
            log_failure("request failed", error)
            return FAILED, 500
        metrics.seconds.observe(perf_counter() - started)
        return words, 200

    return take


def blueprint(conversation: Conversation, metrics: Metrics, take: TakeHop, time_offset_s: int) -> Blueprint:
    """The provider's callbacks. The guard checks the `secret` in the path; it is never logged."""
    routes = Blueprint("webhooks", __name__, url_prefix="/at/<secret>")

    @routes.post("/ussd")
    def ussd(secret: str) -> ResponseReturnValue:
        try:
            form = request.form
        except HTTPException:
            metrics.refused.inc()
            return _bad_request()
        words, status = take(form)
        return Response(words, status, content_type=PLAIN)

    @routes.post("/ussd-events")
    def ussd_events(secret: str) -> ResponseReturnValue:
        try:
            costs.add(conversation, parse_ussd_event(request.form), clock.now(time_offset_s))
        except (Malformed, UnknownServiceCode, HTTPException):
            return _bad_request()
        return Response("ok", content_type=PLAIN)

    _add_told(routes, conversation, metrics, time_offset_s)
    return routes


def _add_told(routes: Blueprint, conversation: Conversation, metrics: Metrics, time_offset_s: int) -> None:
    """Add the callbacks for delivery reports, incoming texts and opt-outs."""
    countries = sorted({programme.settings.country for programme in conversation.programmes.values()})

    @routes.post("/delivery")
    def delivery(secret: str) -> ResponseReturnValue:
        def take() -> Counter:
            report = parse_delivery(request.form, countries)
            _store(conversation, report, clock.now(time_offset_s))
            return metrics.reports[report.result]

        return _taken(take, metrics.reports, "report failed")

    @routes.post("/sms")
    def sms(secret: str) -> ResponseReturnValue:
        def take() -> Counter:
            keywords.receive(conversation, parse_sms(request.form, countries), clock.now(time_offset_s))
            return metrics.inbound["taken"]

        return _taken(take, metrics.inbound, "text failed")

    @routes.post("/opt-out")
    def opt_out(secret: str) -> ResponseReturnValue:
        def take() -> Counter:
            keywords.opt_out(conversation, parse_opt_out(request.form, countries), clock.now(time_offset_s))
            return metrics.inbound["taken"]

        return _taken(take, metrics.inbound, "opt-out failed")


def _taken(take: Callable[[], Counter], counts: Mapping[str, Counter], failure: str) -> Response:
    """The answer to a report or text: 200 when it was stored, 400 when it is malformed, 500 when it should come
    again."""
    try:
        counted = take()
    except (Malformed, HTTPException):
        counts["refused"].inc()
        return _bad_request()
    except Exception as error:
        log_failure(failure, error)
        counts["failed"].inc()
        return Response(FAILED, 500, content_type=PLAIN)
    counted.inc()
    return Response("ok", content_type=PLAIN)


def _store(conversation: Conversation, report: Delivery, now: datetime) -> None:
    def work(conn: Connection, first_try: bool) -> None:
        with driver(conn).transaction():
            reports.store(conn, conversation.vault, report, now)

    conversation.retried(work)


def _reply(conversation: Conversation, metrics: Metrics, flood: Flood, hop: UssdHop, now: datetime) -> str:
    """The reply to a hop, also after a failure of ours. Raises only UnknownServiceCode."""
    if not flood.admit(hop.number, monotonic()):
        words = sorry(conversation, hop.service_code)
        metrics.refused.inc()
        return words
    failures: list[Exception] = []
    try:
        words = reply(conversation, hop, now, failures.append)
    except UnknownServiceCode:
        raise
    except Exception as error:
        failures = [error]
        words = sorry(conversation, hop.service_code)
    # a hop that was answered only without its filler is noted as one that failed, so that no log or figure tells it
    # from a request that could not be stored
    for failure in failures:
        log_failure("hop failed", failure)
    (metrics.failed if failures else metrics.answered).inc()
    return words


def log_failure(event: str, error: Exception) -> None:
    """Log a request's failure with an id of its own, and without the location in the code, which may tell a menu."""
    write_failure(log, event, error, with_location=False, id=uuid4().hex)


def _bad_request() -> Response:
    return Response(BAD_REQUEST, 400, content_type=PLAIN)
