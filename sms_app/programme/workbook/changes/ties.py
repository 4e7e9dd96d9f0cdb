"""What ties people together from a day to a day: kin, groups' coaches, members and officers of savings groups; and what
is only ever added: households' arms, and consents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from sms_app import sql
from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.changes import bulk
from sms_app.programme.workbook.changes.difference import Difference, Import, new
from sms_app.programme.workbook.changes.lists import NextNumbers

SQL = sql.beside(__file__)
CONSENT = ("purpose", "given", "version", "language", "how", "witness", "taken_on", "taken_by")
ASSIGNMENT = ("id", "household_id", "arm_id", "assigned_on", "replaces", "reason")


def store_kin(imported: Import) -> None:
    """Store who is whose relative."""
    begin, change = _split(imported.of("kin"))
    bulk.update(imported.conn, SQL["change_kin"], map(_days, change))
    rows = (
        (
            uuid4(),
            imported.id("people", tie.after["person"]),
            tie.after["relation"],
            imported.id("people", tie.after["other"]),
            *_from_to(imported, tie),
        )
        for tie in begin
    )
    columns = ("id", "participant_id", "relation", "other_id", "from_on", "to_on")
    bulk.insert(imported.conn, "kinship", columns, rows)
    imported.note("kinship", imported.of("kin"))


def store_group_coaches(imported: Import) -> None:
    """Store which coach has which group."""
    begin, change = _split(imported.of("group_coaches"))
    bulk.update(imported.conn, SQL["change_group_coaches"], map(_days, change))
    rows = (
        (
            uuid4(),
            imported.id("groups", tie.after["group"]),
            imported.id("coaches", tie.after["coach"]),
            *_from_to(imported, tie),
        )
        for tie in begin
    )
    bulk.insert(imported.conn, "group_coach", ("id", "group_id", "coach_id", "from_on", "to_on"), rows)
    imported.note("group_coach", imported.of("group_coaches"))


def store_members(imported: Import) -> None:
    """Store who saves in which group, with the next list number where none is given."""
    begin, change = _split(imported.of("savings_members"))
    stored = imported.stored.savings_numbers
    numbers = NextNumbers(stored, imported.rows.get("savings_members", ()), "savings_group")
    bulk.update(
        imported.conn,
        SQL["change_members"],
        ({**_days(tie), "list_numbers": tie.after["list_number"]} for tie in change),
    )
    rows = []
    for tie in begin:
        group, number = tie.after["savings_group"], tie.after["list_number"]
        if number is None or (tie.stored and tie.stored.values["list_number"] == number):
            number = numbers.draw(group)
        ids = (imported.id("savings_groups", group), imported.id("people", tie.after["person"]))
        rows.append((uuid4(), *ids, number, *_from_to(imported, tie)))
    columns = ("id", "savings_group_id", "participant_id", "list_number", "from_on", "to_on")
    bulk.insert(imported.conn, "savings_member", columns, rows)
    imported.note("savings_member", imported.of("savings_members"))


def store_officers(imported: Import) -> None:
    """Store offices; another office ends the one before."""
    begin, change = _split(imported.of("savings_officers"))
    ends = (
        {"ids": tie.id, "sinces": tie.stored.values["since"], "untils": imported.today}
        for tie in begin
        if tie.stored and tie.stored.values["until"] is None
    )
    bulk.update(imported.conn, SQL["change_officers"], [*map(_days, change), *ends])
    rows = []
    for tie in begin:
        ids = (
            imported.id("savings_groups", tie.after["savings_group"]),
            imported.id("people", tie.after["person"]),
        )
        since, until = _from_to(imported, tie)
        if tie.stored and "since" not in tie.changed:
            since = imported.today
        rows.append((uuid4(), *ids, tie.after["office"], since, until))
    columns = ("id", "savings_group_id", "participant_id", "office", "from_on", "to_on")
    bulk.insert(imported.conn, "savings_officer", columns, rows)
    imported.note("savings_officer", imported.of("savings_officers"))


def store_households(imported: Import) -> None:
    """Store households and the arms they are assigned to; another assignment names the one that it replaces."""
    different = imported.of("households")
    rows = (
        (difference.id, imported.loaded.id, difference.after["reference"]) for difference in new(different)
    )
    bulk.insert(imported.conn, "household", ("id", "programme_id", "reference"), rows)
    asked = {"programme": imported.loaded.id}
    arms = {row.code: row.id for row in imported.conn.exec_driver_sql(SQL["arms"], asked)}
    assigned = [difference for difference in different if difference.after["arm"] is not None]
    bulk.insert(
        imported.conn,
        "arm_assignment",
        ASSIGNMENT,
        (
            (
                uuid4(),
                difference.id,
                arms[difference.after["arm"]],
                difference.after["assigned_on"],
                difference.stored.more["assignment_id"] if difference.stored else None,
                difference.after["arm_reason"],
            )
            for difference in assigned
        ),
    )
    imported.note("household", different)


def store_consents(imported: Import) -> None:
    """Add consents; none is ever changed."""
    different = imported.of("consents")
    rows = (
        (
            difference.id,
            imported.id("people", difference.after["person"]),
            *(difference.after[name] for name in CONSENT),
        )
        for difference in different
    )
    bulk.insert(imported.conn, "consent", ("id", "participant_id", *CONSENT), rows)
    imported.note("consent", different)


def _split(different: Sequence[Difference]) -> tuple[list[Difference], list[Difference]]:
    """Ties that begin, the ones that begin anew after an end among them, and ties of which days change."""
    begin, change = list[Difference](), list[Difference]()
    for tie in different:
        (begin if _begins_anew(tie) else change).append(tie)
    return begin, change


def _begins_anew(tie: Difference) -> bool:
    if tie.stored is None:
        return True
    ended, since = tie.stored.values["until"], tie.after["since"]
    is_later = (
        isinstance(ended, date) and isinstance(since, date) and tie.after["until"] is None and since >= ended
    )
    return is_later or "office" in tie.changed


def _days(tie: Difference) -> dict[str, Any]:
    return {"ids": tie.id, "sinces": tie.after["since"], "untils": tie.after["until"]}


def _from_to(imported: Import, tie: Difference) -> tuple[Value, Value]:
    return tie.after["since"] or imported.today, tie.after["until"]
