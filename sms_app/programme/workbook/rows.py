"""From raw cells to rows of values: headers found, each cell read, every fault noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sms_app.programme.settings import Programme
from sms_app.programme.workbook import cells
from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.columns import Column, Sheet
from sms_app.programme.workbook.faults import Fault
from sms_app.programme.workbook.files import Grid

Key = tuple[Value, ...]
NEEDED = "expected a value, and the cell is empty"


@dataclass(frozen=True)
class Row:
    """One row of a sheet: its number in the spreadsheet, and the values of the columns that the sheet has. `wrong` has
    the columns whose cells can't be read."""

    number: int
    values: Mapping[str, Value]
    wrong: frozenset[str] = frozenset()

    def key(self, sheet: Sheet) -> Key | None:
        """By which values the row is found again; None if one of them can't be read."""
        if self.wrong & set(sheet.key):
            return None
        return tuple(self.values.get(name) for name in sheet.key)


Rows = Mapping[str, Sequence[Row]]
"""The rows of each sheet, by the sheet's name."""


def parse(grids: Sequence[Grid], sheets: Sequence[Sheet], programme: Programme) -> tuple[Rows, list[Fault]]:
    """All rows and every fault of their cells."""
    faults: list[Fault] = []
    rows: dict[str, Sequence[Row]] = {}
    titles = {_folded(name): sheet for sheet in sheets for name in (sheet.title, sheet.name)}
    for place, grid in enumerate(grids, 1):
        sheet = titles.get(_folded(grid.title))
        if sheet is None:
            known = ", ".join(sheet.title for sheet in sheets)
            faults.append(
                Fault(
                    f"A sheet with an unknown name, sheet {place}",
                    0,
                    "",
                    f"no sheet is called so: expected {known}",
                )
            )
        elif sheet.name in rows:
            faults.append(Fault(grid.title, 0, "", "the sheet is there twice"))
        else:
            reader = _Reader(sheet, grid, programme)
            rows[sheet.name] = reader.read()
            faults += reader.faults
    return rows, faults


def letters(place: int) -> str:
    """How a spreadsheet calls a column, counted from 1: AB is 28."""
    return (letters((place - 1) // 26) if place > 26 else "") + chr(ord("A") + (place - 1) % 26)


def _folded(title: str) -> str:
    return " ".join(title.replace("_", " ").split()).casefold()


class _Reader:
    def __init__(self, sheet: Sheet, grid: Grid, programme: Programme) -> None:
        self.sheet, self.grid, self.programme = sheet, grid, programme
        self.faults: list[Fault] = []
        self.by_title = {_folded(column.title): column for column in sheet.columns}

    def read(self) -> Sequence[Row]:
        """The sheet's rows; none when its header can't be used."""
        header = self.grid.rows[0] if self.grid.rows else []
        if not self._is_header(header):
            self._no_header()
            self._place_faults([])
            return []
        columns = self._columns(header)
        self._place_faults(columns)
        missing = [
            column
            for column in self.sheet.columns
            if (column.needed or (column.name in self.sheet.key and not column.may_be_absent))
            and column not in columns
        ]
        for column in missing:
            self._fault(1, column.title, "expected this column, and the sheet does not have it")
        return [] if missing else self._rows(columns)

    def _is_header(self, row: Sequence[object]) -> bool:
        return any(isinstance(cell, str) and _folded(cell) in self.by_title for cell in row)

    def _no_header(self) -> None:
        expected = ", ".join(column.title for column in self.sheet.columns)
        for number, row in enumerate(self.grid.rows[1:10], 2):
            if self._is_header(row):
                self._fault(
                    1,
                    "",
                    f"expected the columns' titles in row 1, and they are in row {number}: delete the rows above",
                )
                return
        self._fault(1, "", f"expected the columns' titles in row 1: {expected}")

    def _columns(self, header: Sequence[object]) -> list[Column | None]:
        columns: list[Column | None] = []
        for place, cell in enumerate(header, 1):
            title = str(cell or "").strip()
            column = self.by_title.get(_folded(title))
            if column is None and (title or self._has_values(place)):
                self._fault(1, f"column {letters(place)}", "the sheet has no such column: see `Read me`")
            elif column is not None and column in columns:
                self._fault(1, column.title, "the column is there twice")
                column = None
            columns.append(column)
        return columns

    def _has_values(self, place: int) -> bool:
        return any(len(row) >= place and row[place - 1] not in (None, "") for row in self.grid.rows[1:])

    def _place_faults(self, columns: Sequence[Column | None]) -> None:
        for row, place, expected in self.grid.faults:
            column = columns[place - 1] if 0 < place <= len(columns) else None
            title = column.title if column else f"column {letters(place)}" if place else ""
            self._fault(row, title, expected)

    def _rows(self, columns: Sequence[Column | None]) -> Sequence[Row]:
        rows = []
        given = [(place, column) for place, column in enumerate(columns) if column is not None]
        for number, raw in enumerate(self.grid.rows[1:], 2):
            if all(
                cell is None or cell == "" or (isinstance(cell, str) and not cell.strip()) for cell in raw
            ):
                continue
            if number == 2 and self._is_second_header(raw, given):
                self._fault(2, "", "expected one row of titles, and there are two: delete this one")
                continue
            if len(raw) > len(columns) and any(cell not in (None, "") for cell in raw[len(columns) :]):
                self._fault(
                    number, f"column {letters(len(columns) + 1)}", "there is a value beyond the last column"
                )
            rows.append(self._row(number, raw, given))
        return rows

    def _is_second_header(self, raw: Sequence[object], given: Sequence[tuple[int, Column]]) -> bool:
        titles = [
            str(raw[place])
            for place, column in given
            if place < len(raw) and _folded(str(raw[place])) in self.by_title
        ]
        return len(titles) >= min(2, len(given))

    def _row(self, number: int, raw: Sequence[object], given: Sequence[tuple[int, Column]]) -> Row:
        values: dict[str, Value] = {}
        wrong = set()
        for place, column in given:
            cell = raw[place] if place < len(raw) else None
            try:
                value = cells.read(cell, column, self.programme.country, self.programme.banned_stems)
                if value is None and column.needed:
                    raise cells.Wrong(NEEDED)
                values[column.name] = value
            except cells.Wrong as error:
                self._fault(number, column.title, str(error))
                wrong.add(column.name)
        return Row(number, values, frozenset(wrong))

    def _fault(self, row: int, column: str, expected: str) -> None:
        self.faults.append(Fault(self.sheet.title, row, column, expected))
