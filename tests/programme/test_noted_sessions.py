"""What triggers note at a session, so that the console finds it by an index: that it has no roll yet, and that somebody
checked in herself whom the roll does not call present."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine

from sms_app.messaging.coaches.missing import count_missing_rolls, missing_rolls
from sms_app.programme import roll
from tests.world.records import Records
from tests.world.times import NOW, TODAY
from tests.world.waiting import PATIENCE_S, wait_for

BEFORE = NOW - timedelta(hours=3)
CHECK_IN = """
insert into attendance (training_session_id, participant_id, source, status, assisted, recorded_on)
values (%(session)s, %(person)s, %(source)s, %(status)s, false, %(today)s)
"""


@pytest.fixture
def session(records: Records) -> UUID:
    """A session that is over, of two women."""
    for n in (1, 2):
        records.participant(n)
    return records.session(BEFORE)


@pytest.fixture
def coach(records: Records) -> UUID:
    return records.coach(records.number("+250780000300"))


def noted(conn: Connection, session: UUID) -> tuple[bool, bool]:
    """Whether it awaits its roll, and whether it is mismatched."""
    statement = "select awaits_roll, mismatched from training_session where id = %(session)s"
    row = conn.exec_driver_sql(statement, {"session": session}).one()
    return row.awaits_roll, row.mismatched


def says(records: Records, session: UUID, number: int, source: str = "self", status: str = "present") -> None:
    """Somebody says that the woman with a list number is at the session, or not."""
    person = records.conn.exec_driver_sql(
        "select id from participant where list_number = %(n)s", {"n": number}
    ).scalar_one()
    values = {"session": session, "person": person, "source": source, "status": status, "today": TODAY}
    records.conn.exec_driver_sql(CHECK_IN, values)


def test_a_session_awaits_its_roll_until_it_has_one(
    conn: Connection, records: Records, session: UUID, coach: UUID
) -> None:
    other = records.session(BEFORE - timedelta(days=1), "2222")
    assert noted(conn, session) == (True, False)
    assert count_missing_rolls(conn, records.programme, NOW) == 2
    latest = missing_rolls(conn, records.programme, NOW, 5, latest_first=True)
    assert [row.starts_at for row in latest] == [BEFORE, BEFORE - timedelta(days=1)]
    assert missing_rolls(conn, records.programme, NOW, 1, 1, latest_first=True) == latest[1:]
    assert missing_rolls(conn, records.programme, NOW) == latest[::-1]
    assert roll.store(conn, coach, session, [1], 1, NOW, TODAY) == "stored"
    assert noted(conn, session) == (False, False)
    assert roll.store_not_held(conn, coach, other, "weather", NOW, TODAY) == "stored"
    assert noted(conn, other) == (False, False)
    assert count_missing_rolls(conn, records.programme, NOW) == 0


@pytest.mark.parametrize(
    ("checked_in", "mismatched"), [([], False), ([2], False), ([1], True), ([1, 2], True)]
)
@pytest.mark.parametrize("first", ["roll", "check-in"])
def test_a_check_in_that_the_roll_contradicts_is_noted_whichever_comes_first(
    conn: Connection,
    records: Records,
    session: UUID,
    coach: UUID,
    checked_in: list[int],
    mismatched: bool,
    first: str,
) -> None:
    for step in (first, "check-in" if first == "roll" else "roll"):
        if step == "roll":
            assert roll.store(conn, coach, session, [1], 1, NOW, TODAY) == "stored"
        else:
            for number in checked_in:
                says(records, session, number)
    assert noted(conn, session) == (False, mismatched)
    assert [row.list_number for row in roll.contradictions(conn, records.programme, NOW)] == [1] * mismatched


@pytest.mark.parametrize("first", ["roll", "check-in"])
def test_a_check_in_at_a_session_that_was_not_held_is_noted(
    conn: Connection, records: Records, session: UUID, coach: UUID, first: str
) -> None:
    for step in (first, "check-in" if first == "roll" else "roll"):
        if step == "roll":
            assert roll.store_not_held(conn, coach, session, "weather", NOW, TODAY) == "stored"
        else:
            says(records, session, 2)
    assert noted(conn, session) == (False, True)
    (row,) = roll.contradictions(conn, records.programme, NOW)
    assert (row.list_number, row.status) == (2, "not_held")


def test_what_the_office_says_against_a_check_in_is_noted(
    conn: Connection, records: Records, session: UUID
) -> None:
    says(records, session, 1)
    assert noted(conn, session) == (True, False)
    says(records, session, 1, "staff", "excused")
    assert noted(conn, session) == (True, True)
    (row,) = roll.contradictions(conn, records.programme, NOW)
    assert (row.status, row.by_office) == ("excused", True)
    assert roll.contradictions(conn, records.programme, NOW, unanswered=True) == []


def test_a_status_that_a_coach_changes_is_noted(conn: Connection, records: Records, session: UUID) -> None:
    says(records, session, 1)
    says(records, session, 1, "coach", "late")
    assert noted(conn, session) == (True, False)
    conn.exec_driver_sql("update attendance set status = 'absent' where source = 'coach'")
    assert noted(conn, session) == (True, True)


def waits_for_a_lock(engine: Engine) -> bool:
    """Whether a connection to this test's database waits for another."""
    with engine.connect() as conn:
        return bool(
            conn.exec_driver_sql(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            ).scalar_one()
        )


@pytest.mark.parametrize("status", ["roll", "not held"])
def test_a_check_in_and_a_roll_at_the_same_moment_are_noted(
    owner_engine: Engine, records: Records, session: UUID, coach: UUID, status: str
) -> None:
    """The second waits for the first, and sees what it did."""
    records.conn.commit()

    def enter_roll() -> None:
        with owner_engine.begin() as conn:
            if status == "roll":
                roll.store(conn, coach, session, [1], 1, NOW, TODAY)
            else:
                roll.store_not_held(conn, coach, session, "weather", NOW, TODAY)

    with ThreadPoolExecutor(1) as thread:
        says(records, session, 1)
        entered = thread.submit(enter_roll)
        wait_for(lambda: waits_for_a_lock(owner_engine))
        records.conn.commit()
        entered.result(PATIENCE_S)
    assert noted(records.conn, session) == (False, True)
