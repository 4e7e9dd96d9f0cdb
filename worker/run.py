"""Workers: RQ workers for our kind of job, each in a process of its own, which is restarted when it ends
unexpectedly."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess

import structlog
from rq import Queue, SimpleWorker, Worker
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
from worker.jobs import SendJob, drain, links
from worker.queue import WakeQueue, connect, queue

WATCH_EVERY_S = 1.0
BEAT_EVERY_S = 20.0
ENDS_WITHIN_S = 60
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
log = structlog.get_logger("worker.run")


def burst(config: Config) -> None:
    """Send all due messages of every programme, and end. It needs no job, since another worker may have taken the
    jobs."""
    stop = _asked_to_end()
    with links(config) as opened:
        with opened.engine.begin() as conn:
            programme_ids = [programme.id for programme in programmes.loaded(conn, config)]
        for programme_id in programme_ids:
            with opened.engine.begin() as conn:
                outbox.release(conn, programme_id, clock.now(config.time_offset_s))
            drain(opened, programme_id, lambda: not stop.is_set())


@contextmanager
def here(config: Config) -> Iterator[Callable[[], None]]:
    """Gives a function that does the jobs that wait in the queue, in this process, and returns. What the jobs send over
    stays open until the block ends. It is called in the main thread; a signal waits until the jobs are done."""
    with links(config) as opened:

        class Job(SendJob):
            kept = opened

        waiting = queue(opened.redis)
        worker = InProcessWorker(
            [waiting],
            connection=opened.redis,
            job_class=Job,
            serializer=JSONSerializer,
            log_job_description=False,
        )
        worker.bootstrap(logging_level="ERROR")

        def work() -> None:
            # what RQ's loop does, without its heartbeats: no other process looks at this worker
            with _signals_later():
                while (
                    next_job := WakeQueue.dequeue_any([waiting], None, opened.redis, Job, JSONSerializer)
                ) is not None:
                    worker.execute_job(*next_job)

        try:
            yield work
        finally:
            worker.teardown()  # type: ignore[no-untyped-call]


@contextmanager
def _signals_later() -> Iterator[None]:
    """Let signals to end wait until the block ends: RQ would swallow what their handlers raise."""
    came: list[int] = []
    before = {sign: signal.signal(sign, lambda sign, _: came.append(sign)) for sign in STOPS}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler or signal.SIG_DFL)
        for number in came:
            signal.raise_signal(number)


def run(config: Config, processes: int = 1) -> None:
    """Keep `processes` workers running until SIGTERM or SIGINT; each finishes its job before it ends."""
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
        # a worker that still runs may wait for a database that does not answer
        process.kill()
    engine.dispose()


def _asked_to_end() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
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
    """Run a worker until a signal ends it or its supervisor (a process id) is gone."""
    die_with_parent(signal.SIGTERM)
    if os.getppid() != supervisor:
        # the supervisor ended before `die_with_parent` took effect
        return
    config = Config.from_env(os.environ, "worker")
    _worker(config).work(logging_level="WARNING")


class SendWorker(Worker):
    """An RQ worker that runs only our kind of job, takes no commands over Redis, and imports no names from there."""

    job_class = SendJob
    queue_class = WakeQueue

    def subscribe(self) -> None:
        """Subscribe to nothing: a worker is stopped by signals, not over Redis."""

    def unsubscribe(self) -> None:
        """Nothing is subscribed."""

    def run_maintenance_tasks(self) -> None:
        """Mark the jobs of dead workers as failed; the next tick wakes workers for their messages again.

        RQ's own tasks also read dependents, groups and rate limits, which we do not use."""
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


class InProcessWorker(SimpleWorker, SendWorker):
    """The same, with its jobs in its own process instead of one of their own. Signals stay as they are."""

    def _install_signal_handlers(self) -> None:
        """None: the caller has its own."""


def _worker(config: Config) -> SendWorker:
    # the files are read before the fork, so that no job reads them again; RQ's log lines have no job's description
    programmes.read(config.flows, config.locales)
    redis = connect(config.redis_url)
    return SendWorker([queue(redis)], connection=redis, serializer=JSONSerializer, log_job_description=False)
