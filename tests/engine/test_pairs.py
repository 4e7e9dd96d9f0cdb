"""What is a list of numbers with their values, and what is asked again."""

from __future__ import annotations

from typing import Any

import pytest

from sms_app.engine.answers import pairs, read_answer
from sms_app.engine.flow import Question, Target


def question(**values: Any) -> Question:
    fixed = {
        "id": "a.b",
        "file": "a.yaml",
        "line": 1,
        "say": "a",
        "kind": "pairs",
        "keep": "p",
        "next": Target("a.c"),
    }
    return Question(**{**fixed, **values})


def read(typed: str, **values: Any) -> object:
    return read_answer(question(**values), typed, 5, 0, {"frw"})


@pytest.mark.parametrize(
    "typed", ["7*3*12*2", "7 3 12 2", "7*3 12*2", "7,3,12,2", " 7 * 3*12*2 ", "007*3*12*2"]
)
def test_pairs_are_parted_by_stars_commas_or_spaces(typed: str) -> None:
    assert read(typed) == "7*3*12*2"
    assert pairs("7*3*12*2") == {7: 3, 12: 2}


@pytest.mark.parametrize(
    "typed",
    [
        "7",
        "7*3*12",
        "7*3*7*2",
        "7*3*07*2",
        "7**3",
        "*7*3",
        "7*3*",
        "7*6",
        "7*0",
        "0*3",
        "1000*3",
        "7*-3",
        "7*a",
        "７*3",
        "7*３",
        "",
        "7.3",
        "7*3" + "*8*3" * 60,
    ],
)
def test_what_is_not_sound_is_asked_again_as_a_whole(typed: str) -> None:
    assert read(typed) is None


@pytest.mark.parametrize("typed", ["7*2,000*12*500", "7*2 000 Frw*12*500", "7*2.000* 12 *500"])
def test_amounts_are_read_as_money_and_parted_by_stars_alone(typed: str) -> None:
    assert read_answer(question(of="money"), typed, 10_000, 0, {"frw"}) == "7*2000*12*500"


@pytest.mark.parametrize("typed", ["7*2000 12*500", "7*20000", "7*2k", "7*0", "7,2000"])
def test_what_is_no_amount_is_asked_again(typed: str) -> None:
    assert read_answer(question(of="money"), typed, 10_000, 0, {"frw"}) is None
