"""A dispute is raised once, and its answer is read behind the PIN for two weeks, before what it is about."""

from datetime import timedelta
from uuid import UUID

import pytest

from sms_app.programme import disputes
from sms_app.texts import MAX_SCREEN_LENGTH, gsm7_length
from tests.world.dialogue import World

CONTINUE = "1. Komeza\n0. Subira inyuma"
SHOWN = timedelta(days=disputes.SHOWN_DAYS)


@pytest.fixture
def pin(world: World) -> dict[str, str]:
    return world.phone("pin")


def dispute(world: World, pin: dict[str, str], digit: str) -> None:
    assert world.dial(pin["number"], "2", "2", pin["pin"], "1", digit)[-1].startswith("END")


def settle(world: World, about: str, code: str) -> None:
    """What staff answer."""
    (row,) = world.rows("select id from dispute where about = %(a)s and closed_on is null", a=about)
    programme = world.conversation.programme("*801#")
    with world.owner.begin() as conn:
        disputes.answer(conn, programme.id, "Keza", str(row[0]), code, world.now)


def test_each_press_is_not_a_dispute_of_its_own(world: World, pin: dict[str, str]) -> None:
    for _ in range(3):
        dispute(world, pin, "2")
        world.dial(pin["number"], "1", "3", pin["pin"], "1")
    assert world.rows("select about, count(*) from dispute group by about order by about") == [
        ("attendance", 1),
        ("loan", 1),
    ]


def test_she_reads_the_answer_above_her_savings_for_two_weeks(world: World, pin: dict[str, str]) -> None:
    dispute(world, pin, "2")
    before = world.dial(pin["number"], "2", "2", pin["pin"])[-1]
    assert before.startswith("CON Wazigamye")
    settle(world, "loan", "corrected")
    seen = world.dial(pin["number"], "2", "2", pin["pin"], "1")
    assert seen[-2] == f"CON Ibisubizo: 24/11 Inguzanyo: Byakosowe.\n{CONTINUE}"
    assert seen[-1] == before
    world.now += SHOWN - timedelta(days=1)
    assert "Byakosowe" in world.dial(pin["number"], "2", "2", pin["pin"])[-1]
    world.now += timedelta(days=1)
    assert world.dial(pin["number"], "2", "2", pin["pin"])[-1] == before


def test_the_latest_answer_on_each_subject_fits_on_one_screen(world: World, pin: dict[str, str]) -> None:
    for digit, about, code in (("1", "shares", "ask"), ("2", "loan", "right"), ("3", "fine", "right")):
        dispute(world, pin, digit)
        settle(world, about, code)
        world.now += timedelta(days=1)
        # what was answered before stands before her savings now
        world.do("update dispute set closed_on = closed_on - 20 where about = %(a)s", a=about)
    world.do("update dispute set closed_on = closed_on + 20")
    world.do("update phone_number set language = 'en'")
    screen = world.dial(pin["number"], "2", "2", pin["pin"])[-1]
    assert screen == (
        "CON Answers: 24/11 shares: ask at next meeting, 25/11 loan: checked, it is right,"
        " 26/11 fine: checked, it is right.\n1. Continue\n0. Back"
    )
    assert gsm7_length(screen.removeprefix("CON ")) <= MAX_SCREEN_LENGTH


def test_an_answer_on_attendance_stands_before_her_attendance_alone(
    world: World, pin: dict[str, str]
) -> None:
    world.dial(pin["number"], "1", "3", pin["pin"], "1")
    settle(world, "attendance", "right")
    seen = world.dial(pin["number"], "1", "3", pin["pin"], "1")
    assert seen[-2] == f"CON Igisubizo: 24/11 Ubwitabire: Ni byo.\n{CONTINUE}"
    assert seen[-1].startswith("CON Ubwitabire: ")
    assert world.dial(pin["number"], "2", "2", pin["pin"])[-1].startswith("CON Wazigamye")


def test_whoever_shows_no_amounts_is_shown_no_answer_on_them(world: World, pin: dict[str, str]) -> None:
    dispute(world, pin, "2")
    settle(world, "loan", "corrected")
    world.do("update participant set amounts_by_phone = false")
    assert "Byakosowe" not in world.dial(pin["number"], "2", "2", pin["pin"])[-1]


def test_nobody_else_reads_it(world: World, pin: dict[str, str]) -> None:
    dispute(world, pin, "2")
    settle(world, "loan", "corrected")
    other = next(
        p
        for p in world.people
        if p["pin"]
        and p["number"]
        and p["member"] != pin["member"]
        and sum(q["number"] == p["number"] for q in world.people) == 1
    )
    assert "Byakosowe" not in "".join(world.dial(other["number"], "2", "2", other["pin"]))
    assert "Byakosowe" not in "".join(world.dial(pin["number"], "2", "2", "0001"))


def test_the_person_of_a_dispute_is_whose_pin_it_was(world: World, pin: dict[str, str]) -> None:
    dispute(world, pin, "3")
    (found,) = world.rows("select participant_id, about, answer from dispute")
    assert found == (UUID(str(world.person(pin["member"]))), "fine", None)
