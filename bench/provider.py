"""Runs the provider's stand-in in its own process, some milliseconds away."""

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
    """The running stand-in: its port, and the file in which it keeps the messages that it took."""

    port: int
    file: Path
    latency_s: float
    username: str = USERNAME
    api_key: str = API_KEY

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def took(self) -> list[dict[str, Any]]:
        """Every message, in the order in which they were taken."""
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def count(self) -> int:
        return len(self.took())

    def numbers(self, first: int) -> list[str]:
        """The numbers of the messages from index `first` on."""
        return [line["number"] for line in self.took()[first:]]

    def taking(self, first: int, end: int) -> tuple[int, float]:
        """For these messages, the most that were taken in any second, and the seconds from the first to the last."""
        times = sorted(datetime.fromisoformat(line["at"]).timestamp() for line in self.took()[first:end])
        worst = max((bisect_right(times, start + 0.9999) - n for n, start in enumerate(times)), default=0)
        return worst, (times[-1] - times[0]) or 0.001

    def set(self, **faults: object) -> None:
        """Set its faults. The delay stays, and it still posts no reports."""
        _ask(self.port, {"slow_s": self.latency_s, "reports": False, **faults})


@contextmanager
def distant(latency_s: float, file: Path) -> Iterator[Distant]:
    """Start the stand-in. It answers each call after `latency_s` seconds, and posts no delivery reports."""
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
        provider = Distant(port, file, latency_s)
        _until_it_listens(provider)
        yield provider
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
