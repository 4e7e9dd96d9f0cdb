"""Coaches as the office adds, suspends and restores them, and their numbers.

Who is suspended has everyone's menu and gets no text to coaches; the groups stay the coach's until somebody else is
named. An active coach's number is no other active coach's: the number tells who dials."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sms_app import sql
from sms_app.models.people import MAX_COACH_CODE_LENGTH
from sms_app.programme import contact, numbers, readable
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.numbers import Number
from sms_app.programme.workbook import typed

SQL = sql.beside(__file__)
CODE = re.compile(rf"[A-Z0-9]{{1,{MAX_COACH_CODE_LENGTH}}}")
LIST = """
select c.id, c.code, c.name_sealed, n.id as phone_id, n.number_sealed, c.suspended_on, has_coach_pin(c.id) as has_pin,
  array(select g.number from group_coach k join training_group g on g.id = k.group_id
    where k.coach_id = c.id and k.to_on is null order by g.number) as groups
from coach c left join phone_number n on n.id = c.phone_number_id
where c.programme_id = %(programme)s and %(code)s in ('', upper(c.code)) order by c.code
"""
CODES = "select upper(code) from coach where programme_id = %(programme)s"
CODE_OF = "select code from coach where programme_id = %(programme)s and id = %(coach)s"
ADD = """
insert into coach (id, programme_id, code, name_sealed) values (%(id)s, %(programme)s, %(code)s, %(name)s)
"""
SUSPEND = "update coach set suspended_on = %(day)s where id = %(coach)s"
SAME_NUMBER = """
select c.code from coach c where c.phone_number_id = %(phone)s and c.suspended_on is null and c.id <> %(coach)s
"""
SET_NUMBER = "update coach set phone_number_id = %(phone)s where id = %(coach)s"


@dataclass(frozen=True)
class Coach:
    """A coach's row; `phone_id` and `number_sealed` are None without a number, `groups` the numbers of those of now."""

    id: UUID
    code: str
    name_sealed: bytes
    phone_id: UUID | None
    number_sealed: bytes | None
    suspended_on: date | None
    has_pin: bool
    groups: Sequence[int]


def name_of(office: OfficeTransaction, coach: Coach) -> str:
    """A coach's name, or readable.UNREADABLE under a key that is not configured."""
    return readable.opened(office.vault, coach.name_sealed, "coach", "name_sealed", coach.id)


def number_of(office: OfficeTransaction, coach: Coach) -> str:
    """A coach's number in E.164, empty without one, or readable.UNREADABLE."""
    if coach.phone_id is None or coach.number_sealed is None:
        return ""
    return readable.opened(office.vault, coach.number_sealed, "phone_number", "number_sealed", coach.phone_id)


def coaches(office: OfficeTransaction) -> list[Coach]:
    """The programme's coaches, by code, suspended ones included."""
    return sql.rows(office.conn, LIST, Coach, {"programme": office.programme_id, "code": ""})


def page(office: OfficeTransaction, looked_for: str, after: str, most: int) -> list[Coach]:
    """The first coaches by code after a code (empty: from the first on), at most `most`, suspended ones included. With
    `looked_for` the coach of this code, and those of the group with this number."""
    values = {
        "programme": office.programme_id,
        "looked_for": looked_for.strip().upper(),
        "after": after,
        "most": most,
    }
    return sql.rows(office.conn, SQL["page"], Coach, values)


def codes_of_group(office: OfficeTransaction, number: int) -> list[str]:
    """The codes of the active coaches of a group."""
    values = {"programme": office.programme_id, "number": number}
    return [str(code) for code in office.conn.exec_driver_sql(SQL["codes_of_group"], values).scalars()]


def by_code(office: OfficeTransaction, code: str) -> Coach:
    """The coach of a code. Raises Refused."""
    values = {"programme": office.programme_id, "code": code.strip().upper()}
    listed = sql.rows(office.conn, LIST, Coach, values) if values["code"] else []
    if not listed:
        raise Refused(
            f"There is no coach `{code}`: the list of coaches shows them.", key="no_coach", code=code
        )
    return listed[0]


def code_of(office: OfficeTransaction, coach: UUID) -> str | None:
    """The code of the coach with this id, or None."""
    values = {"programme": office.programme_id, "coach": coach}
    code = office.conn.exec_driver_sql(CODE_OF, values).scalar_one_or_none()
    return None if code is None else str(code)


def add(
    office: OfficeTransaction, name: str, number: str = "", code: str = "", id_: UUID | None = None
) -> str:
    """Add a coach, with this id unless it is None; gives the code, the next C1, C2 and so on unless given. Raises
    Refused."""
    called = typed.read(name, typed.NAME)
    if not called:
        raise Refused("A coach has a name.")
    office.lock()
    taken = set(office.conn.exec_driver_sql(CODES, {"programme": office.programme_id}).scalars())
    given = code.strip().upper() or _next_code(taken)
    if not CODE.fullmatch(given):
        raise Refused(f"A coach's code has 1 to {MAX_COACH_CODE_LENGTH} letters and digits.")
    if given in taken:
        raise Refused(f"There is a coach `{given}` already.", key="coach_code_taken", code=given)
    coach = id_ or uuid4()
    sealed = office.vault.seal(called, "coach", "name_sealed", coach)
    values = {"id": coach, "programme": office.programme_id, "code": given, "name": sealed}
    office.conn.exec_driver_sql(ADD, values)
    office.record("add_coach", "coach", coach)
    if number:
        give_number(office, given, number)
    return given


def suspend(office: OfficeTransaction, code: str) -> bool:
    """Suspend a coach from today on; False when that is so already. Raises Refused."""
    office.lock()
    coach = by_code(office, code)
    if coach.suspended_on is not None:
        return False
    office.conn.exec_driver_sql(SUSPEND, {"coach": coach.id, "day": office.today})
    office.record("suspend_coach", "coach", coach.id)
    return True


def restore(office: OfficeTransaction, code: str) -> bool:
    """End a coach's suspension; False when there is none. Raises Refused."""
    office.lock()
    coach = by_code(office, code)
    if coach.suspended_on is None:
        return False
    if coach.phone_id is not None:
        _insist_alone(office, coach.id, coach.phone_id)
    office.conn.exec_driver_sql(SUSPEND, {"coach": coach.id, "day": None})
    office.record("restore_coach", "coach", coach.id)
    return True


def give_number(office: OfficeTransaction, code: str, written: str) -> None:
    """Give a coach a number, in place of the one before; without one (empty) the coach has none. Raises Refused."""
    office.lock()
    coach, phone = by_code(office, code), None
    if written:
        number = Number(office.programme_id, contact.read(office, written))
        phone = numbers.find_or_add(office.conn, office.vault, number)
        _insist_alone(office, coach.id, phone)
    office.conn.exec_driver_sql(SET_NUMBER, {"coach": coach.id, "phone": phone})
    office.record("give_number" if written else "remove_number", "coach", coach.id)


def _insist_alone(office: OfficeTransaction, coach: UUID, phone: UUID) -> None:
    other = office.conn.exec_driver_sql(SAME_NUMBER, {"coach": coach, "phone": phone}).scalars().first()
    if other is not None:
        raise Refused(
            f"This is the number of coach `{other}`: a number tells which coach dials.",
            key="coach_number_taken",
            code=other,
        )


def _next_code(taken: set[str]) -> str:
    n = 1
    while f"C{n}" in taken:
        n += 1
    return f"C{n}"
