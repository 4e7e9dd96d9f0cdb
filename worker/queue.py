"""The queue in Redis. A job wakes a worker for a programme and carries only its id: the messages are in the database,
so no message is lost with the queue.

The content of Redis is not trusted. Only the programme's id is taken from a job that is read from there, since RQ would
import any function, callback or class that a job names, and unpickle its data."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

from redis import Redis
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer

NAME = "messages"
SEND = "worker.jobs.send"
MAX_JOB_S = 300
FAILURE_KEPT_S = 86_400
A_WAKE = 500
"""The due messages for which a further worker is woken."""
MAX_WAITING = 8
MAX_LOOKED_AT = 200
MAX_DATA_BYTES = 1000
"""The limit of a job's unpacked data in bytes; our jobs have about fifty."""
MAX_ID = 2**31 - 1


class Wake(Job):
    """A job of which only an integer is used. Function, callbacks, webhooks, dependencies, retries, repeats, rate
    limit, group, `meta` and result of a job that is read from Redis are ignored."""

    @classmethod
    def fetch(cls, id: str, connection: Redis | None = None, serializer: Any = None) -> Wake:
        """Read a job by its id. Raises NoSuchJobError, also for an id that RQ does not allow."""
        try:
            return cast("Wake", super().fetch(id, connection, JSONSerializer))
        except ValueError:
            raise NoSuchJobError("this is no id of a job") from None

    def restore(self, raw_data: Mapping[Any, bytes]) -> None:
        """Take the programme's id from a job's fields as Redis gave them. Raises nothing."""
        programme_id = _programme_id(raw_data.get(b"data", raw_data.get("data", b"")))
        self._func_name, self._instance, self._args, self._kwargs = SEND, None, [], {}
        if programme_id is not None:
            self._args = [programme_id]
        self.origin, self.description, self.serializer = NAME, _described(programme_id), JSONSerializer
        self.timeout, self.result_ttl, self.failure_ttl = MAX_JOB_S, 0, FAILURE_KEPT_S

    @property
    def programme_id(self) -> int | None:
        """The id of the programme to send for; None when the job has no such id."""
        return self.args[0] if len(self.args) == 1 else None

    @property
    def func(self) -> None:
        """None, since RQ would import it."""

    @property
    def success_callback(self) -> None:
        """None, since RQ would import it."""

    @property
    def failure_callback(self) -> None:
        """None, since RQ would import it."""

    @property
    def stopped_callback(self) -> None:
        """None, since RQ would import it."""


class WakeQueue(Queue):
    """A queue whose jobs do not depend on other jobs."""

    job_class = Wake

    def move_dependents_to_ready(self, *_: Any, **__: Any) -> dict[str, list[str]]:
        """Nothing, since RQ would read jobs of any kind from Redis."""
        return {}


def connect(redis_url: str) -> Redis:
    """A client for Redis; it connects when it is first used."""
    return Redis.from_url(redis_url, socket_connect_timeout=5, health_check_interval=30)


def queue(redis: Redis) -> WakeQueue:
    """The only queue; its jobs are in JSON."""
    return WakeQueue(NAME, connection=redis, serializer=JSONSerializer)


def wake(waiting: WakeQueue, programme_id: int, due: int) -> None:
    """Queue a job for each A_WAKE due messages of a programme, up to MAX_WAITING, minus its jobs that wait already.

    Raises RedisError."""
    wanted = min(MAX_WAITING, -(-due // A_WAKE))
    jobs = cast("list[Wake]", waiting.get_jobs(length=MAX_LOOKED_AT))
    about_to = sum(job.programme_id == programme_id for job in jobs)
    for _ in range(wanted - about_to):
        waiting.enqueue(
            SEND,
            programme_id,
            description=_described(programme_id),
            job_timeout=MAX_JOB_S,
            result_ttl=0,
            failure_ttl=FAILURE_KEPT_S,
        )


def _described(programme_id: int | None) -> str:
    return f"send for programme {programme_id}"


def _programme_id(data: bytes) -> int | None:
    """The integer in a job's data, which is packed JSON: `[function, null, [integer], {}]`; None for other data."""
    with suppress(Exception):
        unpacking = zlib.decompressobj()
        plain = unpacking.decompress(data, MAX_DATA_BYTES)
        if unpacking.eof:
            _, _, (programme_id,), _ = json.loads(plain)
            if type(programme_id) is int and 0 < programme_id <= MAX_ID:
                return programme_id
    return None
