"""What is stored now, as the workbook's sheets would say it: what an import compares with, and an export writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from sms_app import sql
from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.columns import Sheet
from sms_app.programme.workbook.rows import Key
from sms_app.vault import Vault, VaultError

SQL = sql.beside(__file__)
MORE = frozenset(
    {"id", "name_sealed", "number_sealed", "phone_id", "assignment_id", "cycle_id", "starts_at", "ends_at"}
)
"""Columns of the statements that are no column of a sheet."""
ListNumbers = Mapping[tuple[Value, int], str]
"""Who was given a number of a list, by the list's key and the number."""


@dataclass(frozen=True)
class StoredRow:
    """A stored row's id, what its sheet says of it, and ids of what hangs on it."""

    id: UUID
    values: Mapping[str, Value]
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _ListNumber:
    list: str | int
    number: int
    person: str


@dataclass(frozen=True)
class _EndedPhone:
    person: str
    phone_id: UUID


@dataclass(frozen=True)
class Erased:
    """Somebody who was erased: her member number, and the keyed index of what the office called her."""

    member_number: str
    reference_index: bytes


@dataclass(frozen=True)
class Stored:
    """All stored rows, by sheet and key in the order of an export, and the list numbers that were ever given, of groups
    and of savings groups."""

    rows: Mapping[str, Mapping[Key, StoredRow]]
    list_numbers: ListNumbers
    savings_numbers: ListNumbers
    ended_phones: frozenset[tuple[str, str]]
    """Each person's reference with a number on which the person was reached once, and is no more."""
    erased: Sequence[Erased] = ()
    """Who was erased: no row of `rows` is hers."""

    def get(self, sheet: Sheet, key: Key) -> StoredRow | None:
        """The stored row of a key."""
        return self.rows[sheet.name].get(key)


class Unreadable(Exception):
    """A name or number is sealed with a key that is not configured."""


def load(
    conn: Connection, vault: Vault, programme_id: int, zone: ZoneInfo, sheets: Mapping[str, Sheet]
) -> Stored:
    """Read everything, a statement a sheet. Raises Unreadable."""
    loader = _Loader(conn, vault, programme_id, zone)
    rows = {"phones": loader.sheet(sheets["phones"])}
    rows |= {name: loader.sheet(sheet) for name, sheet in sheets.items() if name != "phones"}
    numbers: list[ListNumbers] = [
        {(row.list, row.number): row.person for row in sql.rows(conn, SQL[name], _ListNumber, loader.asked)}
        for name in ("list_numbers", "savings_numbers")
    ]
    ended = sql.rows(conn, SQL["ended_phones"], _EndedPhone, loader.asked)
    phones = frozenset((link.person, loader.numbers[link.phone_id]) for link in ended)
    erased = sql.rows(conn, SQL["erased"], Erased, loader.asked)
    return Stored({name: rows[name] for name in sheets}, numbers[0], numbers[1], phones, erased)


class _Loader:
    def __init__(self, conn: Connection, vault: Vault, programme_id: int, zone: ZoneInfo) -> None:
        self.conn, self.vault, self.zone = conn, vault, zone
        self.asked = {"programme": programme_id}
        self.numbers: dict[UUID, str] = {}

    def sheet(self, sheet: Sheet) -> dict[Key, StoredRow]:
        """A sheet's rows, by key."""
        rows: dict[Key, StoredRow] = {}
        for raw in self.conn.exec_driver_sql(SQL[sheet.name], self.asked).mappings():
            row = self._row(sheet, raw)
            rows[tuple(row.values[name] for name in sheet.key)] = row
        return rows

    def _row(self, sheet: Sheet, raw: RowMapping) -> StoredRow:
        values = {name: value for name, value in raw.items() if name not in MORE}
        if "name_sealed" in raw:
            table = "coach" if sheet.name == "coaches" else "participant"
            values["name"] = self._open(raw["name_sealed"], table, "name_sealed", raw["id"])
        if "number_sealed" in raw:
            number = self._open(raw["number_sealed"], "phone_number", "number_sealed", raw["id"])
            values["number"] = self.numbers[raw["id"]] = number
        if "phone_id" in raw:
            values["phone"] = self.numbers[raw["phone_id"]] if raw["phone_id"] else None
        if "starts_at" in raw:
            starts, ends = raw["starts_at"].astimezone(self.zone), raw["ends_at"].astimezone(self.zone)
            values |= {"day": starts.date(), "starts": starts.time(), "ends": ends.time()}
        return StoredRow(raw["id"], values, {name: raw[name] for name in MORE & set(raw)})

    def _open(self, sealed: bytes, table: str, column: str, row: UUID) -> str:
        try:
            return self.vault.open(bytes(sealed), table, column, row)
        except VaultError:
            raise Unreadable("A name or number can't be opened with these keys: see SMS_APP_KEYS.") from None
