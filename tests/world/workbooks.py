"""Workbooks for tests: a small sound one, and files with one thing wrong."""

from __future__ import annotations

import csv
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import xlsxwriter

from sms_app.programme.settings import load_programme
from sms_app.programme.workbook import importing
from sms_app.programme.workbook.sheets import all_sheets
from tests.world.demo import RWANDA

PROGRAMME = load_programme(RWANDA)
SHEETS = {sheet.title: sheet for sheet in all_sheets(PROGRAMME)}
Book = dict[str, list[list[Any]]]
Import = Callable[[Path], importing.Summary]


def sound() -> Book:
    """Two women and a man of one household, with all that hangs on them."""
    return deepcopy(_SOUND)


_SOUND: Book = {
    "Coaches": [["Code", "Name", "Phone"], ["C01", "Keza Uwase", "0780 000 001"]],
    "Groups": [["Group number", "For", "Sector", "Place"], [1, "woman", "Kigabiro", "Kigabiro"]],
    "Households": [
        ["Household", "Arm", "Assigned on"],
        ["H001", "A", "2026-01-05"],
        ["H002", "B", "2026-01-05"],
    ],
    "People": [
        [
            "Reference",
            "Member number",
            "Name",
            "Role",
            "Group number",
            "List number",
            "Household",
            "In the household as",
            "Phone is whose",
            "Phone",
            "Enrolled on",
            "Amounts by phone",
        ],
        [
            "W001",
            "",
            "Uwera Mukamana",
            "woman",
            1,
            "",
            "H001",
            "woman",
            "own",
            "780000002",
            "5/1/2026",
            "yes",
        ],
        ["W002", "", "Teta Uwase", "woman", 1, 7, "H002", "woman", "none", "", "2026-01-05", ""],
        [
            "M001",
            "",
            "Manzi Bizimana",
            "man",
            "",
            "",
            "H001",
            "husband",
            "own",
            "+250780000003",
            "5/1/2026",
            "",
        ],
    ],
    "Kin": [["Person", "Is", "Of whom"], ["M001", "husband of", "W001"]],
    "Group coaches": [["Group number", "Coach"], [1, "C01"]],
    "Savings groups": [
        ["Name", "Group number", "Check-in day", "Cycle began on", "Saves in", "Share value", "Most shares"],
        ["Ikimina 1", 1, "Friday", "2026-01-05", "shares", 200, 5],
    ],
    "Savings members": [
        ["Savings group", "Person", "List number"],
        ["Ikimina 1", "W001", 1],
        ["Ikimina 1", "W002", 2],
    ],
    "Savings officers": [["Savings group", "Person", "Office"], ["Ikimina 1", "W001", "chair"]],
    "Sessions": [
        ["Group number", "Day", "Starts", "Ends", "Place", "Title"],
        [1, "17/3/2026", "14:00", "16:00", "Kigabiro", "Rights in the home"],
    ],
    "Consents": [
        ["Person", "Purpose", "Said yes", "Version", "Language", "How", "Witness", "Day", "Taken by"],
        ["W001", "messages", "yes", "1", "rw", "oral", "group leader", "2026-01-05", "coach"],
    ],
}


def xlsx(path: Path, book: Book) -> Path:
    """Write a workbook, its strings as text."""
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as written:
        for title, rows in book.items():
            page = written.add_worksheet(title)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    return path


def folder(path: Path, book: Book, encoding: str = "utf-8") -> Path:
    """Write a folder of CSV files."""
    path.mkdir(exist_ok=True)
    for title, rows in book.items():
        with (path / f"{title}.csv").open("w", newline="", encoding=encoding) as file:
            csv.writer(file).writerows(rows)
    return path
