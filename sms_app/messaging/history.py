"""Lists for staff what became of each message of a span of days, without names, telephone numbers or texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sms_app import sql

SQL = sql.beside(__file__)


@dataclass(frozen=True)
class HistoryRow:
    """One message: when it went or is to go (aware), its groups' numbers and its people's member numbers."""

    at: datetime
    rule: str
    status: str
    reason: str
    groups: tuple[int, ...]
    members: tuple[str, ...]


def due(
    conn: Connection,
    programme_id: int,
    start: datetime,
    end: datetime,
    rule: str | None = None,
    status: str | None = None,
    reason: str | None = None,
    group: int | None = None,
) -> Sequence[HistoryRow]:
    """The messages that were due from `start` until before `end`, in order of time; None means any."""
    values: dict[str, Any] = {
        "programme": programme_id,
        "start": start,
        "end": end,
        "rule": rule,
        "status": status,
        "reason": reason,
        "group": group,
    }
    rows = sql.rows(conn, SQL["due_messages"], HistoryRow, values)
    return [replace(row, groups=tuple(row.groups), members=tuple(row.members)) for row in rows]
