"""One module makes every engine, repeats what a lost connection interrupted, and logs failures without their text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError

from sms_app import database as databases
from tests.conftest import Database

ROOT = Path(__file__).parent.parent
# the web application makes its own engine until it is changed
MAKE_THEIR_OWN = {"sms_app/web/app.py"}
SECRET = "s3cr3t-w0rd"


class Log:
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def error(self, event: str, /, **fields: Any) -> None:
        self.lines.append({"event": event, **fields})


class LostRaceError(Exception):
    """An error that a caller wants repeated."""


def engines(url: str) -> dict[str, Engine]:
    return {
        "web": databases.web_engine(url, 2),
        "worker": databases.worker_engine(url),
        "unpooled": databases.unpooled_engine(url),
        "check": databases.check_engine(url),
    }


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    found = databases.web_engine(database.worker, 2)
    yield found
    found.dispose()


def test_engines_are_made_in_one_module() -> None:
    made = {
        str(path.relative_to(ROOT))
        for folder in ("sms_app", "worker")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\bcreate_engine\(", path.read_text())
    }
    assert made == {"sms_app/database.py", *MAKE_THEIR_OWN}


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


class TestRetry:
    def test_a_lost_connection_is_replaced(self, engine: Engine) -> None:
        attempts = []

        def work(conn: Connection, first: bool) -> int:
            attempts.append(first)
            if first:
                conn.exec_driver_sql("select pg_terminate_backend(pg_backend_pid())")
            return int(conn.exec_driver_sql("select 1").scalar_one())

        assert databases.with_retry(engine, work, attempts=2) == 1
        assert attempts == [True, False]

    def test_a_connection_that_the_driver_lost_is_replaced(self, engine: Engine) -> None:
        def work(conn: Connection, first: bool) -> int:
            raw = databases.driver(conn)
            if first:
                raw.close()
            return int(raw.execute("select 1").fetchall()[0][0])

        assert databases.with_retry(engine, work, attempts=2) == 1

    def test_the_last_attempts_error_is_raised(self, engine: Engine) -> None:
        attempts, pauses = [], []

        def work(conn: Connection, first: bool) -> None:
            attempts.append(first)
            raise LostRaceError

        with pytest.raises(LostRaceError):
            databases.with_retry(
                engine, work, attempts=6, retry_on=(LostRaceError,), pause_s=1.0, sleep=pauses.append
            )
        assert attempts == [True, False, False, False, False, False]
        assert pauses == [1.0, 2.0, 4.0, databases.MAX_PAUSE_S, databases.MAX_PAUSE_S]

    def test_any_other_error_is_raised_at_once(self, engine: Engine) -> None:
        attempts = []

        def work(conn: Connection, first: bool) -> None:
            attempts.append(first)
            conn.exec_driver_sql("select 1/0")

        with pytest.raises(DataError):
            databases.with_retry(engine, work, attempts=5, retry_on=(LostRaceError,))
        assert attempts == [True]


class TestLogFailure:
    def test_class_code_and_place_are_logged_and_no_text(self, engine: Engine) -> None:
        log = Log()
        try:
            databases.with_retry(engine, lambda conn, _: conn.exec_driver_sql(f"select {SECRET}"), attempts=1)
        except DBAPIError as error:
            databases.log_failure(log, "it failed", error, programme=7)
        (line,) = log.lines
        location = line.pop("location")
        assert line == {
            "event": "it failed",
            "error": "ProgrammingError",
            "sqlstate": "42703",
            "programme": 7,
        }
        assert re.fullmatch(r"sms_app\.database:\d+", location)

    def test_an_error_of_the_driver_has_its_code(self, database: Database) -> None:
        log = Log()
        with psycopg.connect(database.worker) as conn:
            try:
                conn.execute(f"select {SECRET}")
            except psycopg.Error as error:
                databases.log_failure(log, "it failed", error)
        assert log.lines == [{"event": "it failed", "error": "UndefinedColumn", "sqlstate": "42703"}]

    def test_a_hops_failure_has_no_place(self, engine: Engine) -> None:
        log = Log()
        try:
            databases.with_retry(engine, lambda conn, _: {}[SECRET], attempts=1)
        except KeyError as error:
            databases.log_failure(log, "hop failed", error, with_location=False)
        assert log.lines == [{"event": "hop failed", "error": "KeyError"}]
