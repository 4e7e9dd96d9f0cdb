"""Whom no text, roll or report reached for four weeks, and why no text did.

`silent_people` (revision 0029) says who they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from sms_app import sql

SQL = sql.beside(__file__)
SILENT_FOR = timedelta(weeks=4)
REASONS = ("no_phone", "stopped", "refused", "unknown", "failed", "no_text")
"""No number; texts to all her numbers are stopped; no consent to texts; a text may have gone, nobody knows; texts
failed; no text was sent to her."""
GROUP = """
select id, number, role, sector, place from training_group where programme_id = %(programme)s and id = %(group)s
"""


@dataclass(frozen=True)
class GroupSilence:
    """How many of a group's people are silent, by the reason why no text reached them. `people` are all of the group.
    The group is None for people who are in no group."""

    group_id: UUID | None
    number: int | None
    sector: str | None
    people: int
    no_phone: int
    stopped: int
    refused: int
    unknown: int
    failed: int
    no_text: int

    @property
    def silent(self) -> int:
        """How many are silent, for any reason."""
        return sum(getattr(self, reason) for reason in REASONS)


@dataclass(frozen=True)
class SilentPerson:
    """Somebody whom nothing reached; the name is sealed. `contact` says whose phone she is reached on."""

    id: UUID
    member_number: str
    name_sealed: bytes
    list_number: int | None
    contact: str
    reason: str


@dataclass(frozen=True)
class Group:
    """A training group."""

    id: UUID
    number: int
    role: str
    sector: str
    place: str


def by_group(conn: Connection, programme_id: int, zone: ZoneInfo, now: datetime) -> Sequence[GroupSilence]:
    """Each group with how many of its people are silent, the most silent group first."""
    return sql.rows(conn, SQL["silence_by_group"], GroupSilence, _values(programme_id, zone, now))


def group(conn: Connection, programme_id: int, id_: UUID) -> Group | None:
    """A training group of the programme."""
    return sql.one(conn, GROUP, Group, {"programme": programme_id, "group": id_})


def of_group(
    conn: Connection, programme_id: int, group_id: UUID, zone: ZoneInfo, now: datetime
) -> Sequence[SilentPerson]:
    """The silent people of a group, by list number."""
    values = {**_values(programme_id, zone, now), "group": group_id}
    return sql.rows(conn, SQL["silent_of_group"], SilentPerson, values)


def _values(programme_id: int, zone: ZoneInfo, now: datetime) -> dict[str, object]:
    since = now - SILENT_FOR
    return {"programme": programme_id, "since": since, "since_day": since.astimezone(zone).date()}
