"""Jobs. They carry ids only, and an exception's text never leaves a job, since RQ would store it in Redis."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import structlog
from redis import Redis
from sqlalchemy import Engine

from sms_app import clock
from sms_app.channel.africastalking.gateway import Gateway
from sms_app.channel.rate import Rate
from sms_app.config import Config
from sms_app.database import log_failure, worker_engine
from sms_app.messaging.sending import Sender
from sms_app.programme.loaded import LoadedProgramme
from worker import programmes
from worker.queue import Wake, connect, queue, wake

BUDGET_S = 10
"""The seconds that a job sends before it makes way for a waiting signal or another programme's job."""
log = structlog.get_logger("worker.jobs")


class JobFailed(Exception):
    """A job failed; the log has the error's class and code."""


class UnknownProgramme(Exception):
    """No loaded programme has the id."""


@dataclass(frozen=True)
class Links:
    """What sending needs: the database, Redis and the provider."""

    config: Config
    engine: Engine
    redis: Redis
    gateway: Gateway


@contextmanager
def links(config: Config) -> Iterator[Links]:
    """Open them, and close them when the block ends."""
    engine, redis = worker_engine(config.worker_database_url), connect(config.redis_url)
    gateway = Gateway(
        config.provider_username, config.provider_api_key, config.provider_url, config.recipients_a_call
    )
    try:
        yield Links(config, engine, redis, gateway)
    finally:
        redis.close()
        gateway.close()
        engine.dispose()


class SendJob(Wake):
    """A job as a worker runs it. Whatever it contains, it sends for a programme that is loaded, or fails."""

    kept: ClassVar[Links | None] = None

    def perform(self) -> None:
        """Send for the programme. Raises JobFailed when the job has no programme's id."""
        if self.programme_id is None:
            log.error("a job was refused: it holds no programme's id")
            raise JobFailed
        send(self.programme_id, self.kept)


def send(programme_id: int, kept: Links | None = None) -> None:
    """Send a programme's due messages, and queue another job when the budget ends first; over links of its own, or over
    those that the process keeps. Raises JobFailed, also for an unknown programme."""
    ends = time.monotonic() + BUDGET_S
    try:
        with nullcontext(kept) if kept else links(Config.from_env(os.environ, "worker")) as opened:
            if drain(opened, programme_id, lambda: time.monotonic() < ends):
                wake(queue(opened.redis), programme_id, 1)
    except Exception as error:
        log_failure(log, "sending failed", error, programme=programme_id)
        raise JobFailed from None


def drain(opened: Links, programme_id: int, go_on: Callable[[], bool]) -> bool:
    """Send a programme's due messages while `go_on()`; True when some are left. Raises UnknownProgramme."""
    config = opened.config
    programme = _programme(config, opened.engine, programme_id)
    if programme is None:
        raise UnknownProgramme
    rate, now = Rate(opened.redis, config.sms_per_second), partial(clock.now, config.time_offset_s)
    sender = Sender(opened.engine, programme, opened.gateway, rate, now)
    try:
        return sender.drain(go_on)
    finally:
        sender.close()


def _programme(config: Config, engine: Engine, programme_id: int) -> LoadedProgramme | None:
    with engine.begin() as conn:
        loaded = programmes.loaded(conn, config)
    return next((programme for programme in loaded if programme.id == programme_id), None)
