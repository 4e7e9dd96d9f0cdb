"""The staff's console on a test's database: an account of each role, and browsers that sign in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf

import pyotp
from flask import Flask
from sqlalchemy import Connection, Engine, event

from sms_app.accounts.secret import Secret
from sms_app.console.access import ROLES
from sms_app.console.accounts import store
from sms_app.console.accounts.store import Credentials
from sms_app.console.app import create_app
from sms_app.console.figures import Figures
from sms_app.console.settings import NAME, Console, ConsoleProgramme, words
from sms_app.console.tables import Account
from sms_app.database import console_engine
from sms_app.programme.cards import Way
from sms_app.vault import Vault
from tests.world.console import Browser, Time
from tests.world.databases import CONSOLE_SECRET, Database
from tests.world.programme import LOCALES, rwanda_as
from tests.world.records import Records
from tests.world.times import NOW

PASSWORD = "a long enough password"
HOME = "/today"
WAYS = (Way("next_session", ["1", "1"]), Way("check_in", ["1", "2"]))
"""What member cards show."""


@dataclass
class StaffWorld:
    """A console with an account of each role, by role; `records` adds rows as the owner, and `commit` shows them."""

    app: Flask
    console: Console
    time: Time
    given: dict[str, Credentials]
    records: Records

    @property
    def programme(self) -> int:
        return self.records.programme

    @property
    def owner(self) -> Connection:
        return self.records.conn

    def browser(self, role: str = "", address: str = "192.0.2.7", language: str = "en") -> Browser:
        """A new browser, of a stranger or of the account with this role."""
        client = self.app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        browser = Browser(client, self.time, address)
        if role:
            sign_in(browser, self.given[role])
        return browser

    def account(self, role: str) -> Account:
        with self.console.engine.connect() as conn:
            account = store.by_email(conn, self.given[role].email)
        assert account is not None
        return account

    def other_programme(self) -> int:
        """Another programme in the same database."""
        return int(
            self.owner.exec_driver_sql(
                "insert into programme (slug, service_code, country, time_zone, currency, language)"
                " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
            ).scalar_one()
        )

    def set_messages(self, **settings: object) -> None:
        """Change settings of the programme's `messages`."""
        programme = self.console.programmes[self.programme]
        loaded = programme.loaded
        messages = replace(loaded.settings.messages, **settings)  # type: ignore[arg-type]
        loaded = replace(loaded, settings=replace(loaded.settings, messages=messages))
        self.console.programmes[self.programme] = ConsoleProgramme(loaded, programme.texts)  # type: ignore[index]

    def values(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """What the owner reads."""
        rows = [tuple(row) for row in self.owner.exec_driver_sql(statement, values)]
        self.owner.rollback()
        return rows

    def trail(self) -> list[tuple[object, ...]]:
        """Who did what to which table, in order."""
        return self.values("select who, what, subject from audit_entry order by id")


def code(given: Credentials, time: Time) -> str:
    """The code that the account's telephone shows."""
    return pyotp.TOTP(given.totp_secret).at(time.now)


def sign_in(browser: Browser, given: Credentials) -> None:
    """Sign in, with a code that was not used yet."""
    assert browser.give_password(given.email, given.password).location == "/?step=code"
    browser.time.pass_(seconds=30)
    assert browser.give_code(code(given, browser.time)).location == HOME


@contextmanager
def staff_world(
    database: Database,
    records: Records,
    vault: Vault,
    secure: bool = True,
    domain: str = "example.org",
    at: datetime = NOW,
) -> Iterator[StaffWorld]:
    """The console on a database that has the programme of these records."""
    records.conn.commit()
    time, loaded = Time(at), rwanda_as(records.programme, vault)
    programmes = {loaded.id: ConsoleProgramme(loaded, words(loaded, LOCALES))}
    secret = Secret(CONSOLE_SECRET, NAME)
    # no figure is kept from page to page
    figures = Figures(slow_s=inf)
    engine = console_engine(database.console, 4)
    # a test that is over has no thread
    console = Console(
        engine,
        secret,
        programmes,
        time,
        time,
        secure,
        figures=figures,
        opens_names_early=False,
        ways={loaded.id: WAYS},
    )
    given = {}
    with console.engine.begin() as conn:
        for role in ROLES:
            email = f"{role}@{domain}"
            values = (records.programme, email, role, "en", "test", time.now, time.now.date(), PASSWORD)
            given[role] = store.add(conn, secret, *values)
    yield StaffWorld(create_app(console), console, time, given, records)
    console.engine.dispose()


@contextmanager
def counted_on(engine: Engine) -> Iterator[list[str]]:
    """The statements of all connections of an engine meanwhile."""
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)
