"""Staff's changes to gatherings: training sessions and savings groups' meetings.

Nothing is sent from here. The clock's next tick moves the waiting messages and plans corrections of what was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app import sql
from sms_app.banned import banned_in
from sms_app.models.people import MAX_PLACE_LENGTH
from sms_app.programme import locks
from sms_app.programme.calendar import Calendar
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.texts import UNKNOWN, fold

SQL = sql.beside(__file__)
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
class GatheringRow:
    """A session or meeting in a list. `coached` is the training group whose coaches are responsible (None: no group).
    Of a session also its check-in code, and how many on the group's list replied that they will come or cannot."""

    gathering: Gathering
    coached: UUID | None
    code: str | None
    will_come: int
    cannot_come: int


class ScheduleRefused(Refused):
    """A change of the schedule that can't be made; `key` says why in a word, for who does not read the text."""

    def __init__(
        self, key: str, text: str, help: Literal["day_off", "gathering_id", "no_gathering"] | None = None
    ) -> None:
        super().__init__(text, help)
        self.key = key


@dataclass(frozen=True)
class Changed:
    """A gathering before and after a change."""

    was: Gathering
    now: Gathering


@dataclass(frozen=True)
class PlannedChange:
    """A change that may be made and is not made: the gathering as it is and as it would be. `what` is `move`, `cancel`,
    `restore` or `place`. `coached` is a session's training group, None for a meeting."""

    what: str
    was: Gathering
    then: Gathering
    coached: UUID | None
    is_session: bool
    values: Mapping[str, datetime | str] = field(repr=False)


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


def gatherings(
    conn: Connection, programme_id: int, after: datetime, before: datetime
) -> Sequence[GatheringRow]:
    """The gatherings that start at or after `after` and before `before` (aware), in order."""
    values = {"programme": programme_id, "after": after, "before": before}
    return [
        GatheringRow(_gathering(row), row.coached, row.check_in_code, row.will_come, row.cannot_come)
        for row in sql.rows(conn, SQL["list_gatherings"], _ListedRow, values)
    ]


def check_start(calendar: Calendar, starts_at: datetime, anyway: bool = False) -> None:
    """Raise Refused for a start (aware) outside the programme's hours or, unless `anyway`, on a day off."""
    local, opens, closes = starts_at.astimezone(calendar.zone), calendar.opens, calendar.closes
    if not opens <= local.time() < closes:
        text = f"the programme's day is from {opens:%H:%M} to {closes:%H:%M}."
        raise ScheduleRefused("hours", f"Nobody meets at {local:%H:%M}: {text}")
    if not anyway and not calendar.may_meet(starts_at):
        raise ScheduleRefused("day_off", f"Nobody meets at {local:%Y-%m-%d %H:%M}, a day off.", "day_off")


def move(office: OfficeTransaction, gathering: str, starts_at: datetime) -> Changed | None:
    """Move a gathering to another start (aware); its length stays. None when it starts then already. Raises Refused.

    `gathering` is, here and below, an id or its beginning."""
    return _make(office, plan_move(office, gathering, starts_at))


def plan_move(office: OfficeTransaction, gathering: str, starts_at: datetime) -> PlannedChange | None:
    """What `move` would do. This and the other `plan_…` lock the programme's schedule until the transaction ends."""
    if starts_at <= office.now:
        raise ScheduleRefused("past", "A session can't be moved into the past.")
    row = _find(office, gathering)
    if row.starts_at == starts_at:
        return None
    _refuse_past(office, row)
    _refuse_same_time(office, row.id, row.whose, starts_at)
    ends_at = row.ends_at + (starts_at - row.starts_at)
    then = replace(_gathering(row), starts_at=starts_at, ends_at=ends_at)
    return _planned("move", row, then, {"starts": starts_at, "ends": ends_at})


def cancel(office: OfficeTransaction, gathering: str) -> Changed | None:
    """Cancel a gathering; None when it is cancelled already. Raises Refused."""
    return _make(office, plan_cancel(office, gathering))


def plan_cancel(office: OfficeTransaction, gathering: str) -> PlannedChange | None:
    """What `cancel` would do."""
    row = _find(office, gathering)
    if row.cancelled:
        return None
    _refuse_past(office, row)
    return _planned("cancel", row, replace(_gathering(row), cancelled=True))


def restore(office: OfficeTransaction, gathering: str) -> Changed | None:
    """Restore a cancelled gathering; None when it is not cancelled. Raises Refused."""
    return _make(office, plan_restore(office, gathering))


def plan_restore(office: OfficeTransaction, gathering: str) -> PlannedChange | None:
    """What `restore` would do."""
    row = _find(office, gathering)
    if not row.cancelled:
        return None
    _refuse_same_time(office, row.id, row.whose, row.starts_at)
    return _planned("restore", row, replace(_gathering(row), cancelled=False))


def place(
    office: OfficeTransaction, gathering: str, where: str, banned_stems: Sequence[str]
) -> Changed | None:
    """Change a gathering's place; None when it is held there already. `banned_stems` may not be in it. Raises
    Refused."""
    return _make(office, plan_place(office, gathering, where, banned_stems))


def plan_place(
    office: OfficeTransaction, gathering: str, where: str, banned_stems: Sequence[str]
) -> PlannedChange | None:
    """What `place` would do."""
    fitting = fitting_place(where, banned_stems)
    row = _find(office, gathering)
    if row.place == fitting:
        return None
    return _planned("place", row, replace(_gathering(row), place=fitting), {"place": fitting})


def make(office: OfficeTransaction, planned: PlannedChange) -> Changed:
    """Make a change that was planned in this transaction. Nothing is sent from here."""
    keys = {"id": planned.was.id, "programme": office.programme_id, "now": office.now, **planned.values}
    table = "training_session" if planned.is_session else "planned_meeting"
    statement = f"{planned.what}_session" if planned.is_session else f"{planned.what}_meeting"
    office.conn.exec_driver_sql(SQL[statement], keys)
    office.record(planned.what, table, planned.was.id)
    return Changed(planned.was, planned.then)


def plan_meeting(
    office: OfficeTransaction,
    group: str,
    starts_at: datetime,
    ends_at: datetime,
    where: str,
    banned_stems: Sequence[str],
    id_: UUID | None = None,
) -> UUID:
    """Plan a meeting of a savings group, given by name or id, with this id unless it is None; returns the meeting's id.
    Raises Refused."""
    if not office.now < starts_at < ends_at:
        raise Refused("A meeting starts later than now, and ends after that.", key="not_to_come")
    values: dict[str, Any] = {"programme": office.programme_id, "name": group}
    groups = office.conn.exec_driver_sql(FIND_GROUP, values).scalars().all()
    if len(groups) != 1:
        raise Refused(
            f"{'No' if not groups else 'More than one'} savings group is called `{group}`: give its id.",
            key="no_savings_group",
            group=group,
        )
    id_, fitting = id_ or uuid4(), fitting_place(where, banned_stems)
    locks.lock_schedule(office.conn, office.programme_id)
    _refuse_same_time(office, id_, groups[0], starts_at)
    values |= {"id": id_, "group": groups[0], "starts": starts_at, "ends": ends_at, "place": fitting}
    office.conn.exec_driver_sql(PLAN, values)
    office.record("plan_meeting", "planned_meeting", id_)
    return id_


def _find(office: OfficeTransaction, start: str) -> _FoundRow:
    """The only gathering whose id begins with `start`. Locks the programme's schedule until the transaction ends."""
    if len(start.strip()) < ID_SHORTEST:
        raise ScheduleRefused("id", f"Type at least {ID_SHORTEST} characters of the id.", "gathering_id")
    locks.lock_schedule(office.conn, office.programme_id)
    rows = _rows(office, start.strip().lower())
    if len(rows) != 1:
        what = "More than one session or meeting has" if rows else "There is no session or meeting with"
        raise ScheduleRefused("id", f"{what} an id that begins with `{start}`.", "no_gathering")
    return rows[0]


def _rows(office: OfficeTransaction, start: str) -> list[_FoundRow]:
    """Up to two gatherings whose id begins so. A whole id is looked up by its index."""
    values: dict[str, object] = {"programme": office.programme_id}
    try:
        return sql.rows(office.conn, SQL["find_whole"], _FoundRow, {**values, "id": UUID(start)})
    except ValueError:
        return sql.rows(office.conn, SQL["find"], _FoundRow, {**values, "start": start})


def _refuse_past(office: OfficeTransaction, row: _FoundRow) -> None:
    if row.starts_at <= office.now:
        raise ScheduleRefused("begun", "It has begun or is over, so it can't be moved or cancelled any more.")


def _refuse_same_time(office: OfficeTransaction, id_: UUID, whose: UUID, starts_at: datetime) -> None:
    values = {"programme": office.programme_id, "id": id_, "whose": whose, "starts": starts_at}
    if office.conn.exec_driver_sql(SAME, values).scalar_one():
        text = "This group has another gathering at that very time: move or cancel that one first."
        raise ScheduleRefused("same_time", text)


def _planned(
    what: str, row: _FoundRow, then: Gathering, values: Mapping[str, datetime | str] | None = None
) -> PlannedChange:
    return PlannedChange(what, _gathering(row), then, row.session_group, row.is_session, values or {})


def _make(office: OfficeTransaction, planned: PlannedChange | None) -> Changed | None:
    return None if planned is None else make(office, planned)


def _gathering(row: _Row) -> Gathering:
    return Gathering(row.id, row.starts_at, row.ends_at, row.place, row.cancelled, row.group_name)


def fitting_place(where: str, banned_stems: Sequence[str]) -> str:
    """A place in characters that every screen and text can show. Raises Refused."""
    # the text as typed, since folding replaces characters that may hide a stem by `?`
    if next(banned_in(where, banned_stems), None):
        raise ScheduleRefused(
            "place_word", "This place contains a word that no text may say: use another name."
        )
    written = " ".join(fold(where).split())
    if written.count(UNKNOWN) > where.count(UNKNOWN):
        text = "This place has letters that simple phones can't show: write it with plain letters."
        raise ScheduleRefused("place_letters", text)
    if not written or len(written) > MAX_PLACE_LENGTH:
        raise ScheduleRefused("place_length", f"A place has 1 to {MAX_PLACE_LENGTH} characters.")
    return written
