"""What members report and what meetings counted: one entry once, corrections by reversal, never summed."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, event, text

from sms_app.conversation import facts
from sms_app.programme import savings
from tests.world.balances import Balance, balance
from tests.world.records import Records
from tests.world.times import MONDAY, TODAY

LEDGER = (
    "select amount, shares, source, week_of, reverses from contribution order by reverses nulls first, amount"
)


@pytest.fixture
def woman(records: Records) -> UUID:
    """A member of a savings group with an open cycle, one share 200 Frw."""
    person = records.participant(1)
    records.cycle(person)
    return person


@pytest.fixture
def statements(conn: Connection) -> list[str]:
    """The statements that the test's connection executes."""
    found: list[str] = []
    event.listen(
        conn, "before_cursor_execute", lambda conn, cursor, statement, *rest: found.append(statement)
    )
    return found


def _report(conn: Connection, person: UUID, amount: int, entry: UUID | None = None, **more: Any) -> str:
    values = {"shares": None, "week_of": MONDAY, "today": TODAY, "assisted": False, **more}
    return savings.report(conn, entry or uuid4(), person, amount, **values)


def _correct(conn: Connection, person: UUID, amount: int, entry: UUID | None = None, **more: Any) -> str:
    values = {"shares": None, "week_of": MONDAY, "today": TODAY, "assisted": False, **more}
    return savings.correct(conn, entry or uuid4(), person, amount, **values)


def _ledger(conn: Connection) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in conn.execute(text(LEDGER))]


def _word(conn: Connection, week: date = MONDAY) -> int:
    """What all her reports of a week come to."""
    query = text("select sum(amount) from contribution where source = 'member' and week_of = :week")
    return int(conn.execute(query, {"week": week}).scalar_one())


def test_a_report_is_in_her_open_cycle(conn: Connection, woman: UUID, statements: list[str]) -> None:
    assert _report(conn, woman, 600, shares=3) == "saved"
    assert len(statements) == 1
    assert _ledger(conn) == [(600, 3, "member", MONDAY, None)]


def test_the_same_entry_twice_is_one(conn: Connection, woman: UUID) -> None:
    entry = uuid4()
    assert [_report(conn, woman, 600, entry), _report(conn, woman, 600, entry)] == ["saved", "saved"]
    assert len(_ledger(conn)) == 1


def test_nothing_saved_is_an_entry_too(conn: Connection, woman: UUID) -> None:
    assert _report(conn, woman, 0) == "saved"
    assert _ledger(conn) == [(0, None, "member", MONDAY, None)]


def test_without_an_open_cycle_nothing_is_stored(conn: Connection, records: Records, woman: UUID) -> None:
    stranger = records.participant(2)
    assert _report(conn, stranger, 600) == "no_open_cycle"
    assert _correct(conn, stranger, 600) == "no_open_cycle"
    conn.execute(text("update cycle set closed_on = :today"), {"today": TODAY})
    assert _report(conn, woman, 600) == "no_open_cycle"
    assert _ledger(conn) == []


def test_an_entry_stored_before_the_cycle_closed_stays_saved(conn: Connection, woman: UUID) -> None:
    """A hop that arrives again an hour later gets the answer that it got."""
    entry = uuid4()
    _report(conn, woman, 600, entry)
    conn.execute(text("update cycle set closed_on = :today"), {"today": TODAY})
    assert _report(conn, woman, 600, entry) == "saved"


def test_who_left_the_group_reports_no_more(conn: Connection, woman: UUID) -> None:
    conn.execute(text("update savings_member set to_on = :today"), {"today": TODAY})
    assert _report(conn, woman, 600) == "no_open_cycle"


def test_a_correction_reverses_the_week_and_adds_the_new_word(
    conn: Connection, woman: UUID, statements: list[str]
) -> None:
    first, second = uuid4(), uuid4()
    _report(conn, woman, 600, first, shares=3)
    _report(conn, woman, 200, second, shares=1)
    statements.clear()
    assert _correct(conn, woman, 1000, shares=5) == "saved"
    assert len(statements) == 2, "whoever else replaces her reports is waited for"
    assert _word(conn) == 1000
    reversals = [row for row in _ledger(conn) if row[4] is not None]
    assert {(row[4], row[0], row[1]) for row in reversals} == {(first, -600, -3), (second, -200, -1)}


def test_a_correction_of_a_correction_reverses_only_what_stands(conn: Connection, woman: UUID) -> None:
    _report(conn, woman, 600)
    _correct(conn, woman, 1000)
    _correct(conn, woman, 800)
    assert _word(conn) == 800
    assert len(_ledger(conn)) == 5


def test_the_same_correction_twice_is_one(conn: Connection, woman: UUID) -> None:
    entry = uuid4()
    _report(conn, woman, 600)
    assert [_correct(conn, woman, 1000, entry), _correct(conn, woman, 1000, entry)] == ["saved", "saved"]
    assert len(_ledger(conn)) == 3


def test_a_correction_without_a_report_is_a_report(conn: Connection, woman: UUID) -> None:
    assert _correct(conn, woman, 1000) == "saved"
    assert _ledger(conn) == [(1000, None, "member", MONDAY, None)]


def test_a_total_of_nothing_leaves_no_amount_standing(conn: Connection, woman: UUID) -> None:
    _report(conn, woman, 600, shares=3)
    assert _correct(conn, woman, 0) == "saved"
    assert _word(conn) == 0
    assert [row[0] for row in _ledger(conn)] == [0, 600, -600]
    _correct(conn, woman, 400, shares=2)
    assert _word(conn) == 400


def test_what_was_entered_with_help_stands_until_it_is_corrected_with_help(
    conn: Connection, woman: UUID
) -> None:
    _report(conn, woman, 600, assisted=True)
    _report(conn, woman, 200)
    _correct(conn, woman, 1000)
    assert [row[0] for row in _ledger(conn) if row[4] is not None] == [-200]
    assert _word(conn) == 1600
    _correct(conn, woman, 800, assisted=True)
    assert _word(conn) == 800


def test_a_correction_touches_no_other_week_person_or_meeting(
    conn: Connection, records: Records, woman: UUID
) -> None:
    other = records.participant(2)
    cycle = records.cycle(other)
    _report(conn, woman, 600, week_of=MONDAY - timedelta(weeks=1))
    _report(conn, other, 400)
    records.counted(records.meeting(cycle), cycle, woman, 200)
    _correct(conn, woman, 1000)
    assert [row for row in _ledger(conn) if row[4] is not None] == []


def test_a_balance_is_what_confirmed_meetings_counted(conn: Connection, records: Records) -> None:
    person = records.participant(1)
    cycle = records.cycle(person)
    assert balance(conn, person) is None
    _report(conn, person, 10_000)
    records.counted(records.meeting(cycle, MONDAY), cycle, person, 1000, 5)
    assert balance(conn, person) is None
    earlier = MONDAY - timedelta(weeks=1)
    records.counted(records.meeting(cycle, earlier, confirmed_by="office"), cycle, person, 600, 3)
    assert balance(conn, person) == Balance(600, 3, earlier)
    conn.execute(
        text("update group_meeting set confirmed_by = 'office', confirmed_on = :day"), {"day": TODAY}
    )
    assert balance(conn, person) == Balance(1600, 8, MONDAY)


def test_a_balance_is_of_the_open_cycle_and_hers_alone(conn: Connection, records: Records) -> None:
    person, other = records.participant(1), records.participant(2)
    cycle = records.cycle(person, other, mode="free")
    meeting = records.meeting(cycle, confirmed_by="office")
    records.counted(meeting, cycle, person, 700)
    records.counted(meeting, cycle, other, 300)
    assert balance(conn, person) == Balance(700, None, MONDAY)
    conn.execute(text("update cycle set closed_on = :today"), {"today": TODAY})
    assert balance(conn, person) is None


OTHERS = """
insert into participant (id, programme_id, role, member_number, reference, name_sealed, language, contact,
  amounts_by_phone, enrolled_on)
select gen_random_uuid(), :programme, 'woman', 'x' || n, 'x' || n, '', 'rw', 'none', true, :monday
from generate_series(1, 1000) n
"""
THEIR_ENTRIES = """
insert into contribution (id, cycle_id, participant_id, amount, source, group_meeting_id, week_of, recorded_on,
  assisted)
select gen_random_uuid(), :cycle, p.id, 200, source, case source when 'meeting' then cast(:meeting as uuid) end,
  cast(:monday as date) - 7 * n, :monday, false
from participant p, generate_series(1, 10) n, unnest(array['member', 'meeting']) source
"""


@pytest.mark.parametrize(
    "statement",
    [
        facts.statement(("balance",)),
        facts.statement_by_member(("balance",)),
        *map(savings.SQL.__getitem__, ("correct", "enter")),
    ],
)
def test_a_long_ledger_is_never_read_through(
    conn: Connection, owner: Connection, records: Records, statement: str
) -> None:
    person = records.participant(1)
    cycle = records.cycle(person)
    meeting = records.meeting(cycle, confirmed_by="office")
    conn.execute(text(OTHERS), {"programme": records.programme, "monday": MONDAY})
    conn.execute(text(THEIR_ENTRIES), {"cycle": cycle, "meeting": meeting, "monday": MONDAY})
    conn.commit()
    owner.execute(text("analyze"))
    owner.commit()
    values = {
        "person": person,
        "entry": uuid4(),
        "amount": 600,
        "shares": 3,
        "week_of": MONDAY,
        "today": TODAY,
        "assisted": False,
        "programme": records.programme,
        "member": "1234",
        "phone": uuid4(),
    }
    plan = "\n".join(conn.exec_driver_sql(f"explain {statement}", values).scalars())
    assert "Seq Scan on contribution" not in plan


def test_who_left_the_group_has_no_balance_in_it(conn: Connection, records: Records) -> None:
    person = records.participant(1)
    cycle = records.cycle(person)
    records.counted(records.meeting(cycle, confirmed_by="office"), cycle, person, 1000, 5)
    assert balance(conn, person) == Balance(1000, 5, MONDAY)
    conn.execute(text("update savings_member set to_on = :today"), {"today": TODAY})
    assert balance(conn, person) is None


def test_a_correction_leaves_what_a_meeting_counted_of_that_week(conn: Connection, records: Records) -> None:
    person = records.participant(1)
    cycle = records.cycle(person)
    records.counted(records.meeting(cycle, confirmed_by="office"), cycle, person, 600, 3)
    _report(conn, person, 400)
    _correct(conn, person, 1000)
    assert [(row[0], row[2]) for row in _ledger(conn) if row[4] is not None] == [(-400, "member")]
    assert balance(conn, person) == Balance(600, 3, MONDAY)
