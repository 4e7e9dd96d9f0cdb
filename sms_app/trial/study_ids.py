"""Study ids: random and stable, so that an export names nobody. Which is whose stands in `study.identity` only."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Connection

# no vowels, which would make words, and nothing that looks like another sign
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
LENGTH = 8
WITHOUT = """
select p.id from participant p
where p.programme_id = %(programme)s and p.merged_into is null
  and not exists (select from study.identity i where i.participant_id = p.id)
order by p.id
"""
ADD = """
insert into study.identity (participant_id, study_id) values (%(person)s, %(study_id)s)
on conflict do nothing returning 1
"""
ALL = """
select p.id, i.study_id from participant p
join study.identity i on i.participant_id = coalesce(p.merged_into, p.id)
where p.programme_id = %(programme)s
"""


def assign(conn: Connection, programme_id: int) -> None:
    """Give a study id to each participant who has none; one that is there stays."""
    for person in conn.exec_driver_sql(WITHOUT, {"programme": programme_id}).scalars().all():
        while conn.exec_driver_sql(ADD, {"person": person, "study_id": _new()}).first() is None:
            # somebody else has this id
            continue


def of(conn: Connection, programme_id: int) -> Mapping[UUID, str]:
    """The study id of each participant; one who was merged has the other one's."""
    return {row.id: row.study_id for row in conn.exec_driver_sql(ALL, {"programme": programme_id})}


def _new() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
