"""A second process of the web application, as production has several. It takes what the provider tells while people
go on dialling: delivery reports, and the ends of dialogues."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import Engine, event

from sms_app import clock
from sms_app.children import die_with_parent
from sms_app.config import Config
from sms_app.simulator.year.webhooks import Webhooks
from sms_app.web.app import create_app

AT_ONCE = 4
"""How many forms are posted at once: the provider does not wait for an answer before it posts the next one."""
Form = tuple[str, Mapping[str, str]]
"""A webhook (`delivery`) and what is posted to it."""
Series = Sequence[Form]
"""Forms of which each is posted when the one before is answered."""
Answered = Callable[[Sequence[Sequence[int]]], None]


class WebProcess:
    """The process, from `start` to `close`. Only the thread that started it calls it."""

    def __init__(self, env: Mapping[str, str]) -> None:
        """`env` are the web process's variables."""
        spawn = multiprocessing.get_context("spawn")
        self._connection, other = spawn.Pipe()
        # the variables go through the pipe: they have secrets, which nobody may read in a list of processes
        self._process = spawn.Process(target=_serve, args=(other,), name="web", daemon=True)
        self._process.start()
        other.close()
        self._connection.send(dict(env))
        self._under_way: deque[Answered] = deque()

    def begin(self, moment: datetime, series: Sequence[Series], answered: Answered) -> None:
        """Begin to post series of forms, several at once. For the service it stays the moment (aware) at which they
        were posted, however long that takes. `wait` then gives `answered` the status of each form."""
        self._connection.send((moment, series))
        self._under_way.append(answered)

    def wait(self) -> None:
        """Wait until everything that was begun is answered. Raises EOFError when the process has ended."""
        while self._under_way:
            statuses = self._connection.recv()
            self._under_way.popleft()(statuses)

    def figures(self) -> Mapping[str, float]:
        """The process's own figures, by name and labels."""
        self.wait()
        self._connection.send(None)
        figures: Mapping[str, float] = self._connection.recv()
        return figures

    def close(self) -> None:
        """End the process, when it has posted what was begun."""
        self._connection.close()
        self._process.join()


def application(config: Config) -> Flask:
    """The web application, for which the database plans each prepared statement once, and not for each call's values: a
    quarter of its work for hops and reports."""
    app = create_app(config)
    engine: Engine = app.extensions["engine"]
    event.listen(engine, "connect", _plan_once)
    # the connections of before
    engine.dispose()
    return app


def _plan_once(connection: psycopg.Connection[Any], _: object) -> None:
    connection.execute("set plan_cache_mode = force_generic_plan")
    connection.commit()


def _serve(connection: Connection) -> None:
    """Post what comes over the connection, until it is closed."""
    die_with_parent(signal.SIGTERM)
    # who stops the year, stops the first process, and that one ends this one
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    held = threading.local()
    config = Config.from_env(connection.recv(), "web")
    app = application(config)
    webhooks = Webhooks(app.wsgi_app, config.callback_secrets[0], config.metrics_token)

    def post(moment: datetime, series: Series) -> list[int]:
        held.moment = moment
        return [webhooks.post(path, form)[0] for path, form in series]

    def told() -> datetime:
        moment: datetime = getattr(held, "moment", None) or datetime.now(UTC)
        return moment

    # the end of the connection, also before the last answer was read
    over = suppress(EOFError, BrokenPipeError)
    with clock.simulated_time(told), ThreadPoolExecutor(AT_ONCE, "post") as threads, over:
        while True:
            asked = connection.recv()
            if asked is None:
                connection.send(webhooks.figures())
            else:
                moment, every = asked
                connection.send(list(threads.map(partial(post, moment), every)))
    app.extensions["engine"].dispose()
