"""Audiences that officers keep under a name, to choose again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging.broadcasts.audience import Audience

LIST = """
select id, name, roles, groups, sectors, languages, contacts from saved_audience
where programme_id = %(programme)s order by name
"""
KEEP = """
insert into saved_audience (id, programme_id, name, roles, groups, sectors, languages, contacts)
values (%(id)s, %(programme)s, %(name)s, %(roles)s, %(groups)s, %(sectors)s, %(languages)s, %(contacts)s)
on conflict do nothing
"""
DELETE = "delete from saved_audience where id = %(id)s and programme_id = %(programme)s"


@dataclass(frozen=True)
class SavedAudience:
    """An audience with its name."""

    id: UUID
    name: str
    audience: Audience


@dataclass(frozen=True)
class _Row:
    id: UUID
    name: str
    roles: Sequence[str]
    groups: Sequence[int]
    sectors: Sequence[str]
    languages: Sequence[str]
    contacts: Sequence[str]


def saved(conn: Connection, programme_id: int) -> list[SavedAudience]:
    """The programme's audiences by name."""
    return [
        SavedAudience(
            row.id,
            row.name,
            Audience(
                tuple(row.roles),
                tuple(row.groups),
                tuple(row.sectors),
                languages=tuple(row.languages),
                contacts=tuple(row.contacts),
            ),
        )
        for row in sql.rows(conn, LIST, _Row, {"programme": programme_id})
    ]


def keep(conn: Connection, programme_id: int, name: str, audience: Audience) -> bool:
    """Keep an audience under a name; False when the name is taken."""
    values = {
        "id": uuid4(),
        "programme": programme_id,
        "name": name,
        "roles": list(audience.roles),
        "groups": list(audience.groups),
        "sectors": list(audience.sectors),
        "languages": list(audience.languages),
        "contacts": list(audience.contacts),
    }
    return conn.exec_driver_sql(KEEP, values).rowcount == 1


def forget(conn: Connection, programme_id: int, id_: UUID) -> bool:
    """Delete a saved audience; False when there is none with this id."""
    return conn.exec_driver_sql(DELETE, {"id": id_, "programme": programme_id}).rowcount == 1
