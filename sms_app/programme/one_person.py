"""A copy of what is stored of one person, for herself: Rwanda's Law 058/2021 gives her the right to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sms_app import sql
from sms_app.programme import membership, readable
from sms_app.programme.desk import OfficeTransaction, Refused

SQL = sql.beside(__file__)
SEALED = {
    "person": ("name", "participant", "name_sealed"),
    "numbers": ("number", "phone_number", "number_sealed"),
}
"""The subjects with a sealed value: its name in the file, and the table and column that it is sealed for."""
MORE: Mapping[str, Sequence[str]] = {
    "command": ("savings_amounts",),
    "console": ("savings_entries", "trail"),
}
"""What the role of a command, or of the console, may read besides."""
Cell = str | int | bool | None


@dataclass(frozen=True)
class Subject:
    """What is stored of her about one subject: rows of values by their names, in order. A moment is UTC in ISO 8601."""

    name: str
    data: Sequence[Mapping[str, Cell]]


def stored_of(office: OfficeTransaction, member: str, reader: Literal["command", "console"]) -> list[Subject]:
    """Everything that the reader's database role may see of a participant, whether or not she left; that it was made is
    in the audit trail. Raises Refused."""
    person = membership.find_any(office, member)
    if person.merged_number is not None:
        raise Refused(f"{member} was merged into {person.merged_number}: use that number.")
    values = {"person": person.id}
    subjects = [
        subject
        for statement in ("hers", *MORE[reader])
        for subject in sql.rows(office.conn, SQL[statement], Subject, values)
    ]
    office.record("export_person", "participant", person.id)
    return [_opened(office, subject) for subject in subjects]


def _opened(office: OfficeTransaction, subject: Subject) -> Subject:
    """The subject without the ids of rows, its sealed values opened."""
    if subject.name not in SEALED:
        return subject
    value, table, column = SEALED[subject.name]
    data = []
    for row in subject.data:
        sealed = bytes.fromhex(str(row[value]).removeprefix("\\x"))
        plain = readable.opened(office.vault, sealed, table, column, UUID(str(row["id"])))
        data.append({name: plain if name == value else cell for name, cell in row.items() if name != "id"})
    return Subject(subject.name, data)
