"""The columns of an export, and the data dictionary that is written beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sms_app.programme.workbook.whole_files import CannotWrite, WholeFiles
from sms_app.trial import export_file
from sms_app.trial.export_file import CSV, Cell

HEADER = ("column", "type", "meaning", "source")


@dataclass(frozen=True)
class Column:
    """A column of an export: its name, the type of its values, what they mean, and which tables they come from."""

    name: str
    type: str
    meaning: str
    source: str


def beside(path: Path) -> Path:
    """Where the dictionary of an export stands: `week-dictionary.csv` beside `week.csv`."""
    return path.with_name(f"{path.stem}-dictionary{CSV}")


def write(files: WholeFiles, path: Path, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> int:
    """Write an export and its dictionary as CSV files; gives the number of rows. Raises CannotWrite."""
    if path.suffix.lower() != CSV:
        raise CannotWrite(f"Give a file that ends in {CSV}.")
    described = [(column.name, column.type, column.meaning, column.source) for column in columns]
    export_file.write(files, beside(path), HEADER, described)
    return export_file.write(files, path, [column.name for column in columns], rows)
