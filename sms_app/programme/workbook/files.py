"""Opening a workbook, or a folder of CSV files, as rows of raw cells. Refuses what could be misread or harm."""

from __future__ import annotations

import csv
import html
import posixpath
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PureWindowsPath
from typing import BinaryIO

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
    XmlError,
    ZipError,
)

from sms_app.programme.workbook import archive, sheet_xml
from sms_app.programme.workbook.faults import CannotRead, Fault

README = "Read me"
UTF8_BOM, UTF16_BOMS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = ",;\t"
SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^<>]{0,2000}>")
RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^<>]{0,2000}>")
ATTRIBUTE = re.compile(rb"""([\w:]{1,40})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)')""")
LISTS = ("xl/_rels/workbook.xml.rels", "xl/workbook.xml")
MAX_LIST_BYTES = 2**22
"""The parts with the names and places of the sheets, and how long each may be."""
FORMULA = "expected a value, and there is a formula: copy the cells and paste them as values"
ERROR = "expected a value, and there is an error"
UNSEEN = "the sheet can't be checked for formulas: copy its cells, as values, into the template"
MERGED = "expected a value in each cell, and cells are merged: unmerge them"
HIDDEN = "the sheet is hidden: show it, or delete it"


@dataclass
class Grid:
    """One sheet's raw cells. `rows[0]` is the spreadsheet's row 1; `faults` are (row, column) with what was expected,
    row and column from 1, 0 for the whole."""

    title: str
    rows: Sequence[Sequence[object]]
    faults: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Uploaded:
    """A file that somebody sent: what it is called there, and its bytes. It is never on a disk."""

    name: str
    content: bytes = field(repr=False)


def read(path: Path) -> tuple[list[Grid], list[Fault]]:
    """The sheets of a workbook or folder, without the one that explains, and what is wrong with whole files. Raises
    CannotRead."""
    if path.is_dir():
        return _folder(path)
    if not path.exists():
        raise CannotRead(f"There is no file {path.name}.")
    if path.suffix.lower() == ".csv":
        raise CannotRead("Give the folder of the CSV files, one file a sheet, not one of them.")
    with path.open("rb") as file:
        return _workbook(file, path.name, archive.LIMITS), []


def read_uploaded(uploaded: Sequence[Uploaded], limits: archive.Limits) -> tuple[list[Grid], list[Fault]]:
    """The same of one workbook, or of CSV files that are each called like a sheet. Raises CannotRead."""
    kinds = {PureWindowsPath(file.name).suffix.lower() for file in uploaded}
    if kinds == {".csv"}:
        if sum(len(file.content) for file in uploaded) > limits.file:
            raise CannotRead(archive.too_large(limits))
        return _csv_files([(PureWindowsPath(file.name).name, file.content) for file in uploaded])
    if len(uploaded) > 1:
        raise CannotRead("Choose one .xlsx workbook, or CSV files only, one a sheet.")
    for file in uploaded:
        return _workbook(BytesIO(file.content), "The file", limits), []
    raise CannotRead("No file was chosen.")


def _workbook(file: BinaryIO, name: str, limits: archive.Limits) -> list[Grid]:
    seen = archive.inspect(file, name, limits)
    try:
        places = _places(file)
        file.seek(0)
        with CalamineWorkbook.from_filelike(file) as book:
            grids = []
            for sheet in book.sheets_metadata:
                if sheet.name.strip().casefold() == README.casefold():
                    continue
                grids.append(_sheet(book, sheet.name, seen.get(places.get(sheet.name, ""))))
                if sheet.visible is not SheetVisibleEnum.Visible:
                    grids[-1].faults.append((0, 0, HIDDEN))
            return grids
    except PasswordError:
        raise CannotRead("The workbook is protected by a password: save it without one.") from None
    except (CalamineError, XmlError, ZipError, OSError):
        raise CannotRead(sheet_xml.NOT_XLSX) from None


def _sheet(book: CalamineWorkbook, name: str, seen: sheet_xml.SheetXml | None) -> Grid:
    if seen is None:
        return Grid(name, [], [(0, 0, UNSEEN)])
    sheet = book.get_sheet_by_name(name)
    rows = sheet.to_python(skip_empty_area=False)
    faults = _cell_faults(seen)
    for (first_row, first_column), _last in sheet.merged_cell_ranges or ():
        faults.append((first_row + 1, first_column + 1, MERGED))
    return Grid(name, rows, faults)


def _cell_faults(seen: sheet_xml.SheetXml) -> list[tuple[int, int, str]]:
    """Formulas and errors; those that say no place are the whole sheet's fault."""
    faults = [(row, column, FORMULA) for row, column in sorted(seen.formulas)]
    faults += [(row, column, ERROR) for row, column in sorted(seen.errors - seen.formulas)]
    if seen.formulas_without_place:
        faults.append((0, 0, FORMULA))
    if seen.errors_without_place:
        faults.append((0, 0, ERROR))
    return faults


def _places(file: BinaryIO) -> dict[str, str]:
    """Each sheet's path in the zip, by its name."""
    with zipfile.ZipFile(file) as packed:
        names = set(packed.namelist())
        if "xl/_rels/workbook.xml.rels" not in names:
            return {}
        if any(packed.getinfo(name).file_size > MAX_LIST_BYTES for name in LISTS):
            raise CannotRead(sheet_xml.BOMB)
        relations = RELATION.findall(packed.read("xl/_rels/workbook.xml.rels"))
        sheets = SHEET.findall(packed.read("xl/workbook.xml"))
    targets = {}
    for relation in relations:
        words = _attributes(relation)
        targets[words.get(b"Id")] = words.get(b"Target", b"").decode()
    places = {}
    for element in sheets:
        words = _attributes(element)
        target = targets.get(next((v for k, v in words.items() if k.endswith(b":id")), b""), "")
        name = html.unescape(words.get(b"name", b"").decode("utf-8", "replace"))
        places[name] = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    return places


def _attributes(element: bytes) -> dict[bytes, bytes]:
    return {name: double or single for name, double, single in ATTRIBUTE.findall(element)}


def _folder(path: Path) -> tuple[list[Grid], list[Fault]]:
    files = sorted(file for file in path.iterdir() if file.suffix.lower() == ".csv")
    if not files:
        raise CannotRead("The folder has no CSV file.")
    if sum(file.stat().st_size for file in files) > archive.MAX_FILE_BYTES:
        raise CannotRead(archive.too_large())
    return _csv_files([(file.name, file.read_bytes()) for file in files])


def _csv_files(files: Sequence[tuple[str, bytes]]) -> tuple[list[Grid], list[Fault]]:
    """The sheets of CSV files, each by its file's name and bytes."""
    grids, faults = [], []
    for name, content in files:
        try:
            grids.append(Grid(name[: -len(".csv")], parse_csv(content)))
        except CannotRead as error:
            faults.append(Fault(name, 0, "", str(error)))
    return grids, faults


def read_csv(file: Path) -> list[list[object]]:
    """The raw cells of a CSV file, whatever its encoding and delimiter. Raises CannotRead."""
    return parse_csv(file.read_bytes())


def parse_csv(content: bytes) -> list[list[object]]:
    """The same of its bytes."""
    text = _decoded(content)
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        return [
            list[object](row)
            for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
        ]
    except csv.Error:
        raise CannotRead("expected CSV, and a quotation mark is not closed") from None


def _decoded(raw: bytes) -> str:
    if not raw:
        raise CannotRead("the file is empty")
    try:
        if raw.startswith(UTF16_BOMS):
            return raw.decode("utf-16")
        text = raw.removeprefix(UTF8_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CannotRead(
            f"expected the encoding UTF-8, and line {line} is in another one: save it as `CSV UTF-8`"
        ) from None
    if "\0" in text:
        raise CannotRead("expected the encoding UTF-8: save it as `CSV UTF-8`")
    return text
