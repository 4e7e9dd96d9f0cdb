"""Whose a member number is, and how somebody moves to another group, leaves, and comes back.

A group's list numbers are never given again: the next one is above all that the group ever gave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sms_app import sql
from sms_app.programme.desk import Desk, Refused

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


def by_own_number(desk: Desk, member: str) -> Person:
    """The participant who was given this member number, whether or not she left. Raises Refused."""
    values = {"programme": desk.programme_id, "member": member}
    person = sql.one(desk.conn, SQL["person"], Person, values)
    if person is None:
        raise Refused(f"No participant has the member number {member}.")
    return person


def present(desk: Desk, member: str) -> Person:
    """The participant of a member number, who has not left. Raises Refused."""
    person = by_own_number(desk, member)
    if person.merged_number is not None:
        raise Refused(f"{member} was merged into {person.merged_number}: use that number.")
    if person.left_on is not None:
        raise Refused(f"{member} left on {person.left_on}.")
    return person


def group_by_number(desk: Desk, number: int) -> Group:
    """A training group by its number. Raises Refused."""
    group = sql.one(desk.conn, GROUP, Group, {"programme": desk.programme_id, "number": number})
    if group is None:
        raise Refused(f"There is no group {number}: the list of groups shows them.")
    return group


def group_for(desk: Desk, number: int, role: str) -> Group:
    """A training group that takes people of a role. Raises Refused."""
    group = group_by_number(desk, number)
    if group.role != role:
        raise Refused(f"Group {number} is for the role `{group.role}`, and this is a `{role}`.")
    return group


def next_list_number(desk: Desk, group: UUID) -> int:
    """The number for whoever comes next into a group, from 1. The caller holds the desk's lock."""
    return int(desk.conn.exec_driver_sql(NEXT_NUMBER, {"group": group}).scalar_one())


def move(desk: Desk, member: str, number: int) -> Place:
    """Put a participant at the end of another group's list; her savings group stays as it is. Raises Refused."""
    desk.lock()
    person = present(desk, member)
    group = group_for(desk, number, person.role)
    if person.group_id == group.id:
        raise Refused(f"{member} is in group {number} already, with list number {person.list_number}.")
    return _to_group(desk, person, group, "move_group")


def leave(desk: Desk, member: str, reason: str, savings_too: bool = False) -> bool:
    """A participant leaves the programme for one of REASONS: her list number retires, no number is hers any more, and
    no text goes to her. What is stored of her stays.

    Her place in a savings group stays unless `savings_too`, which may be said later as well; an office in it ends.
    Gives whether she still saves.
    Raises Refused."""
    if reason not in REASONS:
        raise Refused(f"`{reason}` is no reason: one of {', '.join(REASONS)}.")
    desk.lock()
    person = by_own_number(desk, member)
    values = {"person": person.id, "today": desk.today}
    saves = bool(desk.conn.exec_driver_sql(SAVES, values).scalar_one())
    # who left before may leave the savings group later
    if person.left_on is None or not (savings_too and saves):
        end(desk, present(desk, member).id, reason)
        desk.record("leave", "participant", person.id)
    if saves and (savings_too or reason == "died"):
        desk.conn.exec_driver_sql(END_SAVING, values)
        desk.record("leave_savings", "participant", person.id)
        return False
    return saves


def end(desk: Desk, person: UUID, reason: str, into: UUID | None = None) -> None:
    """What leaving and being merged have in common: a participant's row, numbers and offices end today."""
    values = {"person": person, "today": desk.today, "reason": reason, "into": into}
    desk.conn.exec_driver_sql(SQL["end_membership"], values)
    desk.conn.exec_driver_sql(SQL["end_phones"], values)
    desk.conn.exec_driver_sql(END_OFFICES, values)


def come_back(desk: Desk, member: str, number: int) -> Place:
    """Somebody who left is a participant again, at the end of a group's list; her phone is given anew. Raises
    Refused."""
    desk.lock()
    person = by_own_number(desk, member)
    if person.merged_number is not None:
        raise Refused(f"{member} was merged into {person.merged_number}: a merged number does not come back.")
    if person.left_on is None:
        raise Refused(f"{member} has not left.")
    return _to_group(desk, person, group_for(desk, number, person.role), "come_back")


def _to_group(desk: Desk, person: Person, group: Group, what: str) -> Place:
    list_number = next_list_number(desk, group.id)
    values = {"person": person.id, "group": group.id, "list_number": list_number, "today": desk.today}
    desk.conn.exec_driver_sql(TO_GROUP, values)
    desk.record(what, "participant", person.id)
    saves = bool(desk.conn.exec_driver_sql(SAVES, values).scalar_one())
    return Place(group.number, list_number, saves)
