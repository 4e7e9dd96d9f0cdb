"""What a sheet and a column of a workbook are, and the kinds of values in a column."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MAX_TEXT_LENGTH, MAX_VERSION_LENGTH = 80, 20
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHARED, PRIVATE = "shared", "private"


class Kind(StrEnum):
    """How a cell's text is understood; `cells` reads and writes each."""

    TEXT = "text"
    KEY = "key"
    CODE = "code"
    MEMBER = "member"
    PHONE = "phone"
    PLACE = "place"
    DAY = "day"
    HOUR = "hour"
    COUNT = "count"
    YES_NO = "yes_no"
    CHOICE = "choice"
    WEEKDAY = "weekday"


@dataclass(frozen=True)
class Column:
    """A column. `name` is its name in our code, `title` stands in the sheet's first row.

    `needed`: no cell may be empty. `keeps`: an empty cell leaves what is stored, or lets the import choose for a new
    row; any other empty cell clears what is stored. `refers` is the sheet of whose keys it must be. `longest` is the
    most characters of a text, or the largest number; `least` the smallest number. `may_be_absent`: a sheet may lack the
    column although it is part of the key, as files of an earlier version do."""

    name: str
    title: str
    kind: Kind
    help: str
    needed: bool = False
    keeps: bool = False
    choices: tuple[str, ...] = ()
    refers: str = ""
    longest: int = MAX_TEXT_LENGTH
    least: int = 0
    may_be_absent: bool = False


@dataclass(frozen=True)
class Sheet:
    """A sheet; `key` names the columns by which a row is found again. Its CSV file is `<name>.csv`."""

    name: str
    title: str
    help: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """The column of a name."""
        return next(column for column in self.columns if column.name == name)
