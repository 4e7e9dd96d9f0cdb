"""Lists for staff what became of each message of a span of days, without names, telephone numbers or texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

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


@dataclass(frozen=True)
class HerText:
    """A text that went to a number of hers or is to go there, and what became of it: never what it says."""

    at: datetime
    rule: str
    status: str
    reason: str


@dataclass(frozen=True)
class CountedTexts:
    """How many texts of a rule went, or are to go, in a minute (aware), with what became of them."""

    at: datetime
    rule: str
    status: str
    reason: str
    many: int


def texts_of_gathering(conn: Connection, gathering: UUID) -> Sequence[CountedTexts]:
    """The texts about a session or meeting, in order of time: no words, no numbers, nobody's name."""
    return sql.rows(conn, SQL["texts_of_gathering"], CountedTexts, {"gathering": gathering})


def texts_of(conn: Connection, participant: UUID, most: int) -> Sequence[HerText]:
    """The latest texts for a participant on the numbers on which she is reached now, the latest first."""
    return sql.rows(conn, SQL["texts_of"], HerText, {"person": participant, "most": most})


def waiting_for(conn: Connection, programme_id: int, participant: UUID) -> Sequence[HerText]:
    """The texts that wait to be sent and are for a participant, the next first; `at` is when they are due."""
    return sql.rows(conn, SQL["waiting_for"], HerText, {"programme": programme_id, "person": participant})


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
    return _due(
        conn,
        programme_id,
        start,
        end,
        rule=rule,
        statuses=None if status is None else [status],
        reason=reason,
        group=group,
    )


def first_due(
    conn: Connection,
    programme_id: int,
    start: datetime,
    end: datetime,
    statuses: Sequence[str],
    without: str,
    most: int,
) -> Sequence[HistoryRow]:
    """The first messages, at most `most`, that are due from `start` until before `end` and have one of the statuses,
    but those of the rule `without`; in order of time."""
    return _due(conn, programme_id, start, end, statuses=list(statuses), without=without, most=most)


def _due(
    conn: Connection, programme_id: int, start: datetime, end: datetime, **filters: object
) -> Sequence[HistoryRow]:
    """The messages of a span that fit the filters of `due_messages`; what is left out means any."""
    anything = dict.fromkeys(("rule", "without", "statuses", "reason", "group", "most"))
    values = {"programme": programme_id, "start": start, "end": end, **anything, **filters}
    rows = sql.rows(conn, SQL["due_messages"], HistoryRow, values)
    return [replace(row, groups=tuple(row.groups), members=tuple(row.members)) for row in rows]
