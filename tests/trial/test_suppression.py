"""No small count of people can be worked out from what a report shows.

The attacker of these tests does not know the network. It knows the tables, that every total is the sum of its parts,
and that no count is negative."""

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_app.trial.linked_tables import linked_tables
from sms_app.trial.suppression import Count, NoWayBack, hidden, one_column

Cells = dict[str, int]


def equations(rows: list[str], columns: list[str], bands: list[str]) -> list[tuple[str, list[str]]]:
    """Each total with its parts, for the tables of `linked_tables`, by the names of their counts."""
    return [
        ("total", [f"row:{row}" for row in rows]),
        ("total", [f"column:{column}" for column in columns]),
        ("total", [f"band:{band}" for band in bands]),
        *((f"row:{row}", [f"{row}|{column}" for column in columns]) for row in rows),
        *((f"column:{column}", [f"{row}|{column}" for row in rows]) for column in columns),
        *((f"column:{column}", [f"{column}|{band}|band" for band in bands]) for column in columns),
        *((f"band:{band}", [f"{column}|{band}|band" for column in columns]) for band in bands),
    ]


def values_of(network: list[Count]) -> Cells:
    return {count.name: count.value for count in network}


def tables(first: Mapping[tuple[str, str], int], second: Mapping[tuple[str, str], int]) -> list[Count]:
    return linked_tables(first, second)


def can_be(cells: Cells, lines: list[tuple[str, list[str]]], unknown: frozenset[str], most: int) -> bool:
    """Whether the hidden counts can be filled in, from 0 to `most` each, so that all sums are right."""
    cells = dict(cells)
    while True:
        open_ = {name for name in unknown if name not in cells}
        narrow = None
        for total, parts in lines:
            missing = [name for name in (total, *parts) if name in open_]
            if not missing:
                if cells[total] != sum(cells[part] for part in parts):
                    return False
            elif narrow is None or len(missing) < len(narrow[0]):
                narrow = (missing, total, parts)
        if narrow is None:
            return True
        missing, total, parts = narrow
        if len(missing) > 1:
            return any(
                can_be({**cells, missing[0]: value}, lines, unknown, most) for value in range(most + 1)
            )
        known = sum(cells[part] for part in parts if part in cells)
        value = known if missing[0] == total else cells[total] - known
        if value < 0:
            return False
        cells[missing[0]] = value


COLUMNS, ROWS, BANDS = ["w", "m"], ["east", "west"], ["young", "old"]
SMALL = st.integers(0, 4)


@st.composite
def linked(draw: st.DrawFn, rows: list[str] = ROWS, bands: list[str] = BANDS, values=SMALL) -> list[Count]:  # type: ignore[no-untyped-def]
    """Two tables of the same people: rows by column, and columns by band."""
    first = {(row, column): draw(values) for row in rows for column in COLUMNS}
    second = {}
    for column in COLUMNS:
        left = sum(first[row, column] for row in rows)
        for band in bands[:-1]:
            second[column, band] = draw(st.integers(0, left))
            left -= second[column, band]
        second[column, bands[-1]] = left
    return tables(first, second)


@settings(max_examples=40)
@given(linked())
def test_an_attacker_who_tries_all_assignments_learns_no_small_count(network: list[Count]) -> None:
    least = 3
    cells, secret = values_of(network), hidden(network, least)
    assert {name for name, value in cells.items() if value < least} <= secret
    shown = {name: value for name, value in cells.items() if name not in secret}
    lines = equations(ROWS, COLUMNS, BANDS)
    assert can_be(shown, lines, secret, 12)
    for name in secret:
        others = [value for value in range(25) if value != cells[name]]
        assert any(can_be({**shown, name: value}, lines, secret, 12) for value in others), name
        assert any(can_be({**shown, name: value}, lines, secret, 12) for value in range(least, 25)), name


def determined(lines: list[tuple[str, list[str]]], secret: frozenset[str]) -> set[str]:
    """The hidden counts that the equations alone determine: whose unit vector is a combination of the equations."""
    unknown = sorted(secret)
    rows = []
    for total, parts in lines:
        row = [Fraction((name in parts) - (name == total)) for name in unknown]
        if any(row):
            rows.append(row)
    reduced: list[list[Fraction]] = []
    place = 0
    for column in range(len(unknown)):
        pivot = next((n for n in range(place, len(rows)) if rows[n][column]), None)
        if pivot is None:
            continue
        rows[place], rows[pivot] = rows[pivot], rows[place]
        rows[place] = [value / rows[place][column] for value in rows[place]]
        for n in range(len(rows)):
            if n != place and rows[n][column]:
                rows[n] = [a - rows[n][column] * b for a, b in zip(rows[n], rows[place], strict=True)]
        place += 1
    reduced = rows[:place]
    return {
        unknown[next(n for n, value in enumerate(row) if value)]
        for row in reduced
        if sum(1 for value in row if value) == 1
    }


MANY_ROWS = [f"sector {n}" for n in range(6)]
MANY_BANDS = ["under 18", "18 to 24", "25 to 34", "35 or more", "not known"]


@settings(max_examples=25)
@given(linked(MANY_ROWS, MANY_BANDS, st.integers(0, 40)))
def test_no_equation_determines_a_hidden_count_of_larger_tables(network: list[Count]) -> None:
    cells, secret = values_of(network), hidden(network)
    assert {name for name, value in cells.items() if value < 10} <= secret
    assert determined(equations(MANY_ROWS, COLUMNS, MANY_BANDS), secret) == set()


@settings(max_examples=25)
@given(linked(MANY_ROWS, MANY_BANDS, st.integers(0, 40)))
def test_what_is_hidden_of_a_line_is_at_least_ten_people(network: list[Count]) -> None:
    cells, secret = values_of(network), hidden(network)
    for total, parts in equations(MANY_ROWS, COLUMNS, MANY_BANDS):
        unknown = [part for part in parts if part in secret]
        if unknown and total not in secret:
            assert len(unknown) > 1
            assert sum(cells[part] for part in unknown) >= 10


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_a_list_with_its_total(values: list[int]) -> None:
    parts = {str(n): value for n, value in enumerate(values)}
    network = one_column(sum(values), parts)
    secret = hidden(network)
    unknown = [values[n] for n in range(len(values)) if f":{n}" in secret]
    if ":" not in secret and unknown:
        assert len(unknown) > 1
        assert sum(unknown) >= 10
    assert (not secret) == (min(*values, sum(values)) >= 10)


def test_nothing_is_hidden_without_need() -> None:
    network = one_column(60, {"a": 10, "b": 20, "c": 30})
    assert hidden(network) == frozenset()


@pytest.mark.parametrize(
    ("values", "names"),
    [
        # the next smallest
        ({"a": 3, "b": 12, "c": 50, "d": 60}, {":a", ":b"}),
        # the next one that is large enough for both to be ten or more together
        ({"a": 0, "b": 10, "c": 50}, {":a", ":b"}),
        # two small ones of ten people together need no third one; of nine they do
        ({"a": 4, "b": 6, "c": 50}, {":a", ":b"}),
        ({"a": 4, "b": 5, "c": 50, "d": 60}, {":a", ":b", ":c"}),
        # one part alone is its total
        ({"a": 4}, {":a", ":"}),
        ({"a": 0, "b": 0}, {":a", ":b", ":"}),
        # a total of ten, and each part small
        ({"a": 4, "b": 6}, {":a", ":b"}),
    ],
)
def test_the_smallest_are_hidden_with_a_small_one(values: dict[str, int], names: set[str]) -> None:
    assert hidden(one_column(sum(values.values()), values)) == names


def test_a_total_that_two_tables_share_tells_nothing_of_one_by_the_other() -> None:
    """By itself each table hides a cell or two; together they must hide what the other one shows."""
    first = {("east", "w"): 3, ("west", "w"): 40, ("east", "m"): 50, ("west", "m"): 60}
    second = {("w", "young"): 20, ("w", "old"): 23, ("m", "young"): 60, ("m", "old"): 50}
    secret = hidden(tables(first, second))
    assert {"east|w", "west|w", "east|m", "west|m"} <= secret
    assert "total" not in secret
    assert not any(name.endswith("|band") for name in secret)


def test_a_count_without_its_total_is_refused() -> None:
    with pytest.raises(NoWayBack):
        hidden([Count("alone", 3, "here", "there")])
