"""Who a broadcast is for: by role, group, sector and arm, never by what someone saved, missed or asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from sms_app.messaging.eligibility import ARM
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.rules import ROLES

COACH = "coach"
# the groups that are meant; all are when none is named
_MEANT = """
(%(groups)s::int[] = '{}' or g.number = any(%(groups)s)) and (%(sectors)s::text[] = '{}' or g.sector = any(%(sectors)s))
"""
AUDIENCE = f"""
person as (
  select p.id, arm.code as arm
  from participant p left join training_group g on g.id = p.group_id
    left join ({ARM}) on h.participant_id = p.id and h.to_on is null
  where p.programme_id = %(programme)s and p.left_on is null and p.role = any(%(roles)s) and {_MEANT}
    and (%(only_arms)s::text[] = '{{}}' or arm.code = any(%(only_arms)s))
), coach_meant as (
  select c.id, c.phone_number_id from coach c
  where c.programme_id = %(programme)s and c.suspended_on is null and '{COACH}' = any(%(roles)s) and (
    (%(groups)s::int[] = '{{}}' and %(sectors)s::text[] = '{{}}') or exists (
      select from group_coach k join training_group g on g.id = k.group_id
      where k.coach_id = c.id and k.to_on is null and {_MEANT}))
), reached as (
  select l.phone_number_id, array_agg(p.id order by p.id) as people
  from person p join participant_phone l on l.participant_id = p.id and l.to_on is null
  group by l.phone_number_id
  union all
  select distinct c.phone_number_id, '{{}}'::uuid[] from coach_meant c where c.phone_number_id is not null
)
"""  # noqa: S608
"""SQL: `person` (id, arm), `coach_meant`, and `reached`: each number with the people of the audience on it, none for a
coach. Its values are `values(…)`."""
COUNT = f"""
with {AUDIENCE}
select (select count(*) from person) + (select count(*) from coach_meant) as people,
  (select count(*) from person p
   where not exists (select from participant_phone l where l.participant_id = p.id and l.to_on is null))
  + (select count(*) from coach_meant where phone_number_id is null) as without_number,
  array(select distinct arm from person where arm is not null order by arm) as arms,
  array(select code from arm where programme_id = %(programme)s order by code) as all_arms
"""  # noqa: S608
GROUPS = "select number, sector from training_group where programme_id = %(programme)s order by number"


class AudienceFaults(Exception):
    """An audience names what is not there; `faults` says what, and what there is."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


@dataclass(frozen=True)
class Audience:
    """The roles (`coach` alone, or some of woman, man, leader; none: all three), the group numbers, sectors and arms'
    codes that are meant; none of a kind means all."""

    roles: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()
    sectors: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()

    def sorted(self) -> Audience:
        """The same audience, each thing named once and in order, so that equal ones look equal."""
        return Audience(
            tuple(sorted(set(self.roles or ROLES))),
            tuple(sorted(set(self.groups))),
            tuple(sorted(set(self.sectors))),
            tuple(sorted(set(self.arms))),
        )


@dataclass(frozen=True)
class Counted:
    """How many people are meant, how many of them have no number, and the arms that may have what they are told: none
    named when every arm is among them, or nobody has one."""

    people: int
    without_number: int
    arms: tuple[str, ...]


def check(conn: Connection, programme: LoadedProgramme, audience: Audience) -> None:
    """Raises AudienceFaults for each role, group, sector or arm that the programme does not have."""
    rows = conn.exec_driver_sql(GROUPS, {"programme": programme.id}).all()
    faults = [
        *_unknown("role", audience.roles, (*ROLES, COACH)),
        *_unknown("group", audience.groups, [row.number for row in rows]),
        *_unknown("sector", audience.sectors, sorted({row.sector for row in rows})),
        *_unknown("arm", audience.arms, sorted(programme.settings.arms)),
    ]
    if COACH in audience.roles and len(set(audience.roles)) > 1:
        faults.append("A text to coaches goes to them alone: make another broadcast for the others.")
    if COACH in audience.roles and audience.arms:
        faults.append("Coaches have no arm: leave it out.")
    if faults:
        raise AudienceFaults(faults)


def count(conn: Connection, programme: LoadedProgramme, audience: Audience) -> Counted:
    """How many an audience is."""
    row = conn.exec_driver_sql(COUNT, values(programme, audience)).one()
    arms = () if row.arms == row.all_arms else tuple(row.arms)
    return Counted(row.people, row.without_number, arms)


def values(programme: LoadedProgramme, audience: Audience) -> dict[str, object]:
    """What AUDIENCE is asked with."""
    return {
        "programme": programme.id,
        "roles": list(audience.roles or ROLES),
        "groups": list(audience.groups),
        "sectors": list(audience.sectors),
        "only_arms": list(audience.arms),
    }


def _unknown(what: str, named: Iterable[object], there: Sequence[object]) -> list[str]:
    known = _listed(there) or "none"
    return [f"There is no {what} `{one}`; there is: {known}." for one in named if one not in there]


def _listed(found: Sequence[object]) -> str:
    """A list for a sentence; a run of numbers as its ends."""
    numbers = [one for one in found if isinstance(one, int)]
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(map(str, found))
