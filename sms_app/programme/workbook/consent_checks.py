"""The consents of a workbook: what an empty cell means, and what must hold of a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.checks import Checked
from sms_app.programme.workbook.columns import Sheet
from sms_app.programme.workbook.consent_sheet import HERSELF, is_not_the_guardians, misses_privacy
from sms_app.programme.workbook.rows import Row, Rows
from sms_app.programme.workbook.stored import Stored


def completed(rows: Rows, sheet: Sheet, stored: Stored) -> Rows:
    """The rows with what an empty cell or a missing column of a consent means, so that a file of an earlier version
    finds the consents that are stored: given by herself, and asked as is stored."""
    if sheet.name not in rows:
        return rows
    return {**rows, sheet.name: _completed(rows[sheet.name], sheet, stored)}


def _completed(rows: Sequence[Row], sheet: Sheet, stored: Stored) -> Sequence[Row]:
    complete = []
    for row in rows:
        values: Mapping[str, Value] = {**row.values, "given_by": row.values.get("given_by") or HERSELF}
        row = replace(row, values=values)
        if values.get("asked_alone") is None:
            same = [replace(row, values={**values, "asked_alone": asked}) for asked in (None, True, False)]
            row = next((other for other in same if _is_stored(other, sheet, stored)), row)
        complete.append(row)
    return complete


def _is_stored(row: Row, sheet: Sheet, stored: Stored) -> bool:
    key = row.key(sheet)
    return key is not None and stored.get(sheet, key) is not None


def check(checked: Checked) -> None:
    """An oral yes has a witness; an oral no needs none. A woman was asked alone before her man is approached, and a
    guardian speaks only where it counts. What is stored already stays as it is."""
    for row, values, stored in checked.given("consents"):
        if stored is not None:
            continue
        if (
            values["given"]
            and values["how"] == "oral"
            and not values["witness"]
            and "witness" not in row.wrong
        ):
            checked.fault("consents", row, "witness", "expected who was there, since it is oral")
        if misses_privacy(values["purpose"], values["given"], values["asked_alone"]):
            checked.fault(
                "consents",
                row,
                "asked_alone",
                "expected yes: a man is approached only if she was asked alone",
            )
        if is_not_the_guardians(values["purpose"], values["given_by"]):
            checked.fault(
                "consents",
                row,
                "given_by",
                "expected the person's own word: a guardian's does not count here",
            )
