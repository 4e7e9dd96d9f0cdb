"""Child processes: they end when we end, and can be restarted when they crash."""

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
# looked up at import: after a fork the child may do little
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


class ChildEnded(Exception):
    """A process ended before it was ready; its name is the message."""


def die_with_parent(number: signal.Signals) -> None:
    """On Linux: send this process the signal when the thread that started it ends, even by kill -9."""
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, int(number))


@dataclass
class Child:
    """A child process. `end` is the signal that stops it in order. Its output goes to `log`, or to our own output.
    `before` runs before each start. A child with `always` is restarted even after it was stopped in order from
    outside; the others then stay stopped.
    """

    name: str
    command: list[str]
    end: signal.Signals = signal.SIGTERM
    env: Mapping[str, str] | None = None
    log: Path | None = None
    before: Callable[[], None] | None = None
    always: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it in its own process group: Ctrl-C in the terminal then reaches only us, and we stop all in order."""
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
        """Whether it ended with an error."""
        return self.process is not None and self.process.poll() not in (None, 0)

    @property
    def stopped(self) -> bool:
        """Whether it ended in order."""
        return self.process is not None and self.process.poll() == 0

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait_until(self, ready: Callable[[], bool], patience_s: float = 30) -> bool:
        """Wait until it is ready. Returns False when it is not ready in time. Raises ChildEnded."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            if ready():
                return True
            if not self.running:
                raise ChildEnded(self.name)
            time.sleep(0.02)
        return False

    def signal(self) -> None:
        """Ask it to end, without waiting."""
        if self.process is not None and self.running:
            self.process.send_signal(self.end)

    def stop(self, patience_s: float = 30) -> None:
        """Ask it to end, and kill it after `patience_s` seconds."""
        if self.process is None:
            return
        self.signal()
        try:
            self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def stop_orphan(pid: int, mark: str, stop_signal: signal.Signals, patience_s: float = 30) -> None:
    """Stop the process `pid` that an earlier run left, if its command line still contains `mark`."""
    until = time.monotonic() + patience_s
    while mark in "\0".join(arguments(pid)):
        os.kill(pid, stop_signal if time.monotonic() < until else signal.SIGKILL)
        # a repeated signal is harmless: both servers continue the shutdown
        time.sleep(0.1)


def arguments(pid: int) -> list[str]:
    """A process's command line; empty for a process that is gone or a zombie. Linux only."""
    try:
        cmdline = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="surrogateescape")
    except OSError:
        return []
    return cmdline.rstrip("\0").split("\0") if cmdline else []


def processes() -> dict[int, list[str]]:
    """The command line of every process of this machine by its id, without kernel threads and zombies. Linux only."""
    pids = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    return {pid: command for pid in pids if (command := arguments(pid))}


def has_arguments(command: list[str], wanted: list[str]) -> bool:
    """Whether a command line contains these arguments, one after the other."""
    return any(command[start : start + len(wanted)] == wanted for start in range(len(command)))
