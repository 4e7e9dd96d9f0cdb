"""What the office sees of a participant, and how it finds one by name, number, member number or reference.

Never what she did by phone: no amount, no attendance, and nothing of help."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sms_app import sql
from sms_app.programme import readable, telephones
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.texts import fold

SQL = sql.beside(__file__)


@dataclass(frozen=True)
class Shown:
    """A participant's row; `merged_here` are the member numbers that were merged into this one."""

    id: UUID
    member_number: str
    reference: str
    role: str
    name_sealed: bytes
    language: str
    contact: str
    group_number: int | None
    list_number: int | None
    has_pin: bool
    enrolled_on: date
    left_on: date | None
    left_reason: str | None
    erased_on: date | None
    merged_number: str | None
    household: str | None
    merged_here: Sequence[str]
    savings_group: str | None


@dataclass(frozen=True)
class Phone:
    """A number on which somebody is reached; `stopped` when texts to it are."""

    id: UUID
    number_sealed: bytes
    stopped: bool


@dataclass(frozen=True)
class LatestConsent:
    """The latest entry for a purpose of the person `herself` or of the `guardian`."""

    purpose: str
    given: bool
    taken_on: date
    given_by: str


@dataclass(frozen=True)
class Named:
    """Somebody in a list of those who were looked for."""

    id: UUID
    member_number: str
    name_sealed: bytes
    reference: str
    group_number: int | None
    list_number: int | None
    has_left: bool


def show(office: OfficeTransaction, member: str) -> tuple[Shown, Sequence[Phone], Sequence[LatestConsent]]:
    """A participant with her numbers and her consents, as `shown` finds her. Raises Refused."""
    person = shown(office, member)
    return person, phones(office, person.id), consents(office, person.id)


def shown(office: OfficeTransaction, member: str) -> Shown:
    """A participant by her own member number, whether or not she left; that somebody looked is in the trail. Raises
    Refused."""
    person = sql.one(office.conn, SQL["shown"], Shown, {"programme": office.programme_id, "member": member})
    if person is None:
        raise Refused(f"No participant has the member number {member}.")
    office.record("show", "participant", person.id)
    return person


def phones(office: OfficeTransaction, person: UUID) -> Sequence[Phone]:
    """The numbers on which somebody is reached now."""
    return sql.rows(office.conn, SQL["phones"], Phone, {"person": person})


def consents(office: OfficeTransaction, person: UUID) -> Sequence[LatestConsent]:
    """Her latest word on each purpose, and a guardian's."""
    return sql.rows(office.conn, SQL["consents"], LatestConsent, {"person": person})


def find(office: OfficeTransaction, looked_for: str) -> list[Named]:
    """Those whose name has this in it, or who are reached on this number, or have this member number or reference.

    Names are sealed, so for a name all of the programme's are opened: some seconds for 50,000. `open_names` keeps them
    open."""
    exact = find_exact(office, looked_for)
    if exact is not None:
        return exact
    part = folded(looked_for)
    people = sql.rows(office.conn, SQL["everyone"], Named, {"programme": office.programme_id})
    return [person for person in people if part in folded(name(office, person))]


def find_exact(office: OfficeTransaction, looked_for: str) -> list[Named] | None:
    """Those who are reached on this number, or have this member number or reference; None when it may be a part of a
    name. That somebody looked is in the trail."""
    office.record("find", "programme", office.programme_id)
    number = telephones.e164(looked_for, office.country)
    if number is not None:
        indexes = office.vault.indexes(number, "number")
        values = {"programme": office.programme_id, "indexes": indexes}
        return sql.rows(office.conn, SQL["reached_on"], Named, values)
    values = {"programme": office.programme_id, "looked_for": looked_for}
    exact = sql.rows(office.conn, SQL["numbered"], Named, values)
    return exact if exact or not folded(looked_for) else None


def folded(text: str) -> str:
    """A name, or a part of one, as names are compared: without accents, in small letters."""
    plain = fold(text)
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return plain.casefold().strip()


def named(office: OfficeTransaction, ids: Sequence[UUID]) -> list[Named]:
    """Participants by their ids, in the order of the ids."""
    listed = sql.rows(office.conn, SQL["named"], Named, {"programme": office.programme_id, "ids": list(ids)})
    by_id = {person.id: person for person in listed}
    return [by_id[id_] for id_ in ids if id_ in by_id]


def name(office: OfficeTransaction, person: Named | Shown) -> str:
    """A participant's name, or why it can't be read (readable.name)."""
    return readable.name(office.vault, person.name_sealed, person.id)


def number_of(office: OfficeTransaction, phone: Phone) -> str:
    """A number in E.164, or readable.UNREADABLE."""
    return readable.opened(office.vault, phone.number_sealed, "phone_number", "number_sealed", phone.id)
