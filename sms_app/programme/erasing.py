"""Erasing one person at her request: Rwanda's Law 058/2021 gives her the right to it.

Name, initials, numbers, PIN and year of birth are emptied, and everything that holds only now ends. What is
append-only (attendance, the ledger, consents, the audit trail) stays under her row, which has no name. It can't be
undone."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sms_app import sql
from sms_app.models.programme import MAX_REFERENCE_LENGTH
from sms_app.programme import membership
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.membership import Person

SQL = sql.beside(__file__)
REFERENCE = "reference"
"""What the keyed index of an office's reference is made for."""


@dataclass(frozen=True)
class Consequences:
    """What an erasure does: how many of her numbers are emptied, and how many stay because they are others' too; the
    purposes whose consent ends; the texts that wait; the savings group that she leaves. How many rows of attendance,
    of the ledger and of consents stay without a name."""

    numbers: int
    shared_numbers: int
    consents: Sequence[str]
    waiting: int
    savings_group: str | None
    attendance: int
    ledger: int
    consent_rows: int


@dataclass(frozen=True)
class _Row:
    id: UUID
    reference: str


def consequences(office: OfficeTransaction, member: str) -> tuple[Person, Consequences]:
    """Whom an erasure is about, whether or not she left, and what it would do. Raises Refused."""
    person = _find(office, member)
    told = sql.one(office.conn, SQL["what_is_erased"], Consequences, {"person": person.id})
    if told is None:
        raise LookupError("the statement gives one row")
    return person, told


def erase(office: OfficeTransaction, member: str) -> date | None:
    """Erase the participant of a member number, with the rows that were merged into hers. Raises Refused.

    Gives the day on which she was erased before, when nothing is changed; None when it is done now."""
    office.lock()
    person = _find(office, member)
    if person.erased_on is not None:
        return person.erased_on
    for row in sql.rows(office.conn, SQL["rows_of"], _Row, {"person": person.id}):
        if _erase_row(office, row):
            office.record("erase", "participant", row.id)
    return None


def _find(office: OfficeTransaction, member: str) -> Person:
    person = membership.find_any(office, member)
    if person.merged_number is not None:
        raise Refused(f"{member} was merged into {person.merged_number}: erase that number.")
    return person


def _erase_row(office: OfficeTransaction, row: _Row) -> bool:
    vault = office.vault
    phones = list(office.conn.exec_driver_sql(SQL["numbers_of"], {"person": row.id}).scalars())
    # no number, so nobody dials or types it; different for each row, since a number is stored once
    words = [f"erased:{uuid4()}" for _ in phones]
    values = {
        "person": row.id,
        "called": vault.seal("", "participant", "name_sealed", row.id),
        "reference": secrets.token_hex(MAX_REFERENCE_LENGTH // 2),
        "reference_index": vault.index(row.reference, REFERENCE),
        "phones": phones,
        "emptied": [
            vault.seal(word, "phone_number", "number_sealed", phone)
            for word, phone in zip(words, phones, strict=True)
        ],
        "indexes": [vault.index(word, "number") for word in words],
        "today": office.today,
        "now": office.now,
        "who": office.who,
    }
    return bool(office.conn.exec_driver_sql(SQL["erase_row"], values).scalar_one())
