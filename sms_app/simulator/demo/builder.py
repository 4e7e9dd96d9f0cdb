"""Collects the demo's rows and inserts them, with one random generator for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, insert

from sms_app.models import Base
from sms_app.programme.settings import Programme
from sms_app.vault import Vault

Row = dict[str, Any]
ENROLLED_BEFORE = timedelta(weeks=2)
"""How long before the first session people are enrolled."""


@dataclass(frozen=True)
class Past:
    """What lies behind the demo: weeks of sessions before today, and whether they were held. A year that is still to be
    simulated has the sessions only: nobody has attended, saved or stopped messages yet."""

    weeks: int = 12
    is_lived: bool = True


LIVED = Past()
"""The ordinary demo's."""


def chance(seed: int, about: str) -> Random:
    """Random numbers for one part of the demo, the same for the same seed."""
    return Random(f"{about} {seed}")  # noqa: S311  (invented people have no secrets)


class DemoBuilder:
    """The rows made so far. `since` is the day on which the demo programme enrolled its people."""

    def __init__(
        self,
        vault: Vault,
        programme: Programme,
        programme_id: int,
        today: date,
        random: Random,
        past: Past = LIVED,
    ) -> None:
        self.vault, self.programme, self.programme_id = vault, programme, programme_id
        self.today, self.random, self.past = today, random, past
        self.since = today - timedelta(weeks=past.weeks) - ENROLLED_BEFORE
        self._rows: dict[str, list[Row]] = {}

    def add(self, model: type[Base], **values: Any) -> Row:
        """Add a row, with a new id if its table has an id. The caller may change the returned row until `store`."""
        row = {"id": self._new_id(), **values} if "id" in model.__table__.c else values
        self._rows.setdefault(model.__tablename__, []).append(row)
        return row

    def seal(self, row: Row, model: type[Base], column: str, plain: str) -> None:
        """Set a sealed column, which is bound to its row's id."""
        row[column] = self.vault.seal(plain, model.__tablename__, column, row["id"])

    def store(self, conn: Connection) -> None:
        """Insert all rows, one statement for each table, a table after those that it refers to."""
        for table in Base.metadata.sorted_tables:
            if table.name in self._rows:
                _insert(conn, table, self._rows.pop(table.name))

    def _new_id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)


def _insert(conn: Connection, table: Table, rows: list[Row]) -> None:
    conn.execute(insert(table), rows)
