"""The keys that a database is sealed with: a wrong, missing or unknown one is noticed, by its id and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from sms_app.programme import key_check, rotation
from sms_app.programme.key_check import KeysRefused
from sms_app.vault import Vault
from tests.world.programme import start
from tests.world.records import Records
from tests.world.times import NOW

ONE, TWO, OTHER = bytes([1]) * 32, bytes([2]) * 32, bytes([9]) * 32
one, both, two, wrong = Vault({1: ONE}), Vault({2: TWO, 1: ONE}), Vault({2: TWO}), Vault({1: OTHER})


@pytest.fixture
def unregistered(conn: Connection) -> Connection:
    """A database as the version before left it: no key is registered."""
    conn.execute(text("delete from vault_key_check"))
    conn.commit()
    return conn


def _faults(conn: Connection, vault: Vault) -> list[str]:
    return [str(fault) for fault in key_check.faults(conn, vault)]


def _register(conn: Connection, vault: Vault) -> list[int]:
    found = key_check.register(conn, vault, "office", NOW)
    conn.commit()
    return found


def test_an_empty_database_takes_any_keys_and_then_no_other(unregistered: Connection) -> None:
    conn = unregistered
    assert _faults(conn, one) == ["key 1 of SMS_APP_KEYS is not registered in this database"]
    assert _register(conn, one) == [1]
    assert _faults(conn, one) == []
    assert _register(conn, one) == []
    assert _faults(conn, wrong) == [
        "key 1 of SMS_APP_KEYS is not the key 1 that this database is sealed with: put the right one there"
    ]
    with pytest.raises(KeysRefused, match="not the key 1"):
        key_check.register(conn, wrong, "office", NOW)


def test_a_second_key_is_registered_before_it_may_seal_and_the_old_one_is_kept_until_it_is_retired(
    unregistered: Connection, staff_engine
) -> None:
    conn = unregistered
    start(conn, one).participant(1)
    _register(conn, one)
    assert "key 2 of SMS_APP_KEYS is not registered" in _faults(conn, both)[0]
    assert _register(conn, both) == [2]
    # a process that was not restarted yet would find nobody whom the new key sealed
    assert _faults(conn, one) == [
        "key 2 is in use in this database and not in SMS_APP_KEYS: put it back, after the first"
    ]
    assert _faults(conn, both) == []
    assert "key 1 is in use" in _faults(conn, two)[0]
    conn.commit()
    with pytest.raises(KeysRefused, match=r"1 values of participant\.name_sealed are under key 1"):
        key_check.retire(conn, both, 1, "office", NOW)
    conn.rollback()
    rotation.rotate(staff_engine, both, "office", NOW)
    assert key_check.retire(conn, both, 1, "office", NOW)
    assert not key_check.retire(conn, both, 1, "office", NOW)
    assert _faults(conn, both) == _faults(conn, two) == []
    assert "key 1 of SMS_APP_KEYS was retired" in _faults(conn, Vault({1: ONE, 2: TWO}))[0]


def test_what_seals_or_guards_a_pin_is_not_retired(unregistered: Connection) -> None:
    conn = unregistered
    records = start(conn, two)
    person = records.participant(1)
    conn.execute(text("update participant set pin = :pin"), {"pin": one.pin(person, "4821")})
    _register(conn, both)
    with pytest.raises(KeysRefused, match="1 PINs are under key 1"):
        key_check.retire(conn, both, 1, "office", NOW)
    with pytest.raises(KeysRefused, match="the first of SMS_APP_KEYS"):
        key_check.retire(conn, both, 2, "office", NOW)
    with pytest.raises(KeysRefused, match="There is no key 3"):
        key_check.retire(conn, both, 3, "office", NOW)


def test_a_database_of_the_version_before_takes_only_keys_that_open_what_is_in_it(
    unregistered: Connection,
) -> None:
    conn = unregistered
    start(conn, one).participant(1)
    conn.commit()
    with pytest.raises(
        KeysRefused, match="Key 1 of SMS_APP_KEYS opens none of the values that are sealed with key 1"
    ):
        key_check.register(conn, wrong, "office", NOW)
    with pytest.raises(KeysRefused, match="sealed with key 1, which is not in SMS_APP_KEYS"):
        key_check.register(conn, two, "office", NOW)
    conn.rollback()
    assert conn.execute(text("select count(*) from vault_key_check")).scalar_one() == 0
    assert _register(conn, both) == [2, 1]


def test_one_stray_value_does_not_keep_the_right_key_out(unregistered: Connection) -> None:
    """The version before served with another key for a while."""
    conn = unregistered
    records = start(conn, one)
    records.participant(1)
    for n in range(5):
        Records(conn, wrong, records.programme, records.group).number(f"+25078800000{n}")
    assert _register(conn, one) == [1]


def test_nothing_but_ids_is_said_and_kept(unregistered: Connection) -> None:
    _register(unregistered, both)
    stored = unregistered.execute(text("select key_id, sealed from vault_key_check")).all()
    assert {row.key_id for row in stored} == {1, 2}
    assert all(ONE not in bytes(row.sealed) and TWO not in bytes(row.sealed) for row in stored)
    trail = unregistered.execute(text("select who, what, subject, subject_id from audit_entry order by id"))
    assert [tuple(row) for row in trail] == [
        ("office", "register_key", "vault", "2"),
        ("office", "register_key", "vault", "1"),
    ]


def test_without_its_table_nothing_is_right(conn: Connection) -> None:
    conn.execute(text("drop table vault_key_check"))
    assert key_check.faults(conn, one) == [key_check.NO_TABLE]
