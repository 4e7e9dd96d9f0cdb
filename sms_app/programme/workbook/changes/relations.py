"""Dated relations: kin, groups' coaches, savings members, officers. And rows that are only ever added: the arms of
households, and consents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sms_app import sql
from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.changes import bulk
from sms_app.programme.workbook.changes.difference import Difference, Import, begins_again, changed, new
from sms_app.programme.workbook.changes.lists import NextNumbers

SQL = sql.beside(__file__)
CONSENT = (
    "purpose",
    "given",
    "version",
    "language",
    "how",
    "witness",
    "taken_on",
    "taken_by",
    "given_by",
    "asked_alone",
)
ASSIGNED = frozenset({"arm", "assigned_on", "arm_reason"})
ASSIGNMENT = ("id", "household_id", "arm_id", "assigned_on", "replaces", "reason")


def store_kin(imported: Import) -> None:
    """Store who is whose relative."""
    begin, change = _split(imported.differences_of("kin"))
    bulk.update(imported.conn, SQL["change_kin"], map(_days, change))
    rows = (
        (
            uuid4(),
            imported.id("people", relation.after["person"]),
            relation.after["relation"],
            imported.id("people", relation.after["other"]),
            *_from_to(imported, relation),
        )
        for relation in begin
    )
    columns = ("id", "participant_id", "relation", "other_id", "from_on", "to_on")
    bulk.insert(imported.conn, "kinship", columns, rows)
    imported.audit("kinship", imported.differences_of("kin"))


def store_group_coaches(imported: Import) -> None:
    """Store which coach has which group."""
    begin, change = _split(imported.differences_of("group_coaches"))
    bulk.update(imported.conn, SQL["change_group_coaches"], map(_days, change))
    rows = (
        (
            uuid4(),
            imported.id("groups", relation.after["group"]),
            imported.id("coaches", relation.after["coach"]),
            *_from_to(imported, relation),
        )
        for relation in begin
    )
    bulk.insert(imported.conn, "group_coach", ("id", "group_id", "coach_id", "from_on", "to_on"), rows)
    imported.audit("group_coach", imported.differences_of("group_coaches"))


def store_members(imported: Import) -> None:
    """Store who saves in which group, with the next list number where none is given."""
    begin, change = _split(imported.differences_of("savings_members"))
    stored = imported.stored.savings_numbers
    numbers = NextNumbers(stored, imported.rows.get("savings_members", ()), "savings_group")
    bulk.update(
        imported.conn,
        SQL["change_members"],
        ({**_days(relation), "list_numbers": relation.after["list_number"]} for relation in change),
    )
    rows = []
    for relation in begin:
        group, number = relation.after["savings_group"], relation.after["list_number"]
        if number is None or (relation.stored and relation.stored.values["list_number"] == number):
            number = numbers.draw(group)
        ids = (imported.id("savings_groups", group), imported.id("people", relation.after["person"]))
        rows.append((uuid4(), *ids, number, *_from_to(imported, relation)))
    columns = ("id", "savings_group_id", "participant_id", "list_number", "from_on", "to_on")
    bulk.insert(imported.conn, "savings_member", columns, rows)
    imported.audit("savings_member", imported.differences_of("savings_members"))


def store_officers(imported: Import) -> None:
    """Store offices; another office ends the one before."""
    begin, change = _split(imported.differences_of("savings_officers"))
    ends = (
        {"ids": relation.id, "sinces": relation.stored.values["since"], "untils": imported.today}
        for relation in begin
        if relation.stored and relation.stored.values["until"] is None
    )
    bulk.update(imported.conn, SQL["change_officers"], [*map(_days, change), *ends])
    rows = []
    for relation in begin:
        ids = (
            imported.id("savings_groups", relation.after["savings_group"]),
            imported.id("people", relation.after["person"]),
        )
        since, until = _from_to(imported, relation)
        if relation.stored and "since" not in relation.changed:
            since = imported.today
        rows.append((uuid4(), *ids, relation.after["office"], since, until))
    columns = ("id", "savings_group_id", "participant_id", "office", "from_on", "to_on")
    bulk.insert(imported.conn, "savings_officer", columns, rows)
    imported.audit("savings_officer", imported.differences_of("savings_officers"))


def store_households(imported: Import) -> None:
    """Store households and the arms they are assigned to; another assignment names the one that it replaces."""
    different = imported.differences_of("households")
    rows = (
        (difference.id, imported.loaded.id, difference.after["reference"], difference.after["village"])
        for difference in new(different)
    )
    bulk.insert(imported.conn, "household", ("id", "programme_id", "reference", "village"), rows)
    moved = (
        {"ids": difference.id, "villages": difference.after["village"]}
        for difference in changed(different, "village")
    )
    bulk.update(imported.conn, SQL["change_villages"], moved)
    asked = {"programme": imported.loaded.id}
    arms = {row.code: row.id for row in imported.conn.exec_driver_sql(SQL["arms"], asked)}
    assigned = [
        difference
        for difference in different
        if difference.after["arm"] is not None and difference.changed & ASSIGNED
    ]
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
    imported.audit("household", different)


def store_consents(imported: Import) -> None:
    """Add consents; none is ever changed."""
    different = imported.differences_of("consents")
    rows = (
        (
            difference.id,
            imported.id("people", difference.after["person"]),
            *(difference.after[name] for name in CONSENT),
        )
        for difference in different
    )
    bulk.insert(imported.conn, "consent", ("id", "participant_id", *CONSENT), rows)
    imported.audit("consent", different)


def _split(different: Sequence[Difference]) -> tuple[list[Difference], list[Difference]]:
    """Relations that begin, also those that begin again after an end, and relations whose days change."""
    begin, change = list[Difference](), list[Difference]()
    for relation in different:
        (begin if _begins_again(relation) else change).append(relation)
    return begin, change


def _begins_again(relation: Difference) -> bool:
    if relation.stored is None or "office" in relation.changed:
        return True
    return begins_again(relation.row, relation.stored)


def _days(relation: Difference) -> dict[str, Any]:
    return {"ids": relation.id, "sinces": relation.after["since"], "untils": relation.after["until"]}


def _from_to(imported: Import, relation: Difference) -> tuple[Value, Value]:
    return relation.after["since"] or imported.today, relation.after["until"]
