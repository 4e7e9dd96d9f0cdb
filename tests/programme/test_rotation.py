"""Moving to a new key while everything runs."""

import pytest
from sqlalchemy import Connection, Engine, text

from sms_app import models
from sms_app.member_number import with_check_digit
from sms_app.programme import people, rotation
from sms_app.vault import Vault, VaultError
from tests.records import MONDAY, NOW, Records, start

OLD, NEW = bytes([1]) * 32, bytes([2]) * 32
before, between, after = Vault({1: OLD}), Vault({2: NEW, 1: OLD}), Vault({2: NEW})
NUMBERS = tuple(f"+25078800000{n}" for n in range(5))


@pytest.fixture
def older(conn: Connection, monkeypatch: pytest.MonkeyPatch) -> Records:
    """Five women, one with a PIN and one with a bookmark, a coach and five numbers, all under the old key."""
    monkeypatch.setattr(rotation, "BATCH", 2)
    records = start(conn, before)
    women = [records.participant(n) for n in range(1, 6)]
    for woman, number in zip(women, NUMBERS, strict=True):
        records.add(
            models.ParticipantPhone,
            participant_id=woman,
            phone_number_id=records.number(number),
            from_on=MONDAY,
        )
    coach = records.add(models.Coach, programme_id=records.programme, name_sealed=b"")
    conn.execute(text("update coach set name_sealed = :name"),
                 {"name": before.seal("Keza", "coach", "name_sealed", coach)})  # fmt: skip
    conn.execute(
        text("update participant set pin = :pin, bookmark = :bookmark where id = :id"),
        {"id": women[0], "pin": before.pin(women[0], "4821"),
         "bookmark": before.seal("here", "participant", "bookmark", women[0])},
    )  # fmt: skip
    conn.commit()
    return records


def _opens(conn: Connection, vault: Vault) -> list[str]:
    """Everything that is sealed, opened."""
    found = []
    for table, column in rotation.SEALED:
        rows = conn.execute(text(f"select id, {column} as sealed from {table} where {column} is not null"))
        found += [vault.open(bytes(row.sealed), table, column, row.id) for row in rows]
    conn.rollback()
    return found


def test_all_that_is_sealed_moves_and_numbers_are_found(older: Records, staff_engine: Engine) -> None:
    known = _opens(older.conn, before)
    done = rotation.rotate(staff_engine, between, "office", NOW)
    assert done == rotation.Rotation(moved=12, pins_waiting=1)
    assert sorted(_opens(older.conn, after)) == sorted(known)
    indexes = older.conn.execute(text("select number_index from phone_number")).scalars()
    assert {bytes(index) for index in indexes} == {after.index(number, "number") for number in NUMBERS}


def test_a_pin_stays_under_its_key_until_it_is_set_anew(older: Records, staff_engine: Engine) -> None:
    rotation.rotate(staff_engine, between, "office", NOW)
    woman = people.find(older.conn, older.programme, with_check_digit(1))
    kept = older.conn.execute(text("select pin from participant where pin is not null")).scalar_one()
    assert between.pin_matches(woman, "4821", bytes(kept))


def test_rotating_again_moves_nothing_and_each_time_is_in_the_trail(
    older: Records, staff_engine: Engine
) -> None:
    rotation.rotate(staff_engine, between, "office", NOW)
    assert rotation.rotate(staff_engine, between, "office", NOW).moved == 0
    trail = older.conn.execute(
        text("select programme_id, who, what, subject, subject_id, at from audit_entry")
    ).all()
    assert [tuple(row) for row in trail] == [(None, "office", "rotate_keys", "vault", "2", NOW)] * 2


def test_without_the_old_key_nothing_is_changed(older: Records, staff_engine: Engine) -> None:
    with pytest.raises(VaultError):
        rotation.rotate(staff_engine, after, "office", NOW)
    assert len(_opens(older.conn, before)) == 12


def test_every_sealed_column_is_rotated_but_what_lasts_minutes() -> None:
    sealed = {
        (table.name, column.name)
        for table in models.Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_sealed") or column.name == "bookmark"
    }
    assert sealed == {*rotation.SEALED, ("number_claim", "number_sealed")}
