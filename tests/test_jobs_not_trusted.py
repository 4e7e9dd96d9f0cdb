"""Whatever stands in Redis, a worker runs nothing but our own sending: an attacker who may write there anything at all
(as with the clock's own user, or with everything) gets no function, callback, class or pickle of his run."""

from __future__ import annotations

import json
import pickle
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Callback, Queue, Repeat, Retry
from rq.command import send_kill_horse_command, send_shutdown_command
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.webhook import Webhook
from rq.worker import Worker

from tests.world.service import Service
from tests.world.times import NOON
from tests.world.waiting import wait_for
from worker.queue import NAME, SEND, Wake, connect, queue

JSON: dict[str, Any] = {"serializer": JSONSerializer}


@pytest.fixture
def evil(tmp_path: Path) -> Evil:
    """A module that a worker could import."""
    mark = tmp_path / "ran"
    (tmp_path / "evil.py").write_text(
        f"from pathlib import Path\nPath({str(mark)!r}).touch()\ndef run(*_, **__): pass\n"
    )
    return Evil(tmp_path, mark)


@dataclass(frozen=True)
class Evil:
    """`evil.run` is importable in `folder`, and makes `mark` when it is imported."""

    folder: Path
    mark: Path


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.mark,)


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    found = connect(redis_url)
    yield found
    found.close()


def _put(redis: Redis, id_: str, data: bytes, **fields: Any) -> None:
    """A job as its bytes in Redis, without RQ's help."""
    redis.hset(
        f"rq:job:{id_}",
        mapping={
            "data": data,
            "origin": NAME,
            "status": "queued",
            "created_at": "2026-03-11T09:00:00.000000Z",
            **fields,
        },
    )
    redis.rpush(f"rq:queue:{NAME}", id_)


def _functions(redis: Redis, mark: Path, programme_id: int) -> None:
    """Jobs that name other functions, and callbacks, in every way that RQ has."""
    touch, call = f"touch {mark}", Callback("evil.run")
    waiting = Queue(NAME, connection=redis, **JSON)
    waiting.enqueue("subprocess.getoutput", touch)
    waiting.enqueue("evil.run", programme_id)
    waiting.enqueue("os.system", kwargs={"command": touch}, args=[programme_id])
    # a job that is well formed but for what it names besides
    waiting.enqueue(
        SEND,
        programme_id,
        on_success=call,
        on_failure=call,
        on_stopped=call,
        meta={"a": 1},
        retry=Retry(max=3),
        repeat=Repeat(times=2),
        result_ttl=500,
    )
    waiting.enqueue(
        SEND, 999_999, on_failure=Callback("evil.run"), webhooks=[Webhook("http://127.0.0.1:9/", "failed")]
    )
    parent = waiting.enqueue(SEND, programme_id)
    waiting.enqueue("os.system", touch, depends_on=parent)


def _pickles(redis: Redis, mark: Path, programme_id: int) -> None:
    """Jobs with a pickle in every field that RQ may read one from."""
    bomb = pickle.dumps(Bomb(mark))
    good = zlib.compress(json.dumps([SEND, None, [programme_id], {}]).encode())
    Queue(NAME, connection=redis).enqueue("os.system", f"touch {mark}")
    _put(redis, "data-plain", bomb)
    _put(redis, "data-packed", zlib.compress(bomb))
    _put(
        redis,
        "fields",
        good,
        meta=bomb,
        result=bomb,
        exc_info=zlib.compress(bomb),
        success_callback_name=bomb,
        webhooks=bomb,
        dependency_ids=bomb,
        timeout=b"x",
        result_ttl=b"x",
        retries_left=b"x",
        repeat_intervals=b"x",
        created_at=b"x",
        group_id=bomb,
        rate_limit_key=bomb,
        rate_limit_concurrency=b"1",
        status=bomb,
    )


@pytest.mark.parametrize("attack", [_functions, _pickles])
def test_nothing_runs_but_sending(running: Service, redis: Redis, evil: Evil, attack: Any) -> None:
    attack(redis, evil.mark, running.programme.id)
    running.broadcast(3)
    running.tick()
    running.run("worker", PYTHONPATH=str(evil.folder))
    running.wait("planned", "queued", "sending")
    wait_for(lambda: not redis.llen(f"rq:queue:{NAME}") and not redis.keys("rq:execution:*"), "jobs are left")
    assert running.statuses() == {"sent": 3}
    running.assert_once()
    assert not evil.mark.exists()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        zlib.compress(b""),
        zlib.compress(b"[" * 900),
        zlib.compress(b"\x00" * 10**8),
        *(
            zlib.compress(json.dumps(data).encode())
            for data in (
                None,
                {},
                [],
                [SEND, None, [], {}],
                [SEND, None, [1, 2], {}],
                [SEND, None, ["1"], {}],
                [SEND, None, [True], {}],
                [SEND, None, [1.0], {}],
                [SEND, None, [0], {}],
                [SEND, None, [-1], {}],
                [SEND, None, [2**31], {}],
                [SEND, None, [[1]], {}],
                [SEND, None, {"programme_id": 1}, {}],
            )
        ),
    ],
)
def test_what_is_not_one_whole_number_is_refused(redis_url: str, data: bytes) -> None:
    redis = connect(redis_url)
    _put(redis, "one", data)
    (job,) = queue(redis).jobs
    assert isinstance(job, Wake)
    assert job.programme_id is None
    redis.close()


def test_only_the_number_of_a_job_is_read(redis_url: str) -> None:
    redis = connect(redis_url)
    plain = Queue(NAME, connection=redis, **JSON)
    plain.enqueue(
        "os.system",
        7,
        on_success=Callback("os.system"),
        on_failure=Callback("os.system"),
        on_stopped=Callback("os.system"),
        meta={"a": 1},
        retry=Retry(max=3),
        repeat=Repeat(times=2),
        job_timeout=9,
        webhooks=[Webhook("http://127.0.0.1:9/", "failed")],
    )
    (job,) = queue(redis).jobs
    assert isinstance(job, Wake)
    assert job.programme_id == 7
    assert (job.func_name, job.func, job.kwargs, job.meta) == (SEND, None, {}, {})
    assert (job.success_callback, job.failure_callback, job.stopped_callback) == (None, None, None)
    assert (job.webhooks, job.retries_left, job.repeats_left, job.dependency) == ([], None, None, None)
    assert (job.timeout, job.result_ttl, job.failure_ttl, job.origin) == (300, 0, 86_400, NAME)
    redis.close()


def test_what_a_dead_worker_left_is_given_up_and_its_callbacks_do_not_run(
    running: Service, redis: Redis, evil: Evil
) -> None:
    """RQ's own maintenance would import the failure callback of a job whose worker died."""
    job = Queue(NAME, connection=redis, **JSON).enqueue(
        SEND, running.programme.id, on_failure=Callback("evil.run")
    )
    dependent = Job.create(
        "os.system", [f"touch {evil.mark}"], connection=redis, origin=NAME, status="deferred", **JSON
    )
    dependent.save()
    redis.sadd(job.dependents_key, dependent.id)
    redis.lrem(f"rq:queue:{NAME}", 0, job.id)
    redis.hset(job.key, "status", "started")
    redis.zadd(f"rq:wip:{NAME}", {f"{job.id}:execution": 1})
    redis.rpush(f"rq:queue:{NAME}:intermediate", b"\xff\xfe")
    running.run("worker", PYTHONPATH=str(evil.folder))
    wait_for(lambda: redis.zcard(f"rq:failed:{NAME}") == 1, "it was not given up")
    wait_for(lambda: not redis.exists(f"rq:queue:{NAME}:intermediate"), "it stays there")
    running.broadcast(2)
    running.tick()
    running.wait("planned", "queued", "sending")
    assert redis.llen(f"rq:queue:{NAME}") == 0
    assert not evil.mark.exists()


def test_a_worker_takes_no_command_over_redis(running: Service, redis: Redis) -> None:
    running.run("worker")
    wait_for(lambda: redis.smembers("rq:workers"), "no worker")
    before = running.workers()
    for worker in Worker.all(connection=redis):
        send_shutdown_command(redis, worker.name)
        send_kill_horse_command(redis, worker.name)
        assert redis.publish(f"rq:pubsub:{worker.name}", "{}") == 0, "somebody listens"
    running.broadcast(2, now=NOON + timedelta(seconds=1))
    running.tick()
    running.wait("planned", "queued", "sending")
    # the process of the last job may still be ending
    wait_for(lambda: running.workers() == before, "a worker was ended or started")
