"""People: their rows, the numbers on which they are reached, and their households."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from secrets import SystemRandom
from typing import Any
from uuid import UUID, uuid4

from sms_app import member_number, sql
from sms_app.programme.people import initials
from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.changes import bulk
from sms_app.programme.workbook.changes.difference import Difference, Import, changed, new
from sms_app.programme.workbook.changes.lists import NextNumbers

SQL = sql.beside(__file__)
COLUMNS = (
    "id",
    "programme_id",
    "reference",
    "member_number",
    "role",
    "name_sealed",
    "initials_sealed",
    "language",
    "contact",
    "group_id",
    "list_number",
    "group_since",
    "amounts_by_phone",
    "enrolled_on",
    "left_on",
    "left_reason",
    "birth_year",
)
APART = frozenset({"household", "household_as", "nominated_man", "nominated_on"})
"""What a person's row says that is stored in other tables."""
NOMINATION = ("id", "participant_id", "relation", "nominated_on", "recorded_by")


def store(imported: Import) -> None:
    """Store who is new, with a member number drawn where none is given, and what differs of the others."""
    different = imported.differences_of("people")
    values = {difference.id: _values(imported, difference) for difference in different}
    _number_lists(imported, different, values)
    drawn = iter(_drawn(imported))
    rows = []
    for difference in new(different):
        person = values[difference.id]
        number = difference.after["member_number"] or next(drawn)
        rows.append(
            (difference.id, imported.loaded.id, difference.after["reference"], number, *person.values())
        )
    bulk.insert(imported.conn, "participant", COLUMNS, rows)
    own = [difference for difference in changed(different) if difference.changed - APART]
    bulk.update(
        imported.conn, SQL["change"], (_update(difference, values[difference.id]) for difference in own)
    )
    _store_phones(imported, different)
    _store_households(imported, different)
    _store_nominations(imported, different)
    left = [difference for difference in changed(different, "left_on") if difference.after["left_on"]]
    _end(imported, "end_offices", left)
    imported.audit("participant", different)


def _values(imported: Import, difference: Difference) -> dict[str, Any]:
    """A person's columns, in the order of COLUMNS from the role on; the list number as given."""
    after, vault = difference.after, imported.loaded.vault
    name = str(after["name"])
    return {
        "role": after["role"],
        "name": vault.seal(name, "participant", "name_sealed", difference.id),
        "initials": vault.seal(initials(name), "participant", "initials_sealed", difference.id),
        "language": after["language"] or imported.loaded.settings.languages[0],
        "contact": _contact(after["phone"], after["contact"]),
        "group": imported.id("groups", after["group"]),
        "list_number": after["list_number"] if after["group"] is not None else None,
        "since": _since(imported, difference),
        "amounts": True if after["amounts"] is None else after["amounts"],
        "enrolled": after["enrolled_on"],
        "left": after["left_on"],
        "reason": after["left_reason"],
        "born": after["born_in"],
    }


def _contact(phone: Value, contact: Value) -> Value:
    """Whose phone it is: nobody's without a number, the person's own where a number came and nothing is said."""
    if phone is None:
        return "none"
    return "own" if contact in (None, "none") else contact


def _since(imported: Import, difference: Difference) -> Value:
    """From when on somebody is in the group: a move is of today, unless the file says from when."""
    if difference.after["group"] is None:
        return None
    if difference.is_new or "group" not in difference.changed or "group_since" in difference.changed:
        return difference.after["group_since"]
    return imported.today


def _number_lists(
    imported: Import, different: Iterable[Difference], values: dict[UUID, dict[str, Any]]
) -> None:
    """Draw the next list number for who came into a group without one."""
    numbers = NextNumbers(imported.stored.list_numbers, imported.rows.get("people", ()), "group")
    for difference in different:
        group = difference.after["group"]
        came = difference.is_new or "group" in difference.changed
        is_without = difference.row.values.get("list_number") is None
        if group is not None and is_without and (came or difference.after["list_number"] is None):
            values[difference.id]["list_number"] = numbers.draw(group)


def _drawn(imported: Import) -> list[str]:
    """New member numbers for who has none."""
    given = {str(row.values.get("member_number")) for row in imported.rows.get("people", ())}
    taken = given | {str(row.values["member_number"]) for row in imported.stored.rows["people"].values()}
    taken |= {erased.member_number for erased in imported.stored.erased}
    count = sum(
        1
        for difference in new(imported.differences_of("people"))
        if difference.after["member_number"] is None
    )
    return member_number.draw(SystemRandom(), count, taken) if count else []


def _update(difference: Difference, person: dict[str, Any]) -> dict[str, Any]:
    """A stored person's columns as `change` takes them: None for what she may change meanwhile and the file did not."""
    hers = {"language": {"language"}, "contact": {"contact", "phone"}, "amounts": {"amounts"}}
    unchanged = {name: None for name, columns in hers.items() if not difference.changed & columns}
    names = (
        "roles",
        "names",
        "initials",
        "languages",
        "contacts",
        "groups",
        "list_numbers",
        "sinces",
        "amounts",
    )
    values = {**person, **unchanged}.values()
    return {
        "ids": difference.id,
        **dict(zip((*names, "enrolled", "lefts", "reasons", "births"), values, strict=True)),
    }


def _store_phones(imported: Import, different: Iterable[Difference]) -> None:
    moved = [difference for difference in different if "phone" in difference.changed]
    _end(imported, "end_phones", moved)
    rows = (
        (
            uuid4(),
            difference.id,
            imported.id("phones", difference.after["phone"]),
            _from(imported, difference),
        )
        for difference in moved
        if difference.after["phone"] is not None
    )
    bulk.insert(
        imported.conn, "participant_phone", ("id", "participant_id", "phone_number_id", "from_on"), rows
    )


def _store_households(imported: Import, different: Iterable[Difference]) -> None:
    moved = [difference for difference in different if difference.changed & {"household", "household_as"}]
    _end(imported, "end_households", moved)
    rows = (
        (
            uuid4(),
            difference.id,
            imported.id("households", difference.after["household"]),
            difference.after["household_as"],
            _from(imported, difference),
        )
        for difference in moved
        if difference.after["household"] is not None
    )
    columns = ("id", "participant_id", "household_id", "relation", "from_on")
    bulk.insert(imported.conn, "household_link", columns, rows)


def _store_nominations(imported: Import, different: Iterable[Difference]) -> None:
    """Add what women said of whom they nominate: a later word is a row of its own."""
    rows = (
        (
            uuid4(),
            difference.id,
            difference.after["nominated_man"],
            difference.row.values.get("nominated_on") or imported.today,
            imported.who,
        )
        for difference in different
        if difference.changed & {"nominated_man", "nominated_on"} and difference.after["nominated_man"]
    )
    bulk.insert(imported.conn, "nomination", NOMINATION, rows)


def _end(imported: Import, statement: str, moved: Iterable[Difference]) -> None:
    people = [difference.id for difference in changed(list(moved))]
    if people:
        imported.conn.exec_driver_sql(SQL[statement], {"people": people, "today": imported.today})


def _from(imported: Import, difference: Difference) -> date | Value:
    return difference.after["enrolled_on"] if difference.is_new else imported.today
