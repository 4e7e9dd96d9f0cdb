"""A new participant: her member number is drawn, and her list number is the next of her group."""

from __future__ import annotations

from dataclasses import dataclass
from random import SystemRandom
from uuid import UUID, uuid4

from sms_app import member_number
from sms_app.models.people import ROLES
from sms_app.programme import contact, households, membership
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.people import initials
from sms_app.programme.workbook import typed
from sms_app.programme.workbook.sheets import FIRST_YEAR, IN_HOUSEHOLD

TAKEN = "select member_number from participant where programme_id = %(programme)s"
MEMBER_OF = "select member_number from participant where programme_id = %(programme)s and id = %(person)s"
HAS_REFERENCE = """
select exists (select from participant where programme_id = %(programme)s and reference = %(reference)s)
"""
ADD = """
insert into participant (id, programme_id, role, member_number, reference, name_sealed, initials_sealed, language,
  contact, group_id, list_number, amounts_by_phone, enrolled_on, birth_year)
values (%(id)s, %(programme)s, %(role)s, %(member)s, %(reference)s, %(name)s, %(initials)s, %(language)s, 'none',
  %(group)s, %(list_number)s, true, %(today)s, %(born_in)s)
"""


@dataclass(frozen=True)
class NewPerson:
    """A person to be enrolled. Empty values mean: no group (None), the member number as reference, no number, no
    household, a year of birth that nobody knows (None), a village that nobody said. The village is the household's."""

    name: str
    role: str
    language: str
    group: int | None = None
    number: str = ""
    contact: str = "own"
    reference: str = ""
    household: str = ""
    relation: str = "other"
    born_in: int | None = None
    village: str = ""


@dataclass(frozen=True)
class Enrolled:
    """A new participant's member number and place. `others` counts the other people who use her number; `new_household`
    is true if no household had this reference yet."""

    member: str
    list_number: int | None
    others: int
    new_household: bool


def member_of(office: OfficeTransaction, person: UUID) -> str | None:
    """The member number of the participant with this id, or None."""
    values = {"programme": office.programme_id, "person": person}
    number = office.conn.exec_driver_sql(MEMBER_OF, values).scalar_one_or_none()
    return None if number is None else str(number)


def enrol(office: OfficeTransaction, new: NewPerson, id_: UUID | None = None) -> Enrolled:
    """Add a participant, with this id unless it is None. She gets no text before a consent to messages is entered.
    Raises Refused."""
    name = typed.read(new.name, typed.NAME)
    if not name:
        raise Refused("A participant has a name.")
    if new.role not in ROLES:
        raise Refused(f"`{new.role}` is no role: one of {', '.join(ROLES)}.")
    household, village = typed.read(new.household, typed.HOUSEHOLD), typed.read(new.village, typed.VILLAGE)
    if village and not household:
        raise Refused("A village is a household's: give the household too.")
    if household and new.relation not in IN_HOUSEHOLD:
        raise Refused(f"`{new.relation}` is no place in a household: one of {', '.join(IN_HOUSEHOLD)}.")
    if new.born_in is not None and not FIRST_YEAR <= new.born_in <= office.today.year:
        raise Refused(f"A year of birth is from {FIRST_YEAR} to {office.today.year}.")
    number = contact.read(office, new.number) if new.number else ""
    office.lock()
    group = None if new.group is None else membership.group_for(office, new.group, new.role)
    list_number = None if group is None else membership.next_list_number(office, group.id)
    taken = set(office.conn.exec_driver_sql(TAKEN, {"programme": office.programme_id}).scalars())
    (member,) = member_number.draw(SystemRandom(), 1, taken)
    person = id_ or uuid4()
    office.conn.exec_driver_sql(
        ADD,
        {
            "id": person,
            "programme": office.programme_id,
            "role": new.role,
            "member": member,
            "reference": _reference(office, new.reference) or member,
            "name": office.vault.seal(name, "participant", "name_sealed", person),
            "initials": office.vault.seal(initials(name), "participant", "initials_sealed", person),
            "language": new.language,
            "group": group.id if group else None,
            "list_number": list_number,
            "today": office.today,
            "born_in": new.born_in,
        },
    )
    office.record("enrol", "participant", person)
    new_household = bool(household) and households.join(office, person, household, new.relation, village)
    others = contact.link(office, person, number, new.contact) if number else 0
    return Enrolled(member, list_number, others, new_household)


def _reference(office: OfficeTransaction, written: str) -> str:
    reference = typed.read(written, typed.REFERENCE)
    values = {"programme": office.programme_id, "reference": reference}
    if reference and office.conn.exec_driver_sql(HAS_REFERENCE, values).scalar_one():
        raise Refused(f"Another participant has the reference `{reference}`.", key="reference_taken")
    return reference
