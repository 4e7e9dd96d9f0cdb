"""Study ids: what the study's files call participants and households. Whose each is stands in the schema `study` only.

An id is drawn at random and stays. It has no vowels and none of the letters and digits that look alike, and a
participant's begins with P, a household's with H."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme import locks

SQL = sql.beside(__file__)
LETTERS = "346789CDFGJKMNQRTVWXY"
LENGTH = 8
PARTICIPANT, HOUSEHOLD = "P", "H"
"""The first letter of a participant's and of a household's id; no other letter of an id is one of these."""


@dataclass(frozen=True)
class _Identity:
    id: UUID
    study_id: str


@dataclass(frozen=True)
class MapRow:
    """A line of the map: a study id, and the member number on her card. `replaced_by` is the study id that exports give
    instead, None for most: her row was merged into another after an export may have had the earlier id."""

    study_id: str
    member_number: str
    replaced_by: str | None


def assign(conn: Connection, programme_id: int) -> int:
    """Give a study id to each participant and household of a programme that has none; gives how many were drawn. It may
    be repeated, and two at the same time wait for each other. A row that was merged into another gets none."""
    locks.lock_people(conn, programme_id)
    asked = {"programme": programme_id}
    drawn = 0
    for kind, letter in (("participants", PARTICIPANT), ("households", HOUSEHOLD)):
        without = list(conn.exec_driver_sql(SQL[f"{kind}_without_id"], asked).scalars())
        taken = set(conn.exec_driver_sql(SQL[f"{kind}_ids"]).scalars()) if without else set()
        ids = _draw(letter, len(without), taken)
        if ids:
            conn.exec_driver_sql(SQL[f"add_{kind}"], {"rows": without, "ids": ids})
        drawn += len(ids)
    return drawn


def of(conn: Connection, programme_id: int) -> Mapping[UUID, str]:
    """The study id of each participant by the id of her row; a merged row has that of the one who stays. Whoever has
    none is missing: `assign` comes first."""
    identities = sql.rows(conn, SQL["of"], _Identity, {"programme": programme_id})
    return {identity.id: identity.study_id for identity in identities}


def of_households(conn: Connection, programme_id: int) -> Mapping[UUID, str]:
    """The study id of each household by its row's id."""
    identities = sql.rows(conn, SQL["of_households"], _Identity, {"programme": programme_id})
    return {identity.id: identity.study_id for identity in identities}


def whole_map(conn: Connection, programme_id: int) -> list[MapRow]:
    """Which study id is whose, by study id: the only list that links an export to people."""
    return sql.rows(conn, SQL["whole_map"], MapRow, {"programme": programme_id})


def _draw(letter: str, count: int, taken: set[str]) -> list[str]:
    """New ids that nobody has, in no order that tells anything."""
    drawn: list[str] = []
    while len(drawn) < count:
        id_ = letter + "".join(secrets.choice(LETTERS) for _ in range(LENGTH - 1))
        if id_ not in taken:
            taken.add(id_)
            drawn.append(id_)
    return drawn
