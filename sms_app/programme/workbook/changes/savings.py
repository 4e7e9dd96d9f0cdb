"""Savings groups and their open cycles."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sms_app import sql
from sms_app.programme.workbook.changes import bulk
from sms_app.programme.workbook.changes.difference import Difference, Import, changed, new

SQL = sql.beside(__file__)
GROUP = ("id", "programme_id", "name", "training_group_id", "check_in_weekday")
CYCLE = ("id", "savings_group_id", "opened_on", "mode", "share_value", "most_shares")
CYCLE_COLUMNS = ("opened_on", "mode", "share_value", "most_shares")
FREE = {"share_values": 1, "most_shares": 0}


def store(imported: Import) -> None:
    """Store savings groups, and open a cycle for those that have none and a row that says how they save."""
    different = imported.differences_of("savings_groups")
    rows = (
        (difference.id, imported.loaded.id, difference.after["name"], *_group(imported, difference).values())
        for difference in new(different)
    )
    bulk.insert(imported.conn, "savings_group", GROUP, rows)
    updates = (
        {"ids": difference.id, **_group(imported, difference)}
        for difference in changed(different, "group", "weekday")
    )
    bulk.update(imported.conn, SQL["change_groups"], updates)
    saving = [
        difference
        for difference in different
        if difference.after["mode"] is not None and difference.changed & set(CYCLE_COLUMNS)
    ]
    begun = [difference for difference in saving if difference.stored and difference.stored.more["cycle_id"]]
    rows = (
        (uuid4(), difference.id, *_cycle(difference).values())
        for difference in saving
        if not (difference.stored and difference.stored.more["cycle_id"])
    )
    bulk.insert(imported.conn, "cycle", CYCLE, rows)
    updates = (
        {"ids": difference.stored.more["cycle_id"], **_cycle(difference)}
        for difference in begun
        if difference.stored
    )
    bulk.update(imported.conn, SQL["change_cycles"], updates)
    imported.audit("savings_group", different)


def _group(imported: Import, group: Difference) -> dict[str, Any]:
    return {"groups": imported.id("groups", group.after["group"]), "weekdays": group.after["weekday"]}


def _cycle(group: Difference) -> dict[str, Any]:
    after = group.after
    values = {"share_values": after["share_value"], "most_shares": after["most_shares"]}
    return {
        "opened": after["opened_on"],
        "modes": after["mode"],
        **(FREE if after["mode"] == "free" else values),
    }
