"""The household of a participant: joining one, changing to another, and being in none."""

from __future__ import annotations

from uuid import UUID, uuid4

from sms_app import sql
from sms_app.programme import membership
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.workbook import typed
from sms_app.programme.workbook.sheets import IN_HOUSEHOLD

SQL = sql.beside(__file__)
FIND_HOUSEHOLD = (
    "select id, village from household where programme_id = %(programme)s and reference = %(reference)s"
)
ADD_HOUSEHOLD = (
    "insert into household (id, programme_id, reference, village)"
    " values (%(id)s, %(programme)s, %(reference)s, nullif(%(village)s, ''))"
)
SET_VILLAGE = "update household set village = %(village)s where id = %(id)s"
JOIN_HOUSEHOLD = """
insert into household_link (id, participant_id, household_id, relation, from_on)
values (%(id)s, %(person)s, %(household)s, %(relation)s, %(today)s)
"""

END = """
update household_link set to_on = %(today)s where participant_id = %(person)s and to_on is null
"""
NOW = """
select h.reference, l.relation from household_link l join household h on h.id = l.household_id
where l.participant_id = %(person)s and l.to_on is null
"""


def change(office: OfficeTransaction, member: str, reference: str, relation: str, village: str = "") -> bool:
    """Put a participant into the household of a reference in place of the one before, as one of IN_HOUSEHOLD; gives
    whether the household is new. Raises Refused."""
    household, place = typed.read(reference, typed.HOUSEHOLD), typed.read(village, typed.VILLAGE)
    if not household:
        raise Refused("A household has a reference.")
    if relation not in IN_HOUSEHOLD:
        raise Refused(f"`{relation}` is no place in a household: one of {', '.join(IN_HOUSEHOLD)}.")
    office.lock()
    person = membership.find_active(office, member)
    values = {"person": person.id, "today": office.today}
    now = office.conn.exec_driver_sql(NOW, values).one_or_none()
    if now is not None and tuple(now) == (household, relation):
        raise Refused(f"{member} is in household {household} already.", key="in_household")
    office.conn.exec_driver_sql(END, values)
    is_new = join(office, person.id, household, relation, place)
    if office.conn.exec_driver_sql(SQL["ties_two_arms"], values).scalar_one():
        raise Refused(
            f"In household {household}, {member} or a relative would be tied to women of two arms of the trial.",
            key="two_arms",
        )
    office.record("change_household", "participant", person.id)
    return is_new


def leave(office: OfficeTransaction, member: str) -> None:
    """A participant is in no household any more. Raises Refused."""
    office.lock()
    person = membership.find_active(office, member)
    values = {"person": person.id, "today": office.today}
    if office.conn.exec_driver_sql(END, values).rowcount == 0:
        raise Refused(f"{member} is in no household.", key="in_no_household")
    office.record("leave_household", "participant", person.id)


def join(office: OfficeTransaction, person: UUID, reference: str, relation: str, village: str) -> bool:
    """Put her into the household of a reference, in a village if that is said; whether the household is new. Refused
    when the household is in another village."""
    values = {"id": uuid4(), "programme": office.programme_id, "reference": reference, "village": village}
    household = office.conn.exec_driver_sql(FIND_HOUSEHOLD, values).one_or_none()
    if household is None:
        office.conn.exec_driver_sql(ADD_HOUSEHOLD, values)
        office.record("add_household", "household", values["id"])
    elif village and household.village is None:
        office.conn.exec_driver_sql(SET_VILLAGE, {"id": household.id, "village": village})
        office.record("set_village", "household", household.id)
    elif village and household.village != village:
        raise Refused(
            f"Household {reference} is in another village: change it in the workbook.", key="other_village"
        )
    link = {
        "id": uuid4(),
        "person": person,
        "household": household.id if household else values["id"],
        "relation": relation,
        "today": office.today,
    }
    office.conn.exec_driver_sql(JOIN_HOUSEHOLD, link)
    return household is None
