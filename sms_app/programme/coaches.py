"""The names and phones of the coaches of a group, for staff at the office."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme import readable
from sms_app.vault import Vault

COACHES = """
select distinct on (gc.group_id, c.id) gc.group_id, c.id, c.name_sealed, n.id as phone_id, n.number_sealed
from group_coach gc join coach c on c.id = gc.coach_id left join phone_number n on n.id = c.phone_number_id
where gc.group_id = any(%(groups)s) and gc.to_on is null and c.suspended_on is null
order by gc.group_id, c.id
"""
NAMED = """
select id, name_sealed from coach where programme_id = %(programme)s and suspended_on is null limit %(most)s
"""


@dataclass(frozen=True)
class Contact:
    """A coach's name and phone; `phone` is empty when she has none."""

    name: str
    phone: str
    id: UUID


@dataclass(frozen=True)
class NamedCoach:
    """A coach of the programme, by name."""

    id: UUID
    name: str


@dataclass(frozen=True)
class _Named:
    id: UUID
    name_sealed: bytes


@dataclass(frozen=True)
class _Coach:
    """A coach of a group, with her number if she has one."""

    group_id: UUID
    id: UUID
    name_sealed: bytes
    phone_id: UUID | None
    number_sealed: bytes | None


def contacts(conn: Connection, vault: Vault, groups: Collection[UUID]) -> Mapping[UUID, Sequence[Contact]]:
    """The present coaches of these training groups, by group, read in one statement. A name or number that is sealed
    with a key that is not configured reads as readable.UNREADABLE."""
    by_group: dict[UUID, list[Contact]] = defaultdict(list)
    for coach in sql.rows(conn, COACHES, _Coach, {"groups": list(groups)}):
        by_group[coach.group_id].append(_contact(vault, coach))
    return {group: tuple(sorted(by_group[group], key=lambda contact: contact.name)) for group in groups}


def named(conn: Connection, vault: Vault, programme_id: int, most: int) -> Sequence[NamedCoach]:
    """The programme's coaches by name; none when it has more than `most`."""
    rows = sql.rows(conn, NAMED, _Named, {"programme": programme_id, "most": most + 1})
    if len(rows) > most:
        return []
    every = [
        NamedCoach(row.id, readable.opened(vault, row.name_sealed, "coach", "name_sealed", row.id))
        for row in rows
    ]
    return sorted(every, key=lambda coach: coach.name)


def _contact(vault: Vault, coach: _Coach) -> Contact:
    name = readable.opened(vault, coach.name_sealed, "coach", "name_sealed", coach.id)
    if coach.phone_id is None or coach.number_sealed is None:
        return Contact(name, "", coach.id)
    phone = readable.opened(vault, coach.number_sealed, "phone_number", "number_sealed", coach.phone_id)
    return Contact(name, phone, coach.id)
