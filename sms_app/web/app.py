"""The web process's application. Every blueprint is registered here with its guard."""

from __future__ import annotations

import os
import time
from functools import partial

from flask import Flask, Response
from prometheus_client.registry import Collector
from werkzeug.exceptions import HTTPException

from sms_app import clock, logs
from sms_app.config import Config
from sms_app.conversation import support_board
from sms_app.conversation.service import Conversation
from sms_app.database import web_engine
from sms_app.vault import Vault
from sms_app.web import auth, health, metrics, start_page, webhooks
from sms_app.web.figures import RateFigures, SendingFigures
from sms_app.web.flood import Flood
from sms_app.web.gate import Gate
from sms_app.web.server import PATIENCE_S, Server
from sms_app.web.shortcut import Shortcut

THREADS = 8
"""The requests that a process works on at once. Each uses at most one database connection."""
SPARE_CONNECTIONS = 2
"""The connections beside those of the threads, which hops keep: for the figures of `/metrics`."""


def create_app(config: Config | None = None) -> Flask:
    """The application; without `config` it is configured by the environment.

    A process that can't serve does not start: raises ConfigError, FlowFaults, StartRefused, or SQLAlchemy's errors when
    the database does not answer. A process with key faults starts, and serves as soon as the keys are the
    database's."""
    config = config or Config.from_env(os.environ, "web")
    logs.write_json()
    engine = web_engine(config.web_database_url, THREADS, SPARE_CONNECTIONS)
    try:
        conversation = Conversation.build(
            engine,
            Vault.parse(config.keys),
            config.flows,
            config.locales,
            support_board.read_pins(config.support_pins),
            config.demo,
        )
        gate = Gate(conversation, config)
    except BaseException:
        engine.dispose()
        raise
    app, counts = _bare_app(), metrics.Metrics()
    take = webhooks.taker(conversation, counts, Flood(time.sleep), config.time_offset_s)
    hops = webhooks.blueprint(conversation, counts, take, config.time_offset_s)
    auth.register(app, hops, auth.provider(config.callback_secrets), partial(gate.webhook, counts))
    short = Shortcut(
        app.wsgi_app,
        auth.knows_secret(config.callback_secrets),
        lambda: gate.is_open(time.monotonic()),
        take,
        webhooks.MAX_BODY_BYTES,
        webhooks.PLAIN,
    )
    app.wsgi_app = short  # type: ignore[method-assign]
    auth.register(app, health.blueprint(conversation, gate, config.redis_url), auth.anyone)
    asked: list[Collector] = [SendingFigures(engine, lambda: clock.now(config.time_offset_s))]
    if config.redis_url:
        asked.append(RateFigures(config.redis_url))
    auth.register(app, metrics.blueprint(counts, *asked), auth.bearer(config.metrics_token), gate.unavailable)
    if config.phone_url:
        auth.register(app, start_page.blueprint(config.phone_url), auth.this_machine)
    auth.refuse_unguarded(app)
    app.extensions |= {"conversation": conversation, "engine": engine, "gate": gate}
    return app


def create_server(config: Config | None = None, patience_s: float = PATIENCE_S) -> Server:
    """The application in its HTTP server, which passes only complete requests to a thread. Raises as `create_app`."""
    return Server(create_app(config), THREADS, webhooks.MAX_BODY_BYTES, patience_s)


def _bare_app() -> Flask:
    """A Flask without session and static folder. It gives no redirect and no list of allowed methods, which would tell
    that a path exists, and logs no path, which contains the secret."""
    app = Flask("sms_app.web", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=webhooks.MAX_BODY_BYTES, PROVIDE_AUTOMATIC_OPTIONS=False)
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = True
    app.register_error_handler(404, _not_found)
    app.register_error_handler(405, _not_found)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _failed)
    return app


def _not_found(error: HTTPException) -> Response:
    return Response("not found", 404, content_type=webhooks.PLAIN)


def _http_error(error: HTTPException) -> Response:
    return Response((error.name or "error").lower(), error.code or 500, content_type=webhooks.PLAIN)


def _failed(error: Exception) -> Response:
    webhooks.log_failure("request failed", error)
    return Response("internal server error", 500, content_type=webhooks.PLAIN)
