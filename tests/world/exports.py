"""How tests read what was exported."""

import csv
from pathlib import Path


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by its columns."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
