"""The screening log as a CSV file: a row for each day and village, a column for each criterion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sms_app.models.programme import MAX_VILLAGE_LENGTH
from sms_app.programme.desk import OfficeTransaction
from sms_app.programme.workbook import cells, files
from sms_app.programme.workbook.columns import Column, Kind
from sms_app.programme.workbook.faults import CannotRead, Fault, WorkbookFaults
from sms_app.programme.workbook.whole_files import WholeFiles
from sms_app.trial import export_file, screening
from sms_app.trial.screening import Criteria, Screened

EXCLUDED = "excluded_"
"""Before a criterion's key, in the title of its column."""


def export(office: OfficeTransaction, files: WholeFiles, criteria: Criteria, path: Path) -> int:
    """Write the log to a CSV file, which `read` reads again; gives the number of rows. Raises CannotWrite."""
    rows = screening.log(office)
    keys = _keys(rows, criteria)
    lines: list[list[export_file.Cell]] = [
        [
            row.day,
            row.village,
            row.seen,
            *(row.excluded.get(key, 0) for key in keys),
            row.refused,
            row.enrolled,
        ]
        for row in rows
    ]
    office.record("export_screening", "programme", office.programme_id)
    return export_file.write(files, path, [column.title for column in _columns(keys)], lines)


def read(office: OfficeTransaction, criteria: Criteria, path: Path) -> list[Screened]:
    """The counts of a CSV file; an empty cell of a criterion is 0. Raises CannotRead, and WorkbookFaults with every
    fault by row and column."""
    if not path.is_file():
        raise CannotRead(f"There is no file {path.name}.")
    keys = _keys(screening.log(office), criteria)
    reader = _Reader(path.name, keys, office.today)
    counts = reader.read(files.read_csv(path))
    if reader.faults:
        raise WorkbookFaults(sorted(reader.faults))
    return counts


def _keys(rows: Sequence[Screened], criteria: Criteria) -> list[str]:
    """The programme's criteria, and after them those that only the log still has."""
    earlier = {key for row in rows for key in row.excluded} - set(criteria)
    return [*criteria, *sorted(earlier)]


def _columns(keys: Sequence[str]) -> list[Column]:
    def count(title: str, needed: bool) -> Column:
        return Column(title, title, Kind.COUNT, "", needed, longest=screening.MAX_COUNT)

    return [
        Column("day", "day", Kind.DAY, "", needed=True),
        Column("village", "village", Kind.TEXT, "", needed=True, longest=MAX_VILLAGE_LENGTH),
        count("seen", True),
        *(count(f"{EXCLUDED}{key}", False) for key in keys),
        count("refused", True),
        count("enrolled", True),
    ]


class _Reader:
    def __init__(self, name: str, keys: Sequence[str], today: date) -> None:
        self.name, self.keys, self.today = name, keys, today
        self.columns = {column.title: column for column in _columns(keys)}
        self.faults: list[Fault] = []

    def read(self, rows: Sequence[Sequence[object]]) -> list[Screened]:
        """The counts of the rows below the titles; faults are noted."""
        titles = [str(cell).strip().casefold() for cell in rows[0]]
        for title in sorted(set(titles)):
            if title not in self.columns:
                self._fault(1, "", f"a column is not known: expected {', '.join(self.columns)}")
            elif titles.count(title) > 1:
                self._fault(1, title, "the column is there twice")
        for title, column in self.columns.items():
            if column.needed and title not in titles:
                self._fault(1, title, "expected this column, and the file does not have it")
        if self.faults:
            return []
        counts: list[Screened] = []
        places: dict[tuple[date, str], int] = {}
        for number, row in enumerate(rows[1:], 2):
            entry = self._entry(number, titles, row) if any(str(cell).strip() for cell in row) else None
            if entry is None:
                continue
            earlier = places.setdefault((entry.day, entry.village.casefold()), number)
            if earlier != number:
                self._fault(
                    number, "village", f"expected each day and village once, and row {earlier} is the same"
                )
            counts.append(entry)
        return counts

    def _entry(self, number: int, titles: Sequence[str], row: Sequence[object]) -> Screened | None:
        if len(row) != len(titles):
            self._fault(number, "", f"expected {len(titles)} cells, and there are {len(row)}")
            return None
        values: dict[str, cells.Value] = {}
        before = len(self.faults)
        for title, raw in zip(titles, row, strict=True):
            column = self.columns[title]
            try:
                values[title] = cells.read(raw, column, "")
                if values[title] is None and column.needed:
                    raise cells.Wrong("expected a value, and the cell is empty")
            except cells.Wrong as error:
                self._fault(number, title, str(error))
        day = values.get("day")
        if len(self.faults) > before or not isinstance(day, date):
            return None
        excluded = {key: _number(values.get(f"{EXCLUDED}{key}")) for key in self.keys}
        totals = [_number(values[title]) for title in ("seen", "refused", "enrolled")]
        entry = Screened(day, str(values["village"]), totals[0], excluded, totals[1], totals[2])
        for fault in screening.faults(entry, self.keys, self.today):
            self._fault(number, "", fault)
        return entry

    def _fault(self, row: int, column: str, expected: str) -> None:
        self.faults.append(Fault(self.name, row, column, expected))


def _number(value: cells.Value) -> int:
    return value if isinstance(value, int) else 0
