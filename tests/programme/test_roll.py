"""Rolls: who is expected, who may store one, two absences running, what the roll contradicts, what was not held."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Connection, Engine, insert, text

from sms_app import models
from sms_app.config import sqlalchemy_url
from sms_app.migrations import run
from sms_app.programme import roll
from sms_app.vault import Vault
from tests.world.databases import Database
from tests.world.programme import start
from tests.world.records import Records
from tests.world.times import NOW, TODAY
from tests.world.waiting import wait_for


def make_coach(records: Records, code: str, **values: Any) -> UUID:
    coach = records.add(
        models.Coach, programme_id=records.programme, code=code, name_sealed=b"sealed", **values
    )
    records.add(models.GroupCoach, group_id=records.group, coach_id=coach, from_on=TODAY)
    return coach


@pytest.fixture
def people(records: Records) -> list[UUID]:
    return [records.participant(n) for n in (1, 2, 3)]


@pytest.fixture
def coach(records: Records) -> UUID:
    return make_coach(records, "C1")


def marks(conn: Connection, session: UUID) -> list[Any]:
    query = text("select status from presence where training_session_id = :s order by participant_id")
    return sorted(conn.execute(query, {"s": session}).scalars())


def test_who_may_not_stores_nothing(
    conn: Connection, records: Records, people: list[UUID], coach: UUID
) -> None:
    later, old = records.session(NOW + timedelta(minutes=1)), records.session(NOW - timedelta(days=8), "2222")
    held = records.session(NOW - timedelta(hours=1), "3333")
    suspended = make_coach(records, "C2", suspended_on=TODAY)
    other = records.add(models.Coach, programme_id=records.programme, code="C3", name_sealed=b"sealed")
    for who, session in ((coach, later), (coach, old), (suspended, held), (other, held)):
        assert roll.store(conn, who, session, [1], 2, NOW, TODAY) == "closed"
    substitute = {"training_session_id": held, "coach_id": other, "from_on": TODAY}
    conn.execute(insert(models.SessionSubstitute).values(substitute))
    assert roll.store(conn, other, held, [1], 2, NOW, TODAY) == "stored"


def test_the_list_is_fixed_once(conn: Connection, records: Records, people: list[UUID], coach: UUID) -> None:
    session = records.session(NOW - timedelta(hours=1))
    assert roll.fix_lists(conn, records.programme, NOW) == 1
    records.participant(4)
    assert roll.fix_lists(conn, records.programme, NOW) == 0
    roll.fix_list(conn, session, NOW)
    assert roll.on_list(conn, coach, session, NOW) == (1, 2, 3)
    assert roll.store(conn, coach, session, [4], 2, NOW, TODAY) == "changed"
    assert roll.store(conn, coach, session, [1], 1, NOW, TODAY) == "changed"
    assert marks(conn, session) == []


def test_of_two_coaches_at_once_the_second_waits_and_its_whole_roll_stands(
    conn: Connection, records: Records, people: list[UUID], coach: UUID, owner_engine: Engine
) -> None:
    session, other = records.session(NOW - timedelta(hours=1)), make_coach(records, "C2")
    conn.commit()

    def second() -> str:
        with owner_engine.begin() as another:
            return roll.store(another, other, session, [3], 2, NOW, TODAY)

    def second_waits() -> bool:
        return bool(conn.execute(text("select count(*) from pg_locks where not granted")).scalar_one())

    with ThreadPoolExecutor(1) as thread, owner_engine.begin() as first:
        assert roll.store(first, coach, session, [1, 2], 1, NOW, TODAY) == "stored"
        answer = thread.submit(second)
        wait_for(second_waits)
        first.commit()
        assert answer.result(timeout=60) == "stored"
    absent = text("""
        select array_agg(l.list_number) from session_list l
        join presence p using (training_session_id, participant_id) where p.status = 'absent'
        """)
    assert conn.execute(absent).scalar_one() == [3]
    assert conn.execute(text("select coach_id, headcount from roll")).one() == (other, 2)


def test_two_absences_running_make_a_follow_up(
    conn: Connection, records: Records, people: list[UUID], coach: UUID
) -> None:
    first, second = (
        records.session(NOW - timedelta(hours=2)),
        records.session(NOW - timedelta(hours=1), "2222"),
    )
    roll.store(conn, coach, first, [1, 2], 1, NOW, TODAY)
    roll.store(conn, coach, second, [2, 3], 1, NOW, TODAY)
    query = text("select participant_id from follow_up")
    assert conn.execute(query).scalars().all() == [people[1]]
    roll.correct(conn, coach, second, [2], "excused", NOW, TODAY)
    assert conn.execute(query).scalars().all() == []


def test_a_correction_of_the_first_of_two_rolls_changes_whom_to_ask_after_the_second(
    conn: Connection, records: Records, people: list[UUID], coach: UUID
) -> None:
    starts = [NOW - timedelta(hours=hours) for hours in (3, 2, 1)]
    first, second, third = (records.session(at, f"{n}111") for n, at in enumerate(starts, start=1))
    for session, absent in ((first, [1, 2]), (second, [1]), (third, [2])):
        roll.store(conn, coach, session, absent, 3 - len(absent), NOW, TODAY)
    query = text("select participant_id, training_session_id from follow_up order by training_session_id")
    assert conn.execute(query).all() == [(people[0], second)]
    roll.correct(conn, coach, first, [1], "excused", NOW, TODAY)
    assert conn.execute(query).all() == []


def test_a_session_that_was_held_after_all_comes_between_two_absences(
    conn: Connection, records: Records, people: list[UUID], coach: UUID
) -> None:
    starts = [NOW - timedelta(hours=hours) for hours in (3, 2, 1)]
    first, second, third = (records.session(at, f"{n}111") for n, at in enumerate(starts, start=1))
    roll.store_not_held(conn, coach, second, "weather", NOW, TODAY)
    for session in (first, third):
        roll.store(conn, coach, session, [2], 2, NOW, TODAY)
    query = text("select participant_id, training_session_id from follow_up")
    assert conn.execute(query).all() == [(people[1], third)]
    assert roll.store(conn, coach, second, [], 3, NOW, TODAY) == "stored"
    assert conn.execute(query).all() == []


def test_a_correction_of_the_first_of_three_absences_leaves_a_follow_up_on_the_others(
    conn: Connection, records: Records, people: list[UUID], coach: UUID
) -> None:
    starts = [NOW - timedelta(hours=hours) for hours in (4, 3, 2, 1)]
    first, second, third, last = (records.session(at, f"{n}111") for n, at in enumerate(starts, start=1))
    for session in (first, second, third, last):
        roll.store(conn, coach, session, [1], 2, NOW, TODAY)
    query = text("select participant_id, training_session_id from follow_up")
    assert conn.execute(query).all() == [(people[0], second)]
    roll.correct(conn, coach, first, [1], "present", NOW, TODAY)
    assert conn.execute(query).all() == [(people[0], third)]
    roll.correct(conn, coach, first, [1], "excused", NOW, TODAY)
    roll.store(conn, coach, first, [1, 2], 1, NOW, TODAY)
    assert conn.execute(query).all() == [(people[0], third)]
    roll.correct(conn, coach, first, [1], "present", NOW, TODAY)
    roll.store(conn, coach, first, [1], 2, NOW, TODAY)
    assert conn.execute(query).all() == [(people[0], second)]


def test_of_two_rolls_of_a_group_at_once_the_second_sees_the_first(
    conn: Connection, records: Records, people: list[UUID], coach: UUID, owner_engine: Engine
) -> None:
    first, second = (records.session(NOW - timedelta(hours=n), f"{n}111") for n in (2, 1))
    conn.commit()

    def store_second() -> str:
        with owner_engine.begin() as another:
            return roll.store(another, coach, second, [1], 2, NOW, TODAY)

    def second_waits() -> bool:
        return bool(conn.execute(text("select count(*) from pg_locks where not granted")).scalar_one())

    with ThreadPoolExecutor(1) as thread, owner_engine.begin() as another:
        roll.store(another, coach, first, [1], 2, NOW, TODAY)
        answer = thread.submit(store_second)
        wait_for(second_waits)
        another.commit()
        assert answer.result(timeout=60) == "stored"
    assert conn.execute(text("select training_session_id from follow_up")).scalars().all() == [second]


def test_a_session_that_was_not_held_makes_nobody_absent(
    conn: Connection, records: Records, people: list[UUID], coach: UUID
) -> None:
    session = records.session(NOW - timedelta(hours=1))
    assert roll.store_not_held(conn, coach, session, "weather", NOW, TODAY) == "stored"
    assert marks(conn, session) == []
    assert conn.execute(text("select outcome, reason from roll")).one() == ("not_held", "weather")
    assert roll.store_nobody(conn, coach, session, NOW, TODAY) == "closed"
    assert marks(conn, session) == []


def test_what_has_a_roll_becomes_neither_not_held_nor_empty(
    conn: Connection, records: Records, people: list[UUID], coach: UUID
) -> None:
    session, other = records.session(NOW - timedelta(hours=1)), records.session(NOW - timedelta(hours=2), "2")
    roll.store(conn, coach, session, [1], 2, NOW, TODAY)
    assert roll.store_not_held(conn, coach, session, "weather", NOW, TODAY) == "closed"
    assert roll.store_nobody(conn, coach, session, NOW, TODAY) == "closed"
    assert marks(conn, session) == ["absent", "present", "present"]
    assert roll.store_nobody(conn, coach, other, NOW, TODAY) == "stored"
    assert marks(conn, other) == ["absent"] * 3


def test_a_check_in_that_the_roll_contradicts_is_listed(
    conn: Connection, records: Records, people: list[UUID], coach: UUID
) -> None:
    session = records.session(NOW - timedelta(hours=1))
    own = "insert into attendance values (:s, :p, 'self', 'present', false, :d)"
    columns = "(training_session_id, participant_id, source, status, assisted, recorded_on)"
    for person in people[:2]:
        conn.execute(
            text(own.replace("attendance", f"attendance {columns}")), {"s": session, "p": person, "d": TODAY}
        )
    roll.store(conn, coach, session, [2, 3], 1, NOW, TODAY)
    found = roll.contradictions(conn, records.programme, NOW)
    assert [(one.list_number, one.status) for one in found] == [(2, "absent")]
    assert marks(conn, session) == ["absent", "absent", "present"]
    not_held = records.session(NOW - timedelta(hours=2), "2222")
    conn.execute(
        text(own.replace("attendance", f"attendance {columns}")), {"s": not_held, "p": people[2], "d": TODAY}
    )
    roll.store_not_held(conn, coach, not_held, "weather", NOW, TODAY)
    listed = roll.contradictions(conn, records.programme, NOW)
    assert [(each.list_number, each.status) for each in listed] == [(3, "not_held"), (2, "absent")]


def test_web_writes_no_roll_but_through_the_function(
    conn: Connection, records: Records, people: list[UUID], coach: UUID, database: Database
) -> None:
    session = records.session(NOW - timedelta(hours=1))
    conn.commit()
    with psycopg.connect(database.web, autocommit=True) as web:
        for statement in (
            "insert into attendance (training_session_id, participant_id, source, status, assisted, recorded_on)"
            " values (%(s)s, %(p)s, 'coach', 'absent', false, %(d)s)",
            "update attendance set status = 'absent' where participant_id = %(p)s and training_session_id = %(s)s",
            "update coach set pin = 'x' where id = %(c)s and %(s)s is not null",
            "select initials_sealed from participant where id = %(p)s",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                web.execute(statement, {"s": session, "p": people[0], "d": TODAY, "c": coach})


def test_attendance_goes_down_and_up_with_its_rows(
    owner: Connection, vault: Vault, database: Database
) -> None:
    records = start(owner, vault)
    person, session = records.participant(1), records.session(NOW)
    for source, status in (("self", "present"), ("coach", "absent")):
        owner.execute(
            text(
                "insert into attendance (training_session_id, participant_id, source, status, assisted, recorded_on)"
                " values (:s, :p, :source, :status, false, :d)"
            ),
            {"s": session, "p": person, "source": source, "status": status, "d": TODAY},
        )
    owner.commit()
    url = sqlalchemy_url(database.owner)
    run.downgrade(url, "0016")
    assert owner.execute(text("select source, status from attendance")).all() == [("coach", "absent")]
    owner.commit()
    run.upgrade(url)
    assert owner.execute(text("select outcome, headcount from roll")).all() == [("held", 0)]
    assert owner.execute(text("select list_number from session_list")).scalars().all() == [1]
