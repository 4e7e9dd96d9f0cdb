"""`sms-app up` on a folder of its own, as a terminal runs it: start it, ask it, look at its processes, stop it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from tests.world.waiting import PATIENCE_S, wait_for

COMMAND = str(Path(sys.executable).with_name("sms-app"))
BARE = {key: value for key, value in os.environ.items() if not key.startswith("SMS_APP_")}


@dataclass
class Up:
    """One `sms-app up` on a folder; `said` is what it printed."""

    place: Path
    env: dict[str, str] = field(default_factory=dict)
    own_group: bool = False

    def start(self, *options: str) -> Up:
        self.log = (self.place.parent / f"{self.place.name}.log").open("w+")
        self.process = subprocess.Popen(
            [COMMAND, "up", "--data", str(self.place), *options],
            stdout=self.log,
            stderr=self.log,
            env=BARE | self.env,
            process_group=0 if self.own_group else None,
        )
        try:
            wait_for(lambda: "ready" in self.said or self.process.poll() is not None, self)
            ready = re.search(r"^ready http://127\.0\.0\.1:(\d+)$", self.said, re.MULTILINE)
            assert ready, self.said
        except AssertionError:
            self.stop()
            raise
        self.port = int(ready[1])
        return self

    @property
    def said(self) -> str:
        return Path(self.log.name).read_text()

    def get(self, path: str) -> tuple[int, str]:
        """Status and body; 0 when nobody listens."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(sign)
        self.process.wait(PATIENCE_S)
        self.log.close()
        return self.process.returncode

    def processes(self) -> dict[int, str]:
        """Everything that runs for this folder, by process id, with its command; zombies apart."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                environment = (entry / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if command and (str(self.place) in command or str(self.place) in environment):
                found[int(entry.name)] = command
        return found
