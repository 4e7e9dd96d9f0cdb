"""When a programme's groups meet, as staff change it: training sessions and savings groups' meetings alike.

Nothing is said from here. The next tick sees what is true, moves what waits, and corrects what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app import sql
from sms_app.banned import banned_in
from sms_app.models.people import MAX_PLACE_LENGTH
from sms_app.programme import audit
from sms_app.texts import UNKNOWN, fold

SQL = sql.beside(__file__)
# one change at a time, so that two of them don't make the same session
LOCK = "select pg_advisory_xact_lock(hashtext('schedule'), %(programme)s)"
SAME = """
select exists (select from gathering where programme_id = %(programme)s and starts_at = %(starts)s and id <> %(id)s
  and coalesce(training_group_id, savings_group_id) = %(whose)s and cancelled_at is null)
"""
ID_SHORTEST = 4
"""The fewest characters of an id that staff may type: an empty one would begin every id."""
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
class Listed:
    """A session or meeting in a list: the training group whose coaches see to it (None: no group), and of a session
    its check-in code and how many on the group's list say that they will come, or cannot."""

    gathering: Gathering
    coached: UUID | None
    code: str | None
    will_come: int
    cannot_come: int


@dataclass(frozen=True)
class Looked:
    """A session or meeting that could be called off; `coached` is a session's training group."""

    id: UUID
    starts_at: datetime
    place: str
    group: str
    coached: UUID | None


@dataclass(frozen=True)
class Change:
    """Who changes what, when, and the stems that no place may have in it."""

    programme_id: int
    who: str
    now: datetime
    banned_stems: Sequence[str] = ()


@dataclass(frozen=True)
class Changed:
    """What a gathering was and is."""

    was: Gathering
    now: Gathering


@dataclass(frozen=True)
class _Row:
    id: UUID
    starts_at: datetime
    ends_at: datetime
    place: str
    cancelled: bool
    group_name: str


@dataclass(frozen=True)
class _ListedRow(_Row):
    coached: UUID | None
    check_in_code: str | None
    will_come: int
    cannot_come: int


@dataclass(frozen=True)
class _FoundRow(_Row):
    """`session_group` is a session's training group, `whose` the training or savings group."""

    is_session: bool
    session_group: UUID | None
    whose: UUID


def gatherings(conn: Connection, programme_id: int, after: datetime, before: datetime) -> Sequence[Listed]:
    """What starts from `after` on and before `before`, in order."""
    values = {"programme": programme_id, "after": after, "before": before}
    return [
        Listed(_gathering(row), row.coached, row.check_in_code, row.will_come, row.cannot_come)
        for row in sql.rows(conn, SQL["list_gatherings"], _ListedRow, values)
    ]


def move(conn: Connection, change: Change, gathering: str, starts_at: datetime) -> Changed | None:
    """Let it start at another time (aware), as long as before; None when it does already. Raises Refused.

    `gathering` is, here and below, an id or how one begins."""
    if starts_at <= change.now:
        raise Refused("A session can't be moved into the past.")
    found = _find(conn, change, gathering)
    if found.starts_at == starts_at:
        return None
    _insist_ahead(found, change)
    _insist_alone(conn, change, found.id, found.whose, starts_at)
    ends_at = found.ends_at + (starts_at - found.starts_at)
    return _update(conn, change, found, "move", starts=starts_at, ends=ends_at)


def look(conn: Connection, change: Change, gathering: str) -> Looked | None:
    """What `cancel` would call off, without doing it; None when it is called off already. Raises Refused."""
    found = _find(conn, change, gathering)
    if found.cancelled:
        return None
    _insist_ahead(found, change)
    return Looked(found.id, found.starts_at, found.place, found.group_name, found.session_group)


def cancel(conn: Connection, change: Change, gathering: str) -> Changed | None:
    """Call it off; None when it is. Raises Refused."""
    found = _find(conn, change, gathering)
    if found.cancelled:
        return None
    _insist_ahead(found, change)
    return _update(conn, change, found, "cancel")


def restore(conn: Connection, change: Change, gathering: str) -> Changed | None:
    """Let it take place after all; None when it does. Raises Refused."""
    found = _find(conn, change, gathering)
    if not found.cancelled:
        return None
    _insist_alone(conn, change, found.id, found.whose, found.starts_at)
    return _update(conn, change, found, "restore")


def place(conn: Connection, change: Change, gathering: str, where: str) -> Changed | None:
    """Hold it somewhere else; None when it is held there. Raises Refused."""
    fitting = fitting_place(where, change.banned_stems)
    found = _find(conn, change, gathering)
    return None if found.place == fitting else _update(conn, change, found, "place", place=fitting)


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
    id_, fitting = uuid4(), fitting_place(where, change.banned_stems)
    conn.exec_driver_sql(LOCK, values)
    _insist_alone(conn, change, id_, found[0], starts_at)
    values |= {"id": id_, "group": found[0], "starts": starts_at, "ends": ends_at, "place": fitting}
    conn.exec_driver_sql(PLAN, values)
    audit.record(conn, change.programme_id, change.who, "plan_meeting", "planned_meeting", id_, change.now)
    return id_


def _find(conn: Connection, change: Change, start: str) -> _FoundRow:
    """The one gathering whose id begins like this, and nobody else changing any until the end of the transaction."""
    if len(start.strip()) < ID_SHORTEST:
        raise Refused(f"Type at least {ID_SHORTEST} characters of the id: `sms-app sessions list` shows it.")
    values = {"programme": change.programme_id, "start": start.strip().lower()}
    conn.exec_driver_sql(LOCK, values)
    found = sql.rows(conn, SQL["find"], _FoundRow, values)
    if len(found) != 1:
        what = "More than one session or meeting has" if found else "There is no session or meeting with"
        raise Refused(f"{what} an id that begins with `{start}`: `sms-app sessions list` shows them.")
    return found[0]


def _insist_ahead(found: _FoundRow, change: Change) -> None:
    if found.starts_at <= change.now:
        raise Refused("It has begun or is over: what was held can't be moved or called off any more.")


def _insist_alone(conn: Connection, change: Change, id_: UUID, whose: UUID, starts_at: datetime) -> None:
    values = {"programme": change.programme_id, "id": id_, "whose": whose, "starts": starts_at}
    if conn.exec_driver_sql(SAME, values).scalar_one():
        raise Refused("This group has another one at that very time: move or cancel that one first.")


def _update(
    conn: Connection, change: Change, found: _FoundRow, what: str, **values: datetime | str
) -> Changed:
    keys = {"id": found.id, "programme": change.programme_id, "now": change.now, **values}
    table = "training_session" if found.is_session else "planned_meeting"
    conn.exec_driver_sql(SQL[f"{what}_session" if found.is_session else f"{what}_meeting"], keys)
    audit.record(conn, change.programme_id, change.who, what, table, found.id, change.now)
    (now,) = sql.rows(conn, SQL["find"], _FoundRow, {**keys, "start": str(found.id)})
    return Changed(_gathering(found), _gathering(now))


def _gathering(row: _Row) -> Gathering:
    return Gathering(row.id, row.starts_at, row.ends_at, row.place, row.cancelled, row.group_name)


def fitting_place(where: str, banned_stems: Sequence[str]) -> str:
    """A place as every screen and text can show it."""
    # as it was typed: folding makes `?` of what a stem may hide behind
    if next(banned_in(where, banned_stems), None):
        raise Refused("This place has a word in it that no text may say: call it something else.")
    found = " ".join(fold(where).split())
    if found.count(UNKNOWN) > where.count(UNKNOWN):
        raise Refused("This place has letters that simple phones can't show: write it in plain ones.")
    if not found or len(found) > MAX_PLACE_LENGTH:
        raise Refused(f"A place has 1 to {MAX_PLACE_LENGTH} characters.")
    return found
