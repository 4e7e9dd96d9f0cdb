"""What kind of installation a database belongs to, and what each kind refuses.

The kind is stored when the database is made and never changed: `demo` has invented people and is made by `sms-app up`;
`production` is for real people and is made by `sms-app db upgrade`; `bare` has the programme and whoever was imported,
and is made by `sms-app up --bare`."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from sms_app.channel.demo_numbers import is_demo_number
from sms_app.vault import Vault, VaultError

DEMO, BARE, PRODUCTION = "demo", "bare", "production"
TABLE = "select to_regclass('installation') is not null"
KIND = "select kind from installation"
HAS_TABLES = "select to_regclass('programme') is not null"
DEMO_WAS_LOADED = "select exists (select from audit_entry where what = 'load_demo')"
HAS_TRAIL = "select to_regclass('audit_entry') is not null"
SEALED_NUMBERS = "select id, number_sealed from phone_number"
HAS_PEOPLE = "select exists (select from participant) or exists (select from phone_number)"


class StartRefused(Exception):
    """The settings are not for this kind of installation; the message says what to do."""


def kind(conn: Connection) -> str | None:
    """`demo`, `bare` or `production`; None when the database has no tables, or is older than its kind."""
    if not conn.exec_driver_sql(TABLE).scalar_one():
        return None
    found = conn.exec_driver_sql(KIND).scalar_one_or_none()
    return None if found is None else str(found)


def has_tables(conn: Connection) -> bool:
    """Whether the database has tables of ours, of whatever version."""
    return bool(conn.exec_driver_sql(HAS_TABLES).scalar_one())


def has_people(conn: Connection) -> bool:
    """Whether anybody is in a database that has tables: a participant or a number."""
    return bool(conn.exec_driver_sql(HAS_PEOPLE).scalar_one())


def demo_was_loaded(conn: Connection) -> bool:
    """Whether the audit trail says that `up` loaded the demo's people."""
    if not conn.exec_driver_sql(HAS_TRAIL).scalar_one():
        return False
    return bool(conn.exec_driver_sql(DEMO_WAS_LOADED).scalar_one())


def has_only_demo_numbers(conn: Connection, vault: Vault) -> bool:
    """Whether there are numbers, and all that the keys open are the demo's."""
    found = False
    for row in conn.exec_driver_sql(SEALED_NUMBERS):
        try:
            number = vault.open(bytes(row.number_sealed), "phone_number", "number_sealed", row.id)
        except VaultError:
            continue
        if not is_demo_number(number):
            return False
        found = True
    return found


def refusals(found: str | None, demo: bool, phone: bool, made_up: Collection[int]) -> list[str]:
    """Why no process may start on a database of this kind with these settings; empty when it may.

    `demo` is SMS_APP_DEMO, `phone` whether SMS_APP_PHONE_URL is set, `made_up` the ids of keys that nobody drew at
    random. Of a database without a kind nothing is known: what is wrong with it is told by the check of its keys."""
    faults = []
    if found == DEMO and not demo:
        faults.append(
            "this database has the demo's invented people: set SMS_APP_DEMO=1 for a demo, or use a database for"
            " real people"
        )
    if found is not None and found != DEMO and phone:
        faults.append(
            f"the phone page is for the demo, and this database is {found}: unset SMS_APP_PHONE_URL"
        )
    if found == PRODUCTION and made_up:
        ids = ", ".join(map(str, sorted(made_up)))
        faults.append(f"key {ids} of SMS_APP_KEYS is made up: make one with `sms-app vault new-key`")
    return faults
