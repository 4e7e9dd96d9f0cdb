"""One module makes every engine, and logs failures without their text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from sms_app import database as databases
from sms_app import sql
from tests.world.databases import Database

ROOT = Path(__file__).parent.parent
SECRET = "s3cr3t-w0rd"


class Log:
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def error(self, event: str, /, **fields: Any) -> None:
        self.lines.append({"event": event, **fields})


def engines(url: str) -> dict[str, Engine]:
    return {
        "web": databases.web_engine(url, 2, 1),
        "worker": databases.worker_engine(url),
        "unpooled": databases.unpooled_engine(url),
        "check": databases.check_engine(url),
    }


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    found = databases.web_engine(database.worker, 2, 1)
    yield found
    found.dispose()


def test_engines_are_made_in_one_module() -> None:
    made = {
        str(path.relative_to(ROOT))
        for folder in ("sms_app", "worker")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\bcreate_engine\(", path.read_text())
    }
    assert made == {"sms_app/database.py"}


@pytest.mark.parametrize("name", ["web", "worker", "unpooled", "check"])
def test_no_error_has_a_statements_values(database: Database, name: str) -> None:
    engine = engines(database.worker)[name]
    with engine.connect() as conn, pytest.raises(DBAPIError) as raised:
        conn.exec_driver_sql("select from missing where name = %(name)s", {"name": SECRET})
    engine.dispose()
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("name", ["web", "worker", "unpooled", "check"])
def test_every_connection_attempt_has_a_time_limit(database: Database, name: str) -> None:
    engine = engines(database.worker)[name]
    with engine.connect() as conn:
        info = databases.driver(conn).info.get_parameters()
    engine.dispose()
    assert 0 < int(info["connect_timeout"]) <= databases.CONNECT_TIMEOUT_S


def test_an_unpooled_connection_is_closed_after_use(database: Database) -> None:
    with databases.unpooled_engine(database.worker).connect() as conn:
        connection = databases.driver(conn)
    assert connection.closed


class TestLogFailure:
    def test_class_code_and_place_are_logged_and_no_text(self, engine: Engine) -> None:
        log = Log()
        try:
            with engine.connect() as conn:
                sql.rows(conn, f"select {SECRET}", dict, {})
        except DBAPIError as error:
            databases.log_failure(log, "it failed", error, programme=7)
        (line,) = log.lines
        location = line.pop("location")
        assert line == {
            "event": "it failed",
            "error": "UndefinedColumn",
            "sqlstate": "42703",
            "programme": 7,
        }
        assert re.fullmatch(r"sms_app\.sql:\d+", location)

    def test_an_error_of_the_driver_has_its_code(self, database: Database) -> None:
        log = Log()
        with psycopg.connect(database.worker) as conn:
            try:
                conn.execute(f"select {SECRET}")
            except psycopg.Error as error:
                databases.log_failure(log, "it failed", error)
        assert log.lines == [{"event": "it failed", "error": "UndefinedColumn", "sqlstate": "42703"}]

    def test_a_hops_failure_has_no_place(self) -> None:
        log = Log()
        try:
            sql.Statements(ROOT / "sms_app" / "programme" / "pins.sql")[SECRET]
        except sql.UnknownStatement as error:
            databases.log_failure(log, "hop failed", error, with_location=False)
            databases.log_failure(log, "no hop failed", error)
        assert log.lines[0] == {"event": "hop failed", "error": "UnknownStatement"}
        assert log.lines[1]["location"].startswith("sms_app.sql:")
