"""Training groups: adding one, and who coaches it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sms_app import sql
from sms_app.models.people import ROLES
from sms_app.programme import coaching, membership
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.schedule import fitting_place

LIST = """
select g.id, g.number, g.role, g.sector, g.place,
  (select count(*) from participant p where p.group_id = g.id and p.left_on is null) as people,
  (select coalesce(max(m.list_number), 0) from group_membership m where m.group_id = g.id) as last_number
from training_group g where g.programme_id = %(programme)s and g.number > %(after)s order by g.number limit %(most)s
"""
NAMED = """
select id, number, role, sector, place from training_group
where programme_id = %(programme)s and %(role)s in ('', role) order by number limit %(most)s
"""
SECTORS = "select distinct sector from training_group where programme_id = %(programme)s order by 1"
BY_NUMBER = """
select id, number, role, sector, place from training_group
where programme_id = %(programme)s and number = %(number)s
"""
NUMBER_OF = "select number from training_group where programme_id = %(programme)s and id = %(id)s"
TAKEN = (
    "select exists (select from training_group where programme_id = %(programme)s and number = %(number)s)"
)
NEXT = "select coalesce(max(number), 0) + 1 from training_group where programme_id = %(programme)s"
ADD = """
insert into training_group (id, programme_id, number, role, sector, place)
values (%(id)s, %(programme)s, %(number)s, %(role)s, %(sector)s, %(place)s)
"""
MAX_NUMBER = 999
COACH = """
insert into group_coach (id, group_id, coach_id, from_on)
select %(id)s, %(group)s, %(coach)s, %(today)s where not exists (
  select from group_coach where group_id = %(group)s and coach_id = %(coach)s and to_on is null)
"""
UNCOACH = """
update group_coach set to_on = %(today)s where group_id = %(group)s and coach_id = %(coach)s and to_on is null
"""


@dataclass(frozen=True)
class GroupRow:
    """A group, how many are on its list now, and the highest list number that it ever gave."""

    id: UUID
    number: int
    role: str
    sector: str
    place: str
    people: int
    last_number: int


@dataclass(frozen=True)
class NamedGroup:
    """A group as somebody chooses it."""

    id: UUID
    number: int
    role: str
    sector: str
    place: str


@dataclass(frozen=True)
class NewGroup:
    """A group that is to be added; without a number it gets the next one."""

    role: str
    sector: str
    place: str
    number: int | None = None


def groups(office: OfficeTransaction, after: int = 0, most: int | None = None) -> list[GroupRow]:
    """The programme's groups, by number; only those after a number, and at most so many (None: all)."""
    values = {"programme": office.programme_id, "after": after, "most": most}
    return sql.rows(office.conn, LIST, GroupRow, values)


def named(office: OfficeTransaction, role: str, most: int) -> list[NamedGroup]:
    """The first groups of a role (empty: of any), at most `most`, by number."""
    values = {"programme": office.programme_id, "role": role, "most": most}
    return sql.rows(office.conn, NAMED, NamedGroup, values)


def by_number(office: OfficeTransaction, number: int) -> NamedGroup | None:
    """The group of a number, or None."""
    return sql.one(office.conn, BY_NUMBER, NamedGroup, {"programme": office.programme_id, "number": number})


def sectors(office: OfficeTransaction) -> list[str]:
    """The sectors in which the programme has groups, in order."""
    return [
        str(name)
        for name in office.conn.exec_driver_sql(SECTORS, {"programme": office.programme_id}).scalars()
    ]


def number_of(office: OfficeTransaction, group: UUID) -> int | None:
    """The number of the group with this id, or None."""
    values = {"programme": office.programme_id, "id": group}
    number = office.conn.exec_driver_sql(NUMBER_OF, values).scalar_one_or_none()
    return None if number is None else int(number)


def add(
    office: OfficeTransaction,
    new: NewGroup,
    sectors: Sequence[str],
    banned_stems: Sequence[str],
    id_: UUID | None = None,
) -> int:
    """Add a group, with this id unless it is None; gives its number. `sectors` are the programme's. Raises Refused."""
    if new.role not in ROLES:
        raise Refused(f"`{new.role}` is no role: one of {', '.join(ROLES)}.")
    if sectors and new.sector not in sectors:
        raise Refused(f"`{new.sector}` is no sector of the programme: one of {', '.join(sectors)}.")
    place = fitting_place(new.place, banned_stems)
    office.lock()
    values: dict[str, object] = {"programme": office.programme_id}
    number = int(office.conn.exec_driver_sql(NEXT, values).scalar_one()) if new.number is None else new.number
    if not 1 <= number <= MAX_NUMBER:
        raise Refused(f"A group has a number from 1 to {MAX_NUMBER}.")
    values |= {"id": id_ or uuid4(), "number": number, "role": new.role, "sector": new.sector, "place": place}
    if office.conn.exec_driver_sql(TAKEN, values).scalar_one():
        raise Refused(f"There is a group {number} already.", key="group_taken", group=number)
    office.conn.exec_driver_sql(ADD, values)
    office.record("add_group", "training_group", values["id"])
    return number


def coach(office: OfficeTransaction, number: int, code: str) -> bool:
    """Let a coach run a group from today on, beside those who do; False when that is so already. Raises Refused."""
    return _change(office, number, code, COACH, "coach_group")


def uncoach(office: OfficeTransaction, number: int, code: str) -> bool:
    """A coach runs a group until today; False when that was not so. Raises Refused."""
    return _change(office, number, code, UNCOACH, "uncoach_group")


def _change(office: OfficeTransaction, number: int, code: str, statement: str, what: str) -> bool:
    office.lock()
    group, coached_by = membership.group_by_number(office, number), coaching.by_code(office, code)
    values = {"id": uuid4(), "group": group.id, "coach": coached_by.id, "today": office.today}
    changed = office.conn.exec_driver_sql(statement, values).rowcount > 0
    if changed:
        office.record(what, "training_group", group.id)
    return changed
