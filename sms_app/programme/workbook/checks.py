"""What must hold among a workbook's rows, and between them and what is stored: keys, references, lost zeros."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sms_app.programme.settings import Programme
from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.changes.difference import after
from sms_app.programme.workbook.columns import Kind, Sheet
from sms_app.programme.workbook.faults import Fault
from sms_app.programme.workbook.rows import Key, Row, Rows
from sms_app.programme.workbook.stored import Stored, StoredRow


@dataclass(frozen=True)
class Entry:
    """One row as it will be: its values, the file's row (None when only stored), and what is stored."""

    values: Mapping[str, Value]
    row: Row | None
    stored: StoredRow | None

    @property
    def where(self) -> str:
        """How a fault names it."""
        return f"row {self.row.number}" if self.row else "what is stored"


@dataclass
class Checked:
    """A workbook's rows laid over what is stored. `entries` has every row of each sheet as it will be, by key. Checks
    add to `faults`."""

    programme: Programme
    sheets: Mapping[str, Sheet]
    rows: Rows
    stored: Stored
    now: datetime
    today: date
    entries: dict[str, dict[Key, Entry]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, sheet: str, row: Row, column: str, expected: str) -> None:
        """Add a fault at a column, by the sheet's and the column's name."""
        at = self.sheets[sheet]
        self.faults.append(Fault(at.title, row.number, at.column(column).title, expected))

    def given(self, sheet: str) -> Iterator[tuple[Row, Mapping[str, Value], StoredRow | None]]:
        """The file's rows of a sheet that have a key, with what they will say and what is stored."""
        for entry in self.entries[sheet].values():
            if entry.row is not None:
                yield entry.row, entry.values, entry.stored


def merge_with_stored(checked: Checked) -> None:
    """Fill in `entries`: the file's rows merged with the stored ones. Two rows with one key are a fault."""
    for name, sheet in checked.sheets.items():
        entries = {key: Entry(row.values, None, row) for key, row in checked.stored.rows[name].items()}
        for row in checked.rows.get(name, ()):
            key = row.key(sheet)
            if key is None:
                continue
            earlier = entries.get(key)
            if earlier is not None and earlier.row is not None:
                checked.fault(
                    name,
                    row,
                    sheet.key[0],
                    f"expected each only once, and row {earlier.row.number} is the same",
                )
                continue
            kept = checked.stored.get(sheet, key)
            entries[key] = Entry(after(sheet, row, kept), row, kept)
        checked.entries[name] = entries


def references(checked: Checked) -> None:
    """A reference names a row of its sheet, in the file or stored."""
    known = {name: set(checked.entries[name]) for name in checked.sheets}
    for name, sheet in checked.sheets.items():
        referring = [column for column in sheet.columns if column.refers]
        for row in checked.rows.get(name, ()):
            for column in referring:
                value = row.values.get(column.name)
                if value is not None and (value,) not in known[column.refers]:
                    target = checked.sheets[column.refers].title
                    checked.fault(
                        name, row, column.name, f"expected one that the sheet {target} has, and it has none"
                    )


def lost_zeros(checked: Checked) -> None:
    """Of two codes that differ only in leading zeros, a spreadsheet has changed one."""
    for name, sheet in checked.sheets.items():
        if len(sheet.key) != 1 or sheet.column(sheet.key[0]).kind not in {Kind.KEY, Kind.CODE}:
            continue
        longest: dict[str, Entry] = {}
        for (code,), entry in checked.entries[name].items():
            if isinstance(code, str) and code.startswith("0"):
                longest[code.lstrip("0")] = entry
        for (code,), entry in checked.entries[name].items():
            other = longest.get(str(code))
            if entry.row is not None and entry.stored is None and other is not None:
                checked.fault(
                    name,
                    entry.row,
                    sheet.key[0],
                    f"expected its leading zeros, as in {other.where}: format the column as text, and write them again",
                )


def dates(checked: Checked) -> None:
    """What ends does not end before it began, and nothing but a session lies in the future."""
    for name, sheet in checked.sheets.items():
        days = [column.name for column in sheet.columns if column.kind is Kind.DAY]
        if name == "sessions":
            continue
        for row, values, _ in checked.given(name):
            for column in days:
                day = row.values.get(column)
                if isinstance(day, date) and day > checked.today:
                    checked.fault(name, row, column, "expected a day that is not in the future")
            for first, last in (
                ("since", "until"),
                ("enrolled_on", "left_on"),
                ("enrolled_on", "group_since"),
            ):
                begins, ends = values.get(first), values.get(last)
                if isinstance(begins, date) and isinstance(ends, date) and ends < begins:
                    title = sheet.column(first).title
                    checked.fault(name, row, last, f"expected a day that is not before `{title}`")
