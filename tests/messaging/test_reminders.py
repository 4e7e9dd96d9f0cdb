"""Planning reminders: who, when, once; moved, cancelled and brought back; nothing written when nothing changed."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine

from sms_app import models
from sms_app.messaging.content import Content, Skip
from sms_app.messaging.reconcile import PlanResult
from sms_app.messaging.reminders import composing
from sms_app.messaging.reminders import planning as reminders
from tests.world.records import Records
from tests.world.reminding import Planning
from tests.world.times import LONG_AGO, at

NOTHING = PlanResult()
TUESDAY = at(10, 9)


@pytest.fixture
def planning(records: Records) -> Planning:
    return Planning(records)


def test_a_session_is_reminded_the_day_before_and_three_hours_before_once_a_number(
    planning: Planning,
) -> None:
    shared, own = planning.phone(), planning.phone()
    first, second, third = planning.person(shared), planning.person(shared), planning.person(own)
    planning.person(None)
    session = planning.records.session(at(11, 14))
    assert planning.plan(TUESDAY) == PlanResult(added=4)
    assert {(row.phone_number_id, row.rule, tuple(row.people)) for row in planning.rows()} == {
        (phone, rule, people)
        for rule in ("session_tomorrow", "session_today")
        for phone, people in ((shared, tuple(sorted((first, second)))), (own, (third,)))
    }
    assert planning.waiting() == [
        ("session_tomorrow", "2026-03-11", at(10, 16)),
        ("session_tomorrow", "2026-03-11", at(10, 16)),
        ("session_today", "2026-03-11", at(11, 11)),
        ("session_today", "2026-03-11", at(11, 11)),
    ]
    assert {row.gathering_id for row in planning.rows()} == {session}
    assert {row.status for row in planning.rows()} == {"planned"}


def test_nothing_is_written_when_nothing_changed(planning: Planning) -> None:
    planning.person(planning.phone())
    planning.records.session(at(11, 14))
    planning.plan(TUESDAY)
    before = [
        tuple(row) for row in planning.conn.exec_driver_sql("select xmin::text, xmax::text, * from message")
    ]
    assert planning.plan(TUESDAY + timedelta(minutes=1)) == NOTHING
    assert [
        tuple(row) for row in planning.conn.exec_driver_sql("select xmin::text, xmax::text, * from message")
    ] == before


def test_what_is_far_ahead_or_past_is_not_planned(planning: Planning) -> None:
    planning.person(planning.phone())
    for start in (at(14, 14), at(9, 14), at(10, 9)):
        planning.records.session(start)
    assert planning.plan(TUESDAY) == NOTHING


def test_what_was_due_and_has_not_expired_is_planned_late(planning: Planning) -> None:
    planning.person(planning.phone())
    planning.records.session(at(11, 9))
    # and the one of the same day, at six, that quiet hours will drop
    assert planning.plan(at(10, 17, 59)).added == 2
    planning.run("delete from message")
    assert planning.plan(at(10, 18)).added == 1


def test_a_move_within_the_day_moves_what_waits(planning: Planning) -> None:
    planning.person(planning.phone())
    session = planning.records.session(at(11, 14))
    planning.plan(TUESDAY)
    planning.move(session, at(11, 16))
    assert planning.plan(TUESDAY) == PlanResult(moved=1)
    assert planning.waiting()[1] == ("session_today", "2026-03-11", at(11, 13))


def test_a_move_to_another_day_ends_what_waits_and_back_revives_it(planning: Planning) -> None:
    planning.person(planning.phone())
    session = planning.records.session(at(11, 14))
    planning.plan(TUESDAY)
    planning.move(session, at(25, 14))
    assert planning.plan(TUESDAY) == PlanResult(cancelled=2)
    assert {row.reason for row in planning.rows()} == {"session_moved"}
    planning.move(session, at(11, 14))
    assert planning.plan(TUESDAY) == PlanResult(revived=2)
    planning.cancel(session, TUESDAY)
    assert planning.plan(TUESDAY) == PlanResult(cancelled=2)
    assert {row.reason for row in planning.rows()} == {"session_cancelled"}
    planning.cancel(session, None)
    assert planning.plan(TUESDAY) == PlanResult(revived=2)
    assert {(row.status, row.reason) for row in planning.rows()} == {("planned", None)}


def test_a_move_beyond_the_horizon_ends_and_a_move_nearer_plans(planning: Planning) -> None:
    planning.person(planning.phone())
    session = planning.records.session(at(25, 14))
    planning.plan(TUESDAY)
    planning.move(session, at(12, 14))
    assert planning.plan(TUESDAY).added == 1
    assert planning.waiting() == [("session_tomorrow", "2026-03-12", at(11, 16))]


def test_who_leaves_or_joins_a_number_changes_its_people_and_who_leaves_the_group_its_message(
    planning: Planning,
) -> None:
    phone = planning.phone()
    stays, leaves = planning.person(phone), planning.person(phone)
    alone = planning.person(planning.phone())
    planning.records.session(at(11, 14))
    planning.plan(at(10, 15))
    planning.run("update participant_phone set to_on = '2026-03-10' where participant_id = %(p)s", p=leaves)
    planning.run("update participant set group_id = null, list_number = null where id = %(p)s", p=alone)
    assert planning.plan(at(10, 15)) == PlanResult(moved=2, cancelled=2)
    assert {tuple(row.people) for row in planning.rows("status = 'planned'")} == {(stays,)}
    assert {row.reason for row in planning.rows("status = 'cancelled'")} == {"not_in_audience"}


def test_who_comes_late_is_not_told_what_is_past(planning: Planning) -> None:
    planning.records.session(at(11, 14))
    phone = planning.phone()
    planning.records.link(planning.person(), phone, date(2026, 3, 11))
    planning.person(planning.phone(), enrolled_on=date(2026, 3, 11))
    planning.person(planning.phone(), enrolled_on=date(2026, 3, 10))
    planning.plan(at(10, 15))
    assert [row.rule for row in planning.rows()] == ["session_tomorrow"] + ["session_today"] * 3


def test_a_queued_row_moves_like_a_planned_one_and_a_claimed_one_does_not(planning: Planning) -> None:
    planning.person(planning.phone())
    session = planning.records.session(at(11, 14))
    planning.plan(at(11, 10))
    planning.run("update message set status = 'queued'")
    planning.move(session, at(11, 16))
    assert planning.plan(at(11, 11)) == PlanResult(moved=1)
    assert [row.status for row in planning.rows()] == ["planned"]
    planning.run(
        "update message set status = 'sending', open = true, claim = gen_random_uuid(), claimed_at = due_at"
    )
    planning.cancel(session, at(11, 12))
    assert planning.plan(at(11, 13)) == NOTHING


def test_a_row_that_a_worker_is_claiming_is_left_to_it(planning: Planning, owner_engine: Engine) -> None:
    planning.person(planning.phone())
    session = planning.records.session(at(11, 14))
    planning.plan(TUESDAY)
    planning.conn.commit()
    with owner_engine.begin() as worker:
        worker.exec_driver_sql("select 1 from message where rule = 'session_today' for update")
        planning.cancel(session, TUESDAY)
        assert planning.plan(TUESDAY) == PlanResult(cancelled=1)
        planning.conn.commit()
    assert planning.plan(TUESDAY) == PlanResult(cancelled=1)


@pytest.mark.parametrize("reason", ["held_cap", "held_quiet", "network"])
def test_what_was_held_or_is_tried_again_keeps_its_hour(planning: Planning, reason: str) -> None:
    planning.person(planning.phone())
    planning.records.session(at(11, 14))
    planning.plan(at(11, 10))
    planning.run(
        "update message set reason = %(r)s, due_at = due_at + interval '20 minutes', attempts = 1", r=reason
    )
    assert planning.plan(at(11, 11)) == NOTHING


@pytest.mark.parametrize("reason", ["no_consent", "number_stopped", "daily_cap", "banned_stem"])
def test_what_was_refused_is_not_brought_back(planning: Planning, reason: str) -> None:
    planning.person(planning.phone())
    planning.records.session(at(11, 14))
    planning.plan(at(11, 10))
    planning.run("update message set status = 'cancelled', reason = %(r)s", r=reason)
    assert planning.plan(at(11, 10)) == NOTHING


def test_a_savings_groups_meeting_is_reminded_like_a_session(planning: Planning) -> None:
    member, _ = planning.person(planning.phone()), planning.person(planning.phone())
    group = planning.records.savings_group(member, from_on=LONG_AGO)
    planning.records.planned_meeting(group, at(11, 14))
    planning.plan(TUESDAY)
    assert [(row.rule, row.people) for row in planning.rows()] == [
        ("session_tomorrow", [member]),
        ("session_today", [member]),
    ]


def test_a_check_in_asks_those_who_said_yes_to_it_last_whatever_they_saved(planning: Planning) -> None:
    shared = planning.phone()
    yes, with_her, saved = planning.person(shared), planning.person(shared), planning.person(planning.phone())
    no, never, again = (planning.person(planning.phone()) for _ in range(3))
    group = planning.records.savings_group(
        yes, with_her, saved, no, never, again, from_on=LONG_AGO, check_in_weekday=1
    )
    for person in (yes, with_her, saved, no):
        planning.consent(person, True, "check_in")
    planning.consent(no, False, "check_in")
    planning.consent(again, False, "check_in")
    planning.consent(again, True, "check_in", LONG_AGO + timedelta(days=1))
    cycle = planning.records.add(
        models.Cycle, savings_group_id=group, opened_on=LONG_AGO, mode="free", share_value=1, most_shares=0
    )
    planning.records.add(
        models.Contribution,
        cycle_id=cycle,
        participant_id=saved,
        amount=100,
        source="member",
        week_of=date(2026, 3, 9),
        recorded_on=date(2026, 3, 9),
        assisted=False,
    )
    planning.plan(TUESDAY)
    assert {(tuple(row.people), row.subject_id, row.occasion) for row in planning.rows()} == {
        (people, group, "2026-03-10") for people in (tuple(sorted((yes, with_her))), (saved,), (again,))
    }
    assert {row.due_at for row in planning.rows()} == {at(10, 10)}
    planning.consent(again, False, "check_in", LONG_AGO + timedelta(days=2))
    assert planning.plan(TUESDAY) == PlanResult(cancelled=1)
    said = composing.compose_check_in(planning.conn, planning.programme, planning.dues(), at(10, 10))
    for row in planning.rows():
        expected = (
            Skip("not_in_audience")
            if again in row.people
            else Content("please_dial", {"service_code": "*801#", "by": date(2026, 3, 16)})
        )
        assert said[row.id] == expected


def test_leaders_are_reminded_on_the_last_friday_of_the_month(planning: Planning) -> None:
    leader, _ = planning.person(planning.phone(), role="leader"), planning.person(planning.phone())
    planning.plan(at(27, 9))
    assert [(row.rule, row.occasion, row.people) for row in planning.rows()] == [
        ("leader_month", "2026-03", [leader])
    ]
    (said,) = composing.compose_month(planning.conn, planning.programme, planning.dues(), at(27, 10)).values()
    assert said == Content("leader_month", {"service_code": "*801#"})


def test_what_a_reminder_says_is_read_when_it_goes(planning: Planning) -> None:
    person = planning.person(planning.phone())
    session = planning.records.session(at(11, 14))
    planning.plan(TUESDAY)

    def say() -> list[Content | Skip]:
        found = composing.compose_gathering(planning.conn, planning.programme, planning.dues(), at(10, 16))
        return [found[one.id] for one in planning.dues()]

    planning.run("update training_session set place = 'Sibagire'")
    tomorrow, today = say()
    assert isinstance(tomorrow, Content)
    assert (tomorrow.text, tomorrow.values["place"], tomorrow.told.starts_at) == (
        "session_tomorrow",
        "Sibagire",
        at(11, 14),
    )
    # it would say "today" of tomorrow
    assert today == Skip("session_moved")
    planning.move(session, at(10, 12))
    planning.run("update message set occasion = '2026-03-10'")
    assert say() == [Skip("no_longer_true")] * 2
    planning.move(session, at(11, 14))
    planning.run("update message set occasion = '2026-03-11'")
    planning.run("update participant set left_on = '2026-03-10' where id = %(p)s", p=person)
    assert say()[0] == Skip("not_in_audience")
    planning.move(session, at(12, 14))
    assert say()[0] == Skip("session_moved")
    planning.cancel(session, TUESDAY)
    assert say()[0] == Skip("session_cancelled")


def test_a_number_is_tested_once_a_day_within_the_hour(planning: Planning) -> None:
    phone = planning.phone()
    person = planning.person(phone)
    for _ in range(2):
        reminders.number_test(planning.conn, person, phone, TUESDAY, date(2026, 3, 10))
    (row,) = planning.rows()
    assert (row.kind, row.subject_id, row.people, row.status) == ("number_test", person, [person], "planned")
    assert (row.due_at, row.expires_at) == (TUESDAY, TUESDAY + timedelta(hours=1))
    (said,) = composing.compose_number_test(
        planning.conn, planning.programme, planning.dues(), TUESDAY
    ).values()
    assert said == Content("number_test", {"service_code": "*801#"})
    assert planning.plan(TUESDAY) == NOTHING


def test_the_cost_is_by_who_is_due(planning: Planning) -> None:
    """Ten thousand people whose sessions are another week cost no statement more, and no row of them is read."""
    planning.person(planning.phone())
    planning.records.session(at(11, 14))
    enrol(planning.conn, planning.records.programme, 400)
    planning.conn.exec_driver_sql("analyze")
    planning.conn.commit()
    read = reads(planning.conn, lambda: planning.plan(TUESDAY))
    assert read < 500


def enrol(conn: Connection, programme: int, groups: int) -> None:
    values = {"p": programme, "groups": groups}
    for statement in (
        "insert into training_group (id, programme_id, number, role, sector, place) select gen_random_uuid(), %(p)s,"
        " n + 1, 'woman', 'Kigabiro', 'Kigabiro' from generate_series(1, %(groups)s) n",
        "insert into participant (id, programme_id, role, member_number, reference, name_sealed, language, contact,"
        " group_id, list_number, amounts_by_phone, enrolled_on) select gen_random_uuid(), %(p)s, 'woman',"
        " g.number * 100 + k, g.number * 100 + k, '',"
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


def test_what_was_sent_is_not_planned_again(planning: Planning) -> None:
    """Two plans of one occasion at once make one row: the unique key decides."""
    phone = planning.phone()
    planning.person(phone)
    session = planning.records.session(at(11, 14))
    planning.message(
        phone,
        at=TUESDAY,
        rule="session_today",
        subject_id=session,
        occasion="2026-03-11",
        gathering_id=session,
        status="delivered",
    )
    assert planning.plan(TUESDAY) == PlanResult(added=1)
