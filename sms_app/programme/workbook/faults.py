"""What is wrong with a workbook: each fault by sheet, row and column, with what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """What was expected at one place; `row` counts from 1 as the spreadsheet does, `column` is its title. Row 0 is the
    whole sheet. Never what a cell holds, which may be a name or a number."""

    sheet: str
    row: int
    column: str
    expected: str

    def __str__(self) -> str:
        place = [
            self.sheet,
            *([f"row {self.row}"] if self.row else []),
            *([self.column] if self.column else []),
        ]
        return f"{', '.join(place)}: {self.expected}"


class CannotRead(Exception):
    """A file can't be read as a workbook; the message is one sentence that says why, and what to do."""


class WorkbookFaults(Exception):
    """A workbook can't be imported; `faults` has every fault, in order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))
