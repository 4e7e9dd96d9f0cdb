"""Why a text is not to go, by one SQL rule, the function `refusal` of revision 0015: at sending it is asked about
messages, in previews about texts that are not messages yet. Consent, who is on a number and the arms are read as they
are at that moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql

REASONS = ("number_stopped", "not_on_number", "no_consent", "arm", "daily_cap")
SQL = sql.beside(__file__)


@dataclass(frozen=True)
class Candidate:
    """A text that could be planned: its number, the participants whom it would be for, its kind."""

    phone_number_id: UUID
    people: tuple[UUID, ...]
    kind: str


@dataclass(frozen=True)
class _RefusedMessage:
    id: UUID
    reason: str


@dataclass(frozen=True)
class _RefusedCandidate:
    place: int
    reason: str


def refusals(
    conn: Connection, message_ids: Sequence[UUID], now: datetime, day_start: datetime, most_a_day: int
) -> dict[UUID, str]:
    """Why messages may not go, by id; one that may is not in it. `day_start` is when the local day began."""
    values = {"ids": list(message_ids), "now": now, "day_start": day_start, "most_a_day": most_a_day}
    refused = sql.rows(conn, SQL["refusals_of_messages"], _RefusedMessage, values)
    return {row.id: row.reason for row in refused}


def excluded(
    conn: Connection, candidates: Sequence[Candidate], now: datetime, day_start: datetime, most_a_day: int
) -> dict[int, str]:
    """Why candidates would not be sent at `now`, by their place in the list; one that would is not in it. `day_start`
    is when that local day began. Broadcasts, which know arms, are judged by their own query."""
    values = {
        "phones": [candidate.phone_number_id for candidate in candidates],
        "kinds": [candidate.kind for candidate in candidates],
        # a list of lists of different lengths is no array
        "people": ["{" + ",".join(map(str, candidate.people)) + "}" for candidate in candidates],
        "now": now,
        "day_start": day_start,
        "most_a_day": most_a_day,
    }
    refused = sql.rows(conn, SQL["refusals_of_candidates"], _RefusedCandidate, values)
    return {row.place: row.reason for row in refused}
