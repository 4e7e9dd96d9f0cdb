"""PINs and the codes that set them, by phone: no screen tells whose a member number is, before a lock or after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from sms_app.member_number import with_check_digit
from tests.world.dialogue import STRANGER, World, opened

LOCKED = "CON Mwihangane. Baza umufashamyumvire.\n0. Gusohoka"
NOBODY = with_check_digit(999)
ITEMS = (("1", "3"), ("2", "2"), ("4", "3", "2"), ("4", "5"), ("4", "2"))


def use_up(world: World, number: str, phone_of_several: bool = True) -> None:
    """Twenty wrong PINs from a number, at member numbers that nobody has."""
    for n in range(20):
        member = (with_check_digit(600 + n),) if phone_of_several else ()
        world.dial(number, "2", "2", *member, "0001")


@pytest.fixture
def kinds(world: World) -> dict[str, str]:
    """Member numbers: with a PIN, without one, with an open code, of nobody."""
    opening = world.phone("woman_2")["member"]
    opened(world, opening)
    return {
        "pin": world.phone("pin")["member"],
        "none": world.phone("woman_1")["member"],
        "opening": opening,
        "nobody": NOBODY,
    }


@pytest.mark.parametrize("phone", ["stranger", "shared", "three"])
def test_all_member_numbers_meet_the_same_screens_to_the_end(
    world: World, kinds: dict[str, str], phone: str
) -> None:
    """Wrong tries at every item until its lock, the lock's end, the phone's lock, and the next day."""
    number, start = world.phone(phone)["number"], world.now

    def walk(member: str) -> Iterator[list[str]]:
        world.do("delete from pin_guard")
        world.do("update pin_opening set tried = '{}'")
        world.now = start
        for item in ITEMS:
            yield world.dial(number, *item, member, "0001", "x", "0002", "0003", "0004")
            yield world.dial(number, *item, member, "0005")
            world.now += timedelta(minutes=16)
        for _ in range(4):
            yield world.dial(number, "4", "2", member, "0001", "0002", "0003")
        for item in ITEMS:
            yield world.dial(number, *item, member, "0001", "0")
        world.now += timedelta(days=1)
        yield world.dial(number, "1", "3", member, "0001")

    # the openings would expire on the way
    world.do("update pin_opening set expires_at = expires_at + interval '3 days'")
    walks = {kind: list(walk(member)) for kind, member in kinds.items()}
    assert walks["pin"] == walks["none"] == walks["opening"] == walks["nobody"]
    screens = [screen for dialogue in walks["nobody"] for screen in dialogue]
    assert LOCKED in screens
    assert screens[-1].startswith("CON Ongera"), "the next day all can be tried again"


def test_one_try_from_each_of_many_strange_phones_shows_the_same_screens(
    world: World, kinds: dict[str, str]
) -> None:
    members = [p["member"] for p in world.people if p["role"] == "woman"][:20]
    members += [with_check_digit(700 + n) for n in range(20)]
    for item in (("2", "2"), ("4", "2")):
        seen = {
            tuple(world.dial(f"+2507900020{n:02d}", *item, member, "0001", "0"))
            for n, member in enumerate(members)
        }
        assert len(seen) == 1


@pytest.mark.parametrize("phone", ["stranger", "shared"])
def test_a_phone_without_tries_is_locked_for_every_member_number_alike(
    world: World, kinds: dict[str, str], phone: str
) -> None:
    number, right, code = (
        world.phone(phone)["number"],
        world.phone("pin")["pin"],
        opened(world, kinds["none"]),
    )
    use_up(world, number)
    for item in ITEMS:
        typed = (right, code, "0001", "5938")
        shown = {
            tuple(screens[-2:])
            for member in kinds.values()
            for pin in typed
            for screens in [world.dial(number, *item, member, pin, "0")]
        }
        assert shown == {(LOCKED, "END Murakoze.")}
    # the women's own tries are all there, on their own phones
    hers = world.phone("pin")
    assert world.dial(hers["number"], "2", "2", hers["pin"])[-1].startswith("CON Wazigamye")
    without = world.phone("woman_1")
    assert world.dial(without["number"], "4", "2", code, "5938")[-1] == "END Murakoze."


def test_her_own_phone_locks_too_and_opens_the_next_day(world: World) -> None:
    hers = world.phone("pin")
    for _ in range(7):
        world.dial(hers["number"], "4", "2", "0001", "0002", "0003")
    assert world.dial(hers["number"], "2", "2", hers["pin"])[-1] == LOCKED
    assert world.dial(STRANGER, "2", "2", hers["member"], hers["pin"])[-1].startswith("CON Wazigamye")
    # 23:59 and 00:00 in Kigali
    world.now = world.now.replace(hour=21, minute=59)
    assert world.dial(hers["number"], "2", "2", hers["pin"])[-1] == LOCKED
    world.now += timedelta(minutes=1)
    assert world.dial(hers["number"], "2", "2", hers["pin"])[-1].startswith("CON Wazigamye")


def test_a_leaders_phone_serves_twenty_five_women(world: World) -> None:
    women = [p for p in world.people if p["role"] == "woman" and p["pin"]][:25]
    assert len(women) == 25
    for woman in women:
        shown = world.dial(STRANGER, "1", "3", woman["member"], woman["pin"])[-1]
        assert "Ubwitabire" in shown
    assert world.rows("select count(*) from pin_guard") == [(0,)]


def test_strangers_wrong_codes_leave_the_code_to_her(world: World) -> None:
    woman = world.phone("woman_1")
    code = opened(world, woman["member"])
    for n in range(3):
        for _ in range(3):
            world.dial(f"+25079000300{n}", "4", "2", woman["member"], "0001", "0002", "0003")
    assert world.dial(woman["number"], "4", "2", code, "5938")[-1] == "END Murakoze."
    assert world.dial(woman["number"], "2", "2", "5938")[-1].startswith(
        "CON Umubare w'ibanga: 24/11. Wazigamye"
    )


def test_easy_pins_are_refused_as_often_as_they_are_typed(world: World) -> None:
    """A dropped line in between costs nothing, and a long dialogue still fits its place."""
    woman = world.phone("woman_1")
    code = opened(world, woman["member"])
    for _ in range(8):
        assert world.dial(woman["number"], "4", "2", code, "1234")[-1].startswith("CON Uroroshye cyane.")
    easy = [f"{year}" for year in range(1940, 2030)]
    shown = world.dial(woman["number"], "4", "2", code, woman["number"][-4:], "8010", *easy, "5938")
    assert {screen.partition(".")[0] for screen in shown[4:-1]} == {"CON Uroroshye cyane"}
    assert shown[-1] == "END Murakoze."


def test_she_is_told_of_tries_from_other_phones_on_the_day_and_the_next(world: World) -> None:
    hers = world.phone("pin")
    world.dial(STRANGER, "1", "3", hers["member"], "0001", "0002")
    for item, says in ((("2", "2"), "Wazigamye"), (("1", "3"), "Ubwitabire"), (("4", "5"), "Umunyamuryango")):
        for days in (0, 1):
            world.now += timedelta(days=days)
            shown = world.dial(hers["number"], *item, hers["pin"])[-1]
            assert shown.startswith(f"CON PIN yanditswe nabi: 2. {says}")
            world.now -= timedelta(days=days)
    world.now += timedelta(days=2)
    assert world.dial(hers["number"], "2", "2", hers["pin"])[-1].startswith("CON Wazigamye")


def test_a_try_of_a_pin_is_one_statement(world: World) -> None:
    hers, counts = world.phone("pin"), {}
    for name, pin in (("right", hers["pin"]), ("wrong", "0001")):
        for text in ("", "2", "2*2", f"2*2*{hers['member']}", f"2*2*{hers['member']}*{pin}"):
            world.hop(name, STRANGER, text)
        counts[name] = sum("pin_guard" in statement for statement in world.statements)
    assert counts == {"right": 2, "wrong": 1}, "giving a right one back goes along with the screen's facts"
