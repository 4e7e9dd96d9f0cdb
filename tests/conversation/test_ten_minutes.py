"""A dialogue lasts ten minutes after its last hop by the clock of the hop that comes then, swept or not."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, create_engine, pool

from sms_app.channel.inbound import UssdHop
from sms_app.config import sqlalchemy_url
from sms_app.conversation import position as positions
from sms_app.conversation.hop import reply
from sms_app.models.ussd import CLOCKS_DIFFER, touched_minute
from tests.world.dialogue import NOW, World, code_of_today
from worker import clock

MINUTE = timedelta(minutes=1)
GOES_ON, OVER = timedelta(minutes=9, seconds=50), timedelta(minutes=10, seconds=10)
READ_BACK = ("", "2", "2*1", "2*1*2000")
SAVED = "2*1*2000*1"


@pytest.fixture
def worker(world: World) -> Iterator[Engine]:
    """The clock's own connection to the test's database."""
    engine = create_engine(sqlalchemy_url(world.database.worker), poolclass=pool.NullPool)
    yield engine
    engine.dispose()


def sweep(worker: Engine, now: datetime) -> None:
    assert clock.sweep_dialogues(worker, now)


def tick(worker: Engine, since: datetime, until: datetime) -> None:
    """The clock's ticks at each full minute between two moments, and one by hand at the last."""
    minute = since.replace(second=0, microsecond=0) + MINUTE
    while minute <= until:
        sweep(worker, minute)
        minute += MINUTE
    sweep(worker, until)


def ask(world: World, session: str, texts: tuple[str, ...], now: datetime) -> str:
    world.now = now
    for text in texts:
        said = world.hop(session, world.phone("woman_1")["number"], text)
    return said


def rows(world: World) -> int:
    return int(str(world.rows("select count(*) from ussd_dialogue")[0][0]))


def reports(world: World) -> list[int]:
    query = "select amount from contribution where source = 'member' and recorded_on = %(day)s"
    return [int(str(row[0])) for row in world.rows(query, day=NOW.date())]


@pytest.mark.parametrize("swept", [True, False], ids=["swept", "not-swept"])
@pytest.mark.parametrize("second", [0, 1, 30, 44, 45, 46, 59, 59.999])
def test_at_9_50_it_goes_on_and_at_10_10_it_does_not(
    world: World, worker: Engine, second: float, swept: bool
) -> None:
    dialled = NOW.replace(second=0) + timedelta(seconds=second)
    for name, later in (("on", GOES_ON), ("over", OVER)):
        ask(world, name, READ_BACK, dialled)
        if swept:
            tick(worker, dialled, dialled + later)
        said = ask(world, name, (SAVED,), dialled + later)
        assert said.startswith({"on": "END Murakoze.", "over": "CON Murakaza neza"}[name])
        assert ask(world, name, (SAVED,), dialled + later) == said
    assert reports(world) == [2000]


@pytest.mark.parametrize("second", [0, 1, 30, 44, 45, 46, 59, 59.999])
def test_the_row_goes_soon_after_its_ten_minutes(world: World, worker: Engine, second: float) -> None:
    dialled = NOW + timedelta(seconds=second)
    ask(world, "s", READ_BACK, dialled)
    for later in (timedelta(minutes=9, seconds=59), timedelta(minutes=10) - timedelta(microseconds=1)):
        tick(worker, dialled, dialled + later)
        assert rows(world) == 1
    tick(worker, dialled, dialled + timedelta(minutes=12))
    assert rows(world) == 0


def test_the_row_tells_a_full_minute_and_no_finer_time(world: World, worker: Engine) -> None:
    for n, second in enumerate(range(0, 60, 7)):
        ask(world, f"s{n}", ("", "3"), NOW + timedelta(seconds=second, milliseconds=second))
    touched = {
        row[0]
        for row in world.rows("select extract(epoch from touched_at)::numeric %% 60 from ussd_dialogue")
    }
    assert touched == {0}


def test_each_hop_begins_the_ten_minutes_anew(world: World, worker: Engine) -> None:
    now = NOW + timedelta(seconds=59)
    for text in (*READ_BACK, SAVED):
        said = ask(world, "slow", (text,), now)
        tick(worker, now, now + GOES_ON)
        now += GOES_ON
    assert said == "END Murakoze."
    assert reports(world) == [2000]


@pytest.mark.parametrize("ahead", [timedelta(seconds=10), timedelta(seconds=-10)], ids=["ahead", "behind"])
def test_processes_whose_clocks_differ_a_little_agree(world: World, worker: Engine, ahead: timedelta) -> None:
    assert abs(ahead) <= CLOCKS_DIFFER
    later = GOES_ON - abs(ahead)
    for second in (0, 1, 45, 59):
        dialled, name = NOW + timedelta(seconds=second), f"s{second}"
        for n, text in enumerate(READ_BACK):
            # two web processes take turns
            ask(world, name, (text,), dialled + ahead * (n % 2))
        tick(worker, dialled, dialled + later + ahead)
        assert ask(world, name, (SAVED,), dialled + later) == "END Murakoze."


def test_a_clock_that_went_back_a_little_goes_on(world: World, worker: Engine) -> None:
    ask(world, "s", READ_BACK, NOW)
    back = NOW - timedelta(minutes=9)
    sweep(worker, back)
    assert ask(world, "s", (SAVED,), back) == "END Murakoze."


def test_a_clock_that_was_far_ahead_leaves_no_dialogue_behind(world: World, worker: Engine) -> None:
    ask(world, "swept", READ_BACK, NOW + timedelta(days=400))
    sweep(worker, NOW)
    assert rows(world) == 0
    ask(world, "kept", READ_BACK, NOW + timedelta(hours=1))
    ask(world, "now", READ_BACK, NOW)
    assert ask(world, "kept", (SAVED,), NOW).startswith("CON Murakaza neza")
    sweep(worker, NOW)
    assert rows(world) == 2
    assert ask(world, "now", (SAVED,), NOW) == "END Murakoze."


def test_a_last_hop_that_comes_again_after_its_time_stores_nothing(world: World, worker: Engine) -> None:
    number = world.phone("woman_1")["number"]
    for n, typed in enumerate(("2*1*2000*1", "2*1*300*2", "2*4*1", "1*1*1")):
        world.now = NOW
        world.dial(number, *typed.split("*"), session=f"s{n}")
        before = world.rows("select t::text from contribution t union select t::text from session_reply t")
        for later in (OVER, timedelta(hours=1), timedelta(days=8)):
            world.now = NOW + later
            assert world.hop(f"s{n}", number, typed).startswith("CON Murakaza neza")
        after = world.rows("select t::text from contribution t union select t::text from session_reply t")
        assert sorted(after) == sorted(before)


@pytest.mark.parametrize("typed", ["2*1*2000*1", "2*1*2000*2", "2*3*2000*1", "2*4*1"])
def test_even_a_dialogue_that_forgot_its_last_hop_stores_it_once(world: World, typed: str) -> None:
    """The entry's id names the dialogue and the text, whatever its row says."""
    number = world.phone("woman_1")["number"]
    world.dial(number, "2", "1", "700", "1")
    *before, _ = typed.split("*")
    world.dial(number, *before, session="s")
    kept = world.rows("select id, position from ussd_dialogue")
    query = "select t::text from contribution t"
    stored = []
    for _ in range(3):
        assert world.hop("s", number, typed) == "END Murakoze."
        stored.append(sorted(world.rows(query)))
        for id_, sealed in kept:
            world.do("update ussd_dialogue set position = %(p)s where id = %(id)s", p=sealed, id=id_)
    assert stored[0] == stored[1] == stored[2]


def test_a_code_that_comes_again_after_its_time_checks_in_once(world: World) -> None:
    woman = world.phone("woman_1")
    code = code_of_today(world, woman["member"])
    came = "select t::text from attendance t"
    said = world.hop("s", woman["number"], f"1*2*{code}")
    before = sorted(world.rows(came))
    world.now += OVER
    assert world.hop("s", woman["number"], f"1*2*{code}") == said
    assert sorted(world.rows(came)) == before


def test_a_dialogue_that_is_over_costs_what_a_first_hop_costs_in_help_or_not(world: World) -> None:
    number = world.phone("woman_1")["number"]
    ran = []
    for name, keys in (("help", ("3", "4")), ("menu", ("4", "3"))):
        world.now = NOW
        world.dial(number, *keys, session=name)
        world.now += OVER
        world.hop(name, number, "*".join(keys[:1]))
        ran.append(list(world.statements))
    assert ran[0] == ran[1]
    assert [statement.split()[0] for statement in ran[0]] == ["select", "select", "update"]


def test_hops_that_find_it_over_at_once_get_the_same_bytes(world: World) -> None:
    number = world.phone("woman_1")["number"]
    for n in range(10):
        world.now = NOW
        world.dial(number, "2", "1", session=f"s{n}")
        hop, late = UssdHop(f"s{n}", number, "*801#", "63510", "2*1*2000"), NOW + OVER
        with ThreadPoolExecutor(4) as threads:
            said = set(threads.map(lambda _, h=hop, t=late: reply(world.conversation, h, t), range(4)))
        assert len(said) == 1
        assert said.pop().startswith("CON Iki cyumweru: andika")


def test_the_minute_is_after_the_hop_and_far_enough() -> None:
    start = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    for second in range(120):
        now = start + timedelta(seconds=second, microseconds=999_999)
        assert CLOCKS_DIFFER < touched_minute(now) - now <= CLOCKS_DIFFER + MINUTE
        assert touched_minute(now).second == touched_minute(now).microsecond == 0


def test_a_row_of_the_version_before_is_over() -> None:
    row = positions.read(b'\x00{"s":{"l":"rw","a":"root.menu"},"n":0,"t":"","h":[["","CON"]]}')
    assert row.is_over(NOW)
