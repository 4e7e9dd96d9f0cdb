"""The next number on a list, where numbers are never given again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.rows import Row
from sms_app.programme.workbook.stored import ListNumbers


class NextNumbers:
    """Draws list numbers above all that were ever given, and above those of the file."""

    def __init__(self, given: ListNumbers, rows: Sequence[Row], group: str) -> None:
        self._last: dict[Value, int] = defaultdict(int)
        for listed, last in given:
            self._last[listed] = max(self._last[listed], last)
        for row in rows:
            number = row.values.get("list_number")
            if isinstance(number, int):
                group_key = row.values.get(group)
                self._last[group_key] = max(self._last[group_key], number)

    def draw(self, group: Value) -> int:
        """The next number of a group's list."""
        self._last[group] += 1
        return self._last[group]
