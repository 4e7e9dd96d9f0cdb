"""`sms-app up` killed in every way, and started again at once: every start serves, and what was stored is there.

`make prove` kills a hundred times, `make test` a few times."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from sms_app import cluster
from sms_app.embedded import _as_nobody
from sms_app.folder import read_env
from tests.world.up import BARE, COMMAND, Up
from tests.world.waiting import LONG, PROVES, wait_for

pytestmark = LONG
KILLS, EARLY_KILLS = (100, 20) if PROVES else (2, 1)
# tests/test_embedded.py has both, without the rest of the service
LOCKS = cluster.LOCKS if PROVES else cluster.LOCKS[:1]


def kill(*pids: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def postmaster(up: Up) -> int:
    return int((up.place / "postgres" / cluster.LOCKS[0]).read_text().split()[0])


def while_it_stops(up: Up) -> None:
    up.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    kill(up.process.pid)


WAYS: list[Callable[[Up], None]] = [
    lambda up: kill(up.process.pid, postmaster(up)),
    lambda up: kill(up.process.pid),
    # children first: a postmaster that is killed last can't end anything in order
    lambda up: kill(*sorted(up.processes(), reverse=True)),
    lambda up: kill(postmaster(up), up.process.pid),
    lambda up: os.killpg(up.process.pid, signal.SIGKILL),
    while_it_stops,
]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A service that the tests kill and start again."""
    started = Up(tmp_path_factory.mktemp("killed") / "data", own_group=True).start()
    yield started
    kill(*started.processes())
    started.stop()


def test_after_every_kill_the_next_start_serves(up: Up) -> None:
    chance = random.Random(1)
    port = str(up.port)
    with psycopg.connect(read_env(up.place)["DATABASE_URL"]) as conn:
        conn.execute("create table kept (n int)")
    for n in range(KILLS):
        with psycopg.connect(read_env(up.place)["DATABASE_URL"]) as conn:
            conn.execute("insert into kept values (%s)", (n,))
        WAYS[n % len(WAYS)](up)
        up.stop()
        time.sleep(chance.choice((0, 0, 0.1, 0.5)))
        # the same address: also its port is to be had again
        up.start("--port", port)
        assert up.get("/readyz")[0] == 200, (n, up.said)
    with psycopg.connect(read_env(up.place)["DATABASE_URL"]) as conn:
        assert conn.execute("select array_agg(n order by n) from kept").fetchone() == ([*range(KILLS)],)


def test_a_start_that_is_killed_at_any_moment_leaves_a_folder_that_starts(tmp_path: Path) -> None:
    """Also in the middle of making the cluster."""
    chance, place = random.Random(2), tmp_path / "data"
    for _ in range(EARLY_KILLS):
        with subprocess.Popen(
            [COMMAND, "up", "--data", str(place)],
            env=BARE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as early:
            time.sleep(chance.uniform(0.3, 4))
            early.kill()
    up = Up(place).start()
    assert up.get("/readyz")[0] == 200
    assert up.stop() == 0


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_that_names_a_strangers_process_does_not_stop_the_start(up: Up, lock: str) -> None:
    if up.process.poll() is not None:
        up.start()
    kill(up.process.pid, postmaster(up))
    up.stop()
    wait_for(lambda: not up.processes(), up.processes)
    with subprocess.Popen(_as_nobody(["sleep", "600"])) as stranger:
        lines = (up.place / "postgres" / lock).read_text().splitlines()
        (up.place / "postgres" / lock).write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        assert up.start().get("/readyz")[0] == 200
        assert stranger.poll() is None
        stranger.kill()
    assert up.stop() == 0
