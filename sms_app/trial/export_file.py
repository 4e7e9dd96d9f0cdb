"""CSV files of the trial: readable by their owner only, written whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from sms_app.programme.workbook.cells import escaped
from sms_app.programme.workbook.whole_files import CannotWrite, WholeFiles

Cell = str | int | bool | date | None
CSV = ".csv"


def write(files: WholeFiles, path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write a CSV file with these columns, mode 0600; gives the number of rows. A file that is there is replaced, and
    stays as it was when the new one can't be written whole.

    None is an empty cell; truth values are `yes` and `no`; a text that a spreadsheet would run as a formula has an
    apostrophe before it. Raises CannotWrite."""
    if path.suffix.lower() != CSV:
        raise CannotWrite(f"Give a file that ends in {CSV}.")
    lines = [[_written(cell) for cell in row] for row in rows]
    files.write(path, lambda to: _fill(to, [list(columns), *lines]))
    return len(lines)


def _fill(to: Path, lines: Iterable[Sequence[str]]) -> None:
    with to.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return escaped(str(cell))
