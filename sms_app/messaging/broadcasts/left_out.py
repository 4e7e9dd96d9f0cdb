"""Lists whom a broadcast leaves out and why, by group and list number, never by name or telephone number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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


def left_out(conn: Connection, asked: Mapping[str, Any], given_up: Sequence[UUID]) -> list[LeftOut]:
    """Whom a broadcast leaves out, by reason and group. `asked` is what `drafts.values` gives; `given_up` are numbers
    to which the daily cap leaves no place."""
    values = {**asked, "given_up": list(given_up), "waits": WAITS, "no_phone": NO_PHONE}
    rows = sql.rows(conn, SQL["left_out"], LeftOut, values)
    return [replace(row, numbers=tuple(row.numbers)) for row in rows]
