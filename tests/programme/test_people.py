"""Member numbers, and what a coach's office does with a participant face to face."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, text

from sms_app import models
from sms_app.programme import people
from sms_app.vault import Vault
from tests.records import MONDAY, NOW, TODAY, Records

NEW, OLD = "+250788000001", "+250788000002"
MEMBER = people.member_number(1)


@given(st.integers(1, 9999))
def test_a_member_number_has_five_digits_and_its_check_digit(n: int) -> None:
    number = people.member_number(n)
    assert len(number) == 5
    assert people.is_member_number(number)


@given(st.integers(1, 9999), st.integers(0, 4), st.integers(1, 9))
def test_one_wrong_digit_is_nobody_else(n: int, place: int, slip: int) -> None:
    number = people.member_number(n)
    digit = str((int(number[place]) + slip) % 10)
    assert not people.is_member_number(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize("typed", ["", "7", "abcde", "1234 ", "１２３４４", "-1230"])
def test_what_is_no_number_is_no_member_number(typed: str) -> None:
    assert not people.is_member_number(typed)


def _claim(records: Records, person: UUID, number: str, code: str, **values: Any) -> None:
    id_, vault = uuid4(), records.vault
    claim = {
        "id": id_, "programme_id": records.programme, "participant_id": person,
        "number_sealed": vault.seal(number, "number_claim", "number_sealed", id_),
        "number_index": vault.index(number, "number"), "code": vault.pin(person, code, "claim"),
        "expires_at": NOW + timedelta(minutes=10), **values,
    }  # fmt: skip
    records.conn.execute(insert(models.NumberClaim).values(claim))


def _confirm(records: Records, code: str = "4821", member: str = MEMBER) -> bool:
    return people.confirm_number(
        records.conn, records.vault, records.programme, member, code, "coach", NOW, TODAY
    )


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


def test_an_opened_pin_has_a_code_for_ten_minutes(records: Records) -> None:
    person = records.participant(1)
    code = people.open_pin(records.conn, records.vault, records.programme, MEMBER, "coach", NOW)
    assert len(code) == 4
    assert code.isdigit()
    row = records.conn.execute(text("select * from pin_opening")).one()
    assert records.vault.pin_matches(person, code, bytes(row.code), "opening")
    assert (row.opened_by, row.expires_at, row.wrong, row.used) == (
        "coach",
        NOW + timedelta(minutes=10),
        0,
        False,
    )
    assert _trail(records.conn) == [(NOW, "coach", "open_pin", "participant", str(person))]


def test_opening_again_replaces_the_code(records: Records) -> None:
    records.participant(1)
    people.open_pin(records.conn, records.vault, records.programme, MEMBER, "coach", NOW)
    records.conn.execute(text("update pin_opening set wrong = 5, used = true"))
    later = NOW + timedelta(hours=1)
    people.open_pin(records.conn, records.vault, records.programme, MEMBER, "office", later)
    row = records.conn.execute(text("select * from pin_opening")).one()
    assert (row.opened_by, row.expires_at, row.wrong, row.used) == (
        "office",
        later + timedelta(minutes=10),
        0,
        False,
    )


def test_who_is_unknown_or_has_left_gets_no_code(records: Records) -> None:
    records.participant(1, left_on=MONDAY)
    for member in (MEMBER, people.member_number(2), ""):
        with pytest.raises(people.UnknownMember):
            people.open_pin(records.conn, records.vault, records.programme, member, "coach", NOW)
    with pytest.raises(people.UnknownMember):
        people.open_pin(records.conn, records.vault, records.programme + 1, MEMBER, "coach", NOW)
    assert _trail(records.conn) == []


def test_a_confirmed_number_is_hers_and_the_old_one_no_longer(records: Records) -> None:
    person = records.participant(1, contact="household")
    records.add(
        models.ParticipantPhone, participant_id=person, phone_number_id=records.number(OLD), from_on=MONDAY
    )
    _claim(records, person, NEW, "4821")
    assert _confirm(records)
    assert _numbers(records, person) == [NEW]
    contact, shared = records.conn.execute(
        text("select p.contact, n.shared from participant p, phone_number n where n.number_index = :index"),
        {"index": records.vault.index(NEW, "number")},
    ).one()
    assert (contact, shared) == ("own", True)
    assert _trail(records.conn) == [(NOW, "coach", "confirm_number", "participant", str(person))]
    assert not _confirm(records)


def test_a_number_that_is_known_keeps_its_row_and_its_people(records: Records) -> None:
    person, neighbour = records.participant(1), records.participant(2)
    phone = records.number(NEW, stopped_on=MONDAY)
    records.add(models.ParticipantPhone, participant_id=neighbour, phone_number_id=phone, from_on=MONDAY)
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
    assert not _confirm(records, "4821", people.member_number(2))
    assert _numbers(records, person) == _numbers(records, other) == []
    assert _trail(records.conn) == []


def test_a_code_that_two_phones_show_confirms_neither(records: Records) -> None:
    person = records.participant(1)
    _claim(records, person, NEW, "4821")
    _claim(records, person, OLD, "4821")
    assert not _confirm(records)


def test_a_number_indexed_under_an_older_key_is_found(conn: Connection, records: Records) -> None:
    before = Vault.parse("1:" + "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE")
    phone = people.known_number(conn, before, records.programme, NEW)
    assert people.known_number(conn, records.vault, records.programme, NEW) == phone
