"""What is looked for after someone asked for help, and where: a search of everything that the service leaves behind.

`search` gives what it sees by the kind of place. Each kind has a leak planted in tests/private/test_wall_canary.py, so
that a kind that looks at nothing is noticed."""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

LOG, SERVER_LOG = "application log", "PostgreSQL log"
REDIS, METRICS, ANSWERS, EXPORT = "Redis", "metrics", "answers", "export"
DUMP, WALLED = "dump", "dump of private"
DATA, WAL = "data folder", "WAL"
VIEWS, STATISTICS, SEQUENCES, TRANSACTIONS = "statistics views", "statistics", "sequences", "transaction ids"
STEM = "+2507800093"
"""The beginning of every number that is looked for; two digits follow."""
WORDS = ("inbox", "envelope")
"""Names of things behind the wall. A place where the database says its own tables' names may have them."""
MAY_NAME = (DUMP, WALLED, DATA, WAL, VIEWS)
NEAR = 60
"""The bytes around the stem of a number in which the rest of a notation is looked for."""
MIN_STEM = 6


@dataclass(frozen=True)
class Canaries:
    """`numbers` are in E.164 and begin with STEM. `choices` are words that only a request has. `keyed` are ids that
    only a dialogue of help has, as bytes. `rows` are the ids of requests."""

    numbers: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    keyed: tuple[bytes, ...] = ()
    rows: tuple[bytes, ...] = ()

    @cached_property
    def notations(self) -> list[tuple[bytes, Mapping[bytes, str]]]:
        """For each notation what stands for each number, and before it what all these share, or nothing."""
        patterns: dict[str, dict[bytes, str]] = defaultdict(dict)
        for number in self.numbers:
            for name, pattern in notations(number).items():
                patterns[name][pattern] = f"{number} as {name}"
        return [(_shared(list(of_notation)), of_notation) for of_notation in patterns.values()]

    @cached_property
    def plain(self) -> Mapping[bytes, str]:
        """What is looked for as it is: choices, and ids as bytes."""
        patterns = {word.encode(): word for word in self.choices}
        return patterns | {id_: id_.hex() for id_ in (*self.keyed, *self.rows)}

    @cached_property
    def in_text(self) -> Mapping[bytes, str]:
        """What stands for ids and numbers in a text: ids in hex, and hashes of the numbers without a key, in hex:
        whoever has such a hash tries all numbers."""
        patterns = {id_.hex().encode(): id_.hex() for id_ in (*self.keyed, *self.rows)}
        return patterns | {
            hashlib.new(name, text.encode()).hexdigest().encode(): f"{number} as {name}"
            for number in self.numbers
            for text in (number, number[1:], f"0{number[4:]}", number[4:])
            for name in ("md5", "sha1", "sha256")
        }

    def seen(self, data: bytes) -> Iterator[str]:
        """What of all this some bytes have."""
        for stem, patterns in self.notations:
            yield from _seen(data, stem, patterns)
        yield from (label for pattern, label in self.plain.items() if pattern in data)

    def seen_in_text(self, data: bytes) -> Iterator[str]:
        """What of all this a text has."""
        yield from self.seen(data)
        yield from (label for pattern, label in self.in_text.items() if pattern in data)


def notations(number: str) -> dict[str, bytes]:
    """The ways to write a number (E.164), as bytes."""
    home = number[4:]
    groups = home[:3], home[3:6], home[6:]
    value = int(number[1:])
    written = {
        "digits": home.encode(),
        "groups": " ".join(groups).encode(),
        "groups with dashes": "-".join(groups).encode(),
        "groups with dots": ".".join(groups).encode(),
        "groups in a form": "+".join(groups).encode(),
        "groups in a URL": "%20".join(groups).encode(),
        "pairs": f"0{home[0]} {home[1:3]} {home[3:5]} {home[5:7]} {home[7:]}".encode(),
        "integer": value.to_bytes(8, "big"),
        "integer, small end first": value.to_bytes(8, "little"),
        "integer in hex": f"{value:x}".encode(),
    }
    for name in ("digits", "groups"):
        plain = written[name]
        written[f"{name} in hex"] = plain.hex().encode()
        written[f"{name} in HEX"] = plain.hex().upper().encode()
        written[f"{name}, two bytes a letter"] = plain.decode().encode("utf-16-le")
        # three bytes are four letters of base64, so what stands before decides which of three ways it is written
        for before in range(3):
            coded = b64encode(b" " * before + plain)
            written[f"{name} in base64, {before}"] = coded[
                -(-before * 4 // 3) : (before + len(plain)) * 4 // 3
            ]
    return written


def _seen(data: bytes, stem: bytes, patterns: Mapping[bytes, str]) -> Iterator[str]:
    """Which patterns of one notation some bytes have. Most have not even what all patterns share."""
    if stem:
        at, near = data.find(stem), []
        while at >= 0:
            near.append(data[max(0, at - NEAR) : at + len(stem) + NEAR])
            at = data.find(stem, at + 1)
        data = b"\0".join(near)
    if data:
        yield from (label for pattern, label in patterns.items() if pattern in data)


def _shared(patterns: list[bytes]) -> bytes:
    """What all patterns begin or end with; nothing when that is short."""
    backwards = [pattern[::-1] for pattern in patterns]
    stem = max(_prefix(patterns), _prefix(backwards)[::-1], key=len)
    return stem if len(stem) >= MIN_STEM else b""


def _prefix(patterns: list[bytes]) -> bytes:
    lowest, highest = min(patterns), max(patterns)
    length = next(
        (n for n, pair in enumerate(zip(lowest, highest, strict=False)) if pair[0] != pair[1]), len(lowest)
    )
    return lowest[:length]


@dataclass
class Traces:
    """What the service left behind: `texts` and `files` by kind, `statistics` rows that there should not be, sequences
    `before` and now, and `shared` transaction ids of rows on both sides of the wall."""

    texts: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    files: list[tuple[str, Path]] = field(default_factory=list)
    statistics: list[str] = field(default_factory=list)
    before: Mapping[str, object] = field(default_factory=dict)
    sequences: Mapping[str, object] = field(default_factory=dict)
    shared: list[str] = field(default_factory=list)

    def say(self, kind: str, text: str | bytes) -> None:
        self.texts[kind].append(text.encode() if isinstance(text, str) else text)


def search(traces: Traces, canaries: Canaries, rows_may_stand: Iterable[Path] = ()) -> dict[str, set[str]]:
    """What was given away, by kind. The ids of requests may stand in the WAL, and in the files `rows_may_stand` of the
    tables behind the wall."""
    without_rows = Canaries(canaries.numbers, canaries.choices, canaries.keyed)
    leaks: dict[str, set[str]] = defaultdict(set)
    for kind, texts in traces.texts.items():
        looked_for = without_rows if kind == WALLED else canaries
        for text in texts:
            leaks[kind].update(looked_for.seen_in_text(text))
            if kind not in MAY_NAME:
                leaks[kind].update(word for word in WORDS if word.encode() in text)
    may_stand = set(rows_may_stand)
    for kind, path in traces.files:
        looked_for = without_rows if kind == WAL or path in may_stand else canaries
        # files of PostgreSQL's are filled up with zeros; the last number may end with a few
        leaks[kind].update(looked_for.seen(path.read_bytes().rstrip(b"\0") + bytes(8)))
    leaks[STATISTICS].update(traces.statistics)
    leaks[SEQUENCES].update(
        name for name, value in traces.sequences.items() if traces.before.get(name) != value
    )
    leaks[TRANSACTIONS].update(traces.shared)
    return {kind: labels for kind, labels in leaks.items() if labels}


def unpacked(value: bytes) -> Iterator[bytes]:
    """A value of Redis as it is, and what it has inside when it is packed, as RQ packs a job."""
    yield value
    with suppress(zlib.error):
        yield zlib.decompress(value)
