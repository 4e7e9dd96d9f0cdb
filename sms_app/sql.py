"""Named SQL statements in a `.sql` file beside the module that runs them, and typed rows of their results.

A file is read by aiosql: each statement begins with `-- name: its_name(parameter, ...)`, a comment says what it is for,
and `:parameter` stands for a value. A literal `%` is written `%%`, as the driver wants it. Statements of up to some ten
lines stand in the module itself, with `%(parameter)s`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import aiosql
from sqlalchemy import Connection

T = TypeVar("T")


class UnknownStatement(Exception):
    """The file has no statement of that name."""


class Statements:
    """The statements of a file, by name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        queries = aiosql.from_path(path, "psycopg", mandatory_parameters=True)
        # aiosql adds a name `…_cursor` for each statement
        names = set(queries.available_queries)
        own = {name for name in names if name.removesuffix("_cursor") not in names - {name}}
        self._texts: Mapping[str, str] = {name: getattr(queries, name).sql for name in sorted(own)}

    def __getitem__(self, name: str) -> str:
        """A statement's text as the driver takes it. Raises UnknownStatement."""
        if name not in self._texts:
            raise UnknownStatement(f"{self._path.name} has no statement `{name}`")
        return self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)


def beside(module_file: str) -> Statements:
    """The statements of the `.sql` file with a module's name, given the module's `__file__`."""
    return Statements(Path(module_file).with_suffix(".sql"))


def rows(conn: Connection, statement: str, row: type[T], values: Mapping[str, object]) -> list[T]:
    """Run a statement; each row becomes a `row` (a dataclass whose fields are the statement's columns)."""
    result = conn.exec_driver_sql(statement, dict(values))
    # a mapping of each record takes more time than the statement
    columns = tuple(result.keys())
    return [row(**dict(zip(columns, record, strict=True))) for record in result.all()]


def one(conn: Connection, statement: str, row: type[T], values: Mapping[str, object]) -> T | None:
    """Run a statement that gives one row or none; the row becomes a `row`."""
    record = conn.exec_driver_sql(statement, dict(values)).one_or_none()
    return None if record is None else row(**record._mapping)
