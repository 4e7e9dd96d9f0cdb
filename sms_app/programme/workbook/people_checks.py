"""What must hold of people, their lists, phones, households and kin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from sms_app.programme.workbook.cells import MEMBER_LENGTH, Value
from sms_app.programme.workbook.checks import Checked, Entry
from sms_app.programme.workbook.columns import PRIVATE, SHARED
from sms_app.programme.workbook.rows import Row
from sms_app.programme.workbook.stored import ListNumbers

ONLY_SHE = "expected what is stored: only she or her coach changes this"


def people(checked: Checked) -> None:
    """Each person's row in itself."""
    for row, values, stored in checked.given("people"):
        if stored and stored.values["left_on"] and not values.get("left_on") and "left_on" not in row.wrong:
            checked.fault(
                "people", row, "left_on", "expected the day that is stored: an import brings nobody back"
            )
        phone, contact = values.get("phone"), row.values.get("contact")
        if "phone" not in row.wrong and phone is None and contact not in (None, "none"):
            checked.fault(
                "people", row, "phone", "expected a number, since `Phone is whose` says that there is one"
            )
        if phone is not None and contact == "none":
            checked.fault(
                "people", row, "contact", "expected whose phone it is, and it says none beside a number"
            )
        if phone is not None and values.get("left_on") and stored and not stored.values["left_on"]:
            checked.fault("people", row, "phone", "expected an empty cell, since the person has left")
        if values.get("left_reason") and not values.get("left_on") and "left_on" not in row.wrong:
            checked.fault("people", row, "left_on", "expected the day, since there is a reason for leaving")
        if values.get("household") and not values.get("household_as") and "household_as" not in row.wrong:
            checked.fault("people", row, "household_as", "expected what the person is in the household")
        if values.get("household_as") and not values.get("household") and "household" not in row.wrong:
            checked.fault("people", row, "household", "expected the household in which the person is that")


def groups(checked: Checked) -> None:
    """A place on a list has its group, and a move the day of the move."""
    for row, values, stored in checked.given("people"):
        for column, what in (("list_number", "on whose list the number is"), ("group_since", "of that day")):
            if (
                row.values.get(column) is not None
                and values.get("group") is None
                and "group" not in row.wrong
            ):
                checked.fault("people", row, "group", f"expected the group {what}")
        since = row.values.get("group_since")
        if not stored or not isinstance(since, date) or stored.values["group"] is None:
            continue
        before = stored.values["group_since"] or stored.values["enrolled_on"]
        if values.get("group") != stored.values["group"] and isinstance(before, date) and since <= before:
            checked.fault("people", row, "group_since", "expected an empty cell, or the day of the move")


def decided_by_her(checked: Checked) -> None:
    """What a person chose since, with her coach or on her phone, no file takes back."""
    for row, values, stored in checked.given("people"):
        phone = values.get("phone")
        if (
            stored
            and phone != stored.values["phone"]
            and (row.values["reference"], phone) in checked.stored.ended_phones
        ):
            checked.fault(
                "people",
                row,
                "phone",
                "expected another number: this one ended, and an import brings none back",
            )
        if stored and values.get("amounts") and not stored.values["amounts"]:
            checked.fault("people", row, "amounts", ONLY_SHE)
    for row, values, stored in checked.given("phones"):
        if stored and stored.values["sharing"] == SHARED and values.get("sharing") == PRIVATE:
            checked.fault("phones", row, "sharing", ONLY_SHE)


def roles(checked: Checked) -> None:
    """A group has people of its role only."""
    told = set[Value]()
    for person in checked.entries["people"].values():
        number = person.values.get("group")
        group = checked.entries["groups"].get((number,))
        role = person.values.get("role")
        if not group or person.values.get("left_on") or not role or not group.values.get("role"):
            continue
        if role != group.values["role"] and person.row:
            checked.fault("people", person.row, "group", "expected a group for this role")
        elif role != group.values["role"] and group.row and number not in told:
            told.add(number)
            checked.fault("groups", group.row, "role", "expected the role of the people who are in the group")


def member_numbers(checked: Checked) -> None:
    """A member number has its digits, is one person's, and never changes: it stands on a card."""
    owners = {
        entry.values.get("member_number"): entry
        for entry in checked.entries["people"].values()
        if not entry.row
    }
    for row, values, stored in checked.given("people"):
        number = row.values.get("member_number")
        if number is None:
            if stored:
                owners.setdefault(values.get("member_number"), Entry(values, row, stored))
            continue
        if stored and number != stored.values["member_number"]:
            checked.fault(
                "people", row, "member_number", "expected the number on this person's card, or an empty cell"
            )
        elif not stored and len(str(number)) < MEMBER_LENGTH:
            checked.fault(
                "people",
                row,
                "member_number",
                f"expected {MEMBER_LENGTH} digits or more: a leading zero may be lost, so format the column as text",
            )
        earlier = owners.setdefault(number, Entry(values, row, stored))
        if earlier.row is not row:
            checked.fault(
                "people", row, "member_number", f"expected a number of its own, and {earlier.where} has it"
            )


def list_numbers(checked: Checked, sheet: str, group: str, given: ListNumbers) -> None:
    """A list number is given once, to one person, and never again."""
    owners: dict[tuple[Value, int], Row] = {}
    for row, values, stored in checked.given(sheet):
        number = row.values.get("list_number")
        if not isinstance(number, int) or values.get(group) is None:
            continue
        place = (values[group], number)
        if stored and (stored.values[group], stored.values["list_number"]) == place:
            continue
        earlier = owners.setdefault(place, row)
        if earlier is not row:
            checked.fault(
                sheet, row, "list_number", f"expected a number of its own, and row {earlier.number} has it"
            )
        elif place in given:
            checked.fault(
                sheet,
                row,
                "list_number",
                "expected a number that was never given on this list: empty draws the next",
            )


def phones(checked: Checked) -> None:
    """A number that is private is one person's; a phone's row tells something."""
    users: dict[Value, int] = defaultdict(int)
    for entry in checked.entries["people"].values():
        if entry.values.get("phone") is not None and entry.values.get("left_on") is None:
            users[entry.values["phone"]] += 1
    for row, values, _ in checked.given("phones"):
        if row.values.get("sharing") == PRIVATE and users[values["number"]] > 1:
            checked.fault(
                "phones", row, "sharing", "expected `shared`, since several people are reached on it"
            )


def coach_numbers(checked: Checked) -> None:
    """A number is one active coach's."""
    first: dict[Value, Entry] = {}
    for entry in checked.entries["coaches"].values():
        phone = entry.values.get("phone")
        if phone is None or entry.values.get("suspended_on"):
            continue
        other = first.setdefault(phone, entry)
        if other is entry:
            continue
        here, there = (entry, other) if entry.row else (other, entry)
        if here.row:
            checked.fault(
                "coaches", here.row, "phone", f"expected a number of its own, and {there.where} has it"
            )


def households(checked: Checked) -> None:
    """An assignment has its arm and day; a changed one a reason."""
    for row, values, stored in checked.given("households"):
        if values.get("arm") and not values.get("assigned_on") and "assigned_on" not in row.wrong:
            checked.fault("households", row, "assigned_on", "expected the day on which the arm was assigned")
        if values.get("assigned_on") and not values.get("arm") and "arm" not in row.wrong:
            checked.fault("households", row, "arm", "expected the arm that was assigned on that day")
        before = (stored.values["arm"], stored.values["assigned_on"]) if stored else (None, None)
        if row.values.get("arm_reason") and not values.get("arm") and "arm" not in row.wrong:
            checked.fault("households", row, "arm", "expected the arm, since there is a reason for one")
        is_changed = before[0] is not None and before != (values.get("arm"), values.get("assigned_on"))
        if stored and is_changed and not row.values.get("arm_reason"):
            checked.fault("households", row, "arm_reason", "expected why the arm that is stored is replaced")


def kin(checked: Checked) -> None:
    """Two people, of whom a husband, father or brother is no woman of the programme."""
    for row, values, _ in checked.given("kin"):
        if values["person"] is not None and values["person"] == values["other"]:
            checked.fault("kin", row, "other", "expected somebody else than the person")
        person = checked.entries["people"].get((values["person"],))
        if person and person.values.get("role") == "woman" and values["relation"] != "lives_with":
            checked.fault("kin", row, "relation", "expected `lives with`, since the person is a woman")


def one_arm(checked: Checked) -> None:
    """Nobody is linked to women of both arms, by kin or household: through him one arm would reach the other."""
    arms: dict[Value, tuple[Value, str, str, Entry]] = {}
    for person, arm, sheet, column, entry in _ties(checked):
        first = arms.setdefault(person, (arm, sheet, column, entry))
        if first[0] == arm:
            continue
        # the fault stands at a row of the file
        here, there = ((sheet, column, entry), first[1:])
        if entry.row is None:
            here, there = there, here
        if here[2].row is not None:
            where = f"the sheet {checked.sheets[there[0]].title}, {there[2].where}"
            checked.fault(
                here[0],
                here[2].row,
                here[1],
                f"expected women of one arm only, and by {where}, he is linked to the other arm",
            )


def _ties(checked: Checked) -> Iterator[tuple[Value, Value, str, str, Entry]]:
    """Everybody who is no woman, with each arm that they are tied to, and by which row."""
    arms = {key: entry.values.get("arm") for key, entry in checked.entries["households"].items()}
    everyone = checked.entries["people"]
    for (reference,), entry in everyone.items():
        arm = arms.get((entry.values.get("household"),))
        if entry.values.get("role") != "woman" and arm is not None:
            yield reference, arm, "people", "household", entry
    for (person, _, other), entry in checked.entries["kin"].items():
        for man, woman in ((person, other), (other, person)):
            him, her = everyone.get((man,)), everyone.get((woman,))
            if not him or not her or entry.values.get("until"):
                continue
            arm = arms.get((her.values.get("household"),))
            if him.values.get("role") != "woman" and her.values.get("role") == "woman" and arm is not None:
                yield man, arm, "kin", "person" if man == person else "other", entry
