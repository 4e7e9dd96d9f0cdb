"""What is stored as a workbook's sheets: everything that an import takes, and no PIN."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

from phonenumbers import NumberParseException
from sqlalchemy import Connection

from sms_app.programme import audit
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.workbook import cells, stored
from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.columns import Column, Sheet
from sms_app.programme.workbook.sheets import all_sheets, by_name
from sms_app.programme.workbook.stored import StoredRow
from sms_app.programme.workbook.whole_files import WholeFiles
from sms_app.programme.workbook.writing import Cell, write

ARM_COLUMNS = frozenset({"arm", "assigned_on", "arm_reason"})


def export(
    conn: Connection,
    files: WholeFiles,
    loaded: LoadedProgramme,
    path: Path,
    with_arms: bool,
    who: str,
    now: datetime,
) -> int:
    """Write everything to a workbook or folder, with an entry in the audit trail; gives the number of rows.

    Raises CannotWrite and stored.Unreadable."""
    sheets = tuple(sheet if with_arms else _without_arms(sheet) for sheet in all_sheets(loaded.settings))
    what = "export_people_and_arms" if with_arms else "export_people"
    audit.record(conn, loaded.id, who, what, "programme", loaded.id, now)
    kept = stored.load(conn, loaded.vault, loaded.id, loaded.calendar.zone, by_name(sheets))
    content = {
        sheet.name: _rows(loaded, sheet, list(kept.rows[sheet.name].values()), now) for sheet in sheets
    }
    lists = {name: list(rows) for name, rows in content.items()}
    write(files, path, sheets, lists)
    return sum(map(len, lists.values()))


def _without_arms(sheet: Sheet) -> Sheet:
    return replace(sheet, columns=tuple(column for column in sheet.columns if column.name not in ARM_COLUMNS))


def _rows(
    loaded: LoadedProgramme, sheet: Sheet, rows: Sequence[StoredRow], now: datetime
) -> Iterator[Sequence[Cell]]:
    if sheet.name == "phones":
        rows = sorted(rows, key=lambda row: str(row.values["number"]))
    for row in rows:
        if _is_told(loaded, sheet, row, now):
            yield [
                cells.write(row.values[column.name], column, loaded.settings.country)
                for column in sheet.columns
            ]


def _is_told(loaded: LoadedProgramme, sheet: Sheet, row: StoredRow, now: datetime) -> bool:
    """Of sessions those that are to come, of numbers those of which more is known than whose they are."""
    if sheet.name == "sessions":
        return _moment(loaded, row.values["day"], row.values["starts"]) > now
    if sheet.name == "phones":
        tells = any(row.values[name] is not None for name in ("sharing", "stopped_on", "language"))
        return tells and _is_readable(loaded, sheet.column("number"), row.values["number"])
    return True


def _is_readable(loaded: LoadedProgramme, column: Column, number: Value) -> bool:
    """Whether an import would read the number. Texts to stop come from others, too, such as short numbers."""
    try:
        country = loaded.settings.country
        return cells.read(cells.write(number, column, country), column, country) == number
    except (cells.Wrong, NumberParseException):
        return False


def _moment(loaded: LoadedProgramme, day: Value, starts: Value) -> datetime:
    if not isinstance(day, date) or not isinstance(starts, time):
        raise TypeError("a session has a day and hours")
    return loaded.calendar.at(day, starts)
