"""The messages that the stand-in took and reported: in memory and, if it has a file, line by line in that."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TextIO


@dataclass
class Taken:
    """A message that was taken. `at` is ISO 8601 in UTC; `status` is the last reported one, empty before any report."""

    id: str
    number: str
    text: str
    sender: str
    at: str
    status: str = ""


class Book:
    """All messages in the order in which they were taken, and the count of calls in this run.

    A line of the file is a message (`took`) or an answered report (`reported`). All lines but the last are complete
    at any time. Calls and reports come from different threads.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.calls = 0
        self.messages: list[Taken] = []
        self.by_id: dict[str, Taken] = {}
        self.by_number: defaultdict[str, list[Taken]] = defaultdict(list)
        self._lock = Lock()
        self._file: TextIO | None = None
        if file is not None:
            for line in _lines(file):
                self._read(line)
            self._file = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w")
            if file.stat().st_size and not file.read_bytes().endswith(b"\n"):
                # the earlier run was killed while it wrote a line
                self._file.write("\n")

    def take(self, messages: Sequence[Taken]) -> None:
        """Add messages. They are in the file when this returns."""
        with self._lock:
            for message in messages:
                self._add(message)
            self._write([{"event": "took", **asdict(message)} for message in messages])

    def reported(self, id_: str, status: str) -> None:
        """Record that a report was answered. An unknown id is ignored."""
        with self._lock:
            if id_ not in self.by_id:
                return
            self.by_id[id_].status = status
            self._write([{"event": "reported", "id": id_, "status": status}])

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _add(self, message: Taken) -> None:
        self.messages.append(message)
        self.by_id[message.id] = message
        self.by_number[message.number].append(message)

    def _read(self, line: Mapping[str, Any]) -> None:
        if line["event"] == "took":
            self._add(Taken(**{key: value for key, value in line.items() if key != "event"}))
        elif line["id"] in self.by_id:
            self.by_id[line["id"]].status = line["status"]

    def _write(self, lines: Sequence[Mapping[str, Any]]) -> None:
        if self._file is not None:
            self._file.write("".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines))
            self._file.flush()


def _lines(file: Path) -> list[Mapping[str, Any]]:
    lines = []
    for line in file.read_text(errors="replace").splitlines() if file.exists() else []:
        try:
            lines.append(json.loads(line))
        except ValueError:
            # half a line that a killed run left
            continue
    return lines
