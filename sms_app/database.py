"""The database connections of all processes: engines, the driver below them, and the logging of failures.

No engine puts the values of a statement into its errors (`hide_parameters`), and every connection attempt has a time
limit."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Protocol

import psycopg
from sqlalchemy import Connection, Engine, create_engine, pool
from sqlalchemy.exc import DBAPIError

from sms_app.config import sqlalchemy_url

CONNECT_TIMEOUT_S = 5
CHECK_CONNECT_TIMEOUT_S = 3
POOL_TIMEOUT_S = 10
WEB_TIMEOUTS = "-c statement_timeout=5s -c lock_timeout=4s -c idle_in_transaction_session_timeout=10s"
CHECK_TIMEOUTS = "-c statement_timeout=10s -c lock_timeout=2s"
WORKER_CONNECTIONS, MAX_WORKER_CONNECTIONS = 4, 16
OUR_PACKAGES = ("sms_app", "worker")


class Logger(Protocol):
    """The part of a structlog logger that `log_failure` needs."""

    def error(self, event: str, /, **fields: Any) -> object:
        """Log an error."""


def web_engine(url: str, threads: int, spare: int) -> Engine:
    """For the web process: a pool in autocommit with a connection for each thread and some spare ones, and with time
    limits that leave time for a reply. Connections are not tested before use: the caller replaces a lost one."""
    return create_engine(
        sqlalchemy_url(url),
        pool_size=threads,
        max_overflow=spare,
        pool_timeout=POOL_TIMEOUT_S,
        hide_parameters=True,
        # a hop begins its transaction itself
        isolation_level="AUTOCOMMIT",
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "options": WEB_TIMEOUTS},
    )


def console_engine(url: str, threads: int) -> Engine:
    """For a console: a pool with a connection for each thread; a lost connection is replaced."""
    return create_engine(
        sqlalchemy_url(url),
        pool_size=threads,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "options": WEB_TIMEOUTS},
    )


def worker_engine(url: str) -> Engine:
    """For a worker that sends: a small pool."""
    return create_engine(
        sqlalchemy_url(url),
        pool_size=WORKER_CONNECTIONS,
        max_overflow=MAX_WORKER_CONNECTIONS - WORKER_CONNECTIONS,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
    )


def unpooled_engine(url: str) -> Engine:
    """For commands, migrations and the clock: each connection is closed after use."""
    return create_engine(
        sqlalchemy_url(url),
        poolclass=pool.NullPool,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
    )


def check_engine(url: str) -> Engine:
    """For readiness checks: each connection is closed after use, and every statement has a time limit of seconds."""
    return create_engine(
        sqlalchemy_url(url),
        poolclass=pool.NullPool,
        hide_parameters=True,
        connect_args={"connect_timeout": CHECK_CONNECT_TIMEOUT_S, "options": CHECK_TIMEOUTS},
    )


def driver(conn: Connection) -> psycopg.Connection[Any]:
    """The psycopg connection below a SQLAlchemy connection."""
    connection = conn.connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("the driver is not psycopg")
    return connection


def sqlstate(error: BaseException | None) -> str | None:
    """PostgreSQL's code for an error, of SQLAlchemy's or the driver's; None if the error has none."""
    cause = _cause(error)
    return cause.sqlstate if isinstance(cause, psycopg.Error) else None


def _cause(error: BaseException | None) -> BaseException | None:
    """The driver's error below one of SQLAlchemy's; any other error itself."""
    return error.orig if isinstance(error, DBAPIError) else error


def log_failure(
    log: Logger, event: str, error: BaseException, *, with_location: bool = True, **fields: object
) -> None:
    """Log the error's class, its SQLSTATE, and the module and line of our code that raised it, never its text or
    values: these may contain a row, a number or an answer. The class is the driver's, whether or not the statement went
    through SQLAlchemy: else it would tell which statement of a hop failed.

    For a hop, pass `with_location=False`, since the location could tell which menu somebody was in."""
    code = sqlstate(error)
    location = _location(error.__traceback__) if with_location else ""
    details = {"sqlstate": code} if code else {}
    details |= {"location": location} if location else {}
    log.error(event, error=type(_cause(error)).__name__, **details, **fields)


def _location(traceback: TracebackType | None) -> str:
    """`module:line` of the innermost frame that is in our own code; empty if there is none."""
    location = ""
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in OUR_PACKAGES:
            location = f"{module}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return location
