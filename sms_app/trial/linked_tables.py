"""The networks of a report's tables, for `suppression`: two tables of the same people with a dimension in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sms_app.trial.suppression import Count


def linked_tables(rows: Mapping[tuple[str, str], int], bands: Mapping[tuple[str, str], int]) -> list[Count]:
    """The network of two tables of the same people, with all their totals: `rows` has the counts by row and column,
    `bands` by column and band.

    People go from the total through their row, column and band back to the total. The counts are named `total`,
    `row:R`, `column:C`, `band:B`, `R|C` and `C|B|band`."""
    by_row: Counter[str] = Counter()
    by_column: Counter[str] = Counter()
    by_band: Counter[str] = Counter()
    for (row, column), value in rows.items():
        by_row[row] += value
        by_column[column] += value
    for (_, band), value in bands.items():
        by_band[band] += value
    return [
        Count("total", sum(by_row.values()), "end", "start"),
        *(Count(f"row:{row}", value, "start", ("row", row)) for row, value in by_row.items()),
        *(
            Count(f"{row}|{column}", value, ("row", row), ("column", column))
            for (row, column), value in rows.items()
        ),
        *(
            Count(f"column:{column}", value, ("column", column), ("of column", column))
            for column, value in by_column.items()
        ),
        *(
            Count(f"{column}|{band}|band", value, ("of column", column), ("band", band))
            for (column, band), value in bands.items()
        ),
        *(Count(f"band:{band}", value, ("band", band), "end") for band, value in by_band.items()),
    ]
