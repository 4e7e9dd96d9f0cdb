"""Sending to a provider 50 ms away: the SDK with a call for each message, and our workers, in the same run.

The provider's stand-in and the workers run in their own processes. The time runs from waking the workers until the last
outcome is recorded. The provider must have taken exactly one text for every number."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import africastalking
from sqlalchemy import text

from bench.provider import Distant, distant
from bench.world import BOTH, KEY, World, world
from sms_app.messaging import sending_switch
from sms_app.programme.loaded import LoadedProgramme
from tests.world import crowd
from tests.world.programme import stored_rwanda
from tests.world.times import NOON
from worker.queue import connect, queue, wake

COMMAND = str(Path(sys.executable).with_name("sms-app"))
LATENCY_S = 0.05
WORKERS = 2
UNLIMITED = 100_000


@dataclass(frozen=True)
class Sent:
    """How many messages were sent in how many seconds. `worst_second` is the most that the provider took in a second;
    `taking_s` is the time from the first message that it took to the last."""

    name: str
    count: int
    seconds: float
    worst_second: int
    taking_s: float

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    @property
    def steady_rate(self) -> float:
        """Messages in a second from the provider's side, without the start and the end."""
        return self.count / self.taking_s


def contest(count: int, naive_count: int, limit: int) -> list[Sent]:
    """The naive way, then ours: identical texts, texts that all differ, and identical texts under a limit."""
    with world(BOTH) as place, TemporaryDirectory(prefix="sms-bench-") as folder:
        # the demo's people have numbers of the same block: change theirs
        _empty(place)
        with distant(LATENCY_S, Path(folder) / "took.jsonl") as provider:
            results = [_naive(provider, naive_count)]
            with place.owner.begin() as conn:
                programme = stored_rwanda(conn, place.vault)
                people = crowd.people(conn, programme, count)
                sending_switch.start(conn, "bench", NOON)
            for name, personal, rate in (
                ("identical", False, UNLIMITED),
                ("personal", True, UNLIMITED),
                (f"at most {limit}/s", False, limit),
            ):
                _messages(place, programme, people, personal)
                results.append(_ours(place, programme, provider, name, count, rate))
            provider.set(per_second=limit // 4)
            _messages(place, programme, people, False)
            results.append(_ours(place, programme, provider, f"provider takes {limit // 4}/s", count, limit))
        return results


def _empty(place: World) -> None:
    with place.owner.begin() as conn:
        conn.execute(text("update phone_number set number_index = number_index || '\\x00'::bytea"))
        conn.execute(text("update participant set member_number = 'demo ' || member_number"))


def _naive(provider: Distant, count: int) -> Sent:
    """The SDK as its README shows it: a call for each recipient, call after call."""
    africastalking.initialize(provider.username, provider.api_key)
    sms = africastalking.SMS
    sms._baseUrl = f"{provider.url}/version1"
    began = time.perf_counter()
    for n in range(count):
        sms.send("Muraho! Murakoze.", [crowd.number(n)])
    return Sent("SDK one by one", count, time.perf_counter() - began, *provider.taking(0, count))


def _messages(
    place: World, programme: LoadedProgramme, people: Sequence[tuple[UUID, UUID]], personal: bool
) -> None:
    with place.owner.begin() as conn:
        # the cap is one text a day: make the texts of earlier rounds three days old
        conn.execute(text("update message set sent_at = sent_at - interval '3 days'"))
        if personal:
            for n, person in enumerate(people):
                crowd.broadcast(conn, programme, [person], f"Muraho! Murakoze {n}.")
        else:
            crowd.broadcast(conn, programme, people)
    with place.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("vacuum analyze")


def _ours(
    place: World, programme: LoadedProgramme, provider: Distant, name: str, count: int, limit: int
) -> Sent:
    before = provider.count()
    with _workers(place, provider, limit):
        redis = connect(place.redis_url)
        began = time.perf_counter()
        wake(queue(redis), programme.id, count)
        with place.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            waiting = "select count(*) from message where status in ('queued', 'sending')"
            while conn.exec_driver_sql(waiting).scalar_one():
                time.sleep(0.01)
        seconds = time.perf_counter() - began
        redis.close()
    took = provider.numbers(before)
    wrong = {number: times for number, times in Counter(took).items() if times != 1}
    if len(took) != count or wrong:
        raise SystemExit(f"{name}: {len(took)} of {count} were sent, {len(wrong)} of them more than once")
    return Sent(name, count, seconds, *provider.taking(before, before + count))


@contextmanager
def _workers(place: World, provider: Distant, limit: int) -> Iterator[None]:
    env = {
        **os.environ,
        "SMS_APP_DEMO": "1",
        "SMS_APP_WORKER_DATABASE_URL": place.web_url.replace("sms_app_web:", "sms_app_worker:"),
        "SMS_APP_REDIS_URL": place.redis_url,
        "SMS_APP_KEYS": KEY,
        "SMS_APP_PROVIDER_URL": provider.url,
        "SMS_APP_PROVIDER_USERNAME": provider.username,
        "SMS_APP_PROVIDER_API_KEY": provider.api_key,
        "SMS_APP_SMS_PER_SECOND": str(limit),
        "SMS_APP_TIME_OFFSET_S": str(int((NOON - datetime.now(UTC)).total_seconds())),
    }
    process = subprocess.Popen([COMMAND, "worker", "--processes", str(WORKERS)], env=env)
    redis = connect(place.redis_url)
    while redis.scard("rq:workers") < WORKERS:
        time.sleep(0.05)
    redis.close()
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)
