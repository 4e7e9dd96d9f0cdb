"""What is an amount, what is none, and what could be two and is asked again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_app.engine.answers import read_money
from sms_app.programme.settings import load_programme
from sms_app.texts import format_money
from tests.world.programme import RWANDA

FRANC = load_programme(RWANDA).currency
EURO = frozenset({"eur", "€"})


def francs(typed: str) -> int | None:
    return read_money(typed, FRANC.decimals, FRANC.words)


@pytest.mark.parametrize(
    "typed",
    [
        "2000",
        "2,000",
        "2.000",
        "2 000",
        "2\u00a0000",
        "2\u202f000",
        " 2000 ",
        "Frw 2000",
        "frw2000",
        "2000frw",
        "2000 FRW",
        "2,000 Frw",
        "2.000Frw",
        "2 000 F",
        "2 000f",
        "F2000",
        "RWF 2,000",
        "2000 rwf",
        "2000 fr",
        "2000 Frs",
        "2000 francs",
        "amafaranga 2000",
        "Amafaranga 2,000",
        "2000 FARANGA",
        "2000   Frw",
    ],
)
def test_two_thousand_is_read_however_it_is_written(typed: str) -> None:
    assert francs(typed) == 2000


@pytest.mark.parametrize(
    ("typed", "amount"), [("5", 5), ("1,250,000", 1250000), ("1 250 000 Frw", 1250000), ("150.000", 150000)]
)
def test_other_amounts_are_read(typed: str, amount: int) -> None:
    assert francs(typed) == amount


NO_AMOUNT = [
    # letters that are no word of the currency
    "2k",
    "2K",
    "2 k",
    "2OOO",
    "2ooo",
    "2mil",
    "2 mil",
    "2mille",
    "10ooo",
    "10OOO",
    "5M",
    "5m",
    "2O00",
    "l000",
    "I000",
    "2000 USD",
    "USD 2000",
    "2000 frwx",
    "x2000",
    "2000 fwr",
    "2000frwf",
    "Frw",
    "f",
    "frw k 2",
    "2 000 F 1",
    "2e3",
    "0x10",
    "two",
    "2000 Frw Frw",
    "Frw 2000 Frw",
    "f 2000 frw",
    "frw frw 2000",
    "2 frw 000",
    "2frw000",
    "２０００",
    "٢٠٠٠",
    "²000",
    "2000F.",
    # slips and what could be two amounts
    "02000",
    "00",
    "0 500",
    "2 0 0 0",
    "20 00",
    "2  000",
    "2, 000",
    "2 ,000",
    "2,00",
    "2,5",
    "1.5",
    "2.00",
    "2000.00",
    "2000,00",
    "2000.",
    ".2000",
    ",500",
    "2,000.000",
    "1.250,000",
    "1,25,000",
    "12,50",
    "0,500",
    "0.5",
    "2000,000",
    "1 2500",
    "2,,000",
    # signs
    "+2000",
    "-2000",
    "2000-",
    "2000/=",
    "2000/-",
    "$2000",
    "2000%",
    "2000+500",
    "2*000",
    "(2000)",
    "2000 .",
    "'2000'",
    "2'000",
    "2_000",
    "",
    " ",
    "2000\n000",
    "9" * 41,
]


@pytest.mark.parametrize("typed", NO_AMOUNT)
def test_what_is_no_amount_is_none(typed: str) -> None:
    assert francs(typed) is None


def test_zero_is_an_amount() -> None:
    # the question's `min` refuses it
    assert francs("0") == 0


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("12.50", 1250),
        ("12,50", 1250),
        ("12", 1200),
        ("0.50", 50),
        ("0,05 EUR", 5),
        ("€12.50", 1250),
        ("eur 1,000", 100000),
        ("1.000", 100000),
        ("1,234.05", 123405),
        ("1.234,05", 123405),
        ("1 234,05", 123405),
        ("1 234.05", 123405),
    ],
)
def test_amounts_with_cents_are_read(typed: str, cents: int) -> None:
    assert read_money(typed, 2, EURO) == cents


@pytest.mark.parametrize(
    "typed",
    [
        "12.5",
        "12,5",
        "12.505.1",
        "1.234.05",
        "1,234,05",
        ".50",
        "00.50",
        "01.50",
        "12.",
        "1234.567",
        "12.50k",
    ],
)
def test_what_is_no_amount_with_cents_is_none(typed: str) -> None:
    assert read_money(typed, 2, EURO) is None


def test_three_decimals_are_as_the_screens_write_them_or_asked_again() -> None:
    assert read_money("2.000", 3) == 2000
    assert read_money("2,000.000", 3) == read_money("2 000", 3) == read_money("2000", 3) == 2_000_000
    assert read_money("2,000", 3) is None
    assert read_money("1.000,000", 3) == 1_000_000


WORDS = sorted(FRANC.words, key=len, reverse=True)


@given(
    st.integers(0, 10**12),
    st.integers(0, 3),
    st.sampled_from(["", "Frw", "RWF", "f", "amafaranga"]),
    st.booleans(),
)
def test_an_amount_as_we_write_it_reads_back_to_itself(
    amount: int, decimals: int, word: str, first: bool
) -> None:
    written = format_money(amount, decimals)
    for typed in (
        written,
        f"{word} {written}" if first else f"{written} {word}",
        f"{word}{written}" if first else f"{written}{word}",
    ):
        assert read_money(typed, decimals, FRANC.words) == amount


@given(st.text(st.sampled_from("0123456789 ,.kKmMoOlIfFrRwWsangé")), st.integers(0, 3))
def test_with_a_letter_that_is_in_no_word_of_the_currency_nothing_is_an_amount(
    typed: str, decimals: int
) -> None:
    left = re.sub(rf"^({'|'.join(WORDS)})|({'|'.join(WORDS)})$", "", typed.strip().casefold(), count=1)
    if any(c.isalpha() for c in left):
        assert read_money(typed, decimals, FRANC.words) is None


@given(st.text(), st.integers(0, 3))
def test_whatever_is_typed_is_an_amount_or_none(typed: str, decimals: int) -> None:
    amount = read_money(typed, decimals, FRANC.words)
    digits = re.sub("[^0-9]", "", typed)
    assert amount is None or str(amount) in {
        digits.lstrip("0") or "0",
        (digits.lstrip("0") or "0") + "0" * decimals,
        "0",
    }


@given(
    st.from_regex(r"[1-9][0-9]{0,2}(,[0-9]{3}){0,2}", fullmatch=True),
    st.text(st.characters(categories=["L"]), min_size=1, max_size=5),
)
def test_an_amount_beside_any_other_word_is_none(number: str, word: str) -> None:
    if word.casefold() not in FRANC.words:
        assert francs(f"{number} {word}") is None
        assert francs(f"{word}{number}") is None
