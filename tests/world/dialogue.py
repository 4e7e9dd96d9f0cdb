"""The demo programme in a database of the test's own, and a phone to dial it with: no HTTP, the real database."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from psycopg.pq.abc import PGresult
from sqlalchemy import Engine, create_engine, event

from sms_app.channel.inbound import UssdHop
from sms_app.config import sqlalchemy_url
from sms_app.conversation.hop import reply
from sms_app.conversation.hop_connections import HopConnection, HopConnectionPool, Statement
from sms_app.conversation.service import Conversation
from sms_app.programme import pins
from sms_app.simulator import demo
from sms_app.vault import Vault
from tests.world.databases import Database, copied, pooled
from tests.world.programme import FLOWS, LOCALES

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
STRANGER = "+250780000000"
LATER = timedelta(minutes=11)
CONVERSATIONS = Path(__file__).parents[1] / "conversations"
_numbers = itertools.count(1)
_people: dict[str, Sequence[demo.Entry]] = {}
"""Everyone in each template, as read by this process for its first copy."""


@dataclass
class World:
    """One test's programme: dial it, look at what is stored, count statements."""

    conversation: Conversation
    owner: Engine
    people: list[dict[str, str]]
    database: Database
    now: datetime = NOW
    statements: list[str] = field(default_factory=list)

    def hop(self, session: str, number: str, text: str) -> str:
        """One hop as the provider delivers it."""
        self.statements.clear()
        return reply(self.conversation, UssdHop(session, number, "*801#", "63510", text), self.now)

    def dial(self, number: str, *typed: str, session: str = "") -> list[str]:
        """A dialogue: the answer to each hop, the first dial included. A first key with `*` is a direct dial's."""
        session = session or f"dialogue-{next(_numbers)}"
        answers, text = [self.hop(session, number, "")], ""
        for key in typed:
            text = f"{text}*{key}" if text else key
            answers.append(self.hop(session, number, text))
        return answers

    def rows(self, query: str, **values: object) -> list[tuple[object, ...]]:
        with self.owner.connect() as conn:
            return [tuple(row) for row in conn.exec_driver_sql(query, values)]

    def do(self, statement: str, **values: object) -> None:
        with self.owner.begin() as conn:
            conn.exec_driver_sql(statement, values)

    def phone(self, name: str) -> dict[str, str]:
        """A demo person by a test's name: woman_1, man_1, coach_1, stranger, pin (alone, with a PIN, saving by
        shares), shared (one of several on a number, with a PIN), three (one of three on a number)."""
        if name == "stranger":
            return {"number": STRANGER, "member": "", "pin": "", "role": ""}
        kind, _, n = name.partition("_")
        if n:
            number = demo.env(self.people)[f"DEMO_PHONE_{name.upper()}"]
            return next(p for p in self.people if p["number"] == number)
        by_shares = {
            str(row[0])
            for row in self.rows(
                "select p.member_number from participant p join savings_member m on m.participant_id = p.id"
                " join cycle c on c.savings_group_id = m.savings_group_id where c.mode = 'shares'"
            )
        }
        sharing = {"pin": 1, "shared": 2, "three": 3}[kind]
        found = [
            p
            for p in self.people
            if p["number"]
            and p["member"] in by_shares
            and p["role"] == "woman"
            and (p["pin"] or kind == "three")
            and sum(q["number"] == p["number"] for q in self.people) == sharing
        ]
        return found[0]

    def person(self, member: str) -> object:
        return self.rows("select id from participant where member_number = %(m)s", m=member)[0][0]


def _watch(driver: psycopg.Connection, statements: list[str]) -> None:
    """Note every statement that a connection is given, whoever gives it."""

    class Noting(psycopg.Cursor):
        def execute(self, query, *args, **kwargs):
            statements.append(query)
            return super().execute(query, *args, **kwargs)

    driver.cursor_factory = Noting


def _noting(statements: list[str]) -> type[HopConnection]:
    """Connections that note the statements which go past the driver's cursors."""

    class Noting(HopConnection):
        def run(self, statement: Statement, *values: bytes) -> PGresult:
            statements.append(statement.sql)
            return super().run(statement, *values)

    return Noting


@contextmanager
def opened_world(server_urls: dict[str, str], template: str, vault: Vault) -> Iterator[World]:
    """A copy of the demo programme, dialled as the web role."""
    with copied(server_urls, template) as database, pooled(database.owner) as owner:
        engine = create_engine(
            sqlalchemy_url(database.web), isolation_level="AUTOCOMMIT", pool_size=16, max_overflow=0
        )
        statements: list[str] = []
        event.listen(engine, "connect", lambda driver, _: _watch(driver, statements))
        conversation = Conversation.build(engine, vault, FLOWS, LOCALES)
        conversation.__dict__["hop_connections"] = HopConnectionPool(engine, _noting(statements))
        if template not in _people:
            with owner.connect() as reader:
                _people[template] = demo.phones(reader, vault, conversation.programme("*801#").id)
        people = [dict(entry) for entry in _people[template]]
        yield World(conversation, owner, people, database, statements=statements)
        engine.dispose()


def code_of_today(world: World, member: str) -> str:
    """The code of the session that the member's group has today; "" when it has none."""
    codes = world.rows(
        "select s.check_in_code from training_session s join participant p on p.group_id = s.group_id"
        " where p.member_number = %(m)s and s.starts_at::date = %(day)s",
        m=member,
        day=world.now.date(),
    )
    return str(codes[0][0]) if codes else ""


def opened(world: World, member: str) -> str:
    """The code that her coach reads out."""
    programme = world.conversation.programme("*801#")
    with world.owner.begin() as conn:
        return pins.open_pin(conn, world.conversation.vault, programme.id, member, "coach", world.now)
