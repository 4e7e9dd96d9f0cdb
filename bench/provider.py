"""The provider's stand-in as a process of its own, some milliseconds away."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bench.world import SECRET

COMMAND = str(Path(sys.executable).with_name("sms-app"))
USERNAME, API_KEY = "bench", "bench-api-key-0123456789-abcdefghij"


@dataclass(frozen=True)
class Distant:
    """Where it listens, and the file in which it keeps what it took."""

    port: int
    file: Path
    latency_s: float
    username: str = USERNAME
    api_key: str = API_KEY

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def took(self) -> list[dict[str, Any]]:
        """Every message, in the order in which it was taken."""
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def count(self) -> int:
        return len(self.took())

    def numbers(self, first: int) -> list[str]:
        """The numbers of the messages from the first-th on."""
        return [line["number"] for line in self.took()[first:]]

    def taking(self, first: int, end: int) -> tuple[int, float]:
        """Of these messages: the most that were taken in any one second, and the seconds from the first to the last."""
        at = sorted(datetime.fromisoformat(line["at"]).timestamp() for line in self.took()[first:end])
        worst = max((bisect_right(at, start + 0.9999) - n for n, start in enumerate(at)), default=0)
        return worst, (at[-1] - at[0]) or 0.001

    def set(self, **faults: object) -> None:
        """Change what goes wrong there; the delay and that no reports are posted stay."""
        _ask(self.port, {"slow_s": self.latency_s, "reports": False, **faults})


@contextmanager
def distant(latency_s: float, file: Path) -> Iterator[Distant]:
    """Started, and answering each call so many seconds after it came. It posts no delivery reports."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    env = {
        **os.environ,
        "SMS_APP_PROVIDER_USERNAME": USERNAME,
        "SMS_APP_PROVIDER_API_KEY": API_KEY,
        "SMS_APP_CALLBACK_SECRET": SECRET,
    }
    process = subprocess.Popen([COMMAND, "provider", "--port", str(port), "--file", str(file)], env=env)
    try:
        found = Distant(port, file, latency_s)
        _until_it_listens(found)
        yield found
    finally:
        process.terminate()
        process.wait(30)


def _until_it_listens(provider: Distant) -> None:
    for _ in range(200):
        try:
            provider.set()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the provider's stand-in does not start")


def _ask(port: int, faults: dict[str, object]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        guard = {"Authorization": f"Bearer {SECRET}"}
        connection.request("POST", "/control/faults", json.dumps(faults), guard)
        if connection.getresponse().status != 200:
            raise SystemExit("the provider's stand-in does not know these faults")
    finally:
        connection.close()
