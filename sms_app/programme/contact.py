"""The number on which a participant is reached, as the office enters it."""

from __future__ import annotations

from uuid import UUID, uuid4

from sms_app.programme import membership, numbers, telephones
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.numbers import Number

KINDS = ("own", "household", "neighbour", "leader")
"""Whose phone it is; `none` is somebody without a number."""
OTHERS = """
select count(*) from participant_phone
where phone_number_id = %(phone)s and participant_id <> %(person)s and to_on is null
"""
SET_CONTACT = "update participant set contact = %(contact)s where id = %(person)s"


def read(office: OfficeTransaction, written: str) -> str:
    """A number as people write it, in E.164. Raises Refused."""
    number = telephones.e164(written, office.country)
    if number is None:
        raise Refused(
            "This is no telephone number of the country: write it as people there do, or with + and the country's code."
        )
    return number


def give(office: OfficeTransaction, member: str, written: str, contact: str) -> int:
    """Make a number the one on which a participant is reached, in place of her earlier ones; `contact` is one of KINDS.
    Gives how many others are reached on it. Raises Refused."""
    number = read(office, written)
    office.lock()
    person = membership.find_active(office, member)
    return link(office, person.id, number, contact)


def link(office: OfficeTransaction, person: UUID, number: str, contact: str) -> int:
    """As `give`, for a participant's id and a number in E.164. Raises Refused."""
    if contact not in KINDS:
        raise Refused(f"`{contact}` is no kind of contact: one of {', '.join(KINDS)}.")
    phone = numbers.find_or_add(office.conn, office.vault, Number(office.programme_id, number))
    values = {"id": uuid4(), "person": person, "phone": phone, "today": office.today, "contact": contact}
    office.conn.exec_driver_sql(numbers.LINK, values)
    office.conn.exec_driver_sql(SET_CONTACT, values)
    office.conn.exec_driver_sql(numbers.END_CLAIMS, values)
    office.record("give_number", "participant", person)
    return int(office.conn.exec_driver_sql(OTHERS, values).scalar_one())


def remove(office: OfficeTransaction, member: str) -> None:
    """A participant is reached on no number any more. Raises Refused."""
    office.lock()
    person = membership.find_active(office, member)
    values = {"person": person.id, "today": office.today, "contact": "none"}
    office.conn.exec_driver_sql(membership.SQL["end_phones"], values)
    office.conn.exec_driver_sql(SET_CONTACT, values)
    office.record("remove_number", "participant", person.id)
