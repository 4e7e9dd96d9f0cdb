"""What a cell is read as, and that it reads back the same when it was written."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_app.channel.demo_numbers import BLOCK
from sms_app.programme.workbook import cells
from sms_app.programme.workbook.columns import WEEKDAYS, Column, Kind
from tests.world.workbooks import SHEETS

PEOPLE = SHEETS["People"]


def _column(kind: Kind, **more) -> Column:
    return Column("x", "X", kind, "", **more)


@pytest.mark.parametrize(
    "raw",
    [
        "0780000123",
        "0780 000 123",
        "780000123",
        780000123,
        780000123.0,
        250780000123,
        "250780000123",
        "+250 780 000 123",
        "00250780000123",
        "+250 (0) 780-000-123",
        "'+250780000123",
    ],
)
def test_numbers_are_read_as_people_write_them(raw: object) -> None:
    assert cells.read(raw, _column(Kind.PHONE), "RW") == "+250780000123"


@pytest.mark.parametrize(
    "raw", ["12345", "07800001234", "phone", 7.8e8 + 0.5, date(2026, 1, 1), True, "078000012３"]
)
def test_what_is_no_number_is_not_taken_for_one(raw: object) -> None:
    with pytest.raises(cells.Wrong):
        cells.read(raw, _column(Kind.PHONE), "RW")


@pytest.mark.parametrize(
    "raw",
    [
        "5/3/2026",
        "05/03/2026",
        "5.3.2026",
        "2026-03-05",
        date(2026, 3, 5),
        datetime(2026, 3, 5),
        46086,
        46086.0,
    ],
)
def test_dates_are_read_as_excel_keeps_them_and_as_text(raw: object) -> None:
    assert cells.read(raw, _column(Kind.DAY), "RW") == date(2026, 3, 5)


@pytest.mark.parametrize(
    "raw", ["31/2/2026", "3/2026", "5/3/26", "yesterday", 5, True, "2026-13-01", date(2926, 1, 1)]
)
def test_what_is_no_date_is_refused(raw: object) -> None:
    with pytest.raises(cells.Wrong):
        cells.read(raw, _column(Kind.DAY), "RW")


@pytest.mark.parametrize("raw", ["14:00", "14h00", "14:00:00", time(14), 14 / 24, datetime(1899, 12, 30, 14)])
def test_hours_are_read(raw: object) -> None:
    assert cells.read(raw, _column(Kind.HOUR), "RW") == time(14)


def test_a_text_is_one_line_and_not_too_long() -> None:
    name = PEOPLE.column("name")
    assert cells.read("  Uwera \t Mukamana\n", name, "RW") == "Uwera Mukamana"
    for raw in ("x" * 81, "a\x00b", 5.5, date(2026, 1, 1)):
        with pytest.raises(cells.Wrong):
            cells.read(raw, name, "RW")


TEXTS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40)
VALUES = st.one_of(
    st.tuples(st.just(_column(Kind.TEXT)), st.lists(TEXTS, min_size=1, max_size=2).map(" ".join)),
    st.tuples(
        st.just(_column(Kind.TEXT)),
        st.tuples(st.sampled_from(["=", "+", "-", "@", "'", "'=", "''@"]), TEXTS).map("".join),
    ),
    st.tuples(st.just(_column(Kind.KEY)), st.from_regex(r"\A[A-Za-z0-9_./-]{1,20}\Z")),
    st.tuples(st.just(_column(Kind.PHONE)), st.integers(0, 9999).map(lambda n: f"{BLOCK}{n:04d}")),
    st.tuples(st.just(_column(Kind.DAY)), st.dates(cells.EARLIEST, cells.LATEST)),
    st.tuples(st.just(_column(Kind.HOUR)), st.times().map(lambda t: t.replace(second=0, microsecond=0))),
    st.tuples(st.just(_column(Kind.COUNT, longest=1_000_000)), st.integers(0, 1_000_000)),
    st.tuples(st.just(_column(Kind.YES_NO)), st.booleans()),
    st.tuples(st.just(_column(Kind.WEEKDAY, choices=WEEKDAYS)), st.integers(0, 6)),
    *(
        st.tuples(st.just(column), st.sampled_from(column.choices))
        for column in PEOPLE.columns
        if column.choices
    ),
)


@given(VALUES)
def test_a_value_that_is_written_reads_back_the_same(example) -> None:
    column, value = example
    if column.kind in {Kind.TEXT, Kind.KEY}:
        # the form in which it is stored
        value = cells.read(cells.escaped(value), column, "RW")
    if value is None:
        return
    written = cells.write(value, column, "RW")
    assert cells.read(written, column, "RW") == value
    # as a spreadsheet or CSV file gives it back
    as_text = f"{written:%Y-%m-%d}" if isinstance(written, date) else str(written)
    assert cells.read(as_text, column, "RW") == value


@given(st.one_of(TEXTS, st.tuples(st.sampled_from("=+-@\t\r'"), TEXTS).map("".join)))
def test_no_text_is_written_so_that_a_spreadsheet_runs_it(text: str) -> None:
    escaped = cells.escaped(text)
    assert escaped[0] not in "=+-@\t\r"
    assert cells.unescaped(escaped) == text


@given(
    st.one_of(
        st.none(),
        st.text(),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.dates(),
        st.times(),
        st.datetimes(),
    )
)
def test_whatever_a_cell_holds_it_is_read_or_said(raw: object) -> None:
    for column in (column for sheet in SHEETS.values() for column in sheet.columns):
        with suppress(cells.Wrong):
            cells.read(raw, column, "RW")
