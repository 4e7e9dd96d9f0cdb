"""A phone that is nobody's: no screen tells whether a member number is anyone's, and nothing is said in her name."""

from __future__ import annotations

import re
from datetime import timedelta
from random import Random

import pytest

from sms_app import member_number
from sms_app.channel.inbound import Sms
from sms_app.conversation import keywords
from sms_app.programme import numbers, training
from tests.world.dialogue import NOW, STRANGER, World, code_of_today
from tests.world.waiting import PROVES

SESSION = re.compile(r"\d\d/\d\d.*\d\d:\d\d")
WRITES = ("contribution", "session_reply", "attendance", "dispute")
NO_CODE = "0001"
PHONES = 1000 if PROVES else 200


def strange_numbers(count: int) -> list[str]:
    return [f"+25079900{n:04d}" for n in range(count)]


def nobodys(world: World, count: int) -> list[str]:
    """Well-formed member numbers that are nobody's."""
    return member_number.draw(Random(7), count, {person["member"] for person in world.people})


def screens(world: World, number: str, *keys: str) -> tuple[str, ...]:
    """What is shown, the code for the coach aside, which is another one each time."""
    return tuple(re.sub(r"(kode: |coach: )\d{4}\.", r"\1....", text) for text in world.dial(number, *keys))


def stored(world: World) -> dict[str, int]:
    return {table: int(str(world.rows(f"select count(*) from {table}")[0][0])) for table in WRITES}


def test_many_strange_phones_see_one_sequence_of_screens(world: World) -> None:
    real = [person["member"] for person in world.people if person["member"]]
    members = Random(3).sample(real, PHONES * 9 // 20) + nobodys(world, PHONES * 11 // 20)
    Random(4).shuffle(members)
    code = code_of_today(world, world.phone("woman_1")["member"])
    seen = {
        screens(world, number, "1", "2", member, NO_CODE, code, "0")
        for number, member in zip(strange_numbers(PHONES), members, strict=True)
    }
    assert len(seen) == 1
    (shown,) = seen
    assert "kode: .... Iminota 10." in shown[3]
    assert shown[4].startswith("CON Kode si yo.")
    assert shown[5].startswith("CON Isomo rya 24/11: Yego.")
    assert shown[6] == "END Murakoze."


@pytest.mark.parametrize(
    "item",
    [("1", "1"), ("1", "3"), ("2", "1"), ("2", "2"), ("2", "3"), ("2", "4"), ("4", "3", "2"), ("4", "5")],
)
def test_every_item_asks_a_strange_phone_for_a_pin_alike(world: World, item: tuple[str, ...]) -> None:
    before = stored(world)
    people = [world.phone(name)["member"] for name in ("woman_1", "pin", "shared", "three", "man_1")]
    numbers_of = iter(strange_numbers(20))
    seen = {
        screens(world, next(numbers_of), *item, member, *tries, "0")
        for member in people + nobodys(world, 5)
        for tries in [(NO_CODE, NO_CODE, NO_CODE)]
    }
    assert len(seen) == 1
    assert not any(SESSION.search(text) for text in seen.pop())
    assert stored(world) == before


def test_a_wrong_check_digit_is_asked_again_of_everyone(world: World) -> None:
    slips = [f"{person['member'][:-1]}{(int(person['member'][-1]) + 1) % 10}" for person in world.people[:3]]
    slips += [f"{number[:-1]}{(int(number[-1]) + 1) % 10}" for number in nobodys(world, 3)]
    for item in (("1", "2"), ("1", "1"), ("2", "2"), ("4", "4")):
        seen = {screens(world, STRANGER, *item, slip)[-1] for slip in slips}
        assert len(seen) == 1
        assert seen.pop().startswith("CON Wahisemo nabi. / Andika nimero".replace(" / ", "\n"))


def test_her_pin_opens_her_session_and_her_savings_on_any_phone(world: World) -> None:
    woman = world.phone("pin")
    shown = world.dial(STRANGER, "1", "1", woman["member"], woman["pin"])
    assert SESSION.search(shown[-1])
    assert world.dial(STRANGER, "1", "1", woman["member"], woman["pin"], "2")[-1] == "END Murakoze."
    assert world.rows(
        "select coming from session_reply where participant_id = %(p)s", p=world.person(woman["member"])
    ) == [(False,)]
    before = stored(world)["contribution"]
    world.dial(STRANGER, "2", "4", woman["member"], woman["pin"], "1")
    assert stored(world)["contribution"] > before


def test_her_next_session_shows_on_her_own_number_and_on_one_with_others(world: World) -> None:
    alone, three = world.phone("woman_1"), world.phone("three")
    assert SESSION.search(world.dial(alone["number"], "1", "1")[-1])
    assert SESSION.search(world.dial(three["number"], "1", "1", three["member"])[-1])


@pytest.mark.parametrize("item", [("1", "1"), ("1", "2"), ("2", "1"), ("2", "3"), ("2", "4")])
def test_a_number_with_several_people_takes_only_their_member_numbers(
    world: World, item: tuple[str, ...]
) -> None:
    three, other = world.phone("three"), world.phone("woman_1")
    before = stored(world)
    foreign, nobody = (
        screens(world, three["number"], *item, member) for member in (other["member"], nobodys(world, 1)[0])
    )
    assert foreign == nobody
    assert foreign[-1].startswith("CON Wahisemo nabi.\nAndika nimero y'umunyamuryango.")
    assert not world.dial(three["number"], *item, three["member"])[-1].startswith("CON Wahisemo nabi.")
    assert stored(world) == before


def test_a_check_in_with_the_right_code_counts_for_a_member_of_that_group(world: World) -> None:
    woman = world.phone("woman_1")
    code = code_of_today(world, woman["member"])
    world.dial(STRANGER, "1", "2", woman["member"], code)
    found = world.rows(
        "select a.status, a.source, a.recorded_on from attendance a join training_session s"
        " on s.id = a.training_session_id where a.participant_id = %(p)s and s.starts_at::date = %(day)s",
        p=world.person(woman["member"]),
        day=NOW.date(),
    )
    assert found == [("present", "self", NOW.date())]
    assert world.rows("select * from unmatched_check_in") == []


def test_a_check_in_that_fits_nobody_is_kept_for_the_coach_once_and_for_thirty_days(world: World) -> None:
    woman = world.phone("woman_1")
    code = code_of_today(world, woman["member"])
    elsewhere = next(
        person["member"]
        for person in world.people
        if person["role"] == "woman"
        and person["group"] != woman["group"]
        and not code_of_today(world, person["member"])
    )
    nobody = nobodys(world, 1)[0]
    before = stored(world)
    for member in (elsewhere, nobody, nobody):
        assert "Yego" in world.dial(STRANGER, "1", "2", member, code)[-1]
    assert stored(world) == before
    with world.owner.begin() as conn:
        programme = world.conversation.programme("*801#").id
        kept = training.unmatched_check_ins(conn, programme)
        assert [(one.group, one.starts_at.date(), one.member) for one in kept] == sorted(
            (int(woman["group"]), NOW.date(), member) for member in (elsewhere, nobody)
        )
        training.forget_unmatched(conn, NOW + timedelta(days=30))
        assert len(training.unmatched_check_ins(conn, programme)) == 2
        training.forget_unmatched(conn, NOW + timedelta(days=31))
        assert training.unmatched_check_ins(conn, programme) == []
    assert {
        name
        for (name,) in world.rows(
            "select column_name from information_schema.columns where table_name = 'unmatched_check_in'"
        )
    } == {"training_session_id", "member_number", "recorded_on"}


def test_check_ins_that_fit_nobody_are_bounded(world: World) -> None:
    code = code_of_today(world, world.phone("woman_1")["member"])
    for member in nobodys(world, training.MAX_UNMATCHED + 5):
        assert "Yego" in world.dial(STRANGER, "1", "2", member, code)[-1]
    assert world.rows("select count(*) from unmatched_check_in") == [(training.MAX_UNMATCHED,)]


def test_after_twenty_wrong_tries_every_member_number_is_locked_alike(world: World) -> None:
    code = code_of_today(world, world.phone("woman_1")["member"])
    real = [world.phone(name) for name in ("pin", "woman_1")]
    for n, member in enumerate(nobodys(world, 20)):
        tried = world.dial(STRANGER, *(("1", "2", member, NO_CODE) if n % 2 else ("2", "2", member, NO_CODE)))
        assert tried[-1].startswith("CON Kode si yo." if n % 2 else "CON Ongera") or n == 19
    ends = set()
    for member in [person["member"] for person in real] + nobodys(world, 3):
        for keys in (
            ("1", "2", member, code),
            ("2", "2", member, real[0]["pin"]),
            ("1", "1", member, "7391"),
        ):
            ends.add(world.dial(STRANGER, *keys)[-1])
    assert ends == {"CON Mwihangane. Baza umufashamyumvire.\n0. Gusohoka"}
    # her own phone, and hers alone, goes on
    assert SESSION.search(world.dial(real[0]["number"], "1", "1")[-1])
    world.now = NOW + timedelta(days=1)
    assert world.dial(STRANGER, "2", "2", real[0]["member"], real[0]["pin"])[-1].startswith("CON ")
    assert "Wazigamye" in world.dial(STRANGER, "2", "2", real[0]["member"], real[0]["pin"])[-1]


def test_a_code_of_another_day_is_refused(world: World) -> None:
    code = code_of_today(world, world.phone("woman_1")["member"])
    world.now = NOW + timedelta(days=1)
    assert world.dial(STRANGER, "1", "2", nobodys(world, 1)[0], code)[-1].startswith("CON Kode si yo.")


def test_the_code_for_the_coach_is_shown_for_a_number_that_is_nobodys_and_confirms_nothing(
    world: World,
) -> None:
    shown = world.dial(STRANGER, "4", "4", nobodys(world, 1)[0])[-1]
    assert re.fullmatch(
        r"CON Ereka umufashamyumvire iyi kode: \d{4}\. Iminota 10\.\n0\. Subira inyuma", shown
    )
    assert world.rows("select count(*) from number_claim") == [(0,)]
    world.dial(STRANGER, "4", "4", world.phone("woman_1")["member"])
    assert world.rows("select count(*) from number_claim") == [(1,)]


def test_marking_a_phone_as_shared_asks_once_and_then_asks_who_is_calling(world: World) -> None:
    woman = world.phone("woman_1")
    mark = "select sharing from phone_number where id = (select phone_number_id from participant_phone l"
    mark += " where l.participant_id = %(p)s and l.to_on is null)"
    person = world.person(woman["member"])
    assert world.dial(woman["number"], "2", "1")[-1].startswith("CON Iki cyumweru: andika amafaranga")
    shown = world.dial(woman["number"], "4", "4", "1")
    assert shown[-1].startswith("CON Iyi telefoni: andika nimero y'umunyamuryango buri gihe.")
    assert world.rows(mark, p=person) == [("unmarked",)]
    assert world.dial(woman["number"], "4", "4", "1", "0", "0", "0")[-1].startswith("CON Murakaza neza")
    assert world.rows(mark, p=person) == [("unmarked",)]
    assert world.dial(woman["number"], "4", "4", "1", "1")[-1] == "END Murakoze."
    assert world.rows(mark, p=person) == [("marked_shared",)]
    asked = "CON Andika nimero y'umunyamuryango."
    for item in (("1", "1"), ("1", "2"), ("2", "1"), ("2", "2"), ("2", "4"), ("4", "2"), ("4", "5")):
        assert world.dial(woman["number"], *item)[-1].startswith(asked), item
    assert world.dial(woman["number"], "2", "1", nobodys(world, 1)[0])[-1].startswith("CON Wahisemo nabi.")
    assert world.dial(woman["number"], "2", "1", woman["member"])[-1].startswith("CON Iki cyumweru: andika")


def test_only_a_coach_marks_a_phone_as_hers_alone(world: World) -> None:
    woman, programme = world.phone("woman_1"), world.conversation.programme("*801#").id
    world.dial(woman["number"], "4", "4", "1", "1")
    with world.owner.begin() as conn:
        assert numbers.mark_for_coach(conn, programme, woman["member"], "private", "coach", NOW) == 1
    assert world.dial(woman["number"], "2", "1")[-1].startswith("CON Iki cyumweru: andika amafaranga")
    assert world.rows("select what, who from audit_entry order by id desc limit 1") == [
        ("mark_private", "coach")
    ]
    with world.owner.begin() as conn, pytest.raises(numbers.UsedByOthers):
        numbers.mark_for_coach(conn, programme, world.phone("three")["member"], "private", "coach", NOW)


def test_a_text_from_a_phone_that_was_marked_shared_does_not_speak_for_her(world: World) -> None:
    woman = world.phone("woman_1")

    def reply(id_: str) -> int:
        keywords.receive(world.conversation, Sms(id_, woman["number"], "oya"), NOW)
        return stored(world)["session_reply"]

    assert reply("first") == 1
    world.do("delete from session_reply")
    world.dial(woman["number"], "4", "4", "1", "1")
    assert reply("second") == 0


def test_an_item_with_nothing_behind_it_says_so_before_any_pin(world: World) -> None:
    for name in ("woman_1", "pin", "three", "stranger"):
        assert world.dial(world.phone(name)["number"], "1", "4")[-1] == "CON Murakoze.\n0. Subira inyuma"


def test_her_pin_lets_texts_reach_her_again_from_any_phone(world: World) -> None:
    woman = world.phone("pin")
    world.dial(woman["number"], "4", "3", "1", "1")
    stopped = (
        "select n.stopped_on from phone_number n join participant_phone l on l.phone_number_id = n.id"
        " where l.participant_id = %(p)s and l.to_on is null"
    )
    assert world.rows(stopped, p=world.person(woman["member"])) == [(NOW.date(),)]
    assert world.dial(STRANGER, "4", "3", "2", woman["member"], woman["pin"])[-1] == "END Murakoze."
    assert world.rows(stopped, p=world.person(woman["member"])) == [(None,)]


def test_guesses_at_a_sessions_code_are_counted_on_her_own_phone_too(world: World) -> None:
    woman = world.phone("woman_1")
    code = code_of_today(world, woman["member"])
    for n in range(20):
        assert world.dial(woman["number"], "1", "2", f"{n:04d}")[-1].startswith("CON Kode si yo.")
    assert world.dial(woman["number"], "1", "2", code)[-1].startswith("CON Kode si yo.")
    world.now = NOW + timedelta(days=2)
    later = code_of_today(world, woman["member"])
    assert "Yego" in world.dial(woman["number"], "1", "2", later)[-1]
