"""Processes that we start, that end when we end, and that are started again when they crash."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
# looked up here: after a fork, the child may do little
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


class ChildEnded(Exception):
    """A process ended before it was ready; its name is the message."""


def die_with_parent(sign: signal.Signals) -> None:
    """On Linux: this process gets `sign` when the thread that started it is gone, even by kill -9."""
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, int(sign))


@dataclass
class Child:
    """One process. `end` is the signal that stops it in good order; output goes to `log`, or to our own. `before` runs
    before each start. A child that is `always` wanted is started again even after somebody else stopped it in good
    order; the others then stay down."""

    name: str
    command: list[str]
    end: signal.Signals = signal.SIGTERM
    env: Mapping[str, str] | None = None
    log: Path | None = None
    before: Callable[[], None] | None = None
    always: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it, in a process group of its own: Ctrl-C in the terminal is for us, who stop all in order."""
        if self.before is not None:
            self.before()
        output = None if self.log is None else os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=None if self.env is None else dict(self.env),
                process_group=0,
                preexec_fn=lambda: die_with_parent(self.end),
            )
        finally:
            if output is not None:
                os.close(output)

    @property
    def crashed(self) -> bool:
        """Whether it ended otherwise than when it is asked to."""
        return self.process is not None and self.process.poll() not in (None, 0)

    @property
    def stopped(self) -> bool:
        """Whether it ended in good order, as when it is asked to."""
        return self.process is not None and self.process.poll() == 0

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait_until(self, ready: Callable[[], bool], patience_s: float = 30) -> bool:
        """Whether it got ready in time. Raises ChildEnded."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            if ready():
                return True
            if not self.running:
                raise ChildEnded(self.name)
            time.sleep(0.02)
        return False

    def signal(self) -> None:
        """Ask it to end, and go on."""
        if self.process is not None and self.running:
            self.process.send_signal(self.end)

    def stop(self, patience_s: float = 30) -> None:
        """Ask it to end, wait, and after so many seconds kill it."""
        if self.process is None:
            return
        self.signal()
        try:
            self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def stop_orphan(pid: int, mark: str, sign: signal.Signals, patience_s: float = 30) -> None:
    """Stop a process that an earlier run left, if `pid` is still one whose command names `mark`."""
    until = time.monotonic() + patience_s
    while mark in "\0".join(arguments(pid)):
        os.kill(pid, sign if time.monotonic() < until else signal.SIGKILL)
        # a second signal changes nothing: both servers go on with the shutdown that they began
        time.sleep(0.1)


def arguments(pid: int) -> list[str]:
    """A process's command line; empty when there is no such process any more, a zombie included. Linux only."""
    try:
        found = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="surrogateescape")
    except OSError:
        return []
    return found.rstrip("\0").split("\0") if found else []


def processes() -> dict[int, list[str]]:
    """Every process of this machine by its id, with its command line; kernel threads and zombies apart. Linux only."""
    every = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    return {pid: found for pid in every if (found := arguments(pid))}


def has_arguments(command: list[str], wanted: list[str]) -> bool:
    """Whether these arguments follow each other in a command line."""
    return any(command[at : at + len(wanted)] == wanted for at in range(len(command)))
