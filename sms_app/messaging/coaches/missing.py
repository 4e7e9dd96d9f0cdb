"""What coaches did not do or can't be told, for staff: sessions without a roll, groups without a coach on a phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

ROLLS = """
select s.group_id, g.number, s.starts_at, s.check_in_code, p.time_zone, (
    select count(distinct m.occasion) from message m where m.subject_id = s.id and m.kind = 'coach_roll_missing'
    and m.status in ('sent', 'delivered', 'unknown')) as reminded
from training_session s join training_group g on g.id = s.group_id join programme p on p.id = s.programme_id
where s.programme_id = %(programme)s and s.cancelled_at is null and s.ends_at <= %(now)s
and s.starts_at > %(since)s
and not exists (select from roll r where r.training_session_id = s.id)
and not exists (
  select from attendance a where a.training_session_id = s.id and a.source in ('coach', 'staff'))
order by s.starts_at, g.number
"""
UNREACHED = """
select g.id, g.number, count(c.id) as coaches, count(c.phone_number_id) as numbers
from training_group g
left join group_coach gc on gc.group_id = g.id and gc.to_on is null
left join coach c on c.id = gc.coach_id
left join phone_number n on n.id = c.phone_number_id
where g.programme_id = %(programme)s
group by g.id
having count(*) filter (where n.id is not null and n.stopped_on is null) < greatest(count(c.id), 1)
order by g.number
"""


LOOK_BACK = timedelta(days=60)
"""How long a roll is missed: nobody enters one of a session that is longer ago."""


@dataclass(frozen=True)
class MissingRoll:
    """A session that is over and has no roll, when it began in the programme's zone, and how many of the two texts
    about it went to its coach."""

    group: int
    group_id: UUID
    starts_at: datetime
    code: str
    reminded: int


@dataclass(frozen=True)
class UnreachedCoach:
    """A group that has no coach, or one who has no number or stopped texts to it."""

    group: int
    group_id: UUID
    reason: str


def missing_rolls(conn: Connection, programme_id: int, now: datetime) -> list[MissingRoll]:
    """Sessions of the last 60 days whose roll neither a coach nor staff entered, the oldest first."""
    rows = conn.exec_driver_sql(ROLLS, {"programme": programme_id, "now": now, "since": now - LOOK_BACK})
    return [
        MissingRoll(
            row.number,
            row.group_id,
            row.starts_at.astimezone(ZoneInfo(row.time_zone)),
            row.check_in_code,
            row.reminded,
        )
        for row in rows
    ]


def unreached_coaches(conn: Connection, programme_id: int) -> list[UnreachedCoach]:
    """Groups of which a coach gets no text, by their number."""
    rows = conn.exec_driver_sql(UNREACHED, {"programme": programme_id})
    return [UnreachedCoach(row.number, row.id, _reason(row.coaches, row.numbers)) for row in rows]


def _reason(coaches: int, numbers: int) -> str:
    if not coaches:
        return "no coach"
    return "a coach without a number" if numbers < coaches else "a coach who stopped texts"
