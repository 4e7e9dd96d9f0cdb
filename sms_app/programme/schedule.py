"""When a programme's groups meet, as staff change it: training sessions and savings groups' meetings alike.

Nothing is said from here. The next tick sees what is true, moves what waits, and corrects what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app.models.people import PLACE_LONGEST
from sms_app.programme import audit
from sms_app.texts import fold

LIST = """
select g.id, g.starts_at, g.ends_at, g.place, g.cancelled_at is not null as cancelled,
  coalesce('group ' || t.number, k.name) as group_name
from gathering g left join training_group t on t.id = g.training_group_id
  left join savings_group k on k.id = g.savings_group_id
where g.programme_id = %(programme)s and g.starts_at >= %(after)s and g.starts_at < %(before)s
order by g.starts_at, group_name
"""
FIND = "select savings_group_id is null as is_session from gathering where id = %(id)s and programme_id = %(programme)s"
MOVE = "starts_at = %(starts)s, ends_at = ends_at + (%(starts)s - starts_at)"
CANCEL = "cancelled_at = coalesce(cancelled_at, %(now)s)"
RESTORE = "cancelled_at = null"
PLACE = "place = %(place)s"
FIND_GROUP = """
select id from savings_group where programme_id = %(programme)s and (name = %(name)s or id::text = %(name)s)
"""
PLAN = """
insert into planned_meeting (id, programme_id, savings_group_id, starts_at, ends_at, place)
values (%(id)s, %(programme)s, %(group)s, %(starts)s, %(ends)s, %(place)s)
"""


class Refused(Exception):
    """The change can't be made; its text says why, and what to do."""


@dataclass(frozen=True)
class Gathering:
    """A session or meeting; `group` as staff call it."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    place: str
    cancelled: bool
    group: str


@dataclass(frozen=True)
class Change:
    """Who changes what, and when."""

    programme_id: int
    who: str
    now: datetime


def gatherings(conn: Connection, programme_id: int, after: datetime, before: datetime) -> Sequence[Gathering]:
    """What starts from `after` on and before `before`, in order."""
    values = {"programme": programme_id, "after": after, "before": before}
    return [
        Gathering(row.id, row.starts_at, row.ends_at, row.place, row.cancelled, row.group_name)
        for row in conn.exec_driver_sql(LIST, values)
    ]


def move(conn: Connection, change: Change, gathering: UUID, starts_at: datetime) -> None:
    """Let it start at another time (aware), as long as before. Raises Refused."""
    if starts_at <= change.now:
        raise Refused("A session can't be moved into the past.")
    _update(conn, change, gathering, "move", MOVE, starts=starts_at)


def cancel(conn: Connection, change: Change, gathering: UUID) -> None:
    """Call it off. Raises Refused."""
    _update(conn, change, gathering, "cancel", CANCEL)


def restore(conn: Connection, change: Change, gathering: UUID) -> None:
    """Let it take place after all. Raises Refused."""
    _update(conn, change, gathering, "restore", RESTORE)


def place(conn: Connection, change: Change, gathering: UUID, where: str) -> None:
    """Hold it somewhere else. Raises Refused."""
    _update(conn, change, gathering, "place", PLACE, place=_fitting(where))


def plan_meeting(
    conn: Connection, change: Change, group: str, starts_at: datetime, ends_at: datetime, where: str
) -> UUID:
    """Plan a meeting of a savings group, named by its name or id; gives the meeting's id. Raises Refused."""
    if not change.now < starts_at < ends_at:
        raise Refused("A meeting starts later than now, and ends after that.")
    values: dict[str, Any] = {"programme": change.programme_id, "name": group}
    found = conn.exec_driver_sql(FIND_GROUP, values).scalars().all()
    if len(found) != 1:
        raise Refused(
            f"{'No' if not found else 'More than one'} savings group is called `{group}`: give its id."
        )
    id_ = uuid4()
    values |= {"id": id_, "group": found[0], "starts": starts_at, "ends": ends_at, "place": _fitting(where)}
    conn.exec_driver_sql(PLAN, values)
    audit.record(conn, change.programme_id, change.who, "plan_meeting", "planned_meeting", id_, change.now)
    return id_


def _update(
    conn: Connection, change: Change, gathering: UUID, what: str, assignment: str, **values: Any
) -> None:
    keys = {"id": gathering, "programme": change.programme_id, "now": change.now, **values}
    found = conn.exec_driver_sql(FIND, keys).first()
    if not found:
        raise Refused(f"There is no session or meeting `{gathering}`: `sms-app sessions list` shows them.")
    table = "training_session" if found.is_session else "planned_meeting"
    conn.exec_driver_sql(f"update {table} set {assignment} where id = %(id)s", keys)  # noqa: S608
    audit.record(conn, change.programme_id, change.who, what, table, gathering, change.now)


def _fitting(where: str) -> str:
    """A place as every screen and text can show it."""
    found = " ".join(fold(where).split())
    if not found or len(found) > PLACE_LONGEST:
        raise Refused(f"A place has 1 to {PLACE_LONGEST} characters.")
    return found
