"""The database connections that hops keep, and the statements that are prepared on them.

The statements of every hop go straight to libpq: what psycopg does to find each value's type, each time anew, costs
more of our processor than the statement itself. A link on which something failed is not used again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection, Engine, event

TEXT, BINARY = pq.Format.TEXT, pq.Format.BINARY
BYTEA, INTEGER, TIME, BYTEAS = 17, 23, 1184, 1001
"""PostgreSQL's numbers of the types bytea, integer, timestamptz and bytea[]."""


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement that is prepared once on each link, under its name. `types` are its parameters'. A bytea goes over
    as it is, anything else as text; so do the columns of what comes back, all alike: as they are, or as text."""

    name: str
    sql: str
    types: tuple[int, ...] = ()
    gives: pq.Format = TEXT

    @property
    def formats(self) -> list[pq.Format]:
        return [BINARY if type_ == BYTEA else TEXT for type_ in self.types]


BEGIN, COMMIT, ROLLBACK = (Statement(word, word) for word in ("begin", "commit", "rollback"))


@dataclass(eq=False)
class Link:
    """One AUTOCOMMIT connection: `conn` as SQLAlchemy has it, `raw` the driver's own below it."""

    conn: Connection
    raw: psycopg.Connection[Any]
    prepared: dict[Statement, tuple[bytes, list[pq.Format]]] = field(default_factory=dict)

    def run(self, statement: Statement, *values: bytes) -> PGresult:
        """Run a statement. Raises psycopg's errors: OperationalError when the connection is lost."""
        known = self.prepared.get(statement)
        if known is None:
            known = (f"sms_{statement.name}".encode(), statement.formats)
            self._done(self.raw.pgconn.prepare(known[0], statement.sql.encode(), statement.types))
            self.prepared[statement] = known
        return self._done(self.raw.pgconn.exec_prepared(known[0], values, known[1], statement.gives))

    def _done(self, result: PGresult) -> PGresult:
        if result.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            return result
        if self.raw.closed:
            raise psycopg.OperationalError("the connection is lost")
        raise error_from_result(result)

    def close(self) -> None:
        """Close the connection for good."""
        self.conn.invalidate()
        self.conn.close()


class Links:
    """Links that wait for their next hop. There are never more than there were hops at once."""

    def __init__(self, engine: Engine, link: type[Link] = Link) -> None:
        self._engine, self._link = engine, link
        self._idle: list[Link] = []
        event.listen(engine, "engine_disposed", lambda _: self.close())

    def take(self) -> Link:
        """The link that was used last, or a new one."""
        try:
            return self._idle.pop()
        except IndexError:
            conn = self._engine.connect()
            return self._link(conn, driver(conn))

    def give_back(self, link: Link) -> None:
        """Keep a link whose work went well."""
        if link.conn.in_transaction():
            link.conn.rollback()
        if link.raw.pgconn.transaction_status == pq.TransactionStatus.IDLE:
            self._idle.append(link)
        else:
            link.close()

    def close(self) -> None:
        """Close what waits."""
        while self._idle:
            self._idle.pop().close()


def array(values: Iterable[bytes]) -> bytes:
    """A bytea[] as PostgreSQL reads it."""
    return b"{" + b",".join(b'"\\\\x' + value.hex().encode() + b'"' for value in values) + b"}"


def driver(conn: Connection) -> psycopg.Connection[Any]:
    """The psycopg connection below a SQLAlchemy one."""
    found = conn.connection.driver_connection
    if not isinstance(found, psycopg.Connection):
        raise TypeError("the driver is psycopg")
    return found
