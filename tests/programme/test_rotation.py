"""Moving to a new key while everything runs."""

from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text

from sms_app import models
from sms_app.member_number import with_check_digit
from sms_app.programme import people, rotation
from sms_app.vault import Vault
from tests.world.programme import start
from tests.world.records import Records
from tests.world.times import NOW

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
        records.link(woman, records.number(number))
    records.coach()
    conn.execute(
        text("update participant set pin = :pin, bookmark = :bookmark where id = :id"),
        {
            "id": women[0],
            "pin": before.pin(women[0], "4821"),
            "bookmark": before.seal("here", "participant", "bookmark", women[0]),
        },
    )
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


def test_without_the_old_key_nothing_is_changed_and_each_row_is_named(
    older: Records, staff_engine: Engine
) -> None:
    done = rotation.rotate(staff_engine, after, "office", NOW)
    assert (done.moved, len(done.left)) == (0, 12)
    assert {(one.key_id, one.why) for one in done.left} == {(1, "foreign")}
    numbers = older.conn.execute(text("select id from phone_number")).scalars()
    assert {one.row for one in done.left if one.table == "phone_number"} == set(numbers)
    assert len(_opens(older.conn, before)) == 12


@pytest.mark.parametrize(
    "other", [Vault({1: bytes([9]) * 32}), Vault({7: bytes([9]) * 32})], ids=["same id", "unknown id"]
)
def test_a_value_of_another_key_is_named_and_the_rest_goes_on(
    older: Records, staff_engine: Engine, other: Vault
) -> None:
    name = "select id from participant order by id limit 1 offset 1"
    stray = older.conn.execute(text(name)).scalar_one()
    older.conn.execute(
        text("update participant set name_sealed = :sealed where id = :id"),
        {"sealed": other.seal("Uwase", "participant", "name_sealed", stray), "id": stray},
    )
    older.conn.commit()
    expected = rotation.Left("participant", "name_sealed", stray, other.active, "foreign")
    done = rotation.rotate(staff_engine, between, "office", NOW)
    assert (done.moved, done.left) == (11, (expected,))
    again = rotation.rotate(staff_engine, between, "office", NOW)
    assert (again.moved, again.left) == (0, (expected,))
    # with the other key at hand it is moved as well
    assert rotation.rotate(staff_engine, between, "office", NOW, former=other).left == ()
    assert len(_opens(older.conn, after)) == 12


def test_a_value_of_another_key_under_the_active_keys_id_is_named(
    older: Records, staff_engine: Engine
) -> None:
    """A process served with another key of the same id, and stored a number that nobody finds."""
    wrong = Vault({2: bytes([9]) * 32})
    stray = Records(older.conn, wrong, older.programme, older.group).number("+250788999999")
    older.conn.commit()
    done = rotation.rotate(staff_engine, between, "office", NOW)
    assert (done.moved, [one.row for one in done.left]) == (12, [stray])
    assert rotation.rotate(staff_engine, between, "office", NOW, former=wrong).moved == 1
    index = older.conn.execute(text("select number_index from phone_number where id = :id"), {"id": stray})
    assert bytes(index.scalar_one()) == after.index("+250788999999", "number")


def test_a_number_that_stands_there_twice_is_named_and_kept(older: Records, staff_engine: Engine) -> None:
    wrong = Vault({2: bytes([9]) * 32})
    stray = Records(older.conn, wrong, older.programme, older.group).number(NUMBERS[0])
    older.conn.commit()
    done = rotation.rotate(staff_engine, between, "office", NOW, former=wrong)
    assert (done.moved, done.left) == (
        12,
        (rotation.Left("phone_number", "number_sealed", stray, 2, "twice"),),
    )


def test_what_changes_while_it_is_moved_is_not_overwritten(
    older: Records, staff_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process seals a value anew between the rotation's reading and writing."""
    woman = older.conn.execute(text("select id from participant where bookmark is not null")).scalar_one()
    older.conn.commit()
    newer = between.seal("there", "participant", "bookmark", woman)
    seal = Vault.seal

    def meanwhile(vault: Vault, plain: str, table: str, column: str, row: UUID) -> bytes:
        if column == "bookmark":
            older.conn.execute(text("update participant set bookmark = :sealed"), {"sealed": newer})
            older.conn.commit()
        return seal(vault, plain, table, column, row)

    monkeypatch.setattr(Vault, "seal", meanwhile)
    rotation.rotate(staff_engine, between, "office", NOW)
    kept = older.conn.execute(text("select bookmark from participant where id = :id"), {"id": woman})
    assert bytes(kept.scalar_one()) == newer


def test_every_column_that_the_vault_seals_is_rotated_but_what_lasts_minutes() -> None:
    sealed = {
        (table.name, column.name)
        for table in models.Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_sealed") or column.name == "bookmark"
    }
    # the console's own secret seals second factors
    others = {("number_claim", "number_sealed"), ("account", "totp_sealed")}
    assert sealed == {*rotation.SEALED, *others}
