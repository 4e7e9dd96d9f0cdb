"""What must hold of the years of birth and the nominated men of a workbook, and of arms before a nomination."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.checks import Checked
from sms_app.programme.workbook.rows import Row
from sms_app.programme.workbook.stored import StoredRow

NOMINATION = ("nominated_man", "nominated_on")


def born(checked: Checked) -> None:
    """A year of birth is not in the future."""
    for row, _, _ in checked.given("people"):
        year = row.values.get("born_in")
        if isinstance(year, int) and year > checked.today.year:
            checked.fault("people", row, "born_in", "expected a year that is not in the future")


def nominations(checked: Checked) -> None:
    """A woman nominates a man before her household is assigned to an arm, and her word is never dated back."""
    for row, values, stored in checked.given("people"):
        if row.values.get("nominated_man") is None and row.values.get("nominated_on") is None:
            continue
        if not values.get("nominated_man"):
            checked.fault("people", row, "nominated_man", "expected whom she nominated on that day")
        elif values.get("role") not in (None, "woman"):
            checked.fault("people", row, "nominated_man", "expected an empty cell: only a woman nominates")
        elif stored is None or any(values[name] != stored.values[name] for name in NOMINATION):
            _nomination(checked, row, values, stored)


def _nomination(checked: Checked, row: Row, values: Mapping[str, Value], stored: StoredRow | None) -> None:
    """A nomination that is new or differs from what is stored."""
    for household in {values.get("household"), stored.values["household"] if stored else None}:
        kept = checked.stored.rows["households"].get((household,))
        if kept is not None and kept.values["arm"] is not None:
            checked.fault(
                "people", row, "nominated_man", "expected what is stored: her household has its arm already"
            )
            return
    nominated_on = row.values.get("nominated_on") or checked.today
    before = stored.values["nominated_on"] if stored else None
    if isinstance(before, date) and isinstance(nominated_on, date) and nominated_on < before:
        checked.fault(
            "people", row, "nominated_on", "expected a day that is not before the one that is stored"
        )
    home = checked.entries["households"].get((values.get("household"),))
    assigned_on = home.values.get("assigned_on") if home else None
    if isinstance(assigned_on, date) and isinstance(nominated_on, date) and nominated_on > assigned_on:
        checked.fault(
            "people",
            row,
            "nominated_on",
            "expected a day that is not after her household's assignment to an arm",
        )


def arms_after_nominations(checked: Checked) -> None:
    """Where the programme requires it, a household gets an arm only when each woman of it has nominated somebody."""
    if not checked.programme.trial.nominations_required:
        return
    without = defaultdict[Value, int](int)
    for entry in checked.entries["people"].values():
        values = entry.values
        if values.get("role") == "woman" and not values.get("left_on") and not values.get("nominated_man"):
            without[values.get("household")] += 1
    for row, values, stored in checked.given("households"):
        is_new = values.get("arm") and not (stored and stored.values["arm"])
        if is_new and without[values["reference"]]:
            checked.fault(
                "households", row, "arm", "expected no arm yet: a woman of the household has nominated nobody"
            )
