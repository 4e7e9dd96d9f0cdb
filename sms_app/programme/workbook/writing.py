"""Writing a workbook, or a folder of CSV files: with rows, or empty as a template."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from sms_app.programme.workbook.columns import Column, Kind, Sheet
from sms_app.programme.workbook.files import README
from sms_app.programme.workbook.whole_files import CannotWrite, WholeFiles

Cell = str | int | date
Content = Mapping[str, Iterable[Sequence[Cell]]]
"""The rows of each sheet, by its name, cells in the order of its columns."""
XLSX = ".xlsx"
MAX_LIST = 255
"""Characters of a validation list that Excel takes."""
ROWS_CHECKED = 1_000_000
TEXT_KINDS = frozenset({Kind.KEY, Kind.CODE, Kind.MEMBER, Kind.PHONE, Kind.TEXT, Kind.PLACE, Kind.HOUR})
WIDTH, HELP_WIDTH = 18, 90
INTRODUCTION = """\
Each sheet below has one kind of thing, one a row. The first row has the columns' titles: leave it as it is.
Leave away the sheets and columns that you do not need. What is not in the file stays as it is stored.
A row is found again by the columns marked "key": change anything else, import the file again, and just that is changed.
An empty cell clears what is stored, except in columns marked "kept": there it leaves what is stored.
Nothing is ever deleted: give the day on which something ended.
Write codes, member numbers and telephone numbers as text, so that no leading zero is lost.
No formulas, no merged cells.
A text that begins with an apostrophe and a sign such as '= was written so that no spreadsheet runs it.\
"""


def write(files: WholeFiles, path: Path, sheets: Sequence[Sheet], content: Content) -> None:
    """Write an .xlsx file, or a folder of CSV files for a path without a suffix; nobody else may read it. A
    file that is there is replaced. Raises CannotWrite."""
    if path.suffix.lower() == XLSX and not path.is_dir():
        files.write(path, lambda to: _workbook(to, sheets, content))
    elif path.suffix and not path.is_dir():
        raise CannotWrite(f"Give a file that ends in {XLSX}, or a folder for CSV files.")
    else:
        _folder(files, path, sheets, content)


def in_memory(sheets: Sequence[Sheet], content: Content) -> bytes:
    """An .xlsx file, which is on no disk meanwhile."""
    file = BytesIO()
    _workbook(file, sheets, content)
    return file.getvalue()


def _folder(files: WholeFiles, path: Path, sheets: Sequence[Sheet], content: Content) -> None:
    if path.is_file():
        raise CannotWrite(f"{path.name} is a file: give a folder, or a file that ends in {XLSX}.")
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"{path.name} can't be made: {error.strerror}.") from None
    for sheet in sheets:
        rows = content.get(sheet.name, ())
        files.write(path / f"{sheet.name}.csv", partial(_csv, sheet=sheet, rows=rows))
    files.write(
        path / "read-me.txt", lambda to: to.write_text("\n".join(_explained(sheets)) + "\n", encoding="utf-8")
    )


def _csv(to: Path, sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> None:
    # the mark lets Excel know that it is UTF-8
    with to.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow([column.title for column in sheet.columns])
        writer.writerows(rows)


def _explained(sheets: Sequence[Sheet]) -> list[str]:
    lines = [*INTRODUCTION.splitlines(), ""]
    for sheet in sheets:
        lines += [f"{sheet.title}: {sheet.help}"]
        lines += [f"  {column.title}{_marks(sheet, column)}: {_help(column)}" for column in sheet.columns]
        lines += [""]
    return lines


def _marks(sheet: Sheet, column: Column) -> str:
    marks = [
        *(["key"] if column.name in sheet.key and len(sheet.key) < len(sheet.columns) else []),
        *(["needed"] if column.needed else []),
        *(["kept"] if column.keeps else []),
    ]
    return f" ({', '.join(marks)})" if marks else ""


def _help(column: Column) -> str:
    choices = ", ".join(choice.replace("_", " ") for choice in column.choices)
    return f"{column.help} One of: {choices}." if choices else column.help


def _workbook(to: Path | BytesIO, sheets: Sequence[Sheet], content: Content) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    on_disk = isinstance(to, Path)
    options |= {"constant_memory": on_disk, "in_memory": not on_disk}
    with xlsxwriter.Workbook(str(to) if on_disk else to, options) as book:
        formats = {
            "title": book.add_format({"bold": True, "bg_color": "#dddddd", "border": 1}),
            "text": book.add_format({"num_format": "@"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "help": book.add_format({"text_wrap": True}),
        }
        _readme(book, formats, sheets)
        for sheet in sheets:
            _sheet(book, formats, sheet, content.get(sheet.name, ()))


def _readme(book: Any, formats: Mapping[str, Any], sheets: Sequence[Sheet]) -> None:
    page = book.add_worksheet(README)
    page.set_column(0, 1, WIDTH + 8)
    page.set_column(2, 2, HELP_WIDTH, formats["help"])
    row = 0
    for line in INTRODUCTION.splitlines():
        page.write_string(row, 0, line)
        row += 1
    for sheet in sheets:
        row += 1
        page.write_string(row, 0, sheet.title, formats["title"])
        page.write_string(row, 2, sheet.help)
        for column in sheet.columns:
            row += 1
            page.write_string(row, 1, column.title + _marks(sheet, column))
            page.write_string(row, 2, _help(column))
        row += 1


def _sheet(book: Any, formats: Mapping[str, Any], sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> None:
    page = book.add_worksheet(sheet.title)
    page.freeze_panes(1, 0)
    for place, column in enumerate(sheet.columns):
        style = (
            formats["day"]
            if column.kind is Kind.DAY
            else formats["text"]
            if column.kind in TEXT_KINDS
            else None
        )
        page.set_column(place, place, WIDTH, style)
        page.write_string(0, place, column.title, formats["title"])
        page.write_comment(0, place, _help(column) + (" Needed." if column.needed else ""))
        choices = [choice.replace("_", " ") for choice in column.choices]
        if column.kind is Kind.YES_NO:
            choices = ["yes", "no"]
        if choices and len(",".join(choices)) <= MAX_LIST:
            page.data_validation(1, place, ROWS_CHECKED, place, {"validate": "list", "source": choices})
    for number, row in enumerate(rows, 1):
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                if cell:
                    page.write_string(number, place, cell, formats["text"])
            elif isinstance(cell, date):
                page.write_datetime(number, place, cell, formats["day"])
            else:
                page.write_number(number, place, cell)
