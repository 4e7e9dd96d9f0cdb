"""Storing many rows in one statement: COPY for new ones, an update from arrays for changed ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import sql as composed
from sqlalchemy import Connection

from sms_app.database import driver


def insert(conn: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows with one COPY; none, no statement."""
    many = list(rows)
    if not many:
        return
    statement = composed.SQL("copy {} ({}) from stdin").format(
        composed.Identifier(table), composed.SQL(", ").join(map(composed.Identifier, columns))
    )
    with driver(conn).cursor() as cursor, cursor.copy(statement) as copy:
        for row in many:
            copy.write_row(row)


def update(conn: Connection, statement: str, rows: Iterable[dict[str, Any]]) -> None:
    """Run a statement that takes each parameter as an array, an element a row; none, no statement."""
    many = list(rows)
    if many:
        conn.exec_driver_sql(statement, {name: [row[name] for row in many] for name in many[0]})
