"""How a workbook's rows differ from what is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.columns import Sheet
from sms_app.programme.workbook.rows import Key, Row, Rows
from sms_app.programme.workbook.stored import Stored, StoredRow


@dataclass(frozen=True)
class Difference:
    """A row that is new (`stored` is None) or changed. `id` is the stored row's, or the new one's. `after` is what the
    row says then, `changed` the columns that differ."""

    row: Row
    stored: StoredRow | None
    id: UUID
    after: Mapping[str, Value]
    changed: frozenset[str]

    @property
    def is_new(self) -> bool:
        return self.stored is None


def after(sheet: Sheet, row: Row, stored: StoredRow | None) -> dict[str, Value]:
    """What a row says, with what is stored where the file says nothing."""
    values: dict[str, Value] = {column.name: None for column in sheet.columns}
    values |= stored.values if stored else {}
    for column in sheet.columns:
        if column.name in row.values and not (column.keeps and row.values[column.name] is None):
            values[column.name] = row.values[column.name]
    if stored and begins_again(row, stored):
        values["until"] = None
    return values


def begins_again(row: Row, stored: StoredRow) -> bool:
    """Whether a row says that a relation which is stored as ended has begun again: a later first day, and no last."""
    ended, since = stored.values.get("until"), row.values.get("since")
    return (
        isinstance(ended, date)
        and isinstance(since, date)
        and row.values.get("until") is None
        and since >= ended
        and since != stored.values["since"]
    )


def differences(sheet: Sheet, rows: Sequence[Row], stored: Stored) -> list[Difference]:
    """The rows that are new or changed, in the file's order."""
    different = []
    for row in rows:
        key = row.key(sheet)
        kept = stored.get(sheet, key) if key is not None else None
        values = after(sheet, row, kept)
        before = kept.values if kept else {}
        changed = frozenset(
            name for name, value in values.items() if kept is None or value != before.get(name)
        )
        if changed:
            different.append(Difference(row, kept, kept.id if kept else uuid4(), values, changed))
    return different


@dataclass(frozen=True)
class Audited:
    """A line of the audit trail: what was done to which row of which table."""

    what: str
    table: str
    id: UUID


@dataclass
class Import:
    """An import on its way: what it reads, what it stores, and the ids of all rows, stored and new, by sheet and key.
    `now` is aware UTC, `today` the programme's day."""

    conn: Connection
    loaded: LoadedProgramme
    sheets: Mapping[str, Sheet]
    rows: Rows
    stored: Stored
    who: str
    now: datetime
    today: date
    ids: dict[str, dict[Key, UUID]] = field(default_factory=dict)
    different: dict[str, list[Difference]] = field(default_factory=dict)
    trail: list[Audited] = field(default_factory=list)

    def compare(self) -> None:
        """Find every sheet's differences, and the ids of all rows."""
        for name, sheet in self.sheets.items():
            ids = {key: row.id for key, row in self.stored.rows[name].items()}
            self.different[name] = differences(sheet, self.rows.get(name, ()), self.stored)
            for difference in self.different[name]:
                ids[tuple(difference.after[column] for column in sheet.key)] = difference.id
            self.ids[name] = ids

    def differences_of(self, name: str) -> list[Difference]:
        """A sheet's rows that are new or changed."""
        return self.different[name]

    def id(self, name: str, *key: Value) -> UUID | None:
        """The id of a row of a sheet; None when the key is empty."""
        return self.ids[name][key] if key != (None,) else None

    def audit(self, table: str, differences: Sequence[Difference]) -> None:
        """Add an entry for each to the audit trail."""
        self.trail += [
            Audited("import_add" if difference.is_new else "import_change", table, difference.id)
            for difference in differences
        ]


def new(differences: Sequence[Difference]) -> Iterator[Difference]:
    """Those of the differences that are new rows."""
    return (difference for difference in differences if difference.is_new)


def changed(differences: Sequence[Difference], *columns: str) -> Iterator[Difference]:
    """Those that are stored already, and differ in one of these columns; in any if none is named."""
    return (
        difference
        for difference in differences
        if not difference.is_new and (not columns or difference.changed & set(columns))
    )
