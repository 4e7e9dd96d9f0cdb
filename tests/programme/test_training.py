"""Training sessions as participants meet them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from sms_app.programme import training
from tests.world.records import Records
from tests.world.times import NOW, TODAY

DAY = datetime(2026, 3, 10, 22, tzinfo=UTC)  # midnight in Kigali


@pytest.fixture
def woman(records: Records) -> UUID:
    return records.participant(1)


def _check_in(conn: Connection, person: UUID, code: str = "4821") -> Any:
    return training.check_in(conn, person, code, training.WholeDay(TODAY, DAY, DAY + timedelta(days=1)))


def _attendance(conn: Connection) -> list[tuple[Any, ...]]:
    return [
        tuple(row)
        for row in conn.execute(text("select status, source, assisted, recorded_on from attendance"))
    ]


def test_the_next_session_is_the_first_that_is_not_over_or_cancelled(
    conn: Connection, records: Records, woman: UUID
) -> None:
    assert training.next_session(conn, woman, NOW) is None
    records.session(NOW - timedelta(hours=5))
    records.session(NOW + timedelta(hours=1), cancelled_at=NOW)
    later = records.session(NOW + timedelta(days=7))
    assert training.next_session(conn, woman, NOW) == later
    running = records.session(NOW - timedelta(hours=1))
    assert training.next_session(conn, woman, NOW) == running


def test_the_latest_word_on_coming_counts(conn: Connection, records: Records, woman: UUID) -> None:
    session = records.session(NOW)
    training.reply(conn, session, woman, True, TODAY)
    training.reply(conn, session, woman, False, TODAY)
    assert conn.execute(text("select coming from session_reply")).scalars().all() == [False]


def test_the_code_of_todays_session_takes_attendance_once(
    conn: Connection, records: Records, woman: UUID
) -> None:
    records.session(NOW)
    assert [_check_in(conn, woman), _check_in(conn, woman)] == [True, True]
    assert _attendance(conn) == [("present", "self", False, TODAY)]


def test_a_wrong_code_another_day_or_a_cancelled_session_takes_none(
    conn: Connection, records: Records, woman: UUID
) -> None:
    records.session(NOW)
    records.session(NOW + timedelta(days=1), "1111")
    records.session(NOW - timedelta(days=1), "2222")
    records.session(NOW, "3333", cancelled_at=NOW)
    assert [_check_in(conn, woman, code) for code in ("9999", "1111", "2222", "3333")] == [False] * 4
    assert _attendance(conn) == []


def test_the_code_of_another_group_takes_none(conn: Connection, records: Records, woman: UUID) -> None:
    records.session(NOW)
    group = records.training_group(2)
    assert _check_in(conn, records.participant(2, group_id=group)) is False


def test_what_a_coach_entered_counts_beside_what_she_said(
    conn: Connection, records: Records, woman: UUID
) -> None:
    session = records.session(NOW)
    conn.execute(
        text("insert into attendance values (:session, :person, 'late', 'coach', true, :today)"),
        {"session": session, "person": woman, "today": TODAY},
    )
    assert _check_in(conn, woman) is True
    assert sorted(_attendance(conn)) == [("late", "coach", True, TODAY), ("present", "self", False, TODAY)]
    assert conn.execute(text("select status, source from presence")).all() == [("late", "coach")]
