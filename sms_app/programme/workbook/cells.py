"""A cell's value, read from what people write and written so that it reads back the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import phonenumbers

from sms_app.member_number import is_well_formed
from sms_app.programme import schedule
from sms_app.programme.desk import Refused
from sms_app.programme.workbook.columns import WEEKDAYS, Column, Kind

Value = str | int | bool | date | time | None
EARLIEST, LATEST = date(1900, 1, 2), date(2100, 1, 1)
EXCEL_BEGINS = date(1899, 12, 30)
SERIALS = range(32_874, 73_051)
"""Excel's numbers of the days from 1990 to 2099: a date that lost its format."""
DAY_FIRST = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", re.ASCII)
YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?", re.ASCII)
HOUR = re.compile(r"([01]?\d|2[0-3])[:h.]([0-5]\d)(?::00)?", re.ASCII)
ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})
YES = frozenset({"yes", "y", "true", "1", "yego", "oui"})
NO = frozenset({"no", "n", "false", "0", "oya", "non"})
MEMBER_LENGTH, MAX_MEMBER_LENGTH = 6, 9
# a spreadsheet runs a cell that begins so as a formula
DANGEROUS = re.compile(r"'*[=+\-@\t\r]")


class Wrong(Exception):
    """A cell is not what its column expects; the message says what is expected, and never what is there."""


def read(raw: object, column: Column, country: str, banned_stems: tuple[str, ...] = ()) -> Value:
    """The value of a cell as its file has it; None when it is empty. Raises Wrong."""
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, str):
        raw = _plain(raw)
    if raw is None or raw == "":
        return None
    if raw in ERRORS:
        raise Wrong("expected a value, and there is an error")
    if column.kind is Kind.PHONE:
        return _phone(raw, country)
    if column.kind is Kind.PLACE:
        return _place(_text(raw, column), banned_stems)
    return READERS[column.kind](raw, column)


def write(value: Value, column: Column, country: str) -> str | int | date:
    """What to put into a cell: numbers and days as such, all else as text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if column.kind is Kind.COUNT and isinstance(value, int):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return escaped(_written(value, column, country))


def _written(value: str | int, column: Column, country: str) -> str:
    if column.kind is Kind.WEEKDAY:
        return WEEKDAYS[int(value)]
    if column.kind is Kind.PHONE:
        number = phonenumbers.parse(str(value))
        if phonenumbers.region_code_for_number(number) == country:
            national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
            return re.sub(r"\D", "", national)
    return str(value).replace("_", " ") if column.kind is Kind.CHOICE else str(value)


def escaped(text: str) -> str:
    """The text with an apostrophe before it, where a spreadsheet would run it as a formula."""
    return f"'{text}" if DANGEROUS.match(text) else text


def unescaped(text: str) -> str:
    """The inverse of `escaped`."""
    return text[1:] if text.startswith("'") and DANGEROUS.match(text) else text


def _plain(text: str) -> str:
    """A text in one form (NFC), with single spaces."""
    return " ".join(unicodedata.normalize("NFC", unescaped(text)).split())


def _text(raw: object, column: Column) -> str:
    if isinstance(raw, (bool, float, date, time, timedelta)):
        raise Wrong("expected text, and the cell holds a date or a number: format the column as text")
    text = str(raw)
    # Cf: what turns the letters around or is not seen makes two names look like one
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn"} for letter in text):
        raise Wrong("expected letters, and there is a character that can't be shown")
    if len(text) > column.longest:
        raise Wrong(f"expected at most {column.longest} characters")
    return text


def _key(raw: object, column: Column) -> str:
    text = _text(raw, column)
    if not re.fullmatch(r"[A-Za-z0-9_./-]+", text):
        raise Wrong("expected a code of letters and digits, without spaces")
    return text


def _code(raw: object, column: Column) -> str:
    return _key(raw, column).upper()


def _member(raw: object, _column: Column) -> str:
    text = str(raw).replace(" ", "")
    if not is_well_formed(text) or len(text) > MAX_MEMBER_LENGTH:
        raise Wrong("expected a member number that ends in its check digit, digit by digit as on the card")
    return text


def _phone(raw: object, country: str) -> str:
    expected = (
        "expected a telephone number, as people in the country write it or with + and the country's code"
    )
    if isinstance(raw, (bool, float, date, time, timedelta)):
        raise Wrong(expected)
    text = re.sub(r"[\s()./-]", "", str(raw).lstrip("'"))
    if not re.fullmatch(r"\+?[0-9]+", text):
        raise Wrong(expected)
    code = str(phonenumbers.country_code_for_region(country))
    forms = [text, *([f"+{text}"] if text.startswith(code) else [])]
    for form in forms:
        try:
            number = phonenumbers.parse(form.replace(f"+{code}0", f"+{code}", 1), country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise Wrong(expected)


def _place(text: str, banned_stems: tuple[str, ...]) -> str:
    try:
        return schedule.fitting_place(text, banned_stems)
    except Refused as error:
        raise Wrong(str(error)) from None


def _day(raw: object, _column: Column) -> date:
    expected = "expected a date, such as 5/3/2026 or 2026-03-05"
    day: date | None = None
    if isinstance(raw, datetime):
        day = raw.date()
    elif isinstance(raw, date):
        day = raw
    elif isinstance(raw, int) and raw in SERIALS:
        day = EXCEL_BEGINS + timedelta(days=raw)
    elif isinstance(raw, str):
        day = _day_of_text(raw)
    if day is None or not EARLIEST <= day <= LATEST:
        raise Wrong(expected)
    return day


def _day_of_text(text: str) -> date | None:
    first, last = DAY_FIRST.fullmatch(text), YEAR_FIRST.fullmatch(text)
    parts = first.groups()[::-1] if first else last.groups() if last else None
    try:
        return date(*map(int, parts)) if parts else None
    except ValueError:
        return None


def _hour(raw: object, _column: Column) -> time:
    if isinstance(raw, datetime):
        return raw.time().replace(second=0, microsecond=0)
    if isinstance(raw, time):
        return raw.replace(second=0, microsecond=0)
    if isinstance(raw, timedelta) and timedelta() <= raw < timedelta(days=1):
        return time(raw.seconds // 3600, raw.seconds // 60 % 60)
    if isinstance(raw, float) and 0 <= raw < 1:
        minutes = round(raw * 24 * 60)
        return time(minutes // 60 % 24, minutes % 60)
    match = HOUR.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        raise Wrong("expected an hour, such as 14:00")
    return time(int(match[1]), int(match[2]))


def _count(raw: object, column: Column) -> int:
    text = re.sub(r"[\s ]", "", str(raw))
    number = -1 if isinstance(raw, bool) or not re.fullmatch(r"[0-9]{1,9}", text) else int(text)
    if not column.least <= number <= column.longest:
        raise Wrong(f"expected a whole number, from {column.least} to {column.longest:,}")
    return number


def _yes_no(raw: object, _column: Column) -> bool:
    word = str(raw).casefold()
    if word not in YES | NO:
        raise Wrong("expected yes or no")
    return word in YES


def _choice(raw: object, column: Column) -> str:
    written = re.sub(r"[\s-]+", "_", str(raw).casefold())
    by_word = {choice.casefold().replace(" ", "_"): choice for choice in column.choices}
    if written not in by_word:
        raise Wrong(f"expected one of {', '.join(choice.replace('_', ' ') for choice in column.choices)}")
    return by_word[written]


def _weekday(raw: object, column: Column) -> int:
    return WEEKDAYS.index(_choice(raw, column))


READERS: Mapping[Kind, Callable[[Any, Column], Value]] = {
    Kind.TEXT: _text,
    Kind.KEY: _key,
    Kind.CODE: _code,
    Kind.MEMBER: _member,
    Kind.DAY: _day,
    Kind.HOUR: _hour,
    Kind.COUNT: _count,
    Kind.YES_NO: _yes_no,
    Kind.CHOICE: _choice,
    Kind.WEEKDAY: _weekday,
}
