"""Hops that are repeated, late, reordered, concurrent or cut off: each happens once and gets the same bytes."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from sms_app.channel.inbound import UssdEvent, UssdHop
from sms_app.conversation import position as positions
from sms_app.conversation.costs import add
from sms_app.conversation.hop import reply
from sms_app.conversation.position import Position
from sms_app.conversation.service import UnknownServiceCode
from sms_app.engine.state import State
from sms_app.member_number import with_check_digit
from sms_app.programme import pins
from sms_app.vault import POSITION_BYTES, Vault, VaultError
from tests.world.databases import KEYS
from tests.world.dialogue import LATER, NOW, STRANGER, World, code_of_today, opened

SAVING = ("", "2", "2*1", "2*1*2000", "2*1*2000*1")
NEW = "select amount from contribution c join participant p on p.id = c.participant_id where p.member_number = %(m)s"
NEW += " and c.recorded_on = %(day)s and c.source = 'member'"


def reported(world: World, name: str) -> list[object]:
    member = world.phone(name)["member"]
    return [row[0] for row in world.rows(NEW, m=member, day=world.now.date())]


def test_a_hop_that_arrives_again_gets_the_same_bytes_and_happens_once(world: World) -> None:
    number = world.phone("woman_1")["number"]
    first = [world.hop("s", number, text) for text in SAVING]
    world.do("update participant set language = 'en'")
    world.do("update cycle set closed_on = now()")
    assert [world.hop("s", number, text) for text in SAVING] == first
    assert [world.hop("s", number, text) for text in reversed(SAVING)] == list(reversed(first))
    assert reported(world, "woman_1") == [2000]


def test_a_hop_that_arrives_again_an_hour_later_stores_nothing(world: World) -> None:
    number = world.phone("woman_1")["number"]
    for text in ("", "2", "2*4", "2*4*1"):
        world.hop("s", number, text)
    world.do("delete from ussd_dialogue")
    world.now += timedelta(hours=1)
    assert world.hop("s", number, "2*4*1") == world.hop("u", number, "")
    assert reported(world, "woman_1") == [0]


def test_a_direct_dial_never_takes_an_amount_from_the_dialled_code(world: World) -> None:
    number = world.phone("woman_1")["number"]
    asked = world.dial(number, "2", "1")[-1]
    assert world.hop("direct", number, "2*1*2000") == asked
    assert world.hop("direct", number, "2*1*2000*700").startswith("CON 700 Frw")
    assert world.hop("direct", number, "2*1*2000*700*1").startswith("END")
    assert reported(world, "woman_1") == [700]


@pytest.mark.parametrize("text", ["3", "3*4", "3*3*2", "3*9"])
def test_a_direct_dial_into_help_shows_the_root(world: World, text: str) -> None:
    number = world.phone("woman_1")["number"]
    root = world.hop("plain", number, "")
    assert world.hop("direct", number, text) == root
    assert world.hop("direct", number, f"{text}*2").startswith("CON Ubwizigame")


def test_a_session_code_in_the_dialled_code_checks_in(world: World) -> None:
    woman = world.phone("woman_1")
    code = code_of_today(world, woman["member"])
    assert world.hop("direct", woman["number"], f"1*2*{code}").startswith("CON Isomo rya 24/11: Yego.")


def test_when_the_table_of_dialogues_is_lost_a_dialogue_starts_again_and_stored_is_stored_once(
    world: World,
) -> None:
    number = world.phone("woman_1")["number"]
    for text in SAVING[:4]:
        world.hop("s", number, text)
    world.do("truncate ussd_dialogue")
    assert world.hop("s", number, SAVING[4]).startswith("CON Murakaza neza")
    assert reported(world, "woman_1") == []
    again = f"{SAVING[4]}*2*1*2000"
    for text in (f"{SAVING[4]}*2", f"{SAVING[4]}*2*1", again, f"{again}*1"):
        said = world.hop("s", number, text)
    assert said.startswith("END")
    world.do("truncate ussd_dialogue")
    assert world.hop("s", number, f"{again}*1").startswith("CON Murakaza neza")
    assert reported(world, "woman_1") == [2000]


def test_a_hop_overtaken_by_the_next_is_answered_rightly_when_it_comes(world: World) -> None:
    number = world.phone("woman_1")["number"]
    straight = [world.hop("a", number, text) for text in ("", "2", "2*1", "2*1*0")]
    assert world.hop("b", number, "") == straight[0]
    assert world.hop("b", number, "2*1") == straight[2]
    assert world.hop("b", number, "2") == straight[1]
    assert world.hop("b", number, "2*1*0") == straight[3]


def test_of_three_answers_that_come_in_one_hop_each_can_be_asked_for_again(world: World) -> None:
    number = world.phone("woman_1")["number"]
    texts = ("", "2", "2*1", "2*1*2000")
    straight = [world.hop("a", number, text) for text in texts]
    assert world.hop("b", number, "") == straight[0]
    assert world.hop("b", number, "2*1*2000") == straight[3]
    assert [world.hop("b", number, text) for text in texts] == straight


def test_answers_after_a_refused_one_in_the_same_hop_are_not_taken(world: World) -> None:
    number = world.phone("woman_1")["number"]
    world.hop("a", number, "")
    refused = world.hop("a", number, "2*1*x")
    world.hop("b", number, "")
    assert world.hop("b", number, "2*1*x*700") == refused
    assert world.hop("b", number, "2*1*x*700*700").startswith("CON 700 Frw")


def test_two_hundred_dialogues_at_once_each_store_once(world: World) -> None:
    alone = Counter(p["number"] for p in world.people)
    savers = {
        str(row[0])
        for row in world.rows(
            "select p.member_number from participant p join savings_member m on m.participant_id = p.id"
            " where m.to_on is null"
        )
    }
    women = [p for p in world.people if p["member"] in savers and alone[p["number"]] == 1 and p["number"]][
        :200
    ]
    assert len(women) == 200
    world.do("update cycle set mode = 'free', share_value = 1")
    world.do("update participant set language = 'rw'")

    def dialogue(n: int) -> None:
        woman, amount = women[n], 1000 + n
        for text in ("", "2", "2*1", f"2*1*{amount}", f"2*1*{amount}*1"):
            hop = UssdHop(f"many-{n}", woman["number"], "*801#", "63510", text)
            with ThreadPoolExecutor(2) as twice:
                answers = list(twice.map(lambda h: reply(world.conversation, h, world.now), [hop, hop]))
            assert answers[0] == answers[1]
            expected = {3: f"CON {amount:,} Frw.", 4: "END Murakoze."}.get(
                text.count("*") + (text != ""), "CON "
            )
            assert answers[0].startswith(expected), (text, answers)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(dialogue, range(200)))
    stored = world.rows(
        "select p.member_number, c.amount from contribution c join participant p on p.id = c.participant_id"
        " where c.recorded_on = %(d)s and c.source = 'member' and c.reverses is null",
        d=world.now.date(),
    )
    assert sorted(stored) == sorted((woman["member"], 1000 + n) for n, woman in enumerate(women))


def test_a_failure_in_the_middle_leaves_nothing_half_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = world.phone("woman_1")["number"]
    for text in SAVING[:4]:
        world.hop("s", number, text)

    def broken(*args: object) -> bytes:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(positions, "write", broken)
        with pytest.raises(OSError, match="no space"):
            world.hop("s", number, SAVING[4])
    assert reported(world, "woman_1") == []
    assert world.hop("s", number, SAVING[4]).startswith("END")
    assert reported(world, "woman_1") == [2000]


def test_a_hop_costs_at_most_three_statements_and_four_when_it_stores(world: World) -> None:
    def cost(name: str, texts: tuple[str, ...]) -> list[int]:
        counts, number = [], world.phone(name)["number"]
        for text in texts:
            world.hop(f"cost-{name}-{len(texts)}", number, text)
            counts.append(sum(s not in {"begin", "commit", "rollback"} for s in world.statements))
        return counts

    assert cost("woman_1", SAVING) == [2, 2, 3, 2, 4]
    member = world.phone("shared")["member"]
    shared = ("", "2", "2*1", f"2*1*{member}", f"2*1*{member}*3", f"2*1*{member}*3*1")
    assert cost("shared", shared) == [2, 2, 2, 3, 3, 4]
    assert cost("woman_2", (*SAVING[:4], "2*1*2000*2")) == [2, 2, 3, 2, 3]
    assert max(cost("woman_2", ("", "1", "1*1", "1*1*1"))) <= 4
    pin = world.phone("pin")["pin"]
    assert cost("pin", ("", "2", "2*2", f"2*2*{pin}", f"2*2*{pin}*1")) == [2, 2, 3, 4, 3]


@pytest.mark.parametrize("typed", ["2k", "2OOO", "2mil", "10ooo", "5M", "2000 usd", "02000"])
def test_what_is_no_amount_is_asked_again_and_never_read_as_another(world: World, typed: str) -> None:
    number = world.phone("woman_1")["number"]
    asked, again = world.dial(number, "2", "1", typed)[-2:]
    assert again == asked.replace("CON ", "CON Wahisemo nabi.\n")
    for written in ("frw 2000", "2000 F", "2,000amafaranga"):
        assert world.dial(number, "2", "1", typed, written)[-1].startswith("CON 2,000 Frw")


def test_in_help_the_same_statements_run_as_on_any_menu(world: World) -> None:
    number = world.phone("woman_1")["number"]

    def statements(*texts: str) -> list[list[str]]:
        found = []
        for text in texts:
            world.hop(f"same-{texts}", number, text)
            found.append(list(world.statements))
        return found

    menu = statements("", "4", "4*3", "4*3*0", "4*3*0*0", "4*3*0*0*0")
    assert statements("", "3", "3*4", "3*4*00", "3*4*00*3", "3*4*00*3*0") == menu
    assert statements("", "3", "3*3", "3*3*2", "3*3*2*9", "3*3*2*9*0") == menu
    # what differs by sector is the programme's own data: choosing one asks the database nothing either
    assert statements("", "3", "3*2", "3*2*1", "3*2*1*9", "3*2*1*9*0") == menu
    assert statements("", "3", "3*3", "3*3*3", "3*3*3*2", "3*3*3*2*0") == menu


def test_a_dialogue_has_one_form_whatever_happened_in_it(world: World) -> None:
    number = world.phone("woman_1")["number"]
    for session, texts in {
        "help": ("", "3", "3*3", "3*3*2", "3*3*2*0"),
        "sector": ("", "3", "3*3", "3*3*3", "3*3*3*2", "3*3*3*2*0"),
        "out": ("", "0"),
        "open": ("",),
    }.items():
        for text in texts:
            world.hop(session, number, text)
    rows = world.rows("select octet_length(id), octet_length(position), touched_at from ussd_dialogue")
    assert len(rows) == 4
    assert {row[:2] for row in rows} == {(16, POSITION_BYTES)}
    assert len({row[2] for row in rows}) == 1


def test_a_long_dialogue_keeps_its_form_and_its_latest_answers(world: World) -> None:
    number, text, answers = world.phone("woman_1")["number"], "", {}
    for _ in range(40):
        for key in ("2", "1", "12345", "00"):
            text = f"{text}*{key}" if text else key
            answers[text] = world.hop("long", number, text)
    assert world.rows("select octet_length(position) from ussd_dialogue") == [(POSITION_BYTES,)]
    assert world.hop("long", number, text) == answers[text]
    assert len(world.rows("select 1 from ussd_dialogue")) == 1


def test_a_position_opens_only_with_its_session(vault: Vault) -> None:
    packed = positions.write(
        Position.begin(State("rw")).after("", State("rw"), "CON x"),
        NOW,
        lambda p: vault.seal_position("a", p),
    )
    read = positions.read(vault.open_position("a", packed))
    assert (read.last_reply, read.touched) == ("CON x", NOW)
    with pytest.raises(VaultError):
        vault.open_position("b", packed)


def test_an_unknown_code_is_no_programme_and_a_foreign_number_a_stranger(world: World) -> None:
    with pytest.raises(UnknownServiceCode):
        reply(world.conversation, UssdHop("s", STRANGER, "*999#", "1", ""), world.now)
    home, abroad = world.hop("h", STRANGER, ""), world.hop("f", "+254712345678", "")
    assert home == abroad


def test_costs_are_summed_by_day_and_network_once_a_dialogue(world: World) -> None:
    for session, cost in (("a", "5.00"), ("b", "7.50"), ("a", "5.00")):
        event = UssdEvent(session, STRANGER, "*801#", "63510", "Success", Decimal(cost), "RWF")
        add(world.conversation, event, world.now)
    rows = world.rows("select day, network_code, currency, sessions, cost from ussd_cost")
    assert rows == [(date(2026, 11, 24), "63510", "RWF", 2, Decimal("12.5000"))]


def test_a_language_that_was_chosen_on_a_number_stays(world: World) -> None:
    number = world.phone("woman_1")["number"]
    world.dial(number, "4", "1", "2")
    assert world.dial(number)[0].startswith("CON Welcome")
    assert world.dial(STRANGER, "4", "1", "2", "1")[-1] == "END Thank you."


def test_a_dropped_dispute_goes_on_behind_the_pin_only(world: World) -> None:
    woman = world.phone("pin")
    root = world.dial(woman["number"])[0]
    world.dial(woman["number"], "2", "2", woman["pin"], "1")
    redialled = world.dial(woman["number"], "2", "2", woman["pin"], "1", "3")
    assert redialled[0] == root
    assert redialled[3] == "CON 1. Komeza\n0. Subira inyuma"
    assert "Ihazabu" in redialled[4]
    assert redialled[5].startswith("END")
    assert world.rows("select about from dispute") == [("fine",)]
    assert "Komeza" not in world.dial(woman["number"], "2", "2", woman["pin"])[-1]


def test_who_does_not_go_on_is_not_asked_again(world: World) -> None:
    woman = world.phone("pin")
    world.dial(woman["number"], "2", "2", woman["pin"], "1")
    left = world.dial(woman["number"], "2", "2", woman["pin"], "0")
    assert left[-2].startswith("CON 1. Komeza")
    assert left[-1].startswith("CON Ubwizigame")
    assert "Wazigamye" in world.dial(woman["number"], "2", "2", woman["pin"])[-1]


def test_what_was_read_back_is_stored_whatever_changes_meanwhile(world: World) -> None:
    woman = world.phone("pin")
    world.now = datetime(2026, 11, 29, 21, 59, 30, tzinfo=UTC)
    read_back = world.dial(woman["number"], "2", "1", "3", session="late")[-1]
    assert read_back.startswith("CON Imigabane 3 = 600 Frw. Icyumweru cya 23/11.")
    world.do("update cycle set share_value = 1000")
    world.now += timedelta(minutes=1)
    assert world.hop("late", woman["number"], "2*1*3*1").startswith("END")
    stored = "select amount, shares, week_of, recorded_on from contribution where recorded_on >= %(day)s"
    assert world.rows(stored, day=date(2026, 11, 29)) == [(600, 3, date(2026, 11, 23), date(2026, 11, 30))]


def test_a_session_id_on_another_number_is_another_dialogue(world: World) -> None:
    woman = world.phone("pin")
    world.dial(woman["number"], "2", "2", woman["pin"], session="same")
    assert "Wazigamye" not in world.hop("same", STRANGER, f"2*2*{woman['pin']}")


def test_each_lock_is_longer_than_the_one_before(world: World) -> None:
    woman = world.phone("pin")
    for wait in (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=24)):
        locked = world.dial(woman["number"], "2", "2", "0001", "0002", "0003")[-1]
        assert locked.startswith("CON Mwihangane")
        world.now += wait - timedelta(minutes=1)
        assert world.dial(woman["number"], "2", "2", woman["pin"])[-1].startswith("CON Mwihangane")
        world.now += timedelta(minutes=1)
    # a day later they still stand, and she is told; the day after they are gone
    shown = "CON PIN yanditswe nabi: 12. Wazigamye"
    assert world.dial(woman["number"], "2", "2", woman["pin"])[-1].startswith(shown)
    world.now += timedelta(days=1)
    assert world.dial(woman["number"], "2", "2", woman["pin"])[-1].startswith("CON Wazigamye")
    assert world.rows("select count(*) from pin_guard") == [(0,)]


def test_tries_at_the_same_time_do_not_add_up(world: World) -> None:
    woman = world.phone("pin")
    wrong = [f"{n:04d}" for n in range(1, 25)]
    for n in range(len(wrong)):
        for text in ("", "2", "2*2"):
            world.hop(f"t{n}", woman["number"], text)
    with ThreadPoolExecutor(8) as pool:
        hops = [UssdHop(f"t{n}", woman["number"], "*801#", "1", f"2*2*{pin}") for n, pin in enumerate(wrong)]
        answers = list(pool.map(lambda hop: reply(world.conversation, hop, world.now), hops))
    assert sum(a.startswith("CON Ongera") for a in answers) == 2
    assert world.rows("select wrong from pin_guard") == [(3,), (3,)]  # hers, and the phone's


def test_tries_at_the_same_time_do_not_exceed_a_phones_twenty(world: World) -> None:
    """Sixty dialogues on two phones, at members and at nobody: both guards hold, and nobody waits for the other."""
    members = [p["member"] for p in world.people[:20]] + [with_check_digit(n) for n in range(901, 921)]
    phones = (STRANGER, "+250790000001")
    for n, member in enumerate(members):
        for phone in phones:
            for text in ("", "2", "2*2", f"2*2*{member}"):
                world.hop(f"p{n}{phone}", phone, text)
    hops = [
        UssdHop(f"p{n}{phone}", phone, "*801#", "1", f"2*2*{member}*0001")
        for n, member in enumerate(members)
        for phone in phones
    ]
    with ThreadPoolExecutor(8) as pool:
        answers = Counter(
            a[:9] for a in pool.map(lambda hop: reply(world.conversation, hop, world.now), hops)
        )
    assert answers == {"CON Onger": 38, "CON Mwiha": 42}
    tried = world.rows("select wrong, count(*) from pin_guard group by wrong order by wrong")
    assert tried[-1] == (20, 2)
    assert sum(wrong * count for wrong, count in tried[:-1]) == 40


def test_right_and_wrong_codes_at_the_same_time_set_one_pin(world: World) -> None:
    woman = world.phone("woman_1")
    code = opened(world, woman["member"])
    phones = [f"+25079000100{n}" for n in range(8)]
    hops = []
    for n, phone in enumerate(phones):
        typed = code if n % 2 else "0001"
        for text in ("", "4", "4*2", f"4*2*{woman['member']}"):
            world.hop(f"c{n}", phone, text)
        hops.append(UssdHop(f"c{n}", phone, "*801#", "1", f"4*2*{woman['member']}*{typed}"))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda hop: reply(world.conversation, hop, world.now), hops))
        assert [a.startswith("CON Hitamo") for a in answers] == [False, True] * 4
        right = [replace(hop, text=f"{hop.text}*5938") for hop in hops[1::2]]
        set_ = list(pool.map(lambda hop: reply(world.conversation, hop, world.now), right))
    assert sorted(a[:4] for a in set_) == ["CON ", "CON ", "CON ", "END "]


def test_two_people_may_have_the_same_pin_and_no_reply_tells(world: World) -> None:
    replies = []
    for name in ("woman_1", "woman_2"):
        woman = world.phone(name)
        with world.owner.begin() as conn:
            code = pins.open_pin(
                conn,
                world.conversation.vault,
                world.conversation.programme("*801#").id,
                woman["member"],
                "coach",
                world.now,
            )
        replies.append([a.replace(code, "code") for a in world.dial(woman["number"], "4", "2", code, "5938")])
        assert "Wazigamye" in world.dial(woman["number"], "2", "2", "5938")[-1]
    assert replies[0] == replies[1]
    kept = world.rows(
        "select pin from participant where member_number in (%(a)s, %(b)s)",
        a=world.phone("woman_1")["member"],
        b=world.phone("woman_2")["member"],
    )
    assert kept[0] != kept[1]


def test_a_card_code_works_once_and_ten_minutes(world: World) -> None:
    woman = world.phone("woman_1")
    code = opened(world, woman["member"])
    world.dial(woman["number"], "4", "2", code, "5938")
    assert world.dial(woman["number"], "4", "2", code)[-1].startswith("CON Ongera")
    code = opened(world, woman["member"])
    world.now += LATER
    assert world.dial(woman["number"], "4", "2", code)[-1].startswith("CON Ongera")


@pytest.mark.parametrize("seed", range(4))
def test_any_keys_are_answered(world: World, seed: int) -> None:
    chance = random.Random(seed)
    numbers = [world.phone(name)["number"] for name in ("woman_1", "shared", "pin", "stranger", "coach_1")]
    keys = [
        "0",
        "00",
        "1",
        "2",
        "3",
        "4",
        "5",
        "9",
        "2000",
        "1234",
        "x",
        "",
        "1*2",
        "😀",
        "\x00",
        "＃",
        "' or 1=1 --",
    ]
    for n in range(60):
        text, number = "", chance.choice(numbers)
        for _ in range(9):
            reply = world.hop(f"r{seed}-{n}", number, text)
            assert reply.startswith(("CON ", "END "))
            assert len(reply) <= 164
            if reply.startswith("END"):
                break
            key = chance.choice(keys)
            text = f"{text}*{key}" if text else key


def test_connections_that_died_are_replaced(world: World, server_urls: dict[str, str]) -> None:
    def cut() -> None:
        with psycopg.connect(server_urls["superuser"], autocommit=True) as conn:
            name = world.owner.url.database
            conn.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
        world.owner.dispose()

    number = world.phone("woman_1")["number"]
    world.hop("s", number, "")
    cut()
    assert world.hop("s", number, "2").startswith("CON Ubwizigame")
    cut()
    event = UssdEvent("s", STRANGER, "*801#", "63510", "Success", Decimal("5.00"), "RWF")
    add(world.conversation, event, world.now)
    assert world.rows("select sessions from ussd_cost") == [(1,)]


def test_of_two_hops_at_once_that_say_different_things_one_happens(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is overtaken between its look and its writing: it happened not, and is answered as what happened."""
    number, write, overtaken = world.phone("woman_1")["number"], positions.write, []
    for text in SAVING[:4]:
        world.hop("s", number, text)

    def slow(*args: Any) -> bytes:
        if not overtaken:
            overtaken.append("")
            overtaken[0] = reply(
                world.conversation, UssdHop("s", number, "*801#", "1", "2*1*2000*0"), world.now
            )
        return write(*args)

    monkeypatch.setattr(positions, "write", slow)
    said = world.hop("s", number, SAVING[4])
    assert said == overtaken[0]
    assert said.startswith("CON")
    assert reported(world, "woman_1") == []


def test_a_dialogue_goes_on_while_another_key_becomes_the_first(world: World) -> None:
    number, newer = world.phone("woman_1")["number"], world.conversation
    older = replace(newer, vault=Vault.parse(",".join(reversed(KEYS.split(",")))))
    assert older.vault.active != newer.vault.active
    said = [reply(older, UssdHop("s", number, "*801#", "1", text), world.now) for text in SAVING[:4]]
    assert world.hop("s", number, SAVING[3]) == said[3]
    assert world.hop("s", number, SAVING[4]).startswith("END")
    assert reported(world, "woman_1") == [2000]
    assert world.rows("select count(*) from ussd_dialogue") == [(1,)]


def test_a_slip_at_the_offer_to_go_on_loses_nothing(world: World) -> None:
    woman = world.phone("pin")
    world.dial(woman["number"], "2", "2", woman["pin"], "1")
    offered = world.dial(woman["number"], "2", "2", woman["pin"], "9", "1")
    assert offered[-3].startswith("CON 1. Komeza")
    assert "1. Komeza" in offered[-2]
    assert "Ihazabu" in offered[-1]
    # and whose line drops at the offer is offered it again
    world.dial(woman["number"], "2", "2", woman["pin"])
    assert world.dial(woman["number"], "2", "2", woman["pin"])[-1].startswith("CON 1. Komeza")
