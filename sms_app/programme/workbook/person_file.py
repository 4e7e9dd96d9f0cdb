"""A workbook with what is stored of one person: a sheet for each subject, as text, so that no spreadsheet runs it."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from sms_app.programme.one_person import Cell, Subject

INTRODUCTION = """\
What this service stores of one person, as she asked for it. Give it to her, and keep no copy.
Each sheet is about one subject; days are year-month-day, moments are in UTC. An empty sheet is left out.
Names, numbers and rows of other people are not in it. A PIN is stored so that nobody can read it.
The words of a text are deleted thirty days after it went; the list of texts is the same for everyone.\
"""
NO_AMOUNTS = (
    "What she saved is in her group's book and on her phone; the office's command exports the amounts."
)
WIDTH = 20


def write(subjects: Sequence[Subject]) -> bytes:
    """The .xlsx file. It is made in memory: on a disk it would be in clear."""
    file = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True})
        page = book.add_worksheet("Read me")
        lines = INTRODUCTION.splitlines()
        if not any("amount" in row for subject in subjects for row in subject.data):
            lines.append(NO_AMOUNTS)
        for number, line in enumerate(lines):
            page.write_string(number, 0, line)
        for subject in subjects:
            if subject.data:
                _sheet(book.add_worksheet(_title(subject.name)), subject, bold)
    return file.getvalue()


def _sheet(page: Any, subject: Subject, bold: Any) -> None:
    names = list(subject.data[0])
    page.set_column(0, len(names) - 1, WIDTH)
    page.freeze_panes(1, 0)
    for place, name in enumerate(names):
        page.write_string(0, place, _title(name), bold)
    for number, row in enumerate(subject.data, 1):
        for place, name in enumerate(names):
            page.write_string(number, place, _written(row[name]))


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _written(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "" if cell is None else str(cell)
