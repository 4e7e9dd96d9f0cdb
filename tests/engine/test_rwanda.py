"""What the Rwanda flows must keep to beyond what any flows must."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sms_app.conversation.checked import check_programme
from sms_app.conversation.facts import FACT_SHAPES, FACTS
from sms_app.engine.checker.check import Checked
from sms_app.engine.flow import Action, Block, Branch, End, Exit, InfoScreen, ListMenu, Menu, Question
from sms_app.engine.shapes import Money
from sms_app.programme.settings import load_programme

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "flows" / "rwanda"


@cache
def checked() -> Checked:
    return check_programme(load_programme(FOLDER / "programme.yaml"), FOLDER, ROOT / "locales")


def test_help_stores_two_wishes_only_and_every_screen_of_it_leaves_by_0() -> None:
    flows = checked().flows
    blocks = [flows.blocks[name] for name in flows.flows["help"].blocks]
    assert {block.do for block in blocks if isinstance(block, Action)} == {
        "set_other_phone",
        "set_call_terms",
        "store_call",
        "store_do_not_call",
    }
    assert [block.fact for block in blocks if isinstance(block, Branch)] == ["help_offer"]
    for block in blocks:
        if isinstance(block, Action | Branch | End):
            continue
        assert isinstance(block, Menu | ListMenu | InfoScreen | Question)
        assert (block.zero, block.resume) == ("exit", False)
        name = block.id
        # what differs by sector is the programme's own, the same for everyone: no statement looks for it
        assert all(FACTS[fact].sql == "" for fact in (*block.show, *flows.reachable_facts[name]))
    assert not flows.flows["help"].direct


def test_every_end_is_the_same_word() -> None:
    assert {block.say for block in checked().flows.blocks.values() if isinstance(block, End)} == {
        "common.thanks"
    }


def test_help_lists_112_on_its_first_screen_and_helps_digits_keep_their_meaning() -> None:
    found = checked()
    assert found.material.texts.render("rw", "help.menu", {"police": "112"}).endswith("hamagara 112")
    menus = [found.flows.blocks[f"help.adviser_{offer}"] for offer in ("call", "no_call", "off")]
    digits = {"1": "help.who", "2": "help.call_us", "3": "help.meet", "4": "help.do_not"}
    for menu, offered in zip(menus, ("1234", "234", "23"), strict=True):
        assert isinstance(menu, Menu)
        assert {key: target.block for key, target in menu.choices.items()} == {
            digit: digits[digit] for digit in offered
        }


def _shown(block: Block) -> tuple[str, ...]:
    """The facts that a block shows."""
    return (*getattr(block, "show", ()), *getattr(block, "each", ()))


def test_what_a_meeting_counted_is_shown_only_behind_the_pin() -> None:
    """A fact with an amount is behind the PIN, hers or her coach's, but for the report that is being made."""
    amounts = {
        name
        for name, shape in FACT_SHAPES.items()
        if any(isinstance(f, Money) for f in shape.fields.values())
    }
    behind_pin = {"balance", "meeting", "meeting_lines"}
    behind_coach_pin = {"coach_meeting", "coach_meeting_lines", "her_saving"}
    assert amounts == {*behind_pin, *behind_coach_pin, "savings_mode"}
    found = checked()
    for names, proof in ((behind_pin, "proved"), (behind_coach_pin, "coach_proved")):
        shown = [b for b in found.flows.blocks.values() if {*_shown(b)} & names]
        assert shown
        assert all(proof in found.material.known_names.at[block.id] for block in shown)


def test_the_pin_guard_is_left_only_with_the_pin() -> None:
    flows = checked().flows
    exits = {b.name for name in flows.flows["pin_guard"].blocks if isinstance(b := flows.blocks[name], Exit)}
    assert exits == {"proved"}


def test_no_training_sessions_title_is_shown() -> None:
    assert not any("title" in shape.fields for shape in FACT_SHAPES.values())


def test_a_direct_dial_can_carry_a_session_code_and_nothing_else() -> None:
    carried = {b.id for b in checked().flows.blocks.values() if isinstance(b, Question) and b.direct}
    assert carried == {"training.code", "training.code_here"}
