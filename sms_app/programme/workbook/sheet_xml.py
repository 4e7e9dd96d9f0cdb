"""Reads the XML of a workbook's parts as it is unpacked: how far the cells reach, and which have formulas or errors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from xml.parsers import expat

from sms_app.programme.workbook.faults import CannotRead

NOT_XLSX = (
    "This is not an .xlsx workbook: save it again as Excel Workbook (.xlsx), or give a folder of CSV files."
)
BOMB = "The file unpacks to far more than a workbook has: it was not read."
FAR_AWAY = "A sheet has a cell far away from all others: delete the empty rows and columns."
MERGED = "A sheet has thousands of merged cells: unmerge them."
MAX_DEPTH, MAX_ROWS, MAX_COLUMNS = 100, 1_048_576, 16_384
MAX_PLACES = 10_000
"""Of formulas, errors and merged cells: so many places are kept."""
MAX_GAP = 2**18
"""Bytes from one tag's beginning to the next one's: a cell's text has 32,767 characters at most."""
PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<", b"\0\0")
"""How XML begins that has more than a byte for a letter: no program writes a workbook so."""
IN_A_CELL = frozenset({"v", "f", "is", "t", "r", "rPr"})


@dataclass
class SheetXml:
    """What was seen of one part's XML: its cells with formulas and with errors as (row, column), how many more of them
    there are without a place, and how far its cells reach."""

    formulas: set[tuple[int, int]] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)
    rows: int = 0
    columns: int = 0
    formulas_without_place: int = 0
    errors_without_place: int = 0


class SheetReader:
    """Takes the bytes of a part's XML, chunk by chunk. Raises CannotRead for what no spreadsheet program writes."""

    def __init__(self) -> None:
        self.seen = SheetXml()
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = _refuse
        self._depth = self._row = self._column = self._merged = 0
        self._gap, self._begun = 0, False
        self._in_cell = self._is_placed = False
        self._place = (0, 0)

    def feed(self, chunk: bytes, is_last: bool = False) -> None:
        """Read the next bytes."""
        if not self._begun and chunk.startswith(WIDE):
            raise CannotRead(NOT_XLSX)
        self._begun = True
        pieces = chunk.split(b"<")
        self._gap += len(pieces[0])
        longest = max(self._gap, max(map(len, pieces)))
        self._gap = self._gap if len(pieces) == 1 else len(pieces[-1])
        if longest > MAX_GAP:
            raise CannotRead(BOMB)
        try:
            self._parser.Parse(chunk, is_last)
        except expat.ExpatError:
            raise CannotRead(NOT_XLSX) from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise CannotRead(NOT_XLSX)
        # most parts of a sheet are cells and their values
        if tag == "v":
            return
        name = tag.rpartition(":")[2]
        if name == "c":
            self._cell(attributes.get("r"))
            self._in_cell = True
            if attributes.get("t") == "e":
                self.seen.errors_without_place += not self._keep(self.seen.errors)
        elif name in IN_A_CELL and self._in_cell:
            if name == "f":
                self.seen.formulas_without_place += not self._keep(self.seen.formulas)
        else:
            self._in_cell = False
            self._other(name, attributes)

    def _end(self, _tag: str) -> None:
        self._depth -= 1

    def _other(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self._row = _number(attributes["r"]) if "r" in attributes else self._row + 1
            self._column = 0
        elif name == "mergeCell":
            self._merged += 1
            if self._merged > MAX_PLACES:
                raise CannotRead(MERGED)

    def _cell(self, written: str | None) -> None:
        """A cell begins: `written` is its place, such as B7, or None: it is the next of its row."""
        self._is_placed = written is not None
        if written is None:
            row, self._column = self._row, self._column + 1
        else:
            place = PLACE.fullmatch(written.upper())
            if place is None:
                raise CannotRead(NOT_XLSX)
            row, self._column = int(place[2]), column_number(place[1])
        if row > MAX_ROWS or self._column > MAX_COLUMNS:
            raise CannotRead(FAR_AWAY)
        self._place = (row, self._column)
        if row > self.seen.rows:
            self.seen.rows = row
        if self._column > self.seen.columns:
            self.seen.columns = self._column

    def _keep(self, places: set[tuple[int, int]]) -> bool:
        """Keep the place of the cell; False when it says none, or too many are kept."""
        if self._is_placed and len(places) < MAX_PLACES:
            places.add(self._place)
            return True
        return False


@cache
def column_number(letters: str) -> int:
    """A column's number, from 1: AB is 28."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _number(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) <= 7):
        raise CannotRead(NOT_XLSX)
    return int(written)


def _refuse(*_declaration: object) -> None:
    raise CannotRead(NOT_XLSX)
