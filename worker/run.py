"""Workers: RQ workers of our one kind of job, each a process of its own, started again when one ends unexpectedly."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from multiprocessing.process import BaseProcess

import structlog
from rq import Queue, Worker
from rq.exceptions import NoSuchJobError
from rq.job_lifecycle import record_job_failure
from rq.serializers import JSONSerializer
from rq.worker_registration import clean_worker_registry
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from sms_app import clock
from sms_app.children import die_with_parent
from sms_app.config import Config
from sms_app.database import log_failure, worker_engine
from sms_app.messaging import outbox, sending_figures
from worker import heartbeat, programmes
from worker.jobs import SendJob, drain
from worker.queue import WakeQueue, connect, queue

WATCH_EVERY_S = 1.0
BEAT_EVERY_S = 20.0
ENDS_WITHIN_S = 60
log = structlog.get_logger("worker.run")


def burst(config: Config) -> None:
    """Send what is due now, in every programme, and end. It needs no job: a worker beside it may have taken that."""
    stop = _asked_to_end()
    engine = worker_engine(config.worker_database_url)
    with engine.begin() as conn:
        programme_ids = [one.id for one in programmes.loaded(conn, config)]
    for programme_id in programme_ids:
        with engine.begin() as conn:
            outbox.release(conn, programme_id, clock.now(config.time_offset_s))
        drain(config, programme_id, lambda: not stop.is_set())
    engine.dispose()


def run(config: Config, processes: int = 1) -> None:
    """Keep this many workers until SIGTERM or SIGINT; each ends its job before it goes."""
    stop = _asked_to_end()
    spawn = multiprocessing.get_context("spawn")
    running: list[BaseProcess] = [spawn.Process(target=work, args=(os.getpid(),)) for _ in range(processes)]
    for process in running:
        process.start()
    engine = worker_engine(config.worker_database_url)
    name, since_beat = f"{sending_figures.WORKERS}{socket.gethostname()}:{os.getpid()}", BEAT_EVERY_S
    while not stop.wait(WATCH_EVERY_S):
        since_beat += WATCH_EVERY_S
        if since_beat >= BEAT_EVERY_S:
            since_beat = 0.0
            _beat(engine, name, config)
        for n, process in enumerate(running):
            if not process.is_alive():
                log.error("worker ended and is started again", code=process.exitcode)
                process.close()
                running[n] = spawn.Process(target=work, args=(os.getpid(),))
                running[n].start()
    for process in running:
        process.terminate()
    until = time.monotonic() + ENDS_WITHIN_S
    for process in running:
        process.join(max(0.0, until - time.monotonic()))
        # one that waits for a database that is away; its job goes on as long as it may
        process.kill()
    engine.dispose()


def _asked_to_end() -> threading.Event:
    """Set by SIGTERM and SIGINT."""
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    return stop


def _beat(engine: Engine, name: str, config: Config) -> None:
    try:
        with engine.begin() as conn:
            heartbeat.record(conn, name, clock.now(config.time_offset_s))
    except SQLAlchemyError as error:
        log_failure(log, "the heartbeat could not be stored", error)


def work(supervisor: int) -> None:
    """One worker, until it is asked to end or the process that keeps it is gone."""
    die_with_parent(signal.SIGTERM)
    if os.getppid() != supervisor:
        # it was gone before we could ask to be told
        return
    config = Config.from_env(os.environ, "worker")
    _worker(config).work(logging_level="WARNING")


class SendWorker(Worker):
    """An RQ worker that knows one kind of job, takes no command over Redis, and resolves no name that stands there."""

    job_class = SendJob
    queue_class = WakeQueue

    def subscribe(self) -> None:
        """To nothing: a worker is stopped by signals, by who may send it one."""

    def unsubscribe(self) -> None:
        """From nothing."""

    def run_maintenance_tasks(self) -> None:
        """Give up the jobs of workers that died: what they were to send is found again at the next tick.

        RQ's own tasks also read dependents, groups and rate limits, which we have not."""
        for waiting in self.queues:
            if waiting.acquire_maintenance_lock():
                try:
                    self._give_up(waiting)
                except ValueError:
                    # an entry that no worker of ours wrote
                    self.connection.delete(waiting.started_job_registry.key, waiting.intermediate_queue_key)
                waiting.failed_job_registry.cleanup()
                clean_worker_registry(waiting)
                waiting.release_maintenance_lock()  # type: ignore[no-untyped-call]
        self.last_cleaned_at = clock.now()  # type: ignore[assignment]

    def _give_up(self, waiting: Queue) -> None:
        started = waiting.started_job_registry
        with self.connection.pipeline() as pipeline:
            for id_ in started.get_expired_job_ids(until := clock.now().timestamp()):
                with suppress(NoSuchJobError):
                    record_job_failure(SendJob.fetch(id_, self.connection), "its worker died", pipeline)
            pipeline.zremrangebyscore(started.key, 0, until)
            pipeline.execute()
        waiting.intermediate_queue.cleanup(self, waiting)


def _worker(config: Config) -> SendWorker:
    # read before the fork, so that no job reads it again; RQ's own lines name no job's description
    programmes.read(config.flows, config.locales)
    redis = connect(config.redis_url)
    return SendWorker([queue(redis)], connection=redis, serializer=JSONSerializer, log_job_description=False)
