"""Who a broadcast leaves out and why, by group and list number: never by name or telephone number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from sms_app.messaging.broadcasts.looked_at import LOOKED_AT, NO_PHONE, WAITS

# a person is left out when none of her numbers gets it
LEFT_OUT = f"""
with {LOOKED_AT}, asked as (
  select c.people,
    case when j.key = any(%(given_up)s::uuid[]) then '{WAITS}' else nullif(j.reason, '{WAITS}') end as reason
  from judged j join candidate c on c.key = j.key
), lacking as (
  select one.person, min(a.reason) as reason from asked a cross join unnest(a.people) as one(person)
  group by one.person having bool_and(a.reason is not null)
  union all
  select p.id, '{NO_PHONE}' from person p
  where not exists (select from participant_phone l where l.participant_id = p.id and l.to_on is null)
)
select l.reason, g.number as group_number, count(*) filter (where p.list_number is null) as unlisted,
  coalesce(array_agg(p.list_number order by p.list_number) filter (where p.list_number is not null), '{{}}') as numbers
from lacking l join participant p on p.id = l.person left join training_group g on g.id = p.group_id
group by 1, 2 order by 1, 2 nulls last
"""  # noqa: S608


@dataclass(frozen=True)
class LeftOut:
    """The people of one group (None: of none) whom a broadcast leaves out for a reason: their list numbers, and how
    many have none."""

    reason: str
    group: int | None
    numbers: tuple[int, ...]
    unlisted: int


def left_out(conn: Connection, asked: Mapping[str, Any], given_up: Sequence[UUID]) -> list[LeftOut]:
    """Whom a broadcast leaves out, by reason and group. `asked` is what LOOKED_AT is asked with; `given_up` are numbers
    to which the daily cap leaves no place."""
    rows = conn.exec_driver_sql(LEFT_OUT, {**asked, "given_up": list(given_up)})
    return [LeftOut(row.reason, row.group_number, tuple(row.numbers), row.unlisted) for row in rows]
