"""Writes and reads a review sheet, a spreadsheet with a page of explanations and a page for each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from python_calamine import CalamineError, CalamineWorkbook

from sms_app.cli.review_rows import VERDICTS, Answer, ReviewRow
from sms_app.texts import MAX_SCREEN_LENGTH

FIRST = "Read me first"
OUT, PROGRAMME = "This sheet went out on", "Programme"
SCREEN, ENGLISH, SENTENCE, LONGEST = "Screen", "English", "Sentence", "Longest"
VERDICT, CORRECTION, REVIEWER, DAY = "Verdict", "Correction", "Your name", "Day"
REMARK, BEFORE, PLACE, KEY, HASH = "Remark", "Reviewed before", "Place", "Key", "Check"
COLUMNS: Mapping[str, int] = {
    SCREEN: 18,
    ENGLISH: 38,
    SENTENCE: 38,
    LONGEST: 12,
    VERDICT: 12,
    CORRECTION: 38,
    REVIEWER: 18,
    DAY: 12,
    REMARK: 24,
    BEFORE: 20,
    PLACE: 24,
    KEY: 24,
    HASH: 11,
}
"""Each column and its width in characters."""
TYPED = frozenset({VERDICT, CORRECTION, REVIEWER, DAY, REMARK})
HELP = f"""\
Thank you for reading these sentences. Women read them on simple phones. Someone else may hold the phone and read, too.

Each language has its own page: see the tabs at the bottom. Each row is one sentence.

1. Read the column "{SENTENCE}". "{ENGLISH}" beside it says what it should mean.
2. Is it right, plain and polite? Choose "good" under "{VERDICT}".
3. Is it not? Choose "corrected", and write the whole sentence, as it should be, under "{CORRECTION}".
4. Are you not sure? Choose "not sure", and say why under "{REMARK}". The sentence then waits for someone else.
5. Write your name and the day in each row that you have read. Leave a row empty that you have not read.

Words in braces, such as {{place}} or {{amount:money}}, are filled in later: with a place, an amount. Keep each of them
exactly as it is. You may move it within the sentence.
Lines that begin with a digit are choices. Keep the digits and their order, one choice on a line (Alt and Enter begin a
new line in a cell).
"{LONGEST}" is how long the whole screen or text can get, of {MAX_SCREEN_LENGTH} characters that fit. What is longer is
refused.
Use the letters of the keyboard: no curly quotes, no long dashes, no emoji.
"{SCREEN}" is what to dial to see it, such as CODE*2*1. Brackets show what to type there, such as [PIN].
Please change nothing in the grey columns.
"""


class SheetFault(Exception):
    """A file is not a review sheet; the message says why."""


@dataclass(frozen=True)
class Returned:
    """A returned sheet: its programme, the day on which it went out, its rows."""

    programme: str
    went_out: date
    answers: Sequence[Answer]


def write(
    path: Path, programme: str, service_code: str, today: date, pages: Mapping[str, Sequence[ReviewRow]]
) -> None:
    """Write a sheet with a page for each language."""
    # a sentence that begins with = or looks like an address must stay text
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    _first_page(book, programme, service_code, today)
    for language, lines in pages.items():
        _page(book, language, lines)
    book.close()


def _first_page(book: Any, programme: str, service_code: str, today: date) -> None:
    page = book.add_worksheet(FIRST)
    page.hide_gridlines(2)
    page.set_column(0, 0, 110)
    wrap = book.add_format({"text_wrap": True, "valign": "top", "font_size": 12})
    title = book.add_format({"bold": True, "font_size": 16})
    page.write_string(0, 0, "Sentences to review", title)
    page.write_string(1, 0, f"{PROGRAMME}: {programme}", wrap)
    page.write_string(2, 0, f"{OUT}: {today.isoformat()}", wrap)
    for n, line in enumerate(_paragraphs(service_code.removesuffix("#")), 4):
        page.write_string(n, 0, line, wrap)


def _paragraphs(code: str) -> list[str]:
    """The paragraphs of HELP: joins the lines that are broken only in the source."""
    paragraphs: list[str] = []
    for line in HELP.replace("CODE", code).splitlines():
        if paragraphs and paragraphs[-1] and line and line[0].islower():
            paragraphs[-1] += f" {line}"
        else:
            paragraphs.append(line)
    return paragraphs


def _page(book: Any, language: str, lines: Sequence[ReviewRow]) -> None:
    page = book.add_worksheet(language)
    base = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#bbbbbb"}
    head = book.add_format({**base, "bold": True, "bg_color": "#dce6f1"})
    grey = book.add_format({**base, "bg_color": "#f2f2f2"})
    free = book.add_format({**base, "locked": False})
    day = book.add_format({**base, "locked": False, "num_format": "yyyy-mm-dd"})
    names = list(COLUMNS)
    for n, (name, width) in enumerate(COLUMNS.items()):
        page.set_column(n, n, width)
        page.write_string(0, n, name, head)
    for row, line in enumerate(lines, 1):
        cells = {
            SCREEN: line.screen,
            ENGLISH: line.english,
            SENTENCE: line.sentence,
            LONGEST: f"{line.longest} of {MAX_SCREEN_LENGTH}",
            BEFORE: line.reviewed,
            PLACE: line.place,
            KEY: line.key,
            HASH: line.hash,
        }
        for n, name in enumerate(names):
            if name in TYPED:
                page.write_blank(row, n, None, day if name == DAY else free)
            else:
                page.write_string(row, n, cells[name], grey)
        page.set_row(row, 15.5 * _height(line))
    last = max(len(lines), 1)
    verdict, when = names.index(VERDICT), names.index(DAY)
    page.data_validation(1, verdict, last, verdict, {"validate": "list", "source": list(VERDICTS)})
    page.data_validation(
        1,
        when,
        last,
        when,
        {
            "validate": "date",
            "criteria": ">",
            "value": date(2020, 1, 1),
            "error_type": "warning",
            "error_message": "Write the day like 2026-11-24.",
        },
    )
    page.freeze_panes(1, names.index(LONGEST))
    page.autofilter(0, 0, last, len(names) - 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True})


def _height(line: ReviewRow) -> int:
    """The height of a row in lines: those of the longer of both sentences, and one more."""
    width = COLUMNS[SENTENCE] - 4
    return 1 + max(
        sum(1 + len(part) // width for part in text.split("\n")) for text in (line.english, line.sentence)
    )


def read(path: Path) -> Returned:
    """Read a returned sheet, in any spreadsheet format. Raises SheetFault."""
    try:
        book = CalamineWorkbook.from_path(str(path))
        pages = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names
        }
    except (CalamineError, OSError) as error:
        raise SheetFault(f"{path} cannot be read as a spreadsheet: {type(error).__name__}.") from None
    if FIRST not in pages:
        raise SheetFault(f"{path} has no page `{FIRST}`: it is not a review sheet.")
    facts = dict(_cell(row[0]).split(": ", 1) for row in pages.pop(FIRST) if row and ": " in _cell(row[0]))
    if PROGRAMME not in facts or OUT not in facts:
        raise SheetFault(
            f"The page `{FIRST}` no longer has the programme and the day: copy it from a new sheet."
        )
    try:
        went_out = date.fromisoformat(facts[OUT])
    except ValueError:
        raise SheetFault(f"The page `{FIRST}` has a wrong day: {OUT} `{facts[OUT]}`.") from None
    answers = [answer for language, rows in pages.items() for answer in _answers(path, language, rows)]
    return Returned(facts[PROGRAMME], went_out, answers)


def _answers(path: Path, language: str, rows: Sequence[Sequence[Any]]) -> list[Answer]:
    names = [_cell(cell) for cell in rows[0]] if rows else []
    missing = [
        name for name in (SENTENCE, VERDICT, CORRECTION, REVIEWER, DAY, KEY, HASH) if name not in names
    ]
    if missing:
        raise SheetFault(f"{path}: the page `{language}` has no column {', '.join(missing)}.")
    answers = []
    for n, row in enumerate(rows[1:], 2):
        cells = dict(zip(names, row, strict=False))
        if any(_cell(cell) for cell in cells.values()):
            answers.append(
                Answer(
                    language,
                    n,
                    _cell(cells[KEY]),
                    _cell(cells[SENTENCE], keep=True),
                    _cell(cells[HASH]),
                    _cell(cells[VERDICT]).casefold(),
                    _cell(cells[CORRECTION]),
                    _cell(cells[REVIEWER]),
                    _day(cells[DAY]),
                )
            )
    return answers


def _cell(value: Any, keep: bool = False) -> str:
    """A cell as text with plain line breaks, whichever spreadsheet wrote it. Strips the ends unless `keep`."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")
    return text if keep else "\n".join(line.rstrip() for line in text.strip().split("\n"))


def _day(value: Any) -> date | str | None:
    """A day from a date cell or from text (2026-11-24, 24/11/2026, 24.11.2026). Returns other text unchanged."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = _cell(value)
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return text or None
