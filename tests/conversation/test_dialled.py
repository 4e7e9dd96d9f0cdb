"""First hops that bring answers with them: a dialled code, or what is left of a dialogue whose row is gone."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.world.dialogue import LATER, STRANGER, World, code_of_today

# everything that a hop may store, apart from its dialogue's row
STORED = (
    "contribution",
    "session_reply",
    "attendance",
    "dispute",
    "pin_guard",
    "phone_number",
    "participant",
    "participant_phone",
    "number_claim",
    "pin_opening",
    "message",
    "audit_entry",
)


def stored(world: World) -> list[list[tuple[object, ...]]]:
    return [sorted(world.rows(f"select t::text from {table} t")) for table in STORED]


PASSING = {
    "a read-back": "2*1*2000*1",
    "a read-back whose amount is 1": "2*1*1*1",
    "a read-back that adds": "2*1*2000*2",
    "a correction": "2*3*2000*1",
    "nothing this week": "2*4*1",
    "nothing this week, after going back": "2*4*0*4*1",
    "nothing this week, after going to the root": "2*1*00*2*4*1",
    "more after the read-back": "2*4*1*1*1",
    "I cannot come": "1*1*2",
    "a language": "4*1*2",
    "stop": "4*3*1*1",
    "a marked phone": "4*4*1*1",
    "a PIN": "2*2*4821*1",
    "a PIN and going back": "2*2*4821*0",
    "a question gone back from": "2*1*2000*0*4",
    "a wrong choice": "2*9*1*2000*1",
    "a wrong choice, then an item": "2*9*1",
    "a wrong code, then another": "1*2*0000*4821",
    "nothing before the first star": "*2*1",
    "stars alone": "**",
    "nothing between two stars": "2**1",
    "an end": "0*2*1",
    "help": "3*4",
    "help, after an item": "2*00*3*3*2",
}


# where a member number is asked, it is a private answer too
AFTER_A_MEMBER_NUMBER = (
    "2*1*{member}*1",
    "2*1*{member}*3*1",
    "2*4*{member}*1",
    "1*1*{member}*2",
    "2*2*{member}*{pin}",
    "1*2*{member}*4821",
)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("woman_1", PASSING.values()),
        ("pin", PASSING.values()),
        ("shared", AFTER_A_MEMBER_NUMBER),
        ("stranger", AFTER_A_MEMBER_NUMBER),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_first_hop_that_would_pass_something_gets_the_root_and_takes_nothing(
    world: World, name: str, texts: Iterable[str]
) -> None:
    number, card = world.phone(name)["number"], world.phone("shared")
    root = world.hop("plain", number, "")
    before = stored(world)
    for text in (text.format(**card) for text in texts):
        # an earlier hop that comes late is none of this dialogue's answers
        for sent in (text, text, text[:1]):
            assert world.hop(text, number, sent) == root, text
        assert world.hop(text, number, f"{text}*2").startswith("CON Ubwizigame"), text
        assert world.hop(text, number, text) == root, text
    assert stored(world) == before


def test_a_code_that_checked_in_is_no_way_to_go_on(world: World) -> None:
    woman = world.phone("woman_1")
    code, root = code_of_today(world, woman["member"]), world.hop("plain", woman["number"], "")
    before = stored(world)
    for n, more in enumerate(("0", "1", code, "00")):
        assert world.hop(f"more-{n}", woman["number"], f"1*2*{code}*{more}") == root
    assert stored(world) == before


def test_a_code_is_taken_on_her_own_phone_only_and_once(world: World) -> None:
    woman, shared = world.phone("woman_1"), world.phone("shared")
    code = code_of_today(world, woman["member"])
    came = "select count(*) from attendance where participant_id = %(p)s and source = 'self'"
    before = world.rows(came, p=world.person(woman["member"]))[0][0]
    asked = world.hop("shared", shared["number"], "1*2")
    assert world.hop("code", shared["number"], f"1*2*{code}") == asked
    received = world.hop("own", woman["number"], f"1*2*{code}")
    assert received.startswith("CON Isomo rya 24/11: Yego.")
    world.now += LATER
    assert world.hop("own", woman["number"], f"1*2*{code}") == received
    assert world.rows(came, p=world.person(woman["member"])) == [(before + 1,)]


LANDING = {
    "2*1": "2*1",
    "2*4": "2*4",
    "1*1": "1*1",
    "1*2": "1*2",
    "4*3": "4*3",
    "00*2": "2",
    "2*00": "",
    "2*0*1": "1",
    "2*1*0": "2",
    "2*1*0*1": "2*1",
    "2*1*2000": "2*1",
    "2*1*1": "2*1",
    "2*3*x": "2*1",
    "2*2*4821": "2*2",
}


@pytest.mark.parametrize("name", ["pin", "shared"])
def test_a_dialled_item_is_shown_and_what_is_private_at_its_end_is_asked_again(
    world: World, name: str
) -> None:
    number = world.phone(name)["number"]
    before = stored(world)
    for text, item in LANDING.items():
        shown = world.dial(number, *filter(None, item.split("*")))[-1]
        assert [world.hop(text, number, text) for _ in range(2)] == [shown] * 2, text
    assert stored(world) == before


def test_a_wrong_choice_at_the_end_is_said(world: World) -> None:
    number = world.phone("woman_1")["number"]
    assert world.hop("first", number, "2*9") == world.dial(number, "2", "9")[-1]
    assert world.hop("star", number, "2*") == world.dial(number, "2", "x")[-1]
    assert world.hop("code", number, "1*2*0000") == world.dial(number, "1", "2", "0000")[-1]
    assert world.hop("out", number, "2*0*0") == "END Murakoze."
    assert world.hop("pin", number, "2*2*4821") == world.dial(number, "2", "2", "4821")[-1]


DIALOGUES = (
    ("woman_1", "2*1*1*1"),
    ("woman_1", "2*3*1*1"),
    ("woman_1", "2*4*1"),
    ("woman_1", "1*1*2"),
    ("pin", "2*1*1*1"),
    ("pin", "2*2*{pin}*1*2"),
    ("shared", "2*1*{member}*1*1"),
    ("shared", "2*4*{member}*1"),
)


@pytest.mark.parametrize("way", ["gone", "expired"])
def test_the_last_key_of_a_lost_dialogue_is_no_other_answer(world: World, way: str) -> None:
    for name, typed in DIALOGUES:
        person = world.phone(name)
        text = typed.format(**person)
        root = world.dial(person["number"], *text.split("*")[:-1], session=typed)[0]
        before = stored(world)
        if way == "gone":
            world.do("truncate ussd_dialogue")
        else:
            world.now += LATER
        assert world.hop(typed, person["number"], text) == root, typed
        assert world.hop(typed, person["number"], f"{text}*2").startswith("CON Ubwizigame"), typed
        assert stored(world) == before, typed


def test_a_strangers_last_answer_is_asked_again_too(world: World) -> None:
    asked = world.dial(STRANGER, "2", "1")[-1]
    assert world.hop("first", STRANGER, f"2*1*{world.phone('woman_1')['member']}") == asked
