"""Counting the statements of a connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event


@contextmanager
def counted(conn: Connection) -> Iterator[list[str]]:
    """The statements that a connection is given meanwhile."""
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(conn, "before_cursor_execute", note)
    yield statements
    event.remove(conn, "before_cursor_execute", note)
