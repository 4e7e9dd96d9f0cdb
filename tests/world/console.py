"""The support console on a test's database: two caseworkers, sealed requests, and browsers that sign in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pyotp
from flask import Flask
from flask.testing import EnvironBuilder, FlaskClient
from sqlalchemy import Connection, create_engine, pool
from werkzeug.test import TestResponse

from sms_app.accounts.secret import Secret
from sms_app.config import sqlalchemy_url
from sms_app.database import console_engine
from sms_app.private import roster, sealing
from sms_app.private.console import accounts
from sms_app.private.console.accounts import Caseworker, Credentials
from sms_app.private.console.app import create_app
from sms_app.private.console.settings import Console, ConsoleProgramme
from sms_app.private.roster import Pins, Roster
from sms_app.private.support_request import DO_NOT_CALL, SupportRequest
from tests.world.databases import SUPPORT_SECRET, Database
from tests.world.times import NOW

PASSWORDS = ("a long enough password", "another long password")
EMAILS = ("first@example.org", "second@example.org")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
FORM = re.compile(r'name="form" value="([^"]+)"')
HOLDER, RECOVERY = sealing.new_key(), sealing.new_key()
PINS = Pins(
    sealing.public_bytes(HOLDER.public_key()),
    sealing.public_bytes(RECOVERY.public_key()),
)
PROGRAMME = ConsoleProgramme(
    "rwanda",
    "Women and men side by side",
    "Africa/Kigali",
    ("Kigabiro", "Muhazi"),
    ("08:00-11:00", "11:00-14:00"),
    "0788 000 000",
    "Ask who she trusts.",
    "Give the numbers to call.",
    lambda day: True,
)


@dataclass
class Time:
    """The console's time and the telephones', which a test moves."""

    now: datetime = NOW

    def pass_(self, **by: float) -> None:
        self.now += timedelta(**by)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Browser:
    """A browser that keeps its cookies; `client` is Flask's."""

    client: FlaskClient
    time: Time
    address: str = "192.0.2.7"
    last: TestResponse | None = field(default=None)

    def get(self, path: str) -> TestResponse:
        self.last = self.client.get(path, environ_base={"REMOTE_ADDR": self.address})
        return self.last

    def post(self, path: str, page: str = "", **fields: object) -> TestResponse:
        """Post a form with the token of a page, by default the page of the same path."""
        token = TOKEN.search(self.get(page or path).text)
        assert token, page or path
        return self.send(path, csrf_token=token[1], **fields)

    def send(self, path: str, **fields: object) -> TestResponse:
        """Post exactly these fields."""
        base = {"REMOTE_ADDR": self.address}
        builder = EnvironBuilder(self.client.application, path, method="POST", data=fields, environ_base=base)
        request = builder.get_request()
        self.last = self.client.open(request)
        # a large body is in a file
        request.environ["wsgi.input"].close()
        builder.close()
        return self.last

    def give_password(self, email: str, password: str) -> TestResponse:
        return self.post("/", email=email, password=password)

    def give_code(self, code: str) -> TestResponse:
        return self.post("/", "/?step=code", code=code)

    def sign_in(self, person: Person) -> None:
        """Sign in, with a code that was not used yet."""
        assert self.give_password(person.email, person.password).location == "/?step=code"
        self.time.pass_(seconds=30)
        assert self.give_code(person.code(self.time.now)).location == "/home"


@dataclass
class Person:
    """A caseworker and what they sign in with."""

    email: str
    password: str
    credentials: Credentials

    def code(self, at: datetime) -> str:
        return pyotp.TOTP(self.credentials.totp_secret).at(at)


@dataclass
class World:
    """A console with its two caseworkers; `owner` sees the database as its owner."""

    app: Flask
    console: Console
    time: Time
    people: list[Person]
    owner: Connection
    programme: int

    def browser(self, signed_in: int | None = None, address: str = "192.0.2.7") -> Browser:
        """A new browser, of a stranger or of the caseworker with this number (0 or 1)."""
        browser = Browser(self.app.test_client(), self.time, address)
        if signed_in is not None:
            browser.sign_in(self.people[signed_in])
        return browser

    def caseworker(self, number: int) -> Caseworker:
        with self.console.engine.connect() as conn:
            person = accounts.by_code(conn, self.programme, self.people[number].credentials.code)
        assert person is not None
        return person

    def make_ready(self) -> None:
        """Load a roster, and have requests moved just now: then there are downloads."""
        self.rewritten(self.time.now)
        load_roster(self.owner, self.programme, self.time.now.date())

    def rewritten(self, at: datetime | None) -> None:
        """The clock last moved requests at a moment; None: it is not known when."""
        self.owner.exec_driver_sql("delete from heartbeat where name = 'rewrite'")
        if at is not None:
            self.owner.exec_driver_sql("insert into heartbeat values ('rewrite', %(at)s)", {"at": at})
        self.owner.commit()

    def request(self, row: bytes | None = None) -> bytes:
        """A sealed request; gives its id."""
        row = row or sealing.new_row()
        envelope = sealing.seal(SupportRequest(DO_NOT_CALL, NOW), row, "rwanda", {})
        self.owner.exec_driver_sql(
            "insert into private.request (programme_id, id, envelope) values (%(programme)s, %(id)s, %(envelope)s)",
            {"programme": self.programme, "id": row, "envelope": envelope},
        )
        self.owner.commit()
        return row

    def values(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """What the owner reads."""
        rows = [tuple(row) for row in self.owner.exec_driver_sql(statement, values)]
        self.owner.rollback()
        return rows


@contextmanager
def console_world(database: Database, programme: int, secure: bool = True) -> Iterator[World]:
    """The console on a database that has the programme of `tests.world.programme`."""
    time = Time()
    console = Console(
        console_engine(database.support, 4),
        Secret(SUPPORT_SECRET),
        {PROGRAMME.slug: PROGRAMME},
        time,
        time,
        secure,
        pins={PROGRAMME.slug: PINS},
    )
    people = []
    with console.engine.begin() as conn:
        for email, password in zip(EMAILS, PASSWORDS, strict=True):
            given = accounts.add(
                conn, console.secret, programme, email, time.now, time.now.date(), None, password
            )
            people.append(Person(email, password, given))
    owner_engine = create_engine(sqlalchemy_url(database.owner), poolclass=pool.NullPool)
    app = create_app(console)
    with owner_engine.connect() as owner:
        yield World(app, console, time, people, owner, programme)
    console.engine.dispose()


def load_roster(
    conn: Connection, programme: int, today: date, version: int = 1, slug: str = "rwanda", **keys: bytes
) -> str:
    """Load a roster that PINS accept for 184 days from a day on; gives its text. `keys` are those of caseworkers, such
    as `c1`; without one it has a key that nobody keeps."""
    listed = {code.removeprefix("c"): key for code, key in keys.items()}
    listed = listed or {"9": sealing.public_bytes(sealing.new_key().public_key())}
    value = Roster(slug, version, today + timedelta(days=184), listed, PINS.recovery_key)
    signed = roster.sign(value, HOLDER, today)
    row = {"p": programme, "v": version, "s": signed, "d": today}
    conn.exec_driver_sql("insert into private.roster values (%(p)s, %(v)s, %(s)s, %(d)s)", row)
    conn.commit()
    return signed


def form_id(page: str) -> str:
    """The id of the outcomes form on a page."""
    form = FORM.search(page)
    assert form
    return form[1]


def give_key(browser: Browser, code: str) -> bytes:
    """Make a key as the page does, but for its sealing; gives the public key."""
    public = sealing.public_bytes(sealing.new_key().public_key())
    file = {
        "format": 1,
        "caseworker": code,
        "public_key": sealing.to_text(public),
        "wrapped_key": {"iv": sealing.to_text(b"i" * 12), "data": sealing.to_text(b"d" * 200)},
    }
    assert browser.post("/setup", text=json.dumps(file), replace="yes").location == "/setup"
    return public


def record(browser: Browser, *codes: str) -> list[str]:
    """Type codes; gives what is said of each."""
    page = browser.get("/outcomes").text
    page = browser.post("/outcomes", codes=" ".join(codes), form=form_id(page)).text
    lines = [line for line in page.splitlines() if line.startswith("<li><span")]
    return [line.partition("</span> ")[2].partition(">")[2].partition("<")[0] for line in lines]
