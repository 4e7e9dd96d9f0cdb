"""What she said of a week, told in several dialogues at once: one total, neither doubled nor lost."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from sms_app.channel.inbound import UssdHop
from sms_app.conversation.hop import reply
from tests.world.dialogue import World

STANDING = """
select sum(c.amount), count(*) filter (where c.reverses is null and not exists (
  select 1 from contribution r where r.reverses = c.id))
from contribution c where c.participant_id = %(p)s and c.source = 'member' and c.week_of = %(week)s
"""


def standing(world: World, name: str) -> tuple[int, int]:
    """What her reports of this week come to, and how many of them are not reversed."""
    monday = world.now.date() - timedelta(days=world.now.weekday())
    person = world.person(world.phone(name)["member"])
    ((total, entries),) = world.rows(STANDING, p=person, week=monday)
    return int(str(total or 0)), int(str(entries))


def at_once(world: World, name: str, typed: Sequence[str], copies: int = 1) -> list[str]:
    """The last key of several dialogues of hers at the same moment, each delivered as often as `copies` says."""
    number = world.phone(name)["number"]
    hops = []
    for n, text in enumerate(typed):
        session = f"at-once-{n}-{text}-{world.now}"
        world.dial(number, *text.split("*")[:-1], session=session)
        hops += [UssdHop(session, number, "*801#", "63510", text)] * copies
    with ThreadPoolExecutor(len(hops)) as threads:
        return list(threads.map(lambda hop: reply(world.conversation, hop, world.now), hops))


@pytest.mark.parametrize("before", [None, "700"], ids=["nothing-before", "something-before"])
def test_of_totals_at_once_one_is_left(world: World, before: str | None) -> None:
    for n in range(5):
        world.now += timedelta(weeks=1)
        if before:
            world.dial(world.phone("woman_1")["number"], "2", "1", before, "1")
        amounts = [1000 + 10 * n + k for k in range(6)]
        said = at_once(
            world, "woman_1", [f"2*{1 + k % 2 * 2}*{amount}*1" for k, amount in enumerate(amounts)]
        )
        assert said == ["END Murakoze."] * len(amounts)
        total, entries = standing(world, "woman_1")
        assert (total in amounts, entries) == (True, 1), n


def test_the_same_total_from_two_dialogues_is_one(world: World) -> None:
    for keys in (("2", "1", "2000", "1"), ("2", "1", "2000", "1"), ("2", "3", "2000", "1")):
        world.dial(world.phone("woman_1")["number"], *keys)
        assert standing(world, "woman_1") == (2000, 1)
    world.now += timedelta(weeks=1)
    assert set(at_once(world, "woman_1", ["2*1*2000*1"] * 2, copies=3)) == {"END Murakoze."}
    assert standing(world, "woman_1") == (2000, 1)


def test_a_total_and_an_addition_at_once_come_one_after_the_other(world: World) -> None:
    for n in range(5):
        world.now += timedelta(weeks=1)
        world.dial(world.phone("woman_1")["number"], "2", "1", "700", "1")
        said = at_once(world, "woman_1", ["2*1*2000*1", "2*1*300*2"])
        assert said == ["END Murakoze."] * 2
        assert standing(world, "woman_1") in {(2000, 1), (2300, 2)}, n


def test_nothing_and_an_amount_at_once_never_both_stand(world: World) -> None:
    for n in range(5):
        world.now += timedelta(weeks=1)
        assert at_once(world, "woman_1", ["2*4*1", "2*1*2000*1"]) == ["END Murakoze."] * 2
        assert standing(world, "woman_1") in {(0, 1), (2000, 1)}, n


def test_every_woman_and_man_of_the_demo_reports_with_four_keys(world: World) -> None:
    for name in [f"{who}_{n}" for who in ("woman", "man") for n in (1, 2, 3)]:
        assert world.dial(world.phone(name)["number"], "2", "1", "5", "1")[-1].startswith("END "), name
        assert standing(world, name)[1] == 1


def test_what_her_coach_entered_and_what_a_meeting_counted_stay(world: World) -> None:
    person = world.person(world.phone("woman_1")["member"])
    world.do(
        """insert into contribution (id, cycle_id, participant_id, amount, source, week_of, recorded_on, assisted,
        group_meeting_id)
        select gen_random_uuid(), e.cycle_id, e.participant_id, 50, x.source, %(week)s, %(week)s, x.source = 'member',
        case x.source when 'meeting' then e.group_meeting_id end
        from (select * from contribution where participant_id = %(p)s and source = 'meeting' limit 1) e,
        (values ('member'), ('meeting')) x (source)""",
        p=person,
        week=world.now.date() - timedelta(days=world.now.weekday()),
    )
    before = world.rows("select t::text from contribution t where amount = 50")
    assert len(before) == 2
    for keys in (("2", "1", "700", "1"), ("2", "4", "1"), ("2", "3", "300", "1")):
        world.dial(world.phone("woman_1")["number"], *keys)
    assert standing(world, "woman_1") == (350, 2)
    assert world.rows("select t::text from contribution t where amount = -50") == []
