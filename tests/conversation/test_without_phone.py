"""A woman without a phone takes part wholly: her coach does all of it, and she is in every count of people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection

from sms_app.messaging.broadcasts import audience
from sms_app.messaging.broadcasts.audience import Audience
from sms_app.messaging.coaches.reachability import reachability
from sms_app.messaging.coaches.rolls import rolls
from sms_app.messaging.reminders.preview import preview
from sms_app.programme import disputes, meeting, roll
from tests.world.dialogue import World
from tests.world.for_her import PIN, ForHer

HER = 7
MONDAY = date(2026, 11, 23)
DONE = "CON Received."


@pytest.fixture
def coach(world: World) -> ForHer:
    """The coach of a group in which the woman with the number HER has no phone and no PIN, and agrees to texts."""
    made = ForHer(world)
    woman = made.without_phone(HER)
    world.do("update participant set pin = null where id = %(p)s", p=woman)
    world.do("delete from dispute")
    world.do("update cycle set mode = 'shares', share_value = 200, most_shares = 5")
    world.do(
        "insert into consent (id, participant_id, purpose, given, version, language, how, taken_by, taken_on)"
        " values (gen_random_uuid(), %(p)s, 'messages', true, '1', 'rw', 'oral', 'coach', '2026-11-20')",
        p=woman,
    )
    return made


@pytest.fixture
def conn(coach: ForHer) -> Iterator[Connection]:
    with coach.world.owner.connect() as made:
        yield made


def _size(coach: ForHer) -> int:
    return int(
        coach.one(
            "select count(*) from participant where group_id = %(g)s and left_on is null", g=coach.group
        )
    )


def test_all_that_a_woman_with_a_phone_does_her_coach_does_for_her(coach: ForHer) -> None:
    woman, session = coach.woman(HER), coach.session(hours=-1)
    screens = coach.dial(
        *(str(HER), "1", "1"), *("1", "2", "1", "3", "1"), *("1", "3", "1", "1"), *("1", "3", "2", "1", "2")
    )
    assert [n for n, screen in enumerate(screens) if screen.startswith(DONE)] == [2, 7, 11, 16]
    assert coach.world.rows(
        "select training_session_id, status, source, assisted from presence where participant_id = %(p)s",
        p=woman,
    ) == [(session, "present", "self", True)]
    assert coach.world.rows(
        "select amount, shares, assisted, week_of from contribution where participant_id = %(p)s"
        " and source = 'member' and week_of = %(m)s and amount = 600",
        p=woman,
        m=MONDAY,
    ) == [(600, 3, True, MONDAY)]
    assert coach.world.rows("select participant_id, about, answer, assisted from dispute") == [
        (woman, "attendance", "right", True)
    ]


def test_she_counts_at_sessions_present_and_absent(coach: ForHer, conn: Connection) -> None:
    woman, size = coach.woman(HER), _size(coach)
    programme = coach.world.conversation.programme("*801#")
    session = coach.session(hours=-1)
    assert f"{size} on the list" in coach.world.dial(coach.number, "1", PIN)[-1]
    coach.dial(str(HER), "1", "1")
    of_session = rolls(conn, programme, [session])[session]
    assert (of_session.total, of_session.present, of_session.count(None)) == (size, 1, size - 1)
    assert of_session.marks[woman] == "present"
    # the roll's word counts before what she said through her coach, and both are kept
    coach.world.do("update coach set bookmark = null")
    coach.world.dial(coach.number, "1", PIN, str(size - 1), str(HER), "1")
    conn.rollback()
    of_session = rolls(conn, programme, [session])[session]
    assert (of_session.total, of_session.present, of_session.absent()) == (size, size - 1, (HER,))
    assert [c.list_number for c in roll.contradictions(conn, programme.id, coach.world.now)] == [HER]


def test_she_counts_among_those_whom_texts_do_not_reach(coach: ForHer, conn: Connection) -> None:
    size, programme = _size(coach), coach.world.conversation.programme("*801#")
    session = coach.session(days=2)
    told = reachability(conn, programme, [session], coach.world.now)[session]
    assert told.total == size
    assert HER in told.not_reached
    hers = [
        row for row in preview(conn, programme, MONDAY, coach.world.now) if row.member == coach.member(HER)
    ]
    assert {row.list_number for row in hers} == {HER}
    assert {row.why for row in hers if row.rule.startswith("session")} == {"no_phone"}


def test_she_counts_in_a_broadcasts_audience(coach: ForHer, conn: Connection) -> None:
    programme = coach.world.conversation.programme("*801#")
    before = audience.count(conn, programme, Audience(groups=(1,)))
    _give_a_phone(coach, coach.woman(HER))
    conn.rollback()
    after = audience.count(conn, programme, Audience(groups=(1,)))
    assert (before.people, before.without_number) == (after.people, after.without_number + 1)


def _give_a_phone(coach: ForHer, woman: UUID) -> None:
    coach.world.do(
        "insert into participant_phone (id, participant_id, phone_number_id, from_on)"
        " select gen_random_uuid(), %(p)s, id, '2026-11-20' from phone_number order by id limit 1",
        p=woman,
    )


def test_she_counts_at_her_savings_groups_meeting(coach: ForHer, conn: Connection) -> None:
    cycle, number = coach.world.rows(
        "select c.id, m.list_number from savings_member m join cycle c on c.savings_group_id = m.savings_group_id"
        " where m.participant_id = %(p)s and m.to_on is null and c.closed_on is null",
        p=coach.woman(HER),
    )[0]
    assert isinstance(cycle, UUID)
    on_list = coach.one(
        "select count(*) from savings_member m join cycle c on c.savings_group_id = m.savings_group_id"
        " where c.id = %(c)s and m.to_on is null and m.list_number is not null",
        c=cycle,
    )
    assert number is not None
    total = meeting.total(conn, cycle, coach.world.now.date())
    assert total is not None
    assert total.members == on_list


def test_the_office_sees_her_question_among_the_others(coach: ForHer, conn: Connection) -> None:
    coach.dial(str(HER), "3", "1", "3")
    programme = coach.world.conversation.programme("*801#")
    (listed,) = disputes.disputes(conn, programme.id)
    assert (listed.list_number, listed.about, listed.group) == (HER, "loan", 1)
    # answered at the office, her coach reads the answer to her
    with coach.world.owner.begin() as office:
        disputes.answer(office, programme.id, "office", listed.handle, "ask", coach.world.now)
    coach.world.now += timedelta(days=1)
    assert "loan: ask" in coach.dial(str(HER), "3", "2")[-1]
