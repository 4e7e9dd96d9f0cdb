"""Lists whom a broadcast leaves out and why, and who waits for another day.

It does so by group and list number, never by name or telephone number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging.broadcasts.reasons import NO_PHONE, WAITS

SQL = sql.beside(__file__)


@dataclass(frozen=True)
class LeftOut:
    """The people of one group (None: of none) whom a broadcast leaves out for a reason: their list numbers, and how
    many have none."""

    reason: str
    group: int | None
    numbers: tuple[int, ...]
    unlisted: int


@dataclass(frozen=True)
class Waiting:
    """The people of one group (None: of none) who get a broadcast at an hour of another day: their list numbers, and
    how many have none."""

    at: datetime
    group: int | None
    numbers: tuple[int, ...]
    unlisted: int


def left_out(conn: Connection, asked: Mapping[str, Any], given_up: Sequence[UUID]) -> list[LeftOut]:
    """Whom a broadcast leaves out, by reason and group. `asked` is what `drafts.values` gives; `given_up` are numbers
    to which the daily cap leaves no place."""
    values = {**asked, "given_up": list(given_up), "waits": WAITS, "no_phone": NO_PHONE}
    rows = sql.rows(conn, SQL["left_out"], LeftOut, values)
    return [replace(row, numbers=tuple(row.numbers)) for row in rows]


def waiting(conn: Connection, asked: Mapping[str, Any], held: Mapping[UUID, datetime]) -> list[Waiting]:
    """Who waits for another day, by hour and group. `held` has the hour of each number that the daily cap holds."""
    if not held:
        return []
    values = {**asked, "phones": list(held), "hours": list(held.values()), "waits": WAITS}
    rows = sql.rows(conn, SQL["waiting"], Waiting, values)
    return [replace(row, numbers=tuple(row.numbers)) for row in rows]
