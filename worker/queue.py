"""The queue in Redis. A job wakes a worker for a programme and carries its id only: what is to be sent stands in the
database, so a queue that is lost loses no message."""

from __future__ import annotations

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

NAME = "messages"
SEND = "worker.jobs.send"
JOB_LONGEST_S = 300
FAILURE_KEPT_S = 86_400
A_WAKE = 500
"""Messages for which one more worker is woken."""
MOST_WAITING = 8
MOST_LOOKED_AT = 200


def connect(redis_url: str) -> Redis:
    """A connection to Redis; nothing is sent over it yet."""
    return Redis.from_url(redis_url, socket_connect_timeout=5, health_check_interval=30)


def queue(redis: Redis) -> Queue:
    """The one queue, its jobs in JSON."""
    return Queue(NAME, connection=redis, serializer=JSONSerializer)


def wake(waiting: Queue, programme_id: int, due: int) -> None:
    """Wake as many workers as a programme's due messages are worth, minus those that are about to wake for it.

    Raises RedisError."""
    wanted = min(MOST_WAITING, -(-due // A_WAKE))
    about_to = sum(job.args == [programme_id] for job in waiting.get_jobs(length=MOST_LOOKED_AT))
    for _ in range(wanted - about_to):
        waiting.enqueue(
            SEND, programme_id, description=f"send for programme {programme_id}", job_timeout=JOB_LONGEST_S,
            result_ttl=0, failure_ttl=FAILURE_KEPT_S,
        )  # fmt: skip
