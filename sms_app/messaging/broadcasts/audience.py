"""A broadcast's audience, by role, group, sector, arm, language and kind of contact.

It is never by what someone saved, missed or asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from sms_app import sql
from sms_app.models.people import ROLES
from sms_app.programme.loaded import LoadedProgramme

COACH = "coach"
CONTACTS = ("own", "household", "neighbour", "leader")
"""The kinds of contact that have a number."""
SQL = sql.beside(__file__)
GROUPS = "select number, sector from training_group where programme_id = %(programme)s order by number"


class AudienceFaults(Exception):
    """An audience names what is not there; `faults` says what, and what there is."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


@dataclass(frozen=True)
class Audience:
    """Who is meant; none of a kind means all.

    Roles (`coach` alone, or some of woman, man, leader; none: all three), group numbers, sectors, arms' codes,
    languages and kinds of contact."""

    roles: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()
    sectors: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()

    def sorted(self) -> Audience:
        """The same audience, each thing named once and in order, so that equal ones look equal."""
        return Audience(
            tuple(sorted(set(self.roles or ROLES))),
            tuple(sorted(set(self.groups))),
            tuple(sorted(set(self.sectors))),
            tuple(sorted(set(self.arms))),
            tuple(sorted(set(self.languages))),
            tuple(sorted(set(self.contacts))),
        )


@dataclass(frozen=True)
class Counted:
    """How many people are in an audience, how many of them have no number, and the arms that may get the broadcast. No
    arm is named when every arm is among them, or nobody has one."""

    people: int
    without_number: int
    arms: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A training group's number and sector."""

    number: int
    sector: str


@dataclass(frozen=True)
class _Count:
    people: int
    without_number: int
    arms: Sequence[str]
    all_arms: Sequence[str]


def places(conn: Connection, programme_id: int) -> list[Place]:
    """The groups that an audience may name, by number."""
    return sql.rows(conn, GROUPS, Place, {"programme": programme_id})


def check(conn: Connection, programme: LoadedProgramme, audience: Audience) -> None:
    """Raises AudienceFaults for each role, group, sector, arm, language or contact that the programme does not have."""
    groups = places(conn, programme.id)
    faults = [
        *_unknown("role", audience.roles, (*ROLES, COACH)),
        *_unknown("group", audience.groups, [group.number for group in groups]),
        *_unknown("sector", audience.sectors, sorted({group.sector for group in groups})),
        *_unknown("arm", audience.arms, sorted(programme.settings.arms)),
        *_unknown("language", audience.languages, programme.settings.languages),
        *_unknown("contact", audience.contacts, CONTACTS),
    ]
    if COACH in audience.roles and len(set(audience.roles)) > 1:
        faults.append("A text to coaches goes to them alone: make another broadcast for the others.")
    if COACH in audience.roles and audience.arms:
        faults.append("Coaches have no arm: leave it out.")
    if COACH in audience.roles and (audience.languages or audience.contacts):
        faults.append("Coaches have no language and no kind of contact: leave them out.")
    if faults:
        raise AudienceFaults(faults)


def count(conn: Connection, programme: LoadedProgramme, audience: Audience) -> Counted:
    """How many an audience is."""
    (row,) = sql.rows(conn, SQL["count"], _Count, values(programme, audience))
    arms = () if row.arms == row.all_arms else tuple(row.arms)
    return Counted(row.people, row.without_number, arms)


def values(programme: LoadedProgramme, audience: Audience) -> dict[str, object]:
    """What the database's functions for broadcasts (revision 0015) are asked with."""
    return {
        "programme": programme.id,
        "roles": list(audience.roles or ROLES),
        "groups": list(audience.groups),
        "sectors": list(audience.sectors),
        "only_arms": list(audience.arms),
        "only_languages": list(audience.languages),
        "contacts": list(audience.contacts),
    }


def _unknown(what: str, named: Iterable[object], there: Sequence[object]) -> list[str]:
    known = _listed(there) or "none"
    return [f"There is no {what} `{name}`; there is: {known}." for name in named if name not in there]


def _listed(there: Sequence[object]) -> str:
    """A list for a sentence; a run of numbers as its ends."""
    numbers = [item for item in there if isinstance(item, int)]
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(map(str, there))
