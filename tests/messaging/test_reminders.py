"""Planning reminders: who, when, once; moved, cancelled and brought back; nothing written when nothing changed."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine

from sms_app import models
from sms_app.messaging.content import Content, Skip
from sms_app.messaging.reconcile import Planned
from sms_app.messaging.reminders import composing
from sms_app.messaging.reminders import planning as reminders
from tests.world.records import Records
from tests.world.reminding import Room
from tests.world.times import LONG_AGO, at

NOTHING = Planned()
TUESDAY = at(10, 9)


@pytest.fixture
def room(records: Records) -> Room:
    return Room(records)


def test_a_session_is_reminded_the_day_before_and_three_hours_before_once_a_number(room: Room) -> None:
    shared, own = room.phone(), room.phone()
    first, second, third = room.person(shared), room.person(shared), room.person(own)
    room.person(None)
    session = room.records.session(at(11, 14))
    assert room.plan(TUESDAY) == Planned(added=4)
    assert {(row.phone_number_id, row.rule, tuple(row.people)) for row in room.rows()} == {
        (phone, rule, people)
        for rule in ("session_tomorrow", "session_today")
        for phone, people in ((shared, tuple(sorted((first, second)))), (own, (third,)))
    }
    assert room.waiting() == [
        ("session_tomorrow", "2026-03-11", at(10, 16)),
        ("session_tomorrow", "2026-03-11", at(10, 16)),
        ("session_today", "2026-03-11", at(11, 11)),
        ("session_today", "2026-03-11", at(11, 11)),
    ]
    assert {row.gathering_id for row in room.rows()} == {session}
    assert {row.status for row in room.rows()} == {"planned"}


def test_nothing_is_written_when_nothing_changed(room: Room) -> None:
    room.person(room.phone())
    room.records.session(at(11, 14))
    room.plan(TUESDAY)
    before = [
        tuple(row) for row in room.conn.exec_driver_sql("select xmin::text, xmax::text, * from message")
    ]
    assert room.plan(TUESDAY + timedelta(minutes=1)) == NOTHING
    assert [
        tuple(row) for row in room.conn.exec_driver_sql("select xmin::text, xmax::text, * from message")
    ] == before


def test_what_is_far_ahead_or_past_is_not_planned(room: Room) -> None:
    room.person(room.phone())
    for start in (at(14, 14), at(9, 14), at(10, 9)):
        room.records.session(start)
    assert room.plan(TUESDAY) == NOTHING


def test_what_was_due_and_has_not_expired_is_planned_late(room: Room) -> None:
    room.person(room.phone())
    room.records.session(at(11, 9))
    # and the one of the same day, at six, that quiet hours will drop
    assert room.plan(at(10, 17, 59)).added == 2
    room.run("delete from message")
    assert room.plan(at(10, 18)).added == 1


def test_a_move_within_the_day_moves_what_waits(room: Room) -> None:
    room.person(room.phone())
    session = room.records.session(at(11, 14))
    room.plan(TUESDAY)
    room.move(session, at(11, 16))
    assert room.plan(TUESDAY) == Planned(moved=1)
    assert room.waiting()[1] == ("session_today", "2026-03-11", at(11, 13))


def test_a_move_to_another_day_ends_what_waits_and_back_revives_it(room: Room) -> None:
    room.person(room.phone())
    session = room.records.session(at(11, 14))
    room.plan(TUESDAY)
    room.move(session, at(25, 14))
    assert room.plan(TUESDAY) == Planned(cancelled=2)
    assert {row.reason for row in room.rows()} == {"session_moved"}
    room.move(session, at(11, 14))
    assert room.plan(TUESDAY) == Planned(revived=2)
    room.cancel(session, TUESDAY)
    assert room.plan(TUESDAY) == Planned(cancelled=2)
    assert {row.reason for row in room.rows()} == {"session_cancelled"}
    room.cancel(session, None)
    assert room.plan(TUESDAY) == Planned(revived=2)
    assert {(row.status, row.reason) for row in room.rows()} == {("planned", None)}


def test_a_move_beyond_the_horizon_ends_and_a_move_nearer_plans(room: Room) -> None:
    room.person(room.phone())
    session = room.records.session(at(25, 14))
    room.plan(TUESDAY)
    room.move(session, at(12, 14))
    assert room.plan(TUESDAY).added == 1
    assert room.waiting() == [("session_tomorrow", "2026-03-12", at(11, 16))]


def test_who_leaves_or_joins_a_number_changes_its_people_and_who_leaves_the_group_its_message(
    room: Room,
) -> None:
    phone = room.phone()
    stays, leaves = room.person(phone), room.person(phone)
    alone = room.person(room.phone())
    room.records.session(at(11, 14))
    room.plan(at(10, 15))
    room.run("update participant_phone set to_on = '2026-03-10' where participant_id = %(p)s", p=leaves)
    room.run("update participant set group_id = null, list_number = null where id = %(p)s", p=alone)
    assert room.plan(at(10, 15)) == Planned(moved=2, cancelled=2)
    assert {tuple(row.people) for row in room.rows("status = 'planned'")} == {(stays,)}
    assert {row.reason for row in room.rows("status = 'cancelled'")} == {"not_in_audience"}


def test_who_comes_late_is_not_told_what_is_past(room: Room) -> None:
    room.records.session(at(11, 14))
    phone = room.phone()
    room.person(phone, since=date(2026, 3, 11))
    room.person(room.phone(), enrolled_on=date(2026, 3, 11))
    room.person(room.phone(), enrolled_on=date(2026, 3, 10))
    room.plan(at(10, 15))
    assert [row.rule for row in room.rows()] == ["session_tomorrow"] + ["session_today"] * 3


def test_a_queued_row_moves_like_a_planned_one_and_a_claimed_one_does_not(room: Room) -> None:
    room.person(room.phone())
    session = room.records.session(at(11, 14))
    room.plan(at(11, 10))
    room.run("update message set status = 'queued'")
    room.move(session, at(11, 16))
    assert room.plan(at(11, 11)) == Planned(moved=1)
    assert [row.status for row in room.rows()] == ["planned"]
    room.run(
        "update message set status = 'sending', open = true, claim = gen_random_uuid(), claimed_at = due_at"
    )
    room.cancel(session, at(11, 12))
    assert room.plan(at(11, 13)) == NOTHING


def test_a_row_that_a_worker_is_claiming_is_left_to_it(room: Room, owner_engine: Engine) -> None:
    room.person(room.phone())
    session = room.records.session(at(11, 14))
    room.plan(TUESDAY)
    room.conn.commit()
    with owner_engine.begin() as worker:
        worker.exec_driver_sql("select 1 from message where rule = 'session_today' for update")
        room.cancel(session, TUESDAY)
        assert room.plan(TUESDAY) == Planned(cancelled=1)
        room.conn.commit()
    assert room.plan(TUESDAY) == Planned(cancelled=1)


@pytest.mark.parametrize("reason", ["held_cap", "held_quiet", "network"])
def test_what_was_held_or_is_tried_again_keeps_its_hour(room: Room, reason: str) -> None:
    room.person(room.phone())
    room.records.session(at(11, 14))
    room.plan(at(11, 10))
    room.run(
        "update message set reason = %(r)s, due_at = due_at + interval '20 minutes', attempts = 1", r=reason
    )
    assert room.plan(at(11, 11)) == NOTHING


@pytest.mark.parametrize("reason", ["no_consent", "number_stopped", "daily_cap", "banned_stem"])
def test_what_was_refused_is_not_brought_back(room: Room, reason: str) -> None:
    room.person(room.phone())
    room.records.session(at(11, 14))
    room.plan(at(11, 10))
    room.run("update message set status = 'cancelled', reason = %(r)s", r=reason)
    assert room.plan(at(11, 10)) == NOTHING


def test_a_savings_groups_meeting_is_reminded_like_a_session(room: Room) -> None:
    member, _ = room.person(room.phone()), room.person(room.phone())
    group = room.records.savings_group(member, from_on=LONG_AGO)
    room.records.planned_meeting(group, at(11, 14))
    room.plan(TUESDAY)
    assert [(row.rule, row.people) for row in room.rows()] == [
        ("session_tomorrow", [member]),
        ("session_today", [member]),
    ]


def test_a_check_in_asks_those_who_said_yes_to_it_last_whatever_they_saved(room: Room) -> None:
    shared = room.phone()
    yes, with_her, saved = room.person(shared), room.person(shared), room.person(room.phone())
    no, never, again = (room.person(room.phone()) for _ in range(3))
    group = room.records.savings_group(
        yes, with_her, saved, no, never, again, from_on=LONG_AGO, check_in_weekday=1
    )
    for person in (yes, with_her, saved, no):
        room.consent(person, True, "check_in")
    room.consent(no, False, "check_in")
    room.consent(again, False, "check_in")
    room.consent(again, True, "check_in", LONG_AGO + timedelta(days=1))
    cycle = room.records.add(
        models.Cycle, savings_group_id=group, opened_on=LONG_AGO, mode="free", share_value=1, most_shares=0
    )
    room.records.add(
        models.Contribution,
        cycle_id=cycle,
        participant_id=saved,
        amount=100,
        source="member",
        week_of=date(2026, 3, 9),
        recorded_on=date(2026, 3, 9),
        assisted=False,
    )
    room.plan(TUESDAY)
    assert {(tuple(row.people), row.subject_id, row.occasion) for row in room.rows()} == {
        (people, group, "2026-03-10") for people in (tuple(sorted((yes, with_her))), (saved,), (again,))
    }
    assert {row.due_at for row in room.rows()} == {at(10, 10)}
    room.consent(again, False, "check_in", LONG_AGO + timedelta(days=2))
    assert room.plan(TUESDAY) == Planned(cancelled=1)
    said = composing.compose_check_in(room.conn, room.programme, room.dues(), at(10, 10))
    for row in room.rows():
        expected = (
            Skip("not_in_audience")
            if again in row.people
            else Content("please_dial", {"service_code": "*801#", "by": date(2026, 3, 16)})
        )
        assert said[row.id] == expected


def test_leaders_are_reminded_on_the_last_friday_of_the_month(room: Room) -> None:
    leader, _ = room.person(room.phone(), role="leader"), room.person(room.phone())
    room.plan(at(27, 9))
    assert [(row.rule, row.occasion, row.people) for row in room.rows()] == [
        ("leader_month", "2026-03", [leader])
    ]
    (said,) = composing.compose_month(room.conn, room.programme, room.dues(), at(27, 10)).values()
    assert said == Content("leader_month", {"service_code": "*801#"})


def test_what_a_reminder_says_is_read_when_it_goes(room: Room) -> None:
    person = room.person(room.phone())
    session = room.records.session(at(11, 14))
    room.plan(TUESDAY)

    def say() -> list[Content | Skip]:
        found = composing.compose_gathering(room.conn, room.programme, room.dues(), at(10, 16))
        return [found[one.id] for one in room.dues()]

    room.run("update training_session set place = 'Sibagire'")
    tomorrow, today = say()
    assert isinstance(tomorrow, Content)
    assert (tomorrow.text, tomorrow.values["place"], tomorrow.told.starts_at) == (
        "session_tomorrow",
        "Sibagire",
        at(11, 14),
    )
    # it would say "today" of tomorrow
    assert today == Skip("session_moved")
    room.move(session, at(10, 12))
    room.run("update message set occasion = '2026-03-10'")
    assert say() == [Skip("no_longer_true")] * 2
    room.move(session, at(11, 14))
    room.run("update message set occasion = '2026-03-11'")
    room.run("update participant set left_on = '2026-03-10' where id = %(p)s", p=person)
    assert say()[0] == Skip("not_in_audience")
    room.move(session, at(12, 14))
    assert say()[0] == Skip("session_moved")
    room.cancel(session, TUESDAY)
    assert say()[0] == Skip("session_cancelled")


def test_a_number_is_tested_once_a_day_within_the_hour(room: Room) -> None:
    phone = room.phone()
    person = room.person(phone)
    for _ in range(2):
        reminders.number_test(room.conn, room.records.programme, person, phone, TUESDAY, date(2026, 3, 10))
    (row,) = room.rows()
    assert (row.kind, row.subject_id, row.people, row.status) == ("number_test", person, [person], "planned")
    assert (row.due_at, row.expires_at) == (TUESDAY, TUESDAY + timedelta(hours=1))
    (said,) = composing.compose_number_test(room.conn, room.programme, room.dues(), TUESDAY).values()
    assert said == Content("number_test", {"service_code": "*801#"})
    assert room.plan(TUESDAY) == NOTHING


def test_the_cost_is_by_who_is_due(room: Room) -> None:
    """Ten thousand people whose sessions are another week cost no statement more, and no row of them is read."""
    room.person(room.phone())
    room.records.session(at(11, 14))
    enrol(room.conn, room.records.programme, 400)
    room.conn.exec_driver_sql("analyze")
    room.conn.commit()
    read = reads(room.conn, lambda: room.plan(TUESDAY))
    assert read < 500


def enrol(conn: Connection, programme: int, groups: int) -> None:
    values = {"p": programme, "groups": groups}
    for statement in (
        "insert into training_group (id, programme_id, number, role, sector, place) select gen_random_uuid(), %(p)s,"
        " n + 1, 'woman', 'Kigabiro', 'Kigabiro' from generate_series(1, %(groups)s) n",
        "insert into participant (id, programme_id, role, member_number, name_sealed, language, contact, group_id,"
        " list_number, amounts_by_phone, enrolled_on) select gen_random_uuid(), %(p)s, 'woman', g.number * 100 + k, '',"
        " 'rw', 'own', g.id, k, true, '2026-01-01' from training_group g, generate_series(1, 25) k"
        " where g.number > 1 and %(groups)s > 0",
        "insert into training_session (id, programme_id, group_id, title, starts_at, ends_at, place, check_in_code)"
        " select gen_random_uuid(), %(p)s, id, 'x', '2026-03-18 12:00+00', '2026-03-18 14:00+00', 'Kigabiro', '1234'"
        " from training_group where number > 1 and %(groups)s > 0",
    ):
        conn.exec_driver_sql(statement, values)


def reads(conn: Connection, act) -> int:
    """How many rows of participants and their phones `act` reads."""
    query = (
        "select coalesce(sum(seq_tup_read + idx_tup_fetch), 0) from pg_stat_xact_user_tables"
        " where relname in ('participant', 'participant_phone')"
    )
    before = conn.exec_driver_sql(query).scalar_one()
    act()
    return int(conn.exec_driver_sql(query).scalar_one() - before)


def test_what_was_sent_is_not_planned_again(room: Room) -> None:
    """Two plans of one occasion at once make one row: the unique key decides."""
    phone = room.phone()
    room.person(phone)
    session = room.records.session(at(11, 14))
    room.message(
        phone,
        at=TUESDAY,
        rule="session_today",
        subject_id=session,
        occasion="2026-03-11",
        gathering_id=session,
        status="delivered",
    )
    assert room.plan(TUESDAY) == Planned(added=1)
