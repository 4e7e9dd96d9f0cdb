"""Checks whether the configured keys are those that a database is sealed with.

For each valid key a known value sealed with it is stored (`vault_key_check`). Before it serves, a process opens these
values with its own keys. With another key it would find nobody by number, and store values that nobody can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from sms_app.programme import audit
from sms_app.programme.installation import StartFault, StartFaults
from sms_app.programme.rotation import SEALED, key_ids_statement, under_key_statement
from sms_app.vault import Vault, VaultError

TABLE = "select to_regclass('vault_key_check') is not null"
STORED = "select key_id, sealed, retired from vault_key_check order by key_id"
STORE = "insert into vault_key_check values (%(id)s, %(sealed)s, false)"
RETIRE = "update vault_key_check set retired = true where key_id = %(id)s and not retired"
# two commands that register the same key must not seal it twice
LOCK = "select pg_advisory_xact_lock(8010002)"
PINS = "select count(*) from participant where get_byte(pin, 0) = %(id)s"
NO_TABLE = StartFault("the database has no table for checking keys", "no_key_table")


class KeysRefused(StartFaults):
    """The configured keys are not this database's, or not all of them; the faults name them by id."""


@dataclass(frozen=True)
class _Stored:
    sealed: bytes
    retired: bool


def faults(conn: Connection, vault: Vault) -> list[StartFault]:
    """What is wrong with the configured keys on this database, by key id; empty when nothing is. Costs two small
    statements."""
    if not conn.exec_driver_sql(TABLE).scalar_one():
        return [NO_TABLE]
    stored = _stored(conn)
    unknown = [id_ for id_ in vault.ids if id_ not in stored]
    return _wrong(stored, vault) + [
        StartFault(f"key {id_} of SMS_APP_KEYS is not registered in this database", "key_not_registered")
        for id_ in unknown
    ]


def _wrong(stored: Mapping[int, _Stored], vault: Vault) -> list[StartFault]:
    """Registered keys that are configured with other bytes, are missing, or seal although they were retired."""
    wrong = [
        f"key {id_} of SMS_APP_KEYS is not the key {id_} that this database is sealed with: put the right one there"
        for id_ in vault.ids
        if id_ in stored and not vault.check_opens(id_, stored[id_].sealed)
    ]
    wrong += [
        f"key {id_} is in use in this database and not in SMS_APP_KEYS: put it back, after the first"
        for id_, row in stored.items()
        if id_ not in vault.ids and not row.retired
    ]
    if vault.active in stored and stored[vault.active].retired:
        wrong.append(f"key {vault.active} of SMS_APP_KEYS was retired: put a newer key first")
    return [StartFault(text) for text in wrong]


def register(conn: Connection, vault: Vault, who: str, now: datetime) -> list[int]:
    """Store the check value of each configured key that has none, and give their ids.

    The configured keys must open the values that are sealed in the database already. Raises KeysRefused, and then
    stores nothing."""
    conn.exec_driver_sql(LOCK)
    stored = _stored(conn)
    new = [id_ for id_ in vault.ids if id_ not in stored]
    wrong = _wrong(stored, vault)
    if new and not wrong:
        wrong = _contradicted(conn, vault, stored, new)
    if wrong:
        raise KeysRefused(wrong)
    for id_ in new:
        conn.exec_driver_sql(STORE, {"id": id_, "sealed": vault.seal_check(id_)})
        audit.record(conn, None, who, "register_key", "vault", id_, now)
    return new


def retire(conn: Connection, vault: Vault, id_: int, who: str, now: datetime) -> bool:
    """Retire a key, so that it may be left out of SMS_APP_KEYS; False when it was retired before. Raises KeysRefused
    while a value or a PIN needs it."""
    conn.exec_driver_sql(LOCK)
    wrong = faults(conn, vault)
    if id_ == vault.active:
        wrong.append(StartFault(f"key {id_} is the first of SMS_APP_KEYS, which seals"))
    elif id_ not in _stored(conn):
        wrong.append(StartFault(f"there is no key {id_} in this database"))
    for table, column in SEALED:
        many = conn.exec_driver_sql(under_key_statement(table, column, "count(*)"), {"id": id_}).scalar_one()
        if many:
            text = f"{many} values of {table}.{column} are under key {id_}"
            wrong.append(StartFault(text, "values_under_key"))
    pins = conn.exec_driver_sql(PINS, {"id": id_}).scalar_one()
    if pins:
        wrong.append(StartFault(f"{pins} PINs are under key {id_}: keep it until their owners set new ones"))
    if wrong:
        raise KeysRefused(wrong)
    retired = bool(conn.exec_driver_sql(RETIRE, {"id": id_}).rowcount)
    if retired:
        audit.record(conn, None, who, "retire_key", "vault", id_, now)
    return retired


def _stored(conn: Connection) -> dict[int, _Stored]:
    return {row.key_id: _Stored(bytes(row.sealed), row.retired) for row in conn.exec_driver_sql(STORED)}


def _contradicted(
    conn: Connection, vault: Vault, stored: Mapping[int, _Stored], new: list[int]
) -> list[StartFault]:
    """Faults by the sealed values: values under a key that is neither configured nor registered, and new keys that open
    none of the values under their id."""
    used: set[int] = set()
    opened: set[int] = set()
    for table, column in SEALED:
        distinct = conn.exec_driver_sql(key_ids_statement(table, column))
        here = {int(id_) for id_ in distinct.scalars()}
        used |= here
        opened |= {id_ for id_ in new if id_ in here - opened and _opens_one(conn, vault, table, column, id_)}
    unknown = [
        f"values in this database are sealed with key {id_}, which is not in SMS_APP_KEYS: put it there"
        for id_ in sorted(used - set(vault.ids) - set(stored))
    ]
    wrong = [
        f"key {id_} of SMS_APP_KEYS opens none of the values that are sealed with key {id_}: put the right one there"
        for id_ in new
        if id_ in used - opened
    ]
    return [StartFault(text) for text in (*unknown, *wrong)]


def _opens_one(conn: Connection, vault: Vault, table: str, column: str, id_: int) -> bool:
    for row in conn.exec_driver_sql(
        under_key_statement(table, column, f"id, {column} as sealed"), {"id": id_}
    ):
        try:
            vault.open(bytes(row.sealed), table, column, row.id)
        except VaultError:
            continue
        return True
    return False
