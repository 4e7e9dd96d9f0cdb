"""The database connections that hops keep, and the statements that are prepared on them.

The statements of every hop go straight to libpq, since psycopg determines the type of each value each time, which costs
more processor time than the statement itself. A connection on which a statement failed is not used again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection, Engine, event

from sms_app.database import driver

TEXT, BINARY = pq.Format.TEXT, pq.Format.BINARY
BYTEA, INTEGER, TIME, BYTEAS = 17, 23, 1184, 1001
"""PostgreSQL's object ids of the types bytea, integer, timestamptz and bytea[]."""


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement that is prepared once on each connection, under its name. `types` are the types of its parameters: a
    bytea is sent in binary, any other type as text. `result_format` is the format of all columns of the result."""

    name: str
    sql: str
    types: tuple[int, ...] = ()
    result_format: pq.Format = TEXT

    @property
    def formats(self) -> list[pq.Format]:
        return [BINARY if type_ == BYTEA else TEXT for type_ in self.types]


BEGIN, COMMIT, ROLLBACK = (Statement(word, word) for word in ("begin", "commit", "rollback"))


@dataclass(eq=False)
class HopConnection:
    """An AUTOCOMMIT connection: `conn` is SQLAlchemy's, `raw` the driver's below it."""

    conn: Connection
    raw: psycopg.Connection[Any]
    prepared: dict[Statement, tuple[bytes, list[pq.Format]]] = field(default_factory=dict)

    def run(self, statement: Statement, *values: bytes) -> PGresult:
        """Run a statement. Raises psycopg's errors: OperationalError when the connection is lost."""
        prepared = self.prepared.get(statement)
        if prepared is None:
            prepared = (f"sms_{statement.name}".encode(), statement.formats)
            self._checked(self.raw.pgconn.prepare(prepared[0], statement.sql.encode(), statement.types))
            self.prepared[statement] = prepared
        return self._checked(
            self.raw.pgconn.exec_prepared(prepared[0], values, prepared[1], statement.result_format)
        )

    def _checked(self, result: PGresult) -> PGresult:
        if result.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            return result
        if self.raw.closed:
            raise psycopg.OperationalError("the connection is lost")
        raise error_from_result(result)

    def close(self) -> None:
        """Close the connection; it does not go back to a pool."""
        self.conn.invalidate()
        self.conn.close()


class HopConnectionPool:
    """Idle connections for the next hops. There are never more than the largest number of hops at the same time."""

    def __init__(self, engine: Engine, connection_class: type[HopConnection] = HopConnection) -> None:
        self._engine, self._connection_class = engine, connection_class
        self._idle: list[HopConnection] = []
        event.listen(engine, "engine_disposed", lambda _: self.close())

    def take(self) -> HopConnection:
        """The connection that was used last, or a new one."""
        try:
            return self._idle.pop()
        except IndexError:
            conn = self._engine.connect()
            return self._connection_class(conn, driver(conn))

    def give_back(self, connection: HopConnection) -> None:
        """Take back a connection whose work succeeded; close it when it is still in a transaction."""
        if connection.conn.in_transaction():
            connection.conn.rollback()
        if connection.raw.pgconn.transaction_status == pq.TransactionStatus.IDLE:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()


def array(values: Iterable[bytes]) -> bytes:
    """A bytea[] in PostgreSQL's text format."""
    return b"{" + b",".join(b'"\\\\x' + value.hex().encode() + b'"' for value in values) + b"}"
