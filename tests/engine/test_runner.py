"""The engine, one step at a time, with a caller that answers facts and actions out of a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_app.engine.flow import Flows
from sms_app.engine.runner import DialRefused, advance, takes_stars
from sms_app.engine.state import State, from_json, to_json
from sms_app.engine.steps import ActionOutcome, Ask, Do, Event, Facts, Input, Show, Start
from tests.world.flows import compiled


@dataclass
class Phone:
    """Plays a dialogue; the state goes through JSON at every turn, as it does between two hops."""

    flows: Flows
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    outcomes: dict[str, list[ActionOutcome]] = field(default_factory=dict)
    state: State = field(default_factory=lambda: State("en", dial_context={"caller": "one", "person": "p"}))
    asked: list[tuple[str, ...]] = field(default_factory=list)
    done: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def dial(self) -> Show:
        return self.take(Start())

    def press(self, *texts: str, direct: bool = False) -> Show:
        for text in texts:
            show = self.take(Input(text, direct, currency_words=frozenset({"frw"})))
        return show

    def take(self, event: Event) -> Show:
        step = advance(self.flows, self.state, event)
        for _ in range(10):
            if isinstance(step, Show):
                self.state = from_json(json.loads(json.dumps(to_json(step.state))))
                assert self.state == step.state
                return step
            if isinstance(step, Ask):
                self.asked.append(step.facts)
                step = advance(self.flows, step.state, Facts({name: self.facts[name] for name in step.facts}))
            elif isinstance(step, Do):
                self.done.append((step.action, dict(step.state.state.answers)))
                answers = self.outcomes.get(step.action, [])
                outcome = answers.pop(0) if answers else ActionOutcome("saved")
                step = advance(self.flows, step.state, outcome)
        raise AssertionError("no screen")


PLACES = {"is": "some", "rows": [{"id": f"s{n}", "place": f"place {n}"} for n in range(5)]}
WORLD: Mapping[str, Mapping[str, Any]] = {
    "mode": {"is": "free", "price": 200, "most": 5},
    "bookmark": {"is": "no"},
    "sessions": PLACES,
}


@pytest.fixture(name="phone")
def make_phone(tmp_path: Path) -> Callable[..., Phone]:
    flows, faults = compiled(tmp_path)
    assert faults == []
    return lambda **world: Phone(flows, {**WORLD, **world})


def test_a_saving_is_asked_for_read_back_and_done_once(phone: Callable[..., Phone]) -> None:
    woman = phone()
    assert woman.dial().say == "root.menu"
    assert woman.press("1", "1").say == "item.amount"
    confirm = woman.press("2,000")
    assert (confirm.say, confirm.values["amount"]) == ("item.confirm", 2000)
    end = woman.press("1")
    assert (end.say, end.ends) == ("thanks", True)
    assert woman.done == [("save", {"amount": 2000})]


def test_facts_that_an_answer_can_reach_are_asked_for_together(phone: Callable[..., Phone]) -> None:
    woman = phone(mode={"is": "shares", "price": 200, "most": 5})
    woman.dial()
    assert woman.press("1", "1").values["price"] == 200
    assert woman.asked == [("mode",)]


def test_a_number_is_held_against_the_fact_that_bounds_it(phone: Callable[..., Phone]) -> None:
    woman = phone(mode={"is": "shares", "price": 200, "most": 5})
    woman.dial()
    refused = woman.press("1", "1", "6")
    assert (refused.say, refused.wrong) == ("item.shares", True)
    assert woman.press("5").values["shares"] == 5


@pytest.mark.parametrize(
    "bad",
    [
        "-5",
        "1e9",
        "2.5",
        "２０００",
        "😀",
        "\x07",
        "Frw",
        "1000001",
        "2,00,0",
        "x" * 2000,
        "2k",
        "2OOO",
        "2mil",
        "10ooo",
        "5M",
        "2000 usd",
    ],
)
def test_what_is_no_amount_repeats_the_question_with_the_error_line(
    phone: Callable[..., Phone], bad: str
) -> None:
    woman = phone()
    woman.dial()
    refused = woman.press("1", "1", bad)
    assert (refused.say, refused.wrong, refused.ends) == ("item.amount", True, False)
    assert woman.press("2 000 Frw").values["amount"] == 2000


def test_three_wrong_answers_in_a_row_end_politely_and_two_do_not(phone: Callable[..., Phone]) -> None:
    woman = phone()
    woman.dial()
    assert woman.press("8", "9").wrong
    assert woman.press("1").say == "item.menu"
    assert woman.press("7", "7").ends is False
    assert woman.press("7").ends is True


def test_zero_goes_back_a_screen_and_double_zero_to_the_root(phone: Callable[..., Phone]) -> None:
    woman = phone()
    woman.dial()
    woman.press("1", "1", "500")
    assert woman.press("0").say == "item.amount"
    assert woman.press("0").say == "item.menu"
    assert woman.press("0").say == "root.menu"
    assert woman.state.answers == {}
    woman.press("1", "1", "500")
    assert woman.press("00").say == "root.menu"
    assert woman.state.answers == {}
    assert woman.state.history == ()
    assert woman.press("0").ends


def test_zero_in_help_is_the_way_out_to_the_same_word(phone: Callable[..., Phone]) -> None:
    for way in (("0",), ("3", "0"), ("3", "1", "0")):
        woman = phone()
        woman.dial()
        end = woman.press(*way)
        assert (end.say, end.ends, end.values) == ("bye", True, {})


def test_a_wrong_pin_has_its_own_words_and_the_typed_pin_is_forgotten(phone: Callable[..., Phone]) -> None:
    woman = phone()
    woman.outcomes["check_pin"] = [ActionOutcome("wrong"), ActionOutcome("right", {"person": "q"})]
    woman.dial()
    again = woman.press("1", "2", "1111")
    assert (again.say, again.wrong) == ("guard.again", False)
    shown = woman.press("2222")
    assert shown.say == "item.shown"
    assert woman.state.answers == {"person": "q"}
    assert woman.press("0").say == "item.menu", "back skips the question for the PIN"


def test_a_locked_pin_leaves_by_zero(phone: Callable[..., Phone]) -> None:
    woman = phone()
    woman.outcomes["check_pin"] = [ActionOutcome("locked")]
    woman.dial()
    assert woman.press("1", "2", "1111").say == "guard.locked"
    assert woman.press("0").ends


def test_a_list_is_paged_and_no_row_is_lost(phone: Callable[..., Phone]) -> None:
    woman = phone()
    woman.dial()
    seen = []
    page = woman.press("1", "3")
    while True:
        seen += [line.values["place"] for line in page.lines]
        if not page.more:
            break
        page = woman.press("9")
    assert seen == [f"place {n}" for n in range(5)]
    assert woman.press("2").wrong
    assert woman.press("1").values["session"] == "s4"


def test_an_empty_list_goes_where_the_flow_says(phone: Callable[..., Phone]) -> None:
    woman = phone(sessions={"is": "none", "rows": []})
    woman.dial()
    assert woman.press("1", "3").ends


def test_a_bookmark_is_gone_on_from_inside_its_item(phone: Callable[..., Phone]) -> None:
    woman = phone(bookmark={"is": "yes"})
    woman.outcomes["check_pin"] = [ActionOutcome("right")]
    woman.outcomes["open_bookmark"] = [ActionOutcome("opened", {"bookmark_at": "item.what"})]
    woman.dial()
    assert woman.press("1", "2", "1234").say == "item.again"
    assert (woman.press("1").say, woman.state.current_block) == ("item.what", "item.what")


def test_a_bookmark_leads_only_to_a_block_that_may_be_resumed(phone: Callable[..., Phone]) -> None:
    woman = phone(bookmark={"is": "yes"})
    woman.outcomes["check_pin"] = [ActionOutcome("right")]
    woman.outcomes["open_bookmark"] = [ActionOutcome("opened", {"bookmark_at": "item.save"})]
    woman.dial()
    assert woman.press("1", "2", "1234", "1").say == "root.menu"


def test_stars_belong_to_the_answer_where_the_flow_says_so(phone: Callable[..., Phone]) -> None:
    woman = phone()
    woman.dial()
    assert not takes_stars(woman.flows, woman.state)
    woman.press("1", "4")
    assert takes_stars(woman.flows, woman.state)
    assert woman.press("3*7*12").values["absent"] == "3*7*12"


def test_a_direct_dial_chooses_items_carries_a_code_and_stops_at_private_questions(
    phone: Callable[..., Phone],
) -> None:
    woman = phone()
    woman.dial()
    checked_in = woman.press("1", "5", "4821", direct=True)
    assert (checked_in.say, checked_in.stop) == ("thanks", True)
    woman = phone()
    woman.dial()
    stopped = woman.press("1", "1", "2000", direct=True)
    assert (stopped.say, stopped.stop, stopped.wrong) == ("item.amount", True, False)
    assert woman.done == []


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("1", "3"), "item.pick"),
        (("1", "3", "9"), "item.pick"),
        (("1", "3", "9", "0"), "item.menu"),
        (("1", "3", "9", "2"), "item.confirm"),
        (("1", "0"), "root.menu"),
        (("1", "00", "1"), "item.menu"),
    ],
)
def test_a_direct_dial_chooses_from_lists_and_goes_back(
    phone: Callable[..., Phone], keys: tuple[str, ...], said: str
) -> None:
    woman = phone()
    woman.dial()
    shown = woman.press(*keys, direct=True)
    assert (shown.say, shown.stop, shown.wrong) == (said, False, False)


@pytest.mark.parametrize("keys", [("1", "9"), ("1", "4", "3*7"), ("1", "3", "4"), ("1", "5", "48211"), ("",)])
def test_nothing_may_follow_what_is_wrong_or_private(
    phone: Callable[..., Phone], keys: tuple[str, ...]
) -> None:
    woman = phone()
    woman.dial()
    assert woman.press(*keys, direct=True).stop
    assert woman.done == []


@pytest.mark.parametrize("keys", [("3",), ("1", "00", "3"), ("1", "3", "1", "1")])
def test_a_direct_dial_into_help_or_through_an_action_is_refused(
    phone: Callable[..., Phone], keys: tuple[str, ...]
) -> None:
    woman = phone()
    woman.dial()
    woman.press(*keys[:-1], direct=True) if keys[:-1] else None
    with pytest.raises(DialRefused):
        woman.press(keys[-1], direct=True)
    assert woman.done == []


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(["0", "00", "1", "2", "3", "4", "5", "9", "500", "1234", "x", ""]), max_size=25)
)
def test_no_keys_lead_out_of_the_flows(phone: Callable[..., Phone], keys: list[str]) -> None:
    woman = phone()
    woman.outcomes["check_pin"] = [ActionOutcome("wrong"), ActionOutcome("locked")] * 20
    show = woman.dial()
    for key in keys:
        if show.ends:
            break
        show = woman.press(key)
        assert show.ends or show.zero in {"back", "exit"}
        assert len(woman.state.history) < 10


def test_going_back_forgets_what_was_answered_since(phone: Callable[..., Phone]) -> None:
    """On a shared phone the next woman may be in a group of another kind: no share of the one before stays."""
    woman = phone(mode={"is": "shares", "price": 200, "most": 5})
    woman.dial()
    woman.press("1", "1", "3")
    assert woman.state.answers == {"shares": 3}
    assert woman.press("0").say == "item.shares"
    assert woman.state.answers == {}
    woman.press("0")
    woman.facts = WORLD
    assert "shares" not in woman.press("1", "500").values
