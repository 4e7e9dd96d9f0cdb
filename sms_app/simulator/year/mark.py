"""The mark of a data folder that has a simulated year: which one, and whether it was finished."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

MARK = "year.json"


@dataclass(frozen=True)
class Mark:
    """What a data folder says of its year."""

    seed: int
    weeks: int
    is_finished: bool

    def __str__(self) -> str:
        return f"seed {self.seed}, {self.weeks} weeks"


def read_mark(data: Path) -> Mark | None:
    """The mark of a folder; None when it has no simulated year, finished or not."""
    try:
        given = json.loads((data / MARK).read_text())
    except FileNotFoundError:
        return None
    return Mark(int(given["seed"]), int(given["weeks"]), bool(given["is_finished"]))


def write_mark(data: Path, mark: Mark) -> None:
    """Write the mark of a folder, whole or not at all."""
    half = data / f"{MARK}.half"
    half.write_text(json.dumps(mark.__dict__))
    half.rename(data / MARK)
