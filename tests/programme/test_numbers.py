"""A number becomes someone's when a coach confirms it face to face; what was chosen on it holds."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from sms_app.member_number import with_check_digit
from sms_app.programme import numbers
from sms_app.vault import Vault
from tests.world.databases import KEYS
from tests.world.records import Records
from tests.world.times import MONDAY, NOW, TODAY

NEW, OLD = "+250788000001", "+250788000002"
MEMBER = with_check_digit(1)


def _claim(
    records: Records, person: UUID, number: str, code: str, expires_at: datetime = NOW + timedelta(minutes=10)
) -> None:
    records.claim(person, number, code, expires_at)


def _confirm(records: Records, code: str = "4821", member: str = MEMBER) -> bool:
    return numbers.confirm(records.conn, records.vault, records.programme, member, code, "coach", NOW, TODAY)


def _numbers(records: Records, person: UUID) -> list[str]:
    """The numbers that reach her now."""
    rows = records.conn.execute(
        text("""select n.id, n.number_sealed from participant_phone l join phone_number n on n.id = l.phone_number_id
        where l.participant_id = :person and l.to_on is null"""),
        {"person": person},
    )
    return [records.vault.open(bytes(r.number_sealed), "phone_number", "number_sealed", r.id) for r in rows]


def _trail(conn: Connection) -> list[tuple[Any, ...]]:
    return [
        tuple(row) for row in conn.execute(text("select at, who, what, subject, subject_id from audit_entry"))
    ]


def test_a_confirmed_number_is_hers_and_the_old_one_no_longer(records: Records) -> None:
    person = records.participant(1, contact="household")
    records.link(person, records.number(OLD))
    _claim(records, person, NEW, "4821")
    assert _confirm(records)
    assert _numbers(records, person) == [NEW]
    contact, sharing = records.conn.execute(
        text("select p.contact, n.sharing from participant p, phone_number n where n.number_index = :index"),
        {"index": records.vault.index(NEW, "number")},
    ).one()
    assert (contact, sharing) == ("own", "unmarked")
    assert _trail(records.conn) == [(NOW, "coach", "confirm_number", "participant", str(person))]
    assert not _confirm(records)


def test_a_number_that_is_known_keeps_its_row_and_its_people(records: Records) -> None:
    person, neighbour = records.participant(1), records.participant(2)
    phone = records.number(NEW, stopped_on=MONDAY)
    records.link(neighbour, phone)
    _claim(records, person, NEW, "4821")
    assert _confirm(records)
    assert _numbers(records, person) == _numbers(records, neighbour) == [NEW]
    assert records.conn.execute(text("select stopped_on from phone_number")).scalars().all() == [MONDAY]


def test_a_wrong_late_or_borrowed_code_confirms_nothing(records: Records) -> None:
    person, other = records.participant(1), records.participant(2)
    _claim(records, person, NEW, "4821")
    _claim(records, person, OLD, "1234", expires_at=NOW)
    assert not _confirm(records, "4822")
    assert not _confirm(records, "1234")
    assert not _confirm(records, "4821", with_check_digit(2))
    assert _numbers(records, person) == _numbers(records, other) == []
    assert _trail(records.conn) == []


def test_a_code_that_two_phones_show_confirms_neither(records: Records) -> None:
    person = records.participant(1)
    _claim(records, person, NEW, "4821")
    _claim(records, person, OLD, "4821")
    assert not _confirm(records)


def test_a_number_indexed_under_an_older_key_is_found(conn: Connection, records: Records) -> None:
    before = Vault.parse(KEYS.split(",")[1])
    phone = numbers.find_or_add(conn, before, numbers.Number(records.programme, NEW))
    assert numbers.find_or_add(conn, records.vault, numbers.Number(records.programme, NEW)) == phone


def test_a_claimed_number_is_confirmed_by_the_code_that_it_shows(records: Records) -> None:
    person = records.participant(1)
    number = numbers.Number(records.programme, NEW)
    first = numbers.claim(records.conn, records.vault, number, MEMBER, NOW)
    code = numbers.claim(records.conn, records.vault, number, MEMBER, NOW)
    assert _numbers(records, person) == []
    assert first == code or not _confirm(records, first)
    assert _confirm(records, code)
    assert _numbers(records, person) == [NEW]


def test_what_is_chosen_on_an_unknown_number_stays_when_it_is_known(records: Records) -> None:
    conn, vault, number = records.conn, records.vault, numbers.Number(records.programme, NEW)
    numbers.mark_shared(conn, number)
    assert conn.execute(text("select count(*) from phone_number")).scalar_one() == 0
    numbers.stop(conn, vault, NEW, [records.programme], NOW - timedelta(days=2))
    numbers.set_language(conn, vault, number, "en")
    phone = numbers.find_or_add(conn, vault, number)
    kept = text("select stopped_on, language, sharing from phone_number")
    assert conn.execute(kept).all() == [(MONDAY, "en", "unmarked")]
    found = numbers.Number(records.programme, NEW, phone)
    numbers.set_language(conn, vault, found, "rw")
    numbers.stop(conn, vault, NEW, [records.programme], NOW)
    assert conn.execute(kept).all() == [(TODAY, "rw", "unmarked")]


def test_only_one_of_its_people_resumes_a_number(records: Records) -> None:
    hers, other = records.participant(1), records.participant(2)
    phone = records.number(NEW, stopped_on=MONDAY)
    records.link(hers, phone)
    number, stopped = (
        numbers.Number(records.programme, NEW, phone),
        text("select stopped_on from phone_number"),
    )
    numbers.resume(records.conn, number, other, NOW)
    assert records.conn.execute(stopped).scalar_one() == MONDAY
    numbers.resume(records.conn, number, hers, NOW)
    assert records.conn.execute(stopped).scalar_one() is None


def _resumed(records: Records) -> Any:
    return records.conn.execute(text("select stopped_on, resumed_at from phone_number")).one()


def test_the_second_of_a_resume_is_kept_while_an_earlier_stop_may_arrive_and_then_its_day(
    records: Records,
) -> None:
    hers = records.participant(1)
    phone = records.number(NEW, stopped_on=MONDAY)
    records.link(hers, phone)
    number = numbers.Number(records.programme, NEW, phone)
    numbers.resume(records.conn, number, hers, NOW.replace(microsecond=4821))
    numbers.forget(records.conn, NOW + numbers.RESUME_LASTS - timedelta(seconds=1))
    assert _resumed(records) == (None, NOW)
    day = datetime(2026, 3, 10, 22, tzinfo=UTC)  # midnight in Kigali
    for later in (numbers.RESUME_LASTS, timedelta(days=400)):
        numbers.forget(records.conn, NOW + later)
        assert _resumed(records) == (None, day)
    numbers.stop(records.conn, records.vault, NEW, [], NOW, day - timedelta(seconds=1))
    assert _resumed(records) == (None, day)
    numbers.stop(records.conn, records.vault, NEW, [], NOW, day)
    assert _resumed(records) == (TODAY, None)


def test_the_networks_own_list_stops_a_number_whenever_it_was_resumed(records: Records) -> None:
    phone = records.number(NEW, resumed_at=NOW + timedelta(hours=1))
    numbers.stop_everywhere(records.conn, [phone], NOW)
    assert _resumed(records) == (TODAY, None)


@pytest.mark.parametrize(("before", "after"), [("private", "unmarked"), ("marked_shared", "marked_shared")])
def test_a_coachs_mark_ends_with_the_numbers_owner_and_a_phones_own_mark_stays(
    records: Records, before: str, after: str
) -> None:
    person = records.participant(1)
    phone = records.number(NEW)
    records.conn.exec_driver_sql("update phone_number set sharing = %(s)s", {"s": before})
    _claim(records, person, NEW, "4821")
    assert _confirm(records)
    kept = records.conn.execute(text("select id, sharing from phone_number")).all()
    assert [tuple(row) for row in kept] == [(phone, after)]
