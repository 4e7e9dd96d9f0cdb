"""Workers as production runs them, on a test's database, and a provider that remembers what it took."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, pool, text

from sms_app.config import Config, sqlalchemy_url
from sms_app.messaging import sending_switch
from sms_app.programme.loaded import LoadedProgramme
from sms_app.simulator.provider.running import Provider
from sms_app.vault import Vault
from tests.world import crowd
from tests.world.databases import Database
from tests.world.programme import stored_rwanda
from tests.world.times import NOON
from tests.world.up import BARE, COMMAND
from tests.world.waiting import wait_for
from worker import clock
from worker import run as workers
from worker.queue import connect, queue


def offset_to(moment: datetime) -> int:
    """The seconds that make now that moment."""
    return int((moment - datetime.now(UTC)).total_seconds())


@dataclass
class Service:
    """A programme, its database and the environment of its processes, whose time starts at `at`."""

    database: Database
    env: dict[str, str]
    provider: Provider
    vault: Vault
    at: datetime = NOON
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.owner: Engine = create_engine(sqlalchemy_url(self.database.owner), poolclass=pool.NullPool)
        self.env |= {
            "SMS_APP_PROVIDER_URL": self.provider.url,
            "SMS_APP_PROVIDER_USERNAME": self.provider.username,
            "SMS_APP_PROVIDER_API_KEY": self.provider.api_key,
            "SMS_APP_SMS_PER_SECOND": "5000",
            "SMS_APP_TIME_OFFSET_S": str(offset_to(self.at)),
        }
        with self.owner.begin() as conn:
            self.programme: LoadedProgramme = stored_rwanda(conn, self.vault)
            sending_switch.start(conn, "office", self.at)

    def run(self, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a command and leave it running."""
        env = BARE | self.env_of(*arguments) | more
        self.processes.append(subprocess.Popen([COMMAND, *arguments], env=env))
        return self.processes[-1]

    def do(self, *arguments: str, **more: str) -> None:
        """Run a command to its end, which must be a good one."""
        env = BARE | self.env_of(*arguments) | more
        done = subprocess.run(
            [COMMAND, *arguments], env=env, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr

    def env_of(self, command: str, *_: str) -> dict[str, str]:
        """What a process has: the clock its own user of Redis."""
        own = {"SMS_APP_REDIS_URL": self.env["SMS_APP_CLOCK_REDIS_URL"]} if command == "clock" else {}
        return self.env | own

    def broadcast(self, count: int, first: int = 0, **more: Any) -> None:
        """Plan a broadcast to so many new people, from the `first` number of the invented block on."""
        with self.owner.begin() as conn:
            people = crowd.people(conn, self.programme, count, first)
            crowd.broadcast(conn, self.programme, people, status="planned", **more)

    def tick(self, later: timedelta = timedelta()) -> None:
        """A clock's tick in this process, at the service's time or later."""
        config = Config.from_env(self.env_of("clock"), "clock")
        now = datetime.now(UTC) + timedelta(seconds=config.time_offset_s) + later
        engine = create_engine(sqlalchemy_url(self.database.worker), poolclass=pool.NullPool)
        redis = connect(config.redis_url)
        clock.tick(engine, queue(redis), config, now)
        redis.close()

    def send_due(self, later: timedelta = timedelta()) -> None:
        """What `clock --once` and then `worker --burst` do, in this process, at the service's time or later: a process
        of its own takes two seconds of a processor to start."""
        clock.tick_once(Config.from_env(self.env_of("clock") | self._offset(later), "clock"))
        self.burst(later)

    def burst(self, later: timedelta = timedelta()) -> None:
        """What `worker --burst` does, in this process, at the service's time or later."""
        handlers = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGINT)}
        try:
            workers.burst(Config.from_env(self.env_of("worker") | self._offset(later), "worker"))
        finally:
            for sign, handler in handlers.items():
                signal.signal(sign, handler)

    def _offset(self, later: timedelta) -> dict[str, str]:
        return {
            "SMS_APP_TIME_OFFSET_S": str(int(self.env["SMS_APP_TIME_OFFSET_S"]) + int(later.total_seconds()))
        }

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.owner.connect() as conn:
            return [tuple(row) for row in conn.execute(text(query))]

    def statuses(self) -> Mapping[str, int]:
        return Counter(status for (status,) in self.rows("select status from message"))

    def wait(self, *gone: str) -> None:
        """Wait until no message has one of these statuses."""
        wait_for(lambda: not any(self.statuses().get(status) for status in gone), self.statuses)

    def workers(self) -> dict[int, str]:
        """Every process of a worker, its supervisor's first: by process id, with its command."""
        mark = f"SMS_APP_WORKER_DATABASE_URL={self.env['SMS_APP_WORKER_DATABASE_URL']}".encode()
        found = {}
        for entry in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
            with suppress(OSError):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if mark in (entry / "environ").read_bytes().split(b"\0") and command:
                    found[int(entry.name)] = command
        return found

    def assert_once(self) -> None:
        """The provider saw no number twice, and what it never saw isn't called sent."""
        seen = Counter(message.number for message in self.provider.messages)
        assert set(seen.values()) <= {1}
        with self.owner.connect() as conn:
            for number, status in self._numbers(conn):
                assert number in seen or status in {"unknown", "queued", "planned", "expired", "cancelled"}, (
                    status
                )
                assert number not in seen or status in {"sent", "delivered", "unknown"}, status

    def _numbers(self, conn: Connection) -> Iterator[tuple[str, str]]:
        found = conn.execute(
            text(
                "select n.id, n.number_sealed, m.status from message m"
                " join phone_number n on n.id = m.phone_number_id"
            )
        )
        for id_, sealed, status in found:
            yield self.vault.open(bytes(sealed), "phone_number", "number_sealed", id_), status

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        for pid in self.workers():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not self.workers(), "workers that outlive their end")


@contextmanager
def service(
    database: Database, env: Mapping[str, str], provider: Provider, vault: Vault, at: datetime = NOON
) -> Iterator[Service]:
    """A service without its processes; whatever is started in it is gone afterwards."""
    found = Service(database, dict(env), provider, vault, at)
    try:
        yield found
    finally:
        found.close()
