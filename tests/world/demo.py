"""A loaded demo programme, and what tests ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from sms_app.programme.settings import Programme, load_programme, store_programme
from sms_app.simulator import demo
from sms_app.vault import Vault
from tests.world.programme import RWANDA

TODAY = date(2026, 3, 10)


@dataclass(frozen=True)
class Loaded:
    """A loaded demo: the connection that it was loaded on, and everyone in it."""

    conn: Connection
    programme: Programme
    id: int
    everyone: Sequence[demo.Entry]

    def all(self, query: str, **values: Any) -> Sequence[Any]:
        return self.conn.exec_driver_sql(query, {"programme": self.id, **values}).all()

    def demo_phones(self) -> dict[str, demo.Entry]:
        by_number = {entry["number"]: entry for entry in self.everyone}
        return {name: by_number[number] for name, number in demo.env(self.everyone).items()}


def load(conn: Connection, vault: Vault, today: date = TODAY, seed: int = 1) -> Loaded:
    """Load the demo on a connection, which the caller may roll back."""
    programme = load_programme(RWANDA)
    id_ = store_programme(conn, programme)
    assert demo.load(conn, vault, programme, id_, today, seed)
    return Loaded(conn, programme, id_, demo.phones(conn, vault, id_, seed))
