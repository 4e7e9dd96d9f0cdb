"""Erasing one person: what names her is nowhere any more, what others need stays, and nothing of it happens twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from sms_app import models
from sms_app.member_number import with_check_digit
from sms_app.programme import disputes, erasing, lookup, membership, merging, readable, rotation
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.workbook import importing
from sms_app.programme.workbook.faults import WorkbookFaults
from sms_app.vault import Vault
from tests.world.office import office
from tests.world.programme import rwanda_as
from tests.world.records import Records
from tests.world.times import NOW, TODAY
from tests.world.workbooks import xlsx

FIRST, SECOND, THIRD = (with_check_digit(n) for n in (1, 2, 3))
NAME, NUMBER, REFERENCE = "Ingabire Solange", "+250780000101", "OFFICE-77"
At = Callable[[Callable[[OfficeTransaction], object]], object]
TABLES = "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'"


@pytest.fixture
def at(staff_engine: Engine, records: Records) -> At:
    """Do something at the desk, in a transaction of its own."""

    def run(do: Callable[[OfficeTransaction], object]) -> object:
        with office(staff_engine, records) as desk:
            return do(desk)

    return run


@pytest.fixture
def woman(records: Records) -> UUID:
    """A woman with everything that a woman can have."""
    person = records.participant(1, NAME, reference=REFERENCE, birth_year=1990, pin=b"x", bookmark=b"y")
    phone = records.number(NUMBER)
    records.conn.execute(text("update phone_number set sharing = 'private'"))
    records.conn.execute(text("update participant set initials_sealed = 'i'"))
    records.link(person, phone)
    records.claim(person, "+250780000109", "1234", NOW + timedelta(minutes=5))
    records.household(person)
    records.consent(person, "programme")
    records.consent(person, "messages")
    cycle = records.cycle(person)
    records.counted(records.meeting(cycle, confirmed_by="office"), cycle, person, 600, 3)
    session = records.session(NOW - timedelta(days=1))
    records.conn.execute(
        text(
            "insert into attendance (training_session_id, participant_id, source, status, assisted, recorded_on)"
            " values (:s, :p, 'coach', 'present', false, :d)"
        ),
        {"s": session, "p": person, "d": TODAY},
    )
    disputes.raise_dispute(records.conn, UUID(int=7), person, "shares", TODAY)
    sealed = records.vault.seal("Muraho", "message", "body_sealed", UUID(int=8))
    sent = {"status": "sent", "sent_at": NOW, "claimed_at": NOW, "body_sealed": sealed, "text_index": b"z"}
    records.message(phone, person, id=UUID(int=8), occasion="sent", **sent)
    records.message(phone, person, occasion="waits")
    return person


def everything(conn: Connection, vault: Vault) -> str:
    """All rows of all tables as text, and everything that is sealed, opened."""
    tables = conn.execute(text(TABLES)).scalars().all()
    rows = [str(conn.execute(text(f'select t::text from "{table}" t')).scalars().all()) for table in tables]
    for table, column in (*rotation.SEALED, ("number_claim", "number_sealed")):
        sealed = conn.execute(
            text(f"select id, {column} as sealed from {table} where length({column}) > 12")
        ).all()
        rows += [vault.open(bytes(row.sealed), table, column, row.id) for row in sealed]
    return "\n".join(rows)


def row(conn: Connection, statement: str, **values: object) -> tuple[object, ...]:
    return tuple(conn.execute(text(statement), values).one())


def test_what_names_her_is_nowhere_any_more(records: Records, at: At, woman: UUID) -> None:
    conn, vault = records.conn, records.vault
    index = vault.index(NUMBER, "number").hex()
    records.conn.execute(
        text(
            "insert into delivery_report (id, provider, provider_id, result, status, number_index, network_code,"
            " failure_reason, received_at, message_id)"
            " values (gen_random_uuid(), 'at', '1', 'delivered', 'Success', :index, '', '', :now, :m)"
        ),
        {"index": bytes.fromhex(index), "now": NOW, "m": UUID(int=8)},
    )
    before = everything(conn, vault)
    assert all(said in before for said in (NAME, NUMBER, REFERENCE, index, "Muraho"))
    assert at(lambda desk: erasing.erase(desk, FIRST)) is None
    after = everything(conn, vault)
    for said in (NAME, NUMBER, REFERENCE, index, "Muraho", "+250780000109"):
        assert (said, said in after) == (said, False)
    hers = row(
        conn,
        "select initials_sealed, pin, bookmark, birth_year, contact, left_on, left_reason, member_number"
        " from participant where id = :p",
        p=woman,
    )
    assert hers == (None, None, None, None, "none", TODAY, "other", FIRST)


def test_what_is_append_only_stays_without_a_name(records: Records, at: At, woman: UUID) -> None:
    counts = "select (select count(*) from attendance), (select count(*) from contribution),"
    counts += " (select count(*) from consent)"
    assert row(records.conn, counts) == (1, 1, 2)
    at(lambda desk: erasing.erase(desk, FIRST))
    # the two new rows withdraw her consents
    assert row(records.conn, counts) == (1, 1, 4)
    given = "select bool_or(given) from consent_now where participant_id = :p"
    assert row(records.conn, given, p=woman) == (False,)
    waits = "select status, reason from message where occasion = 'waits'"
    assert row(records.conn, waits) == ("cancelled", "not_in_audience")
    assert row(records.conn, "select status from message where occasion = 'sent'") == ("sent",)
    assert row(records.conn, "select count(*) from participant_phone") == (0,)
    ended = "select (select to_on from savings_member), (select to_on from household_link), closed_on from dispute"
    assert row(records.conn, ended) == (TODAY, TODAY, TODAY)
    with pytest.raises(IntegrityError, match="erasure is append-only"), records.conn.begin_nested():
        records.conn.execute(text("delete from erasure"))


def test_an_erasure_is_done_once(records: Records, at: At, woman: UUID) -> None:
    at(lambda desk: erasing.erase(desk, FIRST))
    before = everything(records.conn, records.vault)
    assert at(lambda desk: erasing.erase(desk, FIRST)) == TODAY
    assert everything(records.conn, records.vault) == before
    trail = records.conn.execute(text("select what, subject_id from audit_entry")).all()
    assert [tuple(entry) for entry in trail] == [("erase", str(woman))]


def test_a_number_that_others_use_stays_theirs(records: Records, at: At, woman: UUID) -> None:
    husband = records.participant(2, role="man", group_id=None, list_number=None)
    phone = records.conn.execute(
        text("select phone_number_id from participant_phone where participant_id = :p"), {"p": woman}
    ).scalar_one()
    records.link(husband, phone)
    records.message(phone, woman, husband, occasion="both")
    _, told = at(lambda desk: erasing.consequences(desk, FIRST))  # type: ignore[misc]
    assert (told.numbers, told.shared_numbers, told.waiting) == (0, 1, 2)
    at(lambda desk: erasing.erase(desk, FIRST))
    kept = row(records.conn, "select number_index, sharing from phone_number where id = :p", p=phone)
    assert (bytes(kept[0]), kept[1]) == (records.vault.index(NUMBER, "number"), "unmarked")  # type: ignore[call-overload]
    assert row(records.conn, "select people, status from message where occasion = 'both'") == (
        [husband],
        "queued",
    )
    assert row(records.conn, "select count(*) from participant_phone") == (1,)


def test_a_coachs_number_stays(records: Records, at: At, woman: UUID) -> None:
    phone = records.conn.execute(text("select phone_number_id from participant_phone")).scalar_one()
    records.coach(phone)
    at(lambda desk: erasing.erase(desk, FIRST))
    index = row(records.conn, "select number_index from phone_number where id = :p", p=phone)
    assert bytes(index[0]) == records.vault.index(NUMBER, "number")  # type: ignore[call-overload]


def test_what_is_shown_before_is_what_is_done(records: Records, at: At, woman: UUID) -> None:
    person, told = at(lambda desk: erasing.consequences(desk, FIRST))  # type: ignore[misc]
    assert (person.id, person.erased_on) == (woman, None)
    assert told == erasing.Consequences(
        numbers=1,
        shared_numbers=0,
        consents=["messages", "programme"],
        waiting=1,
        savings_group="Ikimina",
        attendance=1,
        ledger=1,
        consent_rows=2,
    )


def test_rows_that_were_merged_into_hers_are_erased_too(records: Records, at: At, woman: UUID) -> None:
    second = records.participant(2, NAME, reference="OTHER-1")
    records.link(second, records.number("+250780000102"))
    at(lambda desk: merging.merge(desk, SECOND, FIRST))
    with pytest.raises(Refused, match=f"merged into {FIRST}"):
        at(lambda desk: erasing.erase(desk, SECOND))
    at(lambda desk: erasing.erase(desk, FIRST))
    after = everything(records.conn, records.vault)
    assert [said for said in (NAME, NUMBER, "+250780000102", "OTHER-1", REFERENCE) if said in after] == []
    assert row(records.conn, "select count(*) from erasure") == (2,)


def test_somebody_who_left_can_be_erased_and_does_not_come_back(
    records: Records, at: At, woman: UUID
) -> None:
    at(lambda desk: membership.leave(desk, FIRST, "moved"))
    at(lambda desk: erasing.erase(desk, FIRST))
    with pytest.raises(Refused, match="was erased on"):
        at(lambda desk: membership.come_back(desk, FIRST, 1))
    with pytest.raises(Refused, match="was erased on"):
        at(lambda desk: membership.move(desk, FIRST, 1))
    with pytest.raises(Refused, match="No participant"):
        at(lambda desk: erasing.erase(desk, "999"))
    shown, phones, _ = at(lambda desk: lookup.show(desk, FIRST))  # type: ignore[misc]
    assert (at(lambda desk: lookup.name(desk, shown)), phones) == (readable.ERASED, [])
    assert at(lambda desk: lookup.find(desk, "Ingabire")) == []
    assert at(lambda desk: lookup.find(desk, NUMBER)) == []


def test_two_erased_people_and_a_new_key_get_along(
    records: Records, at: At, woman: UUID, staff_engine: Engine, vault: Vault
) -> None:
    """What stands in place of a number is sealed, indexed and different, as a number is."""
    other = records.participant(2)
    records.link(other, records.number("+250780000102"))
    for member in (FIRST, SECOND):
        at(lambda desk, member=member: erasing.erase(desk, member))
    records.conn.commit()
    assert rotation.rotate(staff_engine, vault, "office", NOW).left == ()


def test_an_older_workbook_does_not_enrol_her_again(
    records: Records, at: At, woman: UUID, staff_engine: Engine, tmp_path: Path
) -> None:
    at(lambda desk: erasing.erase(desk, FIRST))
    loaded = rwanda_as(records.programme, records.vault)
    title = ["Reference", "Member number", "Name", "Role", "Enrolled on"]
    for old in (
        [REFERENCE, "", NAME, "woman", "2026-01-05"],
        ["", FIRST, NAME, "woman", "2026-01-05"],
        ["OTHER-2", FIRST, NAME, "woman", "2026-01-05"],
    ):
        rows, faults = importing.read(xlsx(tmp_path / "old.xlsx", {"People": [title, old]}), loaded)
        with staff_engine.begin() as conn, pytest.raises(WorkbookFaults):
            importing.store(conn, loaded, rows, faults, "office", NOW)
    rows, faults = importing.read(
        xlsx(tmp_path / "new.xlsx", {"People": [title, ["NEW-1", "", "Keza Uwase", "woman", "2026-01-05"]]}),
        loaded,
    )
    with staff_engine.begin() as conn:
        assert importing.store(conn, loaded, rows, faults, "office", NOW)["People"].new == 1


def test_the_function_reads_and_writes_nothing_behind_the_wall(records: Records) -> None:
    source = records.conn.execute(
        text("select prosrc from pg_proc where proname = 'erase_person'")
    ).scalar_one()
    assert "private." not in source
    assert [table for table in models.Base.metadata.tables if "private" in table] == []
