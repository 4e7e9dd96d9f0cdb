"""What the functions behind a coach's My groups do, and refuse: run as the web process runs them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Connection, create_engine, pool, text

from sms_app import models
from sms_app.config import sqlalchemy_url
from sms_app.migrations import run
from sms_app.programme import disputes, follow_ups, roll
from sms_app.vault import Vault
from tests.world.databases import Database
from tests.world.programme import start
from tests.world.records import Records
from tests.world.times import LONG_AGO, NOW, TODAY


@pytest.fixture
def people(records: Records) -> dict[int, UUID]:
    return {n: records.participant(n, initials_sealed=b"sealed", enrolled_on=LONG_AGO) for n in (1, 2, 3)}


@pytest.fixture
def coach(records: Records) -> UUID:
    return _coach(records, "C1", records.group)


@pytest.fixture
def stranger(records: Records) -> UUID:
    """A coach of another group."""
    return _coach(records, "C2", records.training_group(77))


@pytest.fixture
def suspended(records: Records) -> UUID:
    """A coach of the group who is suspended."""
    return _coach(records, "C3", records.group, suspended_on=TODAY)


@pytest.fixture
def web(database: Database, conn: Connection) -> Iterator[Connection]:
    """The web role's connection; what the fixtures made is committed first."""
    conn.commit()
    with create_engine(sqlalchemy_url(database.web), poolclass=pool.NullPool).connect() as found:
        yield found


def _coach(records: Records, code: str, group: UUID, **values: Any) -> UUID:
    coach = records.add(
        models.Coach, programme_id=records.programme, code=code, name_sealed=b"sealed", **values
    )
    records.add(models.GroupCoach, group_id=group, coach_id=coach, from_on=LONG_AGO)
    return coach


def _question(records: Records, person: UUID, about: str = "attendance") -> UUID:
    return records.add(models.Dispute, participant_id=person, about=about, raised_on=TODAY)


def _statuses(conn: Connection) -> list[Any]:
    conn.rollback()
    return list(
        conn.execute(
            text(
                "select l.list_number, a.status from presence a"
                " join session_list l using (training_session_id, participant_id) order by 1"
            )
        ).all()
    )


def _members(conn: Connection, who: UUID, group: UUID, people: dict[int, UUID]) -> list[int]:
    rows = conn.execute(
        text("select list_number from group_initials(:c, :g, :p) order by 1"),
        {"c": who, "g": group, "p": list(people.values())},
    )
    return list(rows.scalars())


def _not_reached(conn: Connection, who: UUID, group: UUID) -> list[int]:
    rows = conn.execute(
        text("select list_number from not_reached(:c, :g, :n) order by 1"), {"c": who, "g": group, "n": NOW}
    )
    return list(rows.scalars())


class TestWhoMay:
    def test_initials_are_of_her_own_group(
        self, records: Records, people: dict[int, UUID], coach: UUID, stranger: UUID, suspended: UUID
    ) -> None:
        conn = records.conn
        other = records.participant(4, group_id=records.training_group(78), enrolled_on=LONG_AGO)
        everyone = {**people, 4: other}
        assert _members(conn, coach, records.group, everyone) == [1, 2, 3]
        for who in (stranger, suspended, uuid4()):
            assert _members(conn, who, records.group, everyone) == []
            assert _not_reached(conn, who, records.group) == []
        conn.execute(text("update group_coach set to_on = :d"), {"d": TODAY})
        assert _members(conn, coach, records.group, everyone) == []

    def test_nobody_else_runs_them(self, database: Database, people: dict[int, UUID]) -> None:
        for role in (database.worker, database.staff):
            with psycopg.connect(role, autocommit=True) as conn:
                for call in (
                    "coaches_group(null, null)",
                    "group_initials(null, null, null)",
                    "not_reached(null, null, null)",
                    "stand_in(null, null, null, null, null)",
                    "close_follow_up(null, null, null, null)",
                    "answer_question(null, null, null, null, null, null)",
                ):
                    with pytest.raises(errors.InsufficientPrivilege):
                        conn.execute(f"select {call}")


class TestNotReached:
    def test_without_a_number_that_takes_texts(
        self, records: Records, people: dict[int, UUID], coach: UUID
    ) -> None:
        for n in (1, 2):
            records.link(people[n], records.number(f"+25078000100{n}"), LONG_AGO)
            records.consent(people[n], on=LONG_AGO)
        assert _not_reached(records.conn, coach, records.group) == [3]
        records.conn.execute(
            text(
                "update phone_number set stopped_on = :d where id ="
                " (select phone_number_id from participant_phone where participant_id = :p)"
            ),
            {"d": TODAY, "p": people[2]},
        )
        assert _not_reached(records.conn, coach, records.group) == [2, 3]
        records.consent(people[1], given=False)
        assert _not_reached(records.conn, coach, records.group) == [1, 2, 3]

    @pytest.mark.parametrize(
        ("status", "listed"),
        [("failed", [1, 2, 3]), ("unknown", [1, 2, 3]), ("delivered", [2, 3]), ("sent", [2, 3])],
    )
    def test_by_what_became_of_the_last_text(
        self, records: Records, people: dict[int, UUID], coach: UUID, status: str, listed: list[int]
    ) -> None:
        phone = records.number("+250780001001")
        records.link(people[1], phone, LONG_AGO)
        records.consent(people[1], on=LONG_AGO)
        before, last = records.session(NOW - timedelta(days=8)), records.session(NOW - timedelta(days=1))
        for session, outcome in (
            (before, "delivered" if status in ("failed", "unknown") else "failed"),
            (last, status),
        ):
            records.message(
                phone,
                people[1],
                kind="gathering",
                at=NOW - timedelta(days=2 if session == last else 9),
                subject_id=session,
                gathering_id=session,
                occasion=str(uuid4()),
                status=outcome,
                claim=uuid4(),
                claimed_at=NOW - timedelta(days=2),
            )
        assert _not_reached(records.conn, coach, records.group) == listed


class TestStandingIn:
    def test_the_session_of_the_day_by_group_and_code(
        self, records: Records, people: dict[int, UUID], stranger: UUID
    ) -> None:
        session = records.session(NOW - timedelta(minutes=5))
        group = records.conn.execute(
            text("select number from training_group where id = :g"), {"g": records.group}
        ).scalar_one()
        conn = records.conn
        assert roll.stand_in(conn, stranger, group, "4822", NOW, TODAY) is None
        assert roll.stand_in(conn, stranger, group + 1, "4821", NOW, TODAY) is None
        assert roll.store(conn, stranger, session, [1], 2, NOW, TODAY) == "closed"
        for _ in range(2):
            assert roll.stand_in(conn, stranger, group, "4821", NOW, TODAY) == roll.StandsIn(session, True)
        assert roll.store(conn, stranger, session, [1], 2, NOW, TODAY) == "stored"
        assert len(conn.execute(text("select 1 from session_substitute")).all()) == 1

    @pytest.mark.parametrize(
        ("minutes", "begun"), [(31, None), (30, False), (0, True), (-60 * 10, True), (-60 * 24, None)]
    )
    def test_from_half_an_hour_before_to_the_end_of_the_day(
        self, records: Records, people: dict[int, UUID], stranger: UUID, minutes: int, begun: bool | None
    ) -> None:
        session = records.session(NOW + timedelta(minutes=minutes))
        group = records.conn.execute(
            text("select number from training_group where id = :g"), {"g": records.group}
        ).scalar_one()
        expected = None if begun is None else roll.StandsIn(session, begun)
        assert roll.stand_in(records.conn, stranger, group, "4821", NOW, TODAY) == expected

    def test_not_by_who_is_suspended_and_no_row_for_the_groups_own_coach(
        self, records: Records, people: dict[int, UUID], coach: UUID, suspended: UUID
    ) -> None:
        session = records.session(NOW)
        conn = records.conn
        group = conn.execute(
            text("select number from training_group where id = :g"), {"g": records.group}
        ).scalar_one()
        assert roll.stand_in(conn, suspended, group, "4821", NOW, TODAY) is None
        assert roll.stand_in(conn, coach, group, "4821", NOW, TODAY) == roll.StandsIn(session, True)
        assert conn.execute(text("select 1 from session_substitute")).all() == []


class TestAnswers:
    def test_corrected_corrects_the_roll_for_her_alone(
        self, records: Records, people: dict[int, UUID], coach: UUID
    ) -> None:
        conn, session = records.conn, records.session(NOW - timedelta(hours=3))
        roll.store(conn, coach, session, [1, 2], 1, NOW, TODAY)
        question = _question(records, people[1])
        assert disputes.answer_as_coach(conn, coach, question, "corrected", None, NOW, TODAY) == "closed"
        assert disputes.answer_as_coach(conn, coach, question, "corrected", session, NOW, TODAY) == "stored"
        conn.commit()
        assert _statuses(conn) == [(1, "present"), (2, "absent"), (3, "present")]
        assert conn.execute(text("select answer from dispute")).scalars().all() == ["corrected"]
        assert disputes.answer_as_coach(conn, coach, question, "right", None, NOW, TODAY) == "closed"
        assert disputes.disputes(conn, records.programme) == []

    def test_a_roll_that_was_corrected_for_somebody_else_says_nothing_of_her(
        self, records: Records, people: dict[int, UUID], coach: UUID
    ) -> None:
        conn, session = records.conn, records.session(NOW - timedelta(hours=3))
        roll.store(conn, coach, session, [2], 2, NOW, TODAY)
        question = _question(records, people[1])
        roll.correct(conn, coach, session, [2], "present", NOW, TODAY)
        roll.correct(conn, coach, session, [1], "late", NOW, TODAY)
        assert not disputes.corrected_since(conn, question)
        assert disputes.answer_as_coach(conn, coach, question, "corrected", None, NOW, TODAY) == "closed"

    def test_a_whole_roll_that_is_taken_again_corrects_too(
        self, records: Records, people: dict[int, UUID], coach: UUID
    ) -> None:
        conn, session = records.conn, records.session(NOW - timedelta(hours=3))
        question = _question(records, people[1])
        for absent, corrected in (([1], False), ([], True), ([1, 2], False)):
            roll.store(conn, coach, session, absent, 3 - len(absent), NOW, TODAY)
            assert disputes.corrected_since(conn, question) is corrected
        roll.correct(conn, coach, session, [1], "late", NOW, TODAY)
        assert disputes.corrected_since(conn, question)
        assert disputes.answer_as_coach(conn, coach, question, "corrected", None, NOW, TODAY) == "stored"

    def test_who_may_not_answers_none(
        self, records: Records, people: dict[int, UUID], coach: UUID, stranger: UUID, suspended: UUID
    ) -> None:
        conn, session = records.conn, records.session(NOW - timedelta(hours=3))
        roll.store(conn, coach, session, [1, 2], 1, NOW, TODAY)
        question, money = _question(records, people[1]), _question(records, people[1], "shares")
        for who, asked in ((stranger, question), (suspended, question), (coach, money), (coach, uuid4())):
            for code, of in (("right", None), ("corrected", session)):
                assert disputes.answer_as_coach(conn, who, asked, code, of, NOW, TODAY) == "closed"
        assert disputes.answer_as_coach(conn, coach, question, "no code", None, NOW, TODAY) == "closed"
        assert set(conn.execute(text("select answer from dispute")).scalars()) == {None}
        assert conn.execute(text("select count(*) from audit_entry where what = 'answer'")).scalar() == 0

    def test_a_session_that_she_was_not_listed_for_or_that_is_over_a_week_old_corrects_nothing(
        self, records: Records, people: dict[int, UUID], coach: UUID
    ) -> None:
        conn = records.conn
        other = records.session(NOW - timedelta(hours=3), group_id=records.training_group(78))
        old = records.session(NOW - timedelta(days=5))
        roll.store(conn, coach, old, [1], 2, NOW, TODAY)
        question = _question(records, people[1])
        later = NOW + timedelta(days=3)
        for session in (other, old):
            answered = disputes.answer_as_coach(conn, coach, question, "corrected", session, later, TODAY)
            assert answered == "closed"
        conn.commit()
        assert _statuses(conn)[0] == (1, "absent")


class TestFollowUps:
    def test_only_the_groups_coach_of_now_closes_one(
        self, records: Records, people: dict[int, UUID], coach: UUID, stranger: UUID, suspended: UUID
    ) -> None:
        conn = records.conn
        first, second = records.session(NOW - timedelta(hours=3)), records.session(NOW - timedelta(hours=1))
        for session in (first, second):
            roll.store(conn, coach, session, [2], 2, NOW, TODAY)
        (follow_up,) = conn.execute(text("select id from follow_up")).scalars()
        for who in (stranger, suspended, uuid4()):
            assert follow_ups.close(conn, who, follow_up, "comes_again", TODAY) == "closed"
        assert follow_ups.close(conn, coach, follow_up, "not_found", TODAY) == "stored"
        assert follow_ups.close(conn, coach, follow_up, "comes_again", TODAY) == "closed"
        assert conn.execute(text("select answer from follow_up")).scalars().all() == ["not_found"]
        roll.store(conn, coach, second, [1, 2], 1, NOW, TODAY)
        assert conn.execute(text("select count(*) from follow_up")).scalar_one() == 1

    def test_every_answer_is_one_that_the_table_takes(
        self, records: Records, people: dict[int, UUID], coach: UUID
    ) -> None:
        session = records.session(NOW - timedelta(hours=1))
        for n, heard in enumerate(follow_ups.HEARD, 1):
            follow_up = records.add(
                models.FollowUp,
                participant_id=people[1 + n % 3],
                training_session_id=session,
                reason="absent_twice",
                raised_on=TODAY,
            )
            assert follow_ups.close(records.conn, coach, follow_up, heard, TODAY) == "stored"


def test_web_writes_nothing_of_it_by_itself(web: Connection, people: dict[int, UUID], coach: UUID) -> None:
    for statement in (
        "update follow_up set answer = 'not_found', closed_on = :d",
        "update dispute set answer = 'right', closed_on = :d",
        "insert into session_substitute (training_session_id, coach_id, from_on) values (:c, :c, :d)",
        "select list_number from participant where :c is not null and :d is not null",
    ):
        with pytest.raises(Exception, match="permission denied"):
            web.execute(text(statement), {"c": coach, "d": TODAY})
        web.rollback()


def test_the_functions_go_down_and_up_with_what_they_stored(
    owner: Connection, vault: Vault, database: Database
) -> None:
    records = start(owner, vault)
    person = records.participant(1)
    coach = _coach(records, "C1", records.group)
    session = records.session(NOW - timedelta(hours=1))
    roll.store(owner, coach, session, [1], 0, NOW, TODAY)
    question = _question(records, person)
    assert disputes.answer_as_coach(owner, coach, question, "corrected", session, NOW, TODAY) == "stored"
    owner.commit()
    url = sqlalchemy_url(database.owner)
    run.downgrade(url, "0019")
    correct = text("select correct_roll(:c, :s, array[1], 'present', :n, :t)")
    values = {"c": coach, "s": session, "n": NOW, "t": TODAY}
    assert owner.execute(correct, values).scalar_one() == "closed"
    assert owner.execute(text("select answer from dispute")).scalars().all() == ["corrected"]
    owner.commit()
    run.upgrade(url)
    assert owner.execute(correct, values).scalar_one() == "stored"
