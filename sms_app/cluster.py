"""The data folder's PostgreSQL cluster: its settings, the processes and lock files of a killed run, and PostgreSQL's
error messages.

`place` is the folder `postgres` in the data folder. It holds the cluster, in `data`, and the socket."""

from __future__ import annotations

import os
import re
import signal
import time
from hashlib import blake2b
from pathlib import Path

from sms_app.children import arguments, has_arguments, processes

SOCKET = ".s.PGSQL.5432"
LOCKS = ("data/postmaster.pid", f"{SOCKET}.lock")
"""PostgreSQL's lock files: the cluster's, and the socket's."""
STOPPED_WITHIN_S = 30
"""How long PostgreSQL may take to end in order, and how long again after it was killed."""
POSTGRES_OPTIONS = {
    "listen_addresses": "",
    # a failed statement's text and a violated constraint's detail contain what people typed
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "max_connections": "200",
    "unix_socket_permissions": "0700",
}
FAST_AND_UNSAFE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # a connection takes a tenth of the time; a password is as easy to guess as an unsalted one
    "scram_iterations": "1",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
"""Said in full: a folder that was made fast and unsafe keeps those settings in its own file."""
FULL = "The disk is full: free some space, then start again."
FATAL = re.compile(r"\b(?:FATAL|PANIC):")
SHARED_MEMORY = "pre-existing shared memory block"
WHAT_TO_DO = {
    "lock file": "Its first line names the process that uses it: stop that, or choose another folder with --data.",
    SHARED_MEMORY: "Processes of an earlier run still run: end them, then start again.",
    "ermission": "Run it as the user whose folder it is, or choose another with --data.",
    "ownership": "Run it as the user whose folder it is, or choose another with --data.",
    "incompatible with server": "Use the version of sms-app that made this folder, or another folder.",
}
"""What to do, by words in PostgreSQL's fatal line."""
OTHERWISE = "If you cannot fix that, restore the folder from a backup, or choose another with --data."


class ClusterInUse(Exception):
    """A process that we cannot end uses the cluster; the message says which one and what to do."""


def name(place: Path) -> str:
    """The name that every process of the cluster has in its title; processes of a killed run are found by it."""
    return f"sms_app_{blake2b(os.fsencode(place), digest_size=8).hexdigest()}"


def clear(place: Path) -> None:
    """Stop the processes that an earlier run of this cluster left, and remove its lock files. Raises ClusterInUse.

    The caller holds the data folder, so no other run uses it. After `kill -9` a lock file names a process that is
    gone, that is a zombie, or whose id now belongs to another program; PostgreSQL would take each for a running
    server. A lock file stays when its process serves another cluster, which the file names: then PostgreSQL refuses
    to start, and says so.
    """
    if not Path("/proc/self").exists():
        # without /proc we cannot see other processes, and rely on PostgreSQL's own check
        return
    cluster = place / "data"
    until = time.monotonic() + STOPPED_WITHIN_S
    while left := _left(place):
        late = time.monotonic() - until
        if late > STOPPED_WITHIN_S:
            raise ClusterInUse(
                f"Process {left[0][0]} of an earlier run cannot be stopped: end it, then start again."
            )
        for pid, stop_signal in left:
            try:
                os.kill(pid, signal.SIGKILL if late > 0 else stop_signal)
            except ProcessLookupError:
                continue
            except PermissionError:
                raise ClusterInUse(
                    f"Process {pid} uses {cluster} and belongs to another user: stop it, then start again."
                ) from None
        time.sleep(0.05)
    for lock in (place / file for file in LOCKS):
        if not _is_anothers(lock, cluster):
            lock.unlink(missing_ok=True)


def is_stopping(place: Path) -> bool:
    """Whether PostgreSQL was asked to stop, and takes no new connections."""
    lines = _lines(place / LOCKS[0])
    return len(lines) > 7 and lines[7].strip() == "stopping"


def reason(server: str, output: str) -> str:
    """A sentence from the output of a server that did not start: its fatal line, and what to do."""
    if "No space left" in output:
        return FULL
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # PostgreSQL also writes a FATAL line for each client that connects too early
    fatal = [line for line in lines if FATAL.search(line) and "FATAL:  the database system is" not in line]
    if not fatal:
        return f"{server} does not start: {lines[-1] if lines else 'it gives no reason.'}"
    message = FATAL.split(fatal[0], maxsplit=1)[-1].strip()
    do = next((do for words, do in WHAT_TO_DO.items() if words in message), OTHERWISE)
    return f"{server} does not start: {message}. {do}"


def _left(place: Path) -> list[tuple[int, signal.Signals]]:
    """The running processes of this cluster, with the signal for each. A server gets SIGINT and ends its own children
    in order; children without their server have nothing to save and get SIGKILL."""
    title = f"postgres: {name(place)}: "
    every = processes()
    servers = [pid for pid, command in every.items() if has_arguments(command, ["-D", str(place / "data")])]
    if servers:
        return [(pid, signal.SIGINT) for pid in servers]
    return [(pid, signal.SIGKILL) for pid, command in every.items() if command[0].startswith(title)]


def _is_anothers(lock: Path, cluster: Path) -> bool:
    """Whether a lock file belongs to a PostgreSQL that runs on another cluster."""
    lines = _lines(lock)
    if len(lines) < 2 or not lines[0].isdecimal() or lines[1] == str(cluster):
        return False
    return has_arguments(arguments(int(lines[0])), ["-D", lines[1]])


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []
