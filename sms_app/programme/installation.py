"""The kind of installation that a database belongs to, and the settings that each kind refuses.

The kind is stored when the database is made and never changed: `demo` has invented people and is made by `sms-app up`;
`production` is for real people and is made by `sms-app db upgrade`; `bare` has the programme and whoever was imported,
and is made by `sms-app up --bare`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

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


Help = Literal["no_key_table", "key_not_registered", "key_made_up", "values_under_key"]


@dataclass(frozen=True)
class StartFault:
    """A reason why a process may not start, as a clause without full stop. `help` names the cases in which a command
    helps; `cli` adds which."""

    text: str
    help: Help | None = None

    def __str__(self) -> str:
        return self.text


class StartFaults(Exception):
    """Something can't be done on this database with these settings; `faults` has each reason."""

    def __init__(self, faults: Iterable[StartFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{str(fault)[0].upper()}{str(fault)[1:]}." for fault in self.faults))


class StartRefused(StartFaults):
    """The settings are not for this kind of installation."""


def kind(conn: Connection) -> str | None:
    """`demo`, `bare` or `production`; None when the database has no tables, or tables of before kinds were stored."""
    if not conn.exec_driver_sql(TABLE).scalar_one():
        return None
    stored = conn.exec_driver_sql(KIND).scalar_one_or_none()
    return None if stored is None else str(stored)


def has_tables(conn: Connection) -> bool:
    """Whether the database has our tables, of any version."""
    return bool(conn.exec_driver_sql(HAS_TABLES).scalar_one())


def has_people(conn: Connection) -> bool:
    """Whether a database that has tables has a participant or a number."""
    return bool(conn.exec_driver_sql(HAS_PEOPLE).scalar_one())


def demo_was_loaded(conn: Connection) -> bool:
    """Whether the audit trail says that `up` loaded the demo's people."""
    if not conn.exec_driver_sql(HAS_TRAIL).scalar_one():
        return False
    return bool(conn.exec_driver_sql(DEMO_WAS_LOADED).scalar_one())


def has_only_demo_numbers(conn: Connection, vault: Vault) -> bool:
    """Whether there are numbers that the keys open, and all of these are demo numbers."""
    any_number = False
    for row in conn.exec_driver_sql(SEALED_NUMBERS):
        try:
            number = vault.open(bytes(row.number_sealed), "phone_number", "number_sealed", row.id)
        except VaultError:
            continue
        if not is_demo_number(number):
            return False
        any_number = True
    return any_number


def refusals(kind: str | None, demo: bool, phone: bool, made_up: Collection[int]) -> list[StartFault]:
    """Why no process may start on a database of this kind with these settings; empty when it may.

    `demo` is SMS_APP_DEMO, `phone` whether SMS_APP_PHONE_URL is set, `made_up` the ids of keys that were not drawn at
    random. A database without a kind is refused by the check of its keys, not here."""
    faults = []
    if kind == DEMO and not demo:
        text = "this database has the demo's invented people"
        faults.append(StartFault(f"{text}: set SMS_APP_DEMO=1 for a demo, or use a database for real people"))
    if kind is not None and kind != DEMO and phone:
        text = f"the phone page is for the demo, and this database is {kind}"
        faults.append(StartFault(f"{text}: unset SMS_APP_PHONE_URL"))
    if kind == PRODUCTION and made_up:
        ids = ", ".join(map(str, sorted(made_up)))
        faults.append(StartFault(f"key {ids} of SMS_APP_KEYS is made up", "key_made_up"))
    return faults
