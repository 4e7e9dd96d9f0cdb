"""Each user of Redis does what is listed for it and is refused the rest; the embedded Redis knows no other."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError
from rq import Queue
from rq.serializers import JSONSerializer

from sms_app import embedded, folder, redis_users
from sms_app.channel.rate import Rate
from tests.world.up import BARE, COMMAND
from worker.queue import NAME, SEND, connect, queue, wake

# what each may not, by its name
REFUSED = {
    "web": (
        "get x",
        "lrange rq:queue:messages 0 1",
        "rpush rq:queue:messages x",
        "hset rq:job:x data x",
        "info",
        "multi",
        "publish x y",
        "eval return(1) 0",
        "client list",
    ),
    "clock": (
        "get x",
        "set rq:suspended 1",
        "hset rq:worker:x a b",
        "rpush rq:queue:other x",
        "zadd rq:wip:messages 1 x",
        "publish rq:pubsub:x y",
        "subscribe x",
        "eval return(1) 0",
        "del sms_app:rate",
        "script load x",
        "client kill 127.0.0.1:1",
        "get sms_app:rate",
        "sadd rq:workers x",
        "hdel rq:job:x data",
    ),
    "worker": ("get x", "set x y", "publish rq:pubsub:x y", "subscribe x"),
}
NOBODY = (
    "flushall",
    "flushdb",
    "keys *",
    "config get dir",
    "config set dir /tmp",
    "acl list",
    "acl setuser web +@all",
    "save",
    "shutdown",
    "monitor",
    "replicaof no one",
    "module list",
    "client kill 127.0.0.1:1",
)


@pytest.mark.parametrize("user", ["web", "clock", "worker"])
def test_each_user_is_refused_what_is_not_its_own(redis_urls: dict[str, str], user: str) -> None:
    with Redis.from_url(redis_urls[user]) as client:
        assert client.ping()
        for command in (*REFUSED[user], *NOBODY):
            with pytest.raises(NoPermissionError):
                client.execute_command(*command.split())


def test_the_clock_may_wake_and_nobody_else_but_the_worker(redis_urls: dict[str, str]) -> None:
    for user in ("clock", "worker"):
        redis = connect(redis_urls[user])
        for _ in range(2):
            wake(queue(redis), 7, 900)
        assert [job.args for job in queue(redis).jobs] == [[7], [7]]
        redis.close()
    redis = connect(redis_urls["web"])
    with pytest.raises(NoPermissionError):
        wake(queue(redis), 7, 900)
    redis.close()


def test_the_worker_may_take_its_turn(redis_urls: dict[str, str]) -> None:
    with Redis.from_url(redis_urls["worker"]) as client:
        assert Rate(client, 50).take(10)
    with Redis.from_url(redis_urls["clock"]) as client, pytest.raises(NoPermissionError):
        Rate(client, 50).take(10)


def test_with_webs_url_nothing_is_enqueued(redis_urls: dict[str, str]) -> None:
    """As it was found: this ran in the worker."""
    web = Queue(NAME, connection=Redis.from_url(redis_urls["web"]), serializer=JSONSerializer)
    with pytest.raises(NoPermissionError):
        web.enqueue("subprocess.getoutput", "id")
    web.connection.close()


def test_a_job_whose_data_is_gone_is_forgotten_by_the_clock(redis_urls: dict[str, str]) -> None:
    redis = connect(redis_urls["clock"])
    redis.rpush(f"rq:queue:{NAME}", "gone", "not an id")
    wake(queue(redis), 7, 1)
    assert [job.func_name for job in queue(redis).jobs] == [SEND]
    assert redis.lrange(f"rq:queue:{NAME}", 0, -1) == [queue(redis).job_ids[0].encode()]
    redis.close()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "data"


def _gets_in(url: str) -> bool:
    with Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except AuthenticationError:
            return False


def test_the_embedded_redis_knows_its_users_only_and_again_after_a_crash_and_a_restart(place: Path) -> None:
    with folder.own(place):
        with embedded.servers(place, unsafe=True) as found:
            first = found.redis_urls
            valkey = found.children[1][0]
            assert valkey.process is not None
            os.kill(valkey.process.pid, signal.SIGKILL)
            valkey.process.wait()
            assert list(found.revive()) == ["Redis"]
            _holds(first)
        with embedded.servers(place, unsafe=True) as found:
            assert found.redis_urls == first
            _holds(first)
        kept = [place / "redis-users.acl", *place.glob("redis-*-password")]
        assert len(kept) == 1 + len(redis_users.RIGHTS)
        assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}


def _holds(urls: dict[str, str]) -> None:
    nameless = "unix://" + urls["web"].partition("@")[2]
    assert not _gets_in(nameless)
    assert not _gets_in(urls["web"].replace("unix://web:", "unix://default:"))
    assert not _gets_in(urls["web"].replace("unix://web:", "unix://worker:"))
    with Redis.from_url(urls["owner"]) as owner:
        users = owner.execute_command("ACL", "LIST")
    assert len(users) == 1 + len(redis_users.RIGHTS)
    assert [line for line in users if b"user default off" in line]
    assert not [line for line in users if b"nopass" in line]
    with Redis.from_url(urls["web"]) as web, pytest.raises(NoPermissionError):
        web.lrange("rq:queue:messages", 0, 1)


URLS = {
    "SMS_APP_WEB_REDIS_URL": "redis://web:w%40web@127.0.0.1/0",
    "SMS_APP_CLOCK_REDIS_URL": "redis://clock:ccc@127.0.0.1/0",
    "SMS_APP_REDIS_URL": "redis://worker:kkk@127.0.0.1/0",
}


def _users(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [COMMAND, "redis", "users"]
    return subprocess.run(command, env=BARE | env, capture_output=True, text=True, check=False)


def test_the_command_prints_an_acl_file_without_a_password() -> None:
    done = _users(URLS)
    assert done.returncode == 0, done.stderr
    assert done.stdout == redis_users.acl({"web": "w@web", "clock": "ccc", "worker": "kkk"})
    assert "user default off" in done.stdout
    assert not [word for word in ("w@web", "ccc ", "kkk", "owner") if word in done.stdout]


def test_a_url_of_another_user_or_without_a_password_is_named() -> None:
    done = _users(
        URLS | {"SMS_APP_WEB_REDIS_URL": URLS["SMS_APP_REDIS_URL"], "SMS_APP_REDIS_URL": "redis://worker@h/0"}
    )
    assert done.returncode == 1
    assert "SMS_APP_WEB_REDIS_URL must name the user web" in done.stderr
    assert "SMS_APP_REDIS_URL must name the user worker" in done.stderr
    assert "SMS_APP_CLOCK_REDIS_URL" not in done.stderr
    assert "kkk" not in done.stderr
