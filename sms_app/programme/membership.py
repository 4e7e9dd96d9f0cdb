"""Finds a participant by member number; moves, ends and restores memberships.

A group's list numbers are never given again: the next one is above all that the group ever gave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sms_app import sql
from sms_app.programme.desk import OfficeTransaction, Refused

SQL = sql.beside(__file__)
REASONS = ("moved", "work", "family", "health", "refused", "died", "finished", "other")
"""Why somebody leaves; a merged row has `duplicate` instead."""
GROUP = (
    "select id, number, role from training_group where programme_id = %(programme)s and number = %(number)s"
)
NEXT_NUMBER = "select coalesce(max(list_number), 0) + 1 from group_membership where group_id = %(group)s"
TO_GROUP = """
update participant set group_id = %(group)s, list_number = %(list_number)s, group_since = %(today)s,
  left_on = null, left_reason = null
where id = %(person)s
"""
END_OFFICES = (
    "update savings_officer set to_on = %(today)s where participant_id = %(person)s and to_on is null"
)
NO_CONTACT = "update participant set contact = 'none' where id = %(person)s"
END_SAVING = "update savings_member set to_on = %(today)s where participant_id = %(person)s and to_on is null"
SAVES = "select exists (select from savings_member where participant_id = %(person)s and to_on is null)"


@dataclass(frozen=True)
class Person:
    """A participant as the office's rules need her. `group_number` and `list_number` are None without a group."""

    id: UUID
    member_number: str
    role: str
    group_id: UUID | None
    group_number: int | None
    list_number: int | None
    contact: str
    has_pin: bool
    left_on: date | None
    left_reason: str | None
    merged_into: UUID | None
    merged_number: str | None
    erased_on: date | None


@dataclass(frozen=True)
class Group:
    """A training group."""

    id: UUID
    number: int
    role: str


@dataclass(frozen=True)
class Place:
    """A place on a group's list; `saves` tells whether the person is in a savings group, too."""

    group: int
    list_number: int
    saves: bool


def find_any(office: OfficeTransaction, member: str) -> Person:
    """The participant who was given this member number, whether or not she left. Raises Refused."""
    values = {"programme": office.programme_id, "member": member}
    person = sql.one(office.conn, SQL["person"], Person, values)
    if person is None:
        raise Refused(f"No participant has the member number {member}.", key="no_member", member=member)
    return person


def find_active(office: OfficeTransaction, member: str) -> Person:
    """The participant of a member number, who has not left. Raises Refused."""
    person = find_any(office, member)
    if person.merged_number is not None:
        raise Refused(
            f"{member} was merged into {person.merged_number}: use that number.",
            key="was_merged",
            member=member,
            number=person.merged_number,
        )
    if person.erased_on is not None:
        raise Refused(f"{member} was erased on {person.erased_on}.", key="was_erased", member=member)
    if person.left_on is not None:
        raise Refused(f"{member} left on {person.left_on}.", key="has_left", day=person.left_on)
    return person


def group_by_number(office: OfficeTransaction, number: int) -> Group:
    """A training group by its number. Raises Refused."""
    group = sql.one(office.conn, GROUP, Group, {"programme": office.programme_id, "number": number})
    if group is None:
        raise Refused(f"There is no group {number}: the list of groups shows them.", key="no_group")
    return group


def group_for(office: OfficeTransaction, number: int, role: str) -> Group:
    """A training group that takes people of a role. Raises Refused."""
    group = group_by_number(office, number)
    if group.role != role:
        raise Refused(
            f"Group {number} is for the role `{group.role}`, and this is a `{role}`.",
            key="group_role",
            group=number,
        )
    return group


def next_list_number(office: OfficeTransaction, group: UUID) -> int:
    """The number for whoever comes next into a group, from 1. The caller holds the office's lock."""
    return int(office.conn.exec_driver_sql(NEXT_NUMBER, {"group": group}).scalar_one())


def move(office: OfficeTransaction, member: str, number: int) -> Place:
    """Put a participant at the end of another group's list; her savings group stays as it is. Raises Refused."""
    office.lock()
    person = find_active(office, member)
    group = group_for(office, number, person.role)
    if person.group_id == group.id:
        raise Refused(
            f"{member} is in group {number} already, with list number {person.list_number}.",
            key="in_group",
            group=number,
        )
    return _to_group(office, person, group, "move_group")


def leave(office: OfficeTransaction, member: str, reason: str, savings_too: bool = False) -> bool:
    """A participant leaves the programme for one of REASONS: her list number retires, no number is hers any more, and
    no text goes to her. What is stored of her stays.

    Her place in a savings group stays unless `savings_too`, which may be said later as well; an office in it ends.
    Gives whether she still saves.
    Raises Refused."""
    if reason not in REASONS:
        raise Refused(f"`{reason}` is no reason: one of {', '.join(REASONS)}.")
    office.lock()
    person = find_any(office, member)
    values = {"person": person.id, "today": office.today}
    saves = bool(office.conn.exec_driver_sql(SAVES, values).scalar_one())
    # who left before may leave the savings group later
    if person.left_on is None or not (savings_too and saves):
        end_membership(office, find_active(office, member).id, reason)
        office.record("leave", "participant", person.id)
    if saves and (savings_too or reason == "died"):
        office.conn.exec_driver_sql(END_SAVING, values)
        office.record("leave_savings", "participant", person.id)
        return False
    return saves


def end_membership(office: OfficeTransaction, person: UUID, reason: str, into: UUID | None = None) -> None:
    """End a participant's row, numbers and offices today: for leaving and for being merged."""
    values = {"person": person, "today": office.today, "reason": reason, "into": into}
    office.conn.exec_driver_sql(SQL["end_membership"], values)
    office.conn.exec_driver_sql(SQL["end_phones"], values)
    office.conn.exec_driver_sql(END_OFFICES, values)


def come_back(office: OfficeTransaction, member: str, number: int) -> Place:
    """Somebody who left is a participant again, at the end of a group's list; her phone number is entered again. Raises
    Refused."""
    office.lock()
    person = find_any(office, member)
    if person.merged_number is not None:
        raise Refused(f"{member} was merged into {person.merged_number}: a merged number does not come back.")
    if person.erased_on is not None:
        raise Refused(f"{member} was erased on {person.erased_on}: enrol her anew if she comes again.")
    if person.left_on is None:
        raise Refused(f"{member} has not left.", key="has_not_left")
    group = group_for(office, number, person.role)
    # an import, or an earlier version, may have left them open
    values = {"person": person.id, "today": office.today}
    office.conn.exec_driver_sql(SQL["end_phones"], values)
    office.conn.exec_driver_sql(END_OFFICES, values)
    office.conn.exec_driver_sql(NO_CONTACT, values)
    return _to_group(office, person, group, "come_back")


def _to_group(office: OfficeTransaction, person: Person, group: Group, what: str) -> Place:
    list_number = next_list_number(office, group.id)
    values = {"person": person.id, "group": group.id, "list_number": list_number, "today": office.today}
    office.conn.exec_driver_sql(TO_GROUP, values)
    office.record(what, "participant", person.id)
    saves = bool(office.conn.exec_driver_sql(SAVES, values).scalar_one())
    return Place(group.number, list_number, saves)
