"""Who coaches a group now, with name and phone, for staff at the office."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from sms_app.vault import Vault, VaultError

COACHES = """
select distinct on (gc.group_id, c.id) gc.group_id, c.id, c.name_sealed, n.id as phone_id, n.number_sealed
from group_coach gc join coach c on c.id = gc.coach_id left join phone_number n on n.id = c.phone_number_id
where gc.group_id = any(%(groups)s) and gc.to_on is null and c.suspended_on is null
order by gc.group_id, c.id
"""
UNREADABLE = "(not readable with these keys)"


@dataclass(frozen=True)
class Contact:
    """A coach's name and phone; `phone` is empty when she has none."""

    name: str
    phone: str


def contacts(conn: Connection, vault: Vault, groups: Collection[UUID]) -> Mapping[UUID, Sequence[Contact]]:
    """The coaches that these training groups have now, by group; one statement for all of them. A name or number
    under a key that is not configured reads as UNREADABLE."""
    found: dict[UUID, list[Contact]] = defaultdict(list)
    for row in conn.exec_driver_sql(COACHES, {"groups": list(groups)}):
        found[row.group_id].append(_contact(vault, row))
    return {group: tuple(sorted(found[group], key=lambda one: one.name)) for group in groups}


def _contact(vault: Vault, row: Row[Any]) -> Contact:
    name = _opened(vault, row.name_sealed, "coach", "name_sealed", row.id)
    if row.phone_id is None:
        return Contact(name, "")
    return Contact(name, _opened(vault, row.number_sealed, "phone_number", "number_sealed", row.phone_id))


def _opened(vault: Vault, sealed: bytes, table: str, column: str, id_: UUID) -> str:
    try:
        return vault.open(bytes(sealed), table, column, id_)
    except VaultError:
        return UNREADABLE
