"""Banned stems are found however they are written."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_app.messaging.safety import banned

STEMS = ("hohote", "violen", "gbv")
BETWEEN = (
    "",
    " ",
    "-",
    "\u2011",
    ".",
    "\u200b",
    "\u200d",
    "\ufeff",
    "\u2060",
    "\u00ad",
    "\u0301",
    "\n",
    "*",
    "\u00a0 ",
)


@pytest.mark.parametrize(
    "text",
    [
        "Ihohoterwa, Ihohotera",
        "VIOLENCE",
        "no violence",
        "v i o l e n t",
        "G-B-V",
        "g.b.v.",
        "ｇｂｖ",
        "𝗀𝖻𝗏",
        "vïolénce",
        "GBV\u200b",
        "g\u200b\u200cb\u2060v",
        "v\u00adi\u00adolence",
        "Ⓖⓑⓥ",
        "vіоlеnсе",
        "ihoho te",
        "#gbv",
        "“g”b”v”",
    ],
)
def test_a_stem_is_found(text: str) -> None:
    assert banned(STEMS, text)


def test_the_first_stem_is_named_and_clean_words_have_none() -> None:
    assert banned(STEMS, "g b v and violence") == "violen"
    for text in (
        "",
        "Muraho! Turakwibutsa: ku wa gatandatu saa 14:00, Rwamagana, Kigabiro.",
        "big van",
        "Session 18:00 at 1 GS V",
    ):
        assert banned(STEMS, text) is None
    assert banned((), "violence") is None


@given(
    st.sampled_from(STEMS),
    st.lists(st.sampled_from(BETWEEN), min_size=10, max_size=10),
    st.lists(st.booleans(), min_size=10, max_size=10),
)
def test_no_case_and_nothing_between_its_letters_hides_a_stem(
    stem: str, between: list[str], upper: list[bool]
) -> None:
    letters = [c.upper() if up else c for c, up in zip(stem, upper, strict=False)]
    hidden = "".join(a + b for a, b in zip(letters, between, strict=False))
    assert banned(STEMS, f"Muraho! {hidden} Murakoze.")


def test_a_stem_is_found_with_any_two_signs_between_its_letters() -> None:
    assert all(banned(STEMS, f"G{a}{b}B{b}v") for a, b in product(BETWEEN, BETWEEN))
