"""Staff's changes to gatherings: training sessions and savings groups' meetings.

Nothing is sent from here. The clock's next tick moves the waiting messages and plans corrections of what was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app import sql
from sms_app.banned import banned_in
from sms_app.models.people import MAX_PLACE_LENGTH
from sms_app.programme import audit
from sms_app.texts import UNKNOWN, fold

SQL = sql.beside(__file__)
# one change at a time, so that two changes don't put two gatherings at the same time
LOCK = "select pg_advisory_xact_lock(hashtext('schedule'), %(programme)s)"
SAME = """
select exists (select from gathering where programme_id = %(programme)s and starts_at = %(starts)s and id <> %(id)s
  and coalesce(training_group_id, savings_group_id) = %(whose)s and cancelled_at is null)
"""
ID_SHORTEST = 4
"""The fewest characters of an id that staff may type: every id begins with the empty text."""
FIND_GROUP = """
select id from savings_group where programme_id = %(programme)s and (name = %(name)s or id::text = %(name)s)
"""
PLAN = """
insert into planned_meeting (id, programme_id, savings_group_id, starts_at, ends_at, place)
values (%(id)s, %(programme)s, %(group)s, %(starts)s, %(ends)s, %(place)s)
"""


class Refused(Exception):
    """The change can't be made; the text says why. `help` names the cases in which a command helps; `cli` adds
    which."""

    def __init__(self, text: str, help: Literal["gathering_id", "no_gathering"] | None = None):
        super().__init__(text)
        self.help = help


@dataclass(frozen=True)
class Gathering:
    """A training session or a meeting; `group` is the group's name for staff."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    place: str
    cancelled: bool
    group: str


@dataclass(frozen=True)
class Listed:
    """A session or meeting in a list. `coached` is the training group whose coaches are responsible (None: no group).
    Of a session also its check-in code, and how many on the group's list replied that they will come or cannot."""

    gathering: Gathering
    coached: UUID | None
    code: str | None
    will_come: int
    cannot_come: int


@dataclass(frozen=True)
class Looked:
    """A session or meeting that can be cancelled; `coached` is a session's training group."""

    id: UUID
    starts_at: datetime
    place: str
    group: str
    coached: UUID | None


@dataclass(frozen=True)
class Change:
    """Who makes a change, in which programme and when, and the stems that a place may not contain."""

    programme_id: int
    who: str
    now: datetime
    banned_stems: Sequence[str] = ()


@dataclass(frozen=True)
class Changed:
    """A gathering before and after a change."""

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
class _GatheringRow(_Row):
    """`session_group` is a session's training group, `whose` the training or savings group."""

    is_session: bool
    session_group: UUID | None
    whose: UUID


def gatherings(conn: Connection, programme_id: int, after: datetime, before: datetime) -> Sequence[Listed]:
    """The gatherings that start at or after `after` and before `before` (aware), in order."""
    values = {"programme": programme_id, "after": after, "before": before}
    return [
        Listed(_gathering(row), row.coached, row.check_in_code, row.will_come, row.cannot_come)
        for row in sql.rows(conn, SQL["list_gatherings"], _ListedRow, values)
    ]


def move(conn: Connection, change: Change, gathering: str, starts_at: datetime) -> Changed | None:
    """Move a gathering to another start (aware); its length stays. None when it starts then already. Raises Refused.

    `gathering` is, here and below, an id or its beginning."""
    if starts_at <= change.now:
        raise Refused("A session can't be moved into the past.")
    row = _find(conn, change, gathering)
    if row.starts_at == starts_at:
        return None
    _insist_ahead(row, change)
    _insist_alone(conn, change, row.id, row.whose, starts_at)
    ends_at = row.ends_at + (starts_at - row.starts_at)
    return _update(conn, change, row, "move", starts=starts_at, ends=ends_at)


def look(conn: Connection, change: Change, gathering: str) -> Looked | None:
    """The gathering that `cancel` would cancel; None when it is cancelled already. Changes nothing. Raises Refused."""
    row = _find(conn, change, gathering)
    if row.cancelled:
        return None
    _insist_ahead(row, change)
    return Looked(row.id, row.starts_at, row.place, row.group_name, row.session_group)


def cancel(conn: Connection, change: Change, gathering: str) -> Changed | None:
    """Cancel a gathering; None when it is cancelled already. Raises Refused."""
    row = _find(conn, change, gathering)
    if row.cancelled:
        return None
    _insist_ahead(row, change)
    return _update(conn, change, row, "cancel")


def restore(conn: Connection, change: Change, gathering: str) -> Changed | None:
    """Restore a cancelled gathering; None when it is not cancelled. Raises Refused."""
    row = _find(conn, change, gathering)
    if not row.cancelled:
        return None
    _insist_alone(conn, change, row.id, row.whose, row.starts_at)
    return _update(conn, change, row, "restore")


def place(conn: Connection, change: Change, gathering: str, where: str) -> Changed | None:
    """Change a gathering's place; None when it is held there already. Raises Refused."""
    fitting = fitting_place(where, change.banned_stems)
    row = _find(conn, change, gathering)
    return None if row.place == fitting else _update(conn, change, row, "place", place=fitting)


def plan_meeting(
    conn: Connection, change: Change, group: str, starts_at: datetime, ends_at: datetime, where: str
) -> UUID:
    """Plan a meeting of a savings group, given by name or id; returns the meeting's id. Raises Refused."""
    if not change.now < starts_at < ends_at:
        raise Refused("A meeting starts later than now, and ends after that.")
    values: dict[str, Any] = {"programme": change.programme_id, "name": group}
    groups = conn.exec_driver_sql(FIND_GROUP, values).scalars().all()
    if len(groups) != 1:
        raise Refused(
            f"{'No' if not groups else 'More than one'} savings group is called `{group}`: give its id."
        )
    id_, fitting = uuid4(), fitting_place(where, change.banned_stems)
    conn.exec_driver_sql(LOCK, values)
    _insist_alone(conn, change, id_, groups[0], starts_at)
    values |= {"id": id_, "group": groups[0], "starts": starts_at, "ends": ends_at, "place": fitting}
    conn.exec_driver_sql(PLAN, values)
    audit.record(conn, change.programme_id, change.who, "plan_meeting", "planned_meeting", id_, change.now)
    return id_


def _find(conn: Connection, change: Change, start: str) -> _GatheringRow:
    """The only gathering whose id begins with `start`. Locks the programme's schedule until the transaction ends."""
    if len(start.strip()) < ID_SHORTEST:
        raise Refused(f"Type at least {ID_SHORTEST} characters of the id.", "gathering_id")
    values = {"programme": change.programme_id, "start": start.strip().lower()}
    conn.exec_driver_sql(LOCK, values)
    rows = sql.rows(conn, SQL["find"], _GatheringRow, values)
    if len(rows) != 1:
        what = "More than one session or meeting has" if rows else "There is no session or meeting with"
        raise Refused(f"{what} an id that begins with `{start}`.", "no_gathering")
    return rows[0]


def _insist_ahead(row: _GatheringRow, change: Change) -> None:
    if row.starts_at <= change.now:
        raise Refused("It has begun or is over, so it can't be moved or cancelled any more.")


def _insist_alone(conn: Connection, change: Change, id_: UUID, whose: UUID, starts_at: datetime) -> None:
    values = {"programme": change.programme_id, "id": id_, "whose": whose, "starts": starts_at}
    if conn.exec_driver_sql(SAME, values).scalar_one():
        raise Refused("This group has another gathering at that very time: move or cancel that one first.")


def _update(
    conn: Connection, change: Change, row: _GatheringRow, what: str, **values: datetime | str
) -> Changed:
    keys = {"id": row.id, "programme": change.programme_id, "now": change.now, **values}
    table = "training_session" if row.is_session else "planned_meeting"
    conn.exec_driver_sql(SQL[f"{what}_session" if row.is_session else f"{what}_meeting"], keys)
    audit.record(conn, change.programme_id, change.who, what, table, row.id, change.now)
    (now,) = sql.rows(conn, SQL["find"], _GatheringRow, {**keys, "start": str(row.id)})
    return Changed(_gathering(row), _gathering(now))


def _gathering(row: _Row) -> Gathering:
    return Gathering(row.id, row.starts_at, row.ends_at, row.place, row.cancelled, row.group_name)


def fitting_place(where: str, banned_stems: Sequence[str]) -> str:
    """A place in characters that every screen and text can show. Raises Refused."""
    # the text as typed, since folding replaces characters that may hide a stem by `?`
    if next(banned_in(where, banned_stems), None):
        raise Refused("This place contains a word that no text may say: use another name.")
    written = " ".join(fold(where).split())
    if written.count(UNKNOWN) > where.count(UNKNOWN):
        raise Refused("This place has letters that simple phones can't show: write it with plain letters.")
    if not written or len(written) > MAX_PLACE_LENGTH:
        raise Refused(f"A place has 1 to {MAX_PLACE_LENGTH} characters.")
    return written
