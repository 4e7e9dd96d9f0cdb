"""Readiness of Redis."""

from __future__ import annotations

from collections.abc import Iterator

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.registry import FailedJobRegistry

from sms_app.cli.readiness.finding import Finding, Inputs

REDIS_TIMEOUT_S = 2.0


def check_redis(inputs: Inputs) -> Iterator[Finding]:
    """Whether Redis answers, whether it needs a password, and how many jobs failed."""
    if not inputs.settings.redis_url:
        yield Finding("Redis", "bad", "not checked", "set SMS_APP_REDIS_URL")
        return
    redis = Redis.from_url(
        inputs.settings.redis_url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S
    )
    try:
        redis.ping()
        failed = sum(FailedJobRegistry(queue=queue).count for queue in Queue.all(connection=redis))
    except Exception as error:
        do = "start it; without it USSD and planning go on, and sending waits"
        yield Finding("Redis", "bad", f"does not answer ({type(error).__name__})", do)
        return
    finally:
        redis.close()
    yield Finding("Redis", "ok", "answers")
    if _open_to_all(inputs.settings.redis_url):
        do = "give it the users that `sms-app redis users` prints: its jobs wake the worker"
        yield Finding("Redis's users", "bad", "anyone who reaches it gets in without a password", do)
    else:
        yield Finding("Redis's users", "ok", "nobody gets in without a password")
    do = "the worker's log has their ids and classes; their messages are in the database, still due"
    yield Finding("failed jobs", "warn" if failed else "ok", str(failed), do if failed else "")


def _open_to_all(url: str) -> bool:
    """Whether Redis answers a client without a name and a password."""
    scheme, _, rest = url.partition("://")
    server, slash, path = rest.partition("/")
    nameless = f"{scheme}://{server.rpartition('@')[2]}{slash}{path}"
    redis = Redis.from_url(nameless, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)
    try:
        return bool(redis.ping())
    except RedisError:
        return False
    finally:
        redis.close()
