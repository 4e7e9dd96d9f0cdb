"""A list of numbers as one answer, and a list that is read back page by page."""

from __future__ import annotations

import pytest

from sms_app.engine.answers import read_numbers
from sms_app.engine.flow import Flow, Flows, Review, Target
from sms_app.engine.runner import advance
from sms_app.engine.state import State, from_json, to_json
from sms_app.engine.steps import Ask, Facts, Input, Show


@pytest.mark.parametrize("typed", ["3*7", "7*3", "3 7", "3,7", "3, 7", "3  7", "3 * 7", "03*7"])
def test_numbers_are_read_as_people_write_them(typed: str) -> None:
    assert read_numbers(typed, 1, 25) == (3, 7)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "3*3",
        "3**7",
        "3*26",
        "0*3",
        "*3",
        "3*",
        "3;7",
        "x",
        "3.7",
        "\uff13*\uff17",
        "3\n7",
        "1*" * 90 + "1",
    ],
)
def test_what_is_no_list_of_numbers_is_refused(typed: str) -> None:
    assert read_numbers(typed, 1, 25) is None


def test_there_must_be_as_many_as_were_counted() -> None:
    assert read_numbers("3*7", 1, 25, 2) == (3, 7)
    assert read_numbers("3*7", 1, 25, 3) is None
    assert read_numbers("3", 1, 25, 2) is None


def test_a_list_is_the_same_after_a_round_through_json() -> None:
    state = State("en", answers={"named": (3, 7)}, root="coach.begin")
    assert from_json(to_json(state)) == state


def _shown(state: State, flows: Flows, typed: str) -> Show:
    step = advance(flows, state, Input(typed))
    for _ in range(3):
        if isinstance(step, Show):
            return step
        assert isinstance(step, Ask)
        step = advance(flows, step.state, Facts({"people": {"rows": [{"who": str(n)} for n in range(5)]}}))
    raise AssertionError


def test_1_confirms_on_the_last_page_only() -> None:
    place = {"file": "", "line": 1}
    read = Review(
        id="a.read",
        say="a.read",
        fact="people",
        item="a.item",
        last="a.last",
        page=2,
        next=Target("a.read"),
        **place,
    )
    flows = Flows(
        {"a": Flow("a", "", 1, "a.read", True, "back", ("a.read",))},
        {"a.read": read},
        "a.read",
        "",
        {"a.read": ("people",)},
        frozenset(),
    )
    state = State("en", current_block="a.read")
    assert _shown(state, flows, "1").wrong
    second = _shown(state, flows, "9")
    assert [row.values["who"] for row in second.each["people"]] == ["2", "3"]
    assert (second.more, second.last) == (True, "")
    third = _shown(second.state, flows, "9")
    assert [row.values["who"] for row in third.each["people"]] == ["4"]
    assert (third.more, third.last) == (False, "a.last")
    assert not _shown(third.state, flows, "1").wrong
    assert _shown(third.state, flows, "9").wrong
