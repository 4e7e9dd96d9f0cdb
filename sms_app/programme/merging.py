"""Two rows of one person become one: the merged one's member number finds the other one, and what is stored of it
counts for the other one.

Contributions, attendance, consents and disputes stay where they are (revision 0019: `ids_of`). What holds only now, as
numbers, household, relatives and savings group, is the kept one's where she has none of her own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sms_app import sql
from sms_app.programme import audit, membership
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.membership import Person

SQL = sql.beside(__file__)
# Participants that were merged earlier into the merged one point to the kept one: no alias leads to another alias.
REPOINT_EARLIER_MERGES = "update participant set merged_into = %(kept)s where merged_into = %(merged)s"
HAS_NUMBER = "select exists (select from participant_phone where participant_id = %(kept)s and to_on is null)"
SAVINGS_GROUPS = """
select count(distinct savings_group_id) from savings_member where participant_id = any(%(people)s) and to_on is null
"""
TAKE_CONTACT = """
update participant k set contact = m.contact from participant m where k.id = %(kept)s and m.id = %(merged)s
"""
TAKE_BIRTH_YEAR = """
update participant k set birth_year = m.birth_year from participant m
where k.id = %(kept)s and m.id = %(merged)s and k.birth_year is null
"""
TAKE_PLACE = """
update participant set group_id = %(group)s, list_number = %(list_number)s, group_since = %(today)s where id = %(kept)s
"""


@dataclass(frozen=True)
class Side:
    """One of the two rows of a merge, as an officer compares them before it. Counts of numbers of now, and of rows of
    attendance and of the ledger; `purposes` counts those with a word on consent."""

    id: UUID
    member_number: str
    name_sealed: bytes
    enrolled_on: date
    group_number: int | None
    list_number: int | None
    contact: str
    numbers: int
    household: str | None
    has_pin: bool
    savings_group: str | None
    attendance: int
    ledger: int
    purposes: int


def sides(office: OfficeTransaction, member: str, into: str) -> tuple[Side, Side]:
    """Whom a merge is about: who goes, and who stays. That both were looked at is in the audit trail.

    Raises Refused when they can't be merged; a PIN that both have is no reason yet."""
    merged, kept = membership.find_active(office, member), membership.find_active(office, into)
    _insist_mergeable(office, merged, kept, kept.member_number if merged.has_pin and kept.has_pin else "")
    people = [merged.id, kept.id]
    by_id = {side.id: side for side in sql.rows(office.conn, SQL["sides"], Side, {"people": people})}
    audit.record_each(office.conn, office.programme_id, office.who, "show", "participant", people, office.now)
    return by_id[merged.id], by_id[kept.id]


def merge(office: OfficeTransaction, member: str, into: str, pin_stays: str = "") -> bool:
    """Merge the participant of one member number into the one of another; gives whether she has a PIN now.

    `pin_stays` is the member number whose PIN stays, which must be said when both have one; only that of `into` can,
    since a PIN is kept with its participant. Raises Refused."""
    office.lock()
    merged, kept = membership.find_active(office, member), membership.find_active(office, into)
    _insist_mergeable(office, merged, kept, pin_stays)
    values = {"merged": merged.id, "kept": kept.id, "today": office.today}
    for name in ("copy_consents", "copy_nomination"):
        office.conn.exec_driver_sql(SQL[name], values)
    office.conn.exec_driver_sql(TAKE_BIRTH_YEAR, values)
    if not office.conn.exec_driver_sql(HAS_NUMBER, values).scalar_one():
        office.conn.exec_driver_sql(SQL["take_numbers"], values)
        office.conn.exec_driver_sql(TAKE_CONTACT, values)
    for name in ("take_household", "take_relatives", "take_savings", "take_offices"):
        office.conn.exec_driver_sql(SQL[name], values)
    membership.end_membership(office, merged.id, "duplicate", kept.id)
    office.conn.exec_driver_sql(REPOINT_EARLIER_MERGES, values)
    if kept.group_id is None and merged.group_id is not None:
        place = {
            "kept": kept.id,
            "group": merged.group_id,
            "list_number": membership.next_list_number(office, merged.group_id),
            "today": office.today,
        }
        office.conn.exec_driver_sql(TAKE_PLACE, place)
    office.record("merge", "participant", merged.id)
    office.record("merge_into", "participant", kept.id)
    return kept.has_pin


def _insist_mergeable(office: OfficeTransaction, merged: Person, kept: Person, pin_stays: str) -> None:
    if merged.id == kept.id:
        raise Refused("Nobody can be merged into herself: give two member numbers.", key="merge_herself")
    if merged.role != kept.role:
        raise Refused(
            f"{merged.member_number} is a {merged.role} and {kept.member_number} a {kept.role}:"
            " they are not one person.",
            key="merge_two_roles",
            merged=merged.member_number,
            kept=kept.member_number,
        )
    if merged.has_pin and kept.has_pin and pin_stays != kept.member_number:
        raise Refused(
            f"Both have a PIN. Say whose PIN stays: {kept.member_number} if that one's stays;"
            f" if {merged.member_number}'s stays, merge {kept.member_number} into {merged.member_number}.",
            key="merge_two_pins",
            merged=merged.member_number,
            kept=kept.member_number,
        )
    if pin_stays and pin_stays != kept.member_number:
        raise Refused(
            f"Only the PIN of {kept.member_number} can stay: merge the other way round.",
            key="merge_other_pin",
            kept=kept.member_number,
        )
    people = {"people": [merged.id, kept.id]}
    if office.conn.exec_driver_sql(SAVINGS_GROUPS, people).scalar_one() > 1:
        raise Refused("They save in two savings groups: correct that first.", key="merge_two_savings_groups")
    arms = office.conn.exec_driver_sql(SQL["arms"], {"people": [merged.id, kept.id]}).all()
    if len(arms) > 1:
        raise Refused(
            "Their households, or their relatives', are of two arms: correct the households first.",
            key="merge_two_arms",
        )
