"""A coach takes a roll by phone: her menu and PIN, who came, what is refused, and what is left of a dropped line."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sms_app.programme import pins
from tests.world.coach import PIN, Coach
from tests.world.dialogue import World

C0 = "CON Murakaza neza\n1. Ubwitabire\n2. Kode y'isomo\n3. Amakuru n'ubufasha\n4. Amatsinda\n5. Ibindi\n0. Gusohoka"
THANKS = "END Murakoze."
WRONG = "Wahisemo nabi."
CLOSED = "CON Ntibishoboka hano ubu. Baza ibiro.\n0. Subira inyuma"


@pytest.fixture
def coach(world: World) -> Coach:
    return Coach(world)


def test_her_number_begins_with_her_own_menu_and_help_is_everyones(world: World, coach: Coach) -> None:
    assert coach.dial("") == [C0, C0] or coach.dial()[0] == C0
    hers, everyones = coach.dial("3", "1"), world.dial(world.phone("woman_1")["number"], "3", "1")
    assert hers[1:] == everyones[1:]
    assert coach.dial("3", "1", "00")[-1] == C0
    assert world.hop("direct", coach.number, "3") == C0
    assert coach.dial("0")[-1] == THANKS


def test_who_is_also_a_participant_finds_everyones_menu_last(world: World, coach: Coach) -> None:
    world.do(
        "insert into participant_phone (id, participant_id, phone_number_id, from_on)"
        " select gen_random_uuid(), %(p)s, phone_number_id, %(d)s from coach where id = %(c)s",
        p=world.person(world.phone("woman_1")["member"]),
        d=world.now.date(),
        c=coach.id,
    )
    screens = coach.dial("6", "2", "0", "00")
    assert "6. Abanyamuryango\n0. Gusohoka" in screens[0]
    assert screens[1] == screens[3] == world.dial(world.phone("woman_1")["number"])[0]
    assert screens[4] == screens[0]


def test_two_absent_of_25_in_five_inputs(world: World, coach: Coach) -> None:
    screens = coach.dial("1", PIN, "23", "3*7", "1")
    assert screens[1].startswith("CON Andika umubare w'ibanga.")
    assert screens[2].startswith("CON Itsinda 1, 24/11: 25. Haje bangahe?")
    assert screens[3].startswith("CON Oya: 2. Andika nimero, nka 3*7")
    assert screens[4].startswith("CON Itsinda 1, 24/11. Oya: 3 ")
    assert "Yego: 23.\n1. Emeza" in screens[4]
    assert screens[5] == THANKS
    assert coach.absent() == [3, 7]
    assert coach.stored() == 25
    assert world.rows("select outcome, headcount, coach_id from roll") == [("held", 23, coach.id)]


def test_all_came_in_four_inputs(coach: Coach) -> None:
    assert coach.dial("1", PIN, "25", "1")[-1] == THANKS
    assert (coach.absent(), coach.stored()) == ([], 25)


@pytest.mark.parametrize("typed", ["3 7", "3,7", "7 * 3", "3, 7"])
def test_numbers_as_people_write_them(coach: Coach, typed: str) -> None:
    assert coach.dial("1", PIN, "23", typed, "1")[-1] == THANKS
    assert coach.absent() == [3, 7]


@pytest.mark.parametrize(
    "typed", ["3*3", "3**7", "3*26", "3", "3*7*9", "x", "3*x", "\uff13*\uff17", "3*0", "*3*7"]
)
def test_what_is_not_two_numbers_of_the_list_is_asked_again(coach: Coach, typed: str) -> None:
    screens = coach.dial("1", PIN, "23", typed, "3*7", "1")
    assert screens[4].startswith("CON Ongera wandike nimero 2 ziri ku rutonde")
    assert screens[-1] == THANKS
    assert coach.absent() == [3, 7]


@pytest.mark.parametrize("typed", ["26", "x", "-1", "\uff12\uff13"])
def test_a_headcount_that_cannot_be(coach: Coach, typed: str) -> None:
    assert coach.dial("1", PIN, typed)[-1].startswith(f"CON {WRONG}\nItsinda 1")
    assert coach.stored() == 0


def test_0_where_a_number_is_asked_goes_back(coach: Coach) -> None:
    assert coach.dial("1", PIN, "23", "0")[-1].startswith("CON Itsinda 1, 24/11: 25.")


def test_who_left_is_not_on_the_list(world: World, coach: Coach) -> None:
    world.do(
        "update participant set left_on = %(d)s where group_id = %(g)s and list_number = 8",
        d=world.now.date(),
        g=coach.group,
    )
    screens = coach.dial("1", PIN, "23", "8", "7", "1")
    assert "24. Haje" in screens[2]
    assert screens[4].startswith("CON Ongera wandike nimero 1 ziri ku rutonde")
    assert screens[-1] == THANKS


def test_fewer_than_half_are_named_themselves_and_many_are_paged(coach: Coach) -> None:
    screens = coach.dial("1", PIN, "8", "1 2 3 4 5 6 7 9", "1", "9", "1")
    assert screens[3].startswith("CON Yego: 8. Andika nimero")
    assert screens[
        4
    ] == "CON Itsinda 1, 24/11. Yego: 1, 2, 3, 4, 5, 6. Oya: 17.\n9. Ibindi\n0. Subira inyuma" or (
        "1. Emeza" not in screens[4] and "9. " in screens[4]
    )
    assert WRONG in screens[5]
    assert "7, 9" in screens[6]
    assert "1. Emeza" in screens[6]
    assert screens[7] == THANKS
    assert len(coach.absent()) == 17


def test_several_sessions_are_chosen_from_the_latest_first(world: World, coach: Coach) -> None:
    before = coach.make_session(world.now - timedelta(days=7))
    coach.make_session(world.now - timedelta(days=8, hours=12))
    coach.make_session(world.now + timedelta(minutes=1))
    screens = coach.dial("1", PIN, "2", "25", "1")
    assert screens[2].startswith("CON Hitamo:\n1. Itsinda 1, 24/11 10:30\n2. Itsinda 1, 17/11 11:30\n0.")
    assert world.rows("select training_session_id from roll") == [(before,)]


def test_a_roll_is_taken_again_and_late_and_excused_are_said_afterwards(world: World, coach: Coach) -> None:
    coach.dial("1", PIN, "23", "3*7", "1")
    screens = coach.dial("1", PIN, "1", "1", "24", "3", "1")
    assert screens[3].startswith("CON Itsinda 1, 24/11: Yego.\n1. Hindura")
    assert coach.absent() == [3]
    assert coach.dial("1", PIN, "1", "3", "3")[-1] == THANKS
    assert coach.dial("1", PIN, "1", "2", "4 5")[-1] == THANKS
    marks = "select status, count(*) from attendance group by 1 order by 1"
    assert world.rows(marks) == [("excused", 1), ("late", 2), ("present", 22)]
    coach.dial("1", PIN, "1", "1", "24", "3", "1")
    assert world.rows(marks) == [("excused", 1), ("late", 2), ("present", 22)]
    world.now += timedelta(days=8)
    assert coach.dial("1", PIN)[-1].startswith("CON Nta somo.")


def test_a_suspended_coach_stores_nothing_and_has_no_menu(world: World, coach: Coach) -> None:
    coach.dial("1", PIN, "23", session="s")
    world.do("update coach set suspended_on = %(d)s", d=world.now.date())
    text = f"1*{PIN}*23*3*7"
    assert world.hop("s", coach.number, text) == CLOSED
    assert coach.stored() == 0
    assert coach.dial()[0] == world.dial(world.phone("woman_1")["number"])[0]


def test_one_who_is_suspended_before_the_last_input_stores_nothing(world: World, coach: Coach) -> None:
    coach.dial("1", PIN, "23", "3*7", session="s")
    world.do("update coach set suspended_on = %(d)s", d=world.now.date())
    assert world.hop("s", coach.number, f"1*{PIN}*23*3*7*1") == CLOSED
    assert coach.stored() == 0


def test_nothing_is_lost_on_a_dropped_line(world: World, coach: Coach) -> None:
    coach.dial("1", PIN, "23", "3*7")
    screens = coach.dial("1", PIN, "1", "1")
    assert screens[2].startswith("CON 1. Komeza")
    assert "Oya: 3 " in screens[3]
    assert screens[4] == THANKS
    assert coach.absent() == [3, 7]
    assert not coach.dial("1", PIN)[-1].startswith("CON 1. Komeza")


def test_a_hop_that_was_lost_is_read_with_the_next_one(world: World, coach: Coach) -> None:
    coach.dial("1", PIN, session="s")
    assert "Oya: 3 " in world.hop("s", coach.number, f"1*{PIN}*23*3*7")


def test_wrong_pins_lock_hers_like_a_participants(world: World, coach: Coach) -> None:
    assert coach.dial("1", "0001", "0002", "0003")[-1].startswith("CON Mwihangane.")
    assert coach.dial("1", PIN)[-1].startswith("CON Mwihangane.")
    world.now += timedelta(minutes=16)
    assert coach.dial("1", PIN)[-1].startswith("CON Itsinda 1")


def test_her_pin_is_set_with_the_offices_code(world: World, coach: Coach) -> None:
    world.do("update coach set pin = null")
    assert coach.dial("1")[-1].startswith("CON Nta mubare w'ibanga. Baza ibiro.")
    (code,) = world.rows("select code from coach where id = %(c)s", c=coach.id)[0]
    room = world.conversation.programme("*801#")
    with world.owner.begin() as conn:
        opened = pins.open_coach_pin(conn, world.conversation.vault, room.id, str(code), "office", world.now)
    assert coach.dial("5", "2", opened, PIN)[-1] == THANKS
    assert coach.dial("1", PIN)[-1].startswith("CON Itsinda 1")


def test_her_sessions_code_shows_from_half_an_hour_before_to_its_end(world: World, coach: Coach) -> None:
    start = world.now - timedelta(hours=1)
    shown = "CON Kode y'isomo: itsinda 1: 4821\n0. Subira inyuma"
    for moment, seen in ((-31, False), (-30, True), (119, True), (120, False)):
        world.now = start + timedelta(minutes=moment)
        assert (coach.dial("2", PIN)[-1] == shown) is seen, moment


def test_a_hop_of_the_roll_costs_few_statements(world: World, coach: Coach) -> None:
    costs = []
    text = ""
    for typed in ("", "1", PIN, "23", "3*7", "1"):
        text = f"{text}*{typed}" if text else typed
        world.hop("s", coach.number, text)
        costs.append(len(world.statements))
    assert costs == [2, 3, 10, 6, 7, 7]
