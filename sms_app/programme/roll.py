"""A session's roll as its coach takes it: who was expected, who came, and what is corrected in the seven days after.

The functions of revisions 0017 and 0020 do the work and look themselves whether the coach may: she is not suspended,
coaches the group now or stands in at the session, which has begun and is at most seven days ago. They are the only way
by which the web process can write a roll."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme.desk import OfficeTransaction, Refused

Stored = Literal["stored", "closed", "changed"]
"""`closed`: she may not, or no longer, enter this session's roll; `changed`: the numbers do not fit the list."""

SQL = sql.beside(__file__)
FIX_LIST = "select fix_session_list(%(session)s, %(now)s)"
FIX_LISTS = "select fix_session_lists(%(programme)s, %(now)s)"
ON_LIST = """
select list_number from session_list
where training_session_id = %(session)s and may_take_roll(%(coach)s, %(session)s, %(now)s)
order by list_number
"""
STORE = "select store_roll(%(coach)s, %(session)s, %(absent)s::integer[], %(headcount)s, %(now)s, %(today)s)"
CORRECT = "select correct_roll(%(coach)s, %(session)s, %(numbers)s::integer[], %(mark)s, %(now)s, %(today)s)"
NOT_HELD = "select store_not_held(%(coach)s, %(session)s, %(reason)s, %(now)s, %(today)s)"
NOBODY = "select store_nobody(%(coach)s, %(session)s, %(now)s, %(today)s)"
STAND_IN = """
select session, begun from stand_in(%(coach)s, %(group)s, %(code)s, %(now)s, %(today)s)
"""
CORRECT_BY_OFFICE = """
select correct_roll_by_office(%(programme)s, %(session)s, %(numbers)s::integer[], %(said)s, %(now)s, %(today)s)
"""
STATUSES = ("present", "late", "absent", "excused")
LOOK_BACK = timedelta(days=60)
NOT_HELD_REASONS = ("weather", "few_came", "coach_away", "funeral", "place", "other")


@dataclass(frozen=True)
class StandsIn:
    """The session at which a coach stands in, and whether it has begun."""

    session: UUID
    begun: bool


@dataclass(frozen=True)
class Contradiction:
    """A participant who checked in herself, and is not present on the roll, or whose session was not held by the roll
    (`status` is not_held); `starts_at` in the programme's zone. `by_office`: the office said so, after the coach."""

    group: int
    group_id: UUID
    starts_at: datetime
    list_number: int | None
    status: str
    by_office: bool


@dataclass(frozen=True)
class _SessionOfDay:
    id: UUID
    starts_at: datetime


def correct_by_office(
    office: OfficeTransaction,
    zone: ZoneInfo,
    group: int,
    day: date,
    numbers: Sequence[int],
    said: str,
    at: time | None = None,
) -> datetime:
    """Store what the office says of the list numbers at a group's session on a day: one of STATUSES. It counts before a
    coach's word, and also after her seven days. `at` is the hour in `zone` (the programme's) when the day has several
    sessions. Gives the session's start. Raises Refused."""
    if said not in STATUSES:
        raise Refused(f"`{said}` is none of {', '.join(STATUSES)}.")
    values = {"programme": office.programme_id, "group": group, "day": day}
    sessions = [
        session
        for session in sql.rows(office.conn, SQL["of_day"], _SessionOfDay, values)
        if at is None or session.starts_at.astimezone(zone).time() == at
    ]
    if not sessions:
        raise Refused(f"Group {group} has no session then.")
    if len(sessions) > 1:
        raise Refused(f"Group {group} has {len(sessions)} sessions on that day: say the hour with --at.")
    session = sessions[0]
    say_by_office(office, session.id, numbers, said)
    office.record("correct_roll", "training_session", session.id)
    return session.starts_at.astimezone(zone)


def say_by_office(office: OfficeTransaction, session: UUID, numbers: Sequence[int], said: str) -> None:
    """Store what the office says of the list numbers at a session: one of STATUSES. Raises Refused."""
    values = {
        "programme": office.programme_id,
        "session": session,
        "numbers": list(numbers),
        "said": said,
        "now": office.now,
        "today": office.today,
    }
    done = office.conn.exec_driver_sql(CORRECT_BY_OFFICE, values).scalar_one()
    if done == "closed":
        raise Refused("This session has not begun, or was not held: there is no attendance to correct.")
    if done == "changed":
        raise Refused("A number is not on this session's list.")


def contradictions(
    conn: Connection,
    programme_id: int,
    now: datetime,
    unanswered: bool = False,
    most: int | None = None,
    skip: int = 0,
) -> list[Contradiction]:
    """Check-ins of the last 60 days that the roll contradicts, the oldest session first, at most `most` after the first
    `skip`; with `unanswered` without those that the office has decided."""
    values = {
        "programme": programme_id,
        "since": now - LOOK_BACK,
        "unanswered": unanswered,
        "most": most,
        "skip": skip,
    }
    rows = conn.exec_driver_sql(SQL["contradictions"], values)
    return [
        Contradiction(
            row.group,
            row.group_id,
            row.starts_at.astimezone(ZoneInfo(row.time_zone)),
            row.list_number,
            row.status,
            row.by_office,
        )
        for row in rows
    ]


def fix_list(conn: Connection, session: UUID, now: datetime) -> None:
    """Fix who is expected at a session that has begun; one that is fixed stays as it is."""
    conn.exec_driver_sql(FIX_LIST, {"session": session, "now": now})


def fix_lists(conn: Connection, programme_id: int, now: datetime) -> int:
    """The same for every session of a programme that began in the last eight days. Gives how many were fixed."""
    return int(conn.exec_driver_sql(FIX_LISTS, {"programme": programme_id, "now": now}).scalar_one())


def on_list(conn: Connection, coach: UUID, session: UUID, now: datetime) -> tuple[int, ...]:
    """The list numbers of those who were expected at a session; none when the coach may not take its roll."""
    values = {"coach": coach, "session": session, "now": now}
    return tuple(conn.exec_driver_sql(ON_LIST, values).scalars())


def store(
    conn: Connection,
    coach: UUID,
    session: UUID,
    absent: Sequence[int],
    headcount: int,
    now: datetime,
    today: date,
) -> Stored:
    """Store a roll: these list numbers were absent, everyone else on the list was present. A roll that is there is
    replaced; who was late stays late as long as she came, who was excused stays excused as long as she did not."""
    values = {"absent": list(absent), "headcount": headcount}
    return _run(conn, STORE, coach, session, now, today, **values)


def correct(
    conn: Connection,
    coach: UUID,
    session: UUID,
    numbers: Sequence[int],
    mark: str,
    now: datetime,
    today: date,
) -> Stored:
    """Say of people on a roll that they came after all (`present`), came late (`late`) or were excused (`excused`)."""
    return _run(conn, CORRECT, coach, session, now, today, numbers=list(numbers), mark=mark)


def store_not_held(
    conn: Connection, coach: UUID, session: UUID, reason: str, now: datetime, today: date
) -> Stored:
    """Say that a session was not held, for one of NOT_HELD_REASONS: nobody is absent from it. `closed` also when it has
    a roll by now."""
    return _run(conn, NOT_HELD, coach, session, now, today, reason=reason)


def store_nobody(conn: Connection, coach: UUID, session: UUID, now: datetime, today: date) -> Stored:
    """Store a roll that has everybody absent. `closed` also when the session has a roll by now."""
    return _run(conn, NOBODY, coach, session, now, today)


def stand_in(
    conn: Connection, coach: UUID, group: int, code: str, now: datetime, today: date
) -> StandsIn | None:
    """Let a coach stand in at the session of today, of the group with this number, that has this code: from half an
    hour before it begins. None for a wrong number or code, as for a coach who is suspended.

    The caller limits how often a code is guessed."""
    values = {"coach": coach, "group": group, "code": code, "now": now, "today": today}
    return sql.one(conn, STAND_IN, StandsIn, values)


def _run(
    conn: Connection, statement: str, coach: UUID, session: UUID, now: datetime, today: date, **values: object
) -> Stored:
    all_values = {"coach": coach, "session": session, "now": now, "today": today, **values}
    return cast(Stored, conn.exec_driver_sql(statement, all_values).scalar_one())
