"""The surroundings of a benchmark: embedded servers, a migrated database, a programme, and pinned web servers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, create_engine, pool

from sms_app import embedded
from sms_app.config import sqlalchemy_url
from sms_app.migrations import roles, run
from sms_app.programme import key_check
from sms_app.programme.settings import load_programme, store_programme
from sms_app.simulator import demo
from sms_app.vault import Vault

CHECKOUT = Path(__file__).resolve().parent.parent
SERVED_ON, LOADED_ON = {0}, {1}
BOTH = SERVED_ON | LOADED_ON
KEY = f"1:{Vault.new_key()}"
SECRET = "bench-secret-0123456789-abcdefghij"
PASSWORD = "bench"


@dataclass(frozen=True)
class World:
    """`owner` is an engine that connects as the owner; `web_url` is the libpq URL of the web role, `superuser_url` that
    of the superuser in the same database. `key` is the vault's. `is_new`: no earlier run has filled it."""

    owner: Engine
    web_url: str
    vault: Vault
    programme_id: int
    redis_url: str
    superuser_url: str
    key: str = KEY
    is_new: bool = True


@contextmanager
def world(cores: Collection[int] = LOADED_ON) -> Iterator[World]:
    """A new world in a temporary folder. PostgreSQL and the load generator share `cores`; default: the core that does
    not serve."""
    with TemporaryDirectory(prefix="sms-bench-") as name, _world(Path(name), KEY, cores) as place:
        yield place


@contextmanager
def kept_world(folder: Path, cores: Collection[int] = LOADED_ON) -> Iterator[World]:
    """The world that an earlier run left in a folder, with the newest revision of the database; a new one in a new
    folder. It stays there."""
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "bench-key"
    is_new = not key.exists()
    with _world(folder, KEY if is_new else key.read_text(), cores, is_new) as place:
        yield place
        key.write_text(place.key)


@contextmanager
def _world(folder: Path, key: str, cores: Collection[int], is_new: bool = True) -> Iterator[World]:
    os.sched_setaffinity(0, cores)
    with embedded.servers(folder) as servers:
        owner = create_engine(sqlalchemy_url(servers.owner_url), poolclass=pool.NullPool)
        run.upgrade(sqlalchemy_url(servers.owner_url), kind=lambda conn: "demo")
        vault = Vault.parse(key)
        programme = load_programme(CHECKOUT / "flows" / "rwanda" / "programme.yaml")
        with owner.begin() as conn:
            roles.make_roles(conn, dict.fromkeys(roles.ROLES, PASSWORD))
            id_ = store_programme(conn, programme)
            if is_new:
                demo.load(conn, vault, programme, id_, datetime.now(UTC).date())
                key_check.register(conn, vault, "bench", datetime.now(UTC))
        host = servers.owner_url.partition("@")[2]
        superuser = f"{servers.superuser_url.partition('@')[0]}@{host}"
        web_url = f"postgresql://sms_app_web:{PASSWORD}@{host}"
        yield World(owner, web_url, vault, id_, servers.redis_urls["owner"], superuser, key, is_new)


@dataclass(frozen=True)
class Served:
    """A server under test: its port and its process."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """Seconds of processor time that the process and its children have used."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # a process that just ended
                fields = stat.read_text().rpartition(")")[2].split()
                if self.pid in (int(stat.parent.name), int(fields[1])):
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def served(target: str, env: dict[str, str]) -> AbstractContextManager[Served]:
    """Serve an ASGI application in one granian process on one core. `target` is its factory, `module:function`."""
    port = free_port()
    return _running(
        [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "asginl",
            "--factory",
            "--no-log",
            "--port",
            str(port),
            target,
        ],
        env,
        port,
    )


def peer(node: str, redis_url: str = "") -> AbstractContextManager[Served]:
    """The Node peer on the same core, with its state in memory, or in Redis when `redis_url` is given."""
    port = free_port()
    env = {"PEER_PORT": str(port), "PEER_REDIS": redis_url}
    return _running([node, str(Path(__file__).with_name("peer.js"))], env, port)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: list[str], env: dict[str, str], port: int) -> Iterator[Served]:
    process = subprocess.Popen(
        command,
        env={**os.environ, **env},
        cwd=CHECKOUT,
        preexec_fn=lambda: os.sched_setaffinity(0, SERVED_ON),
    )
    try:
        _wait(process, port)
        yield Served(port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def web_env(world: World) -> dict[str, str]:
    """The environment of our web process in this world."""
    return {
        "SMS_APP_WEB_DATABASE_URL": world.web_url,
        "SMS_APP_KEYS": KEY,
        "SMS_APP_CALLBACK_SECRET": SECRET,
        "SMS_APP_METRICS_TOKEN": SECRET[::-1],
        "SMS_APP_DEMO": "1",
    }


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise SystemExit("the server under test does not start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server under test does not answer")
