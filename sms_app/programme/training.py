"""A participant's training sessions: the next session, her reply whether she will come, and her check-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme.desk import OfficeTransaction, Refused

SQL = sql.beside(__file__)
# the next session of the person's group that is neither over nor cancelled
NEXT_OF_GROUP = """
select starts_at, place from training_session
where group_id = %(group)s and starts_at > %(now)s and cancelled_at is null order by starts_at limit 1
"""
NEXT = """
select s.id from participant p join training_session s on s.group_id = p.group_id
where p.id = %(person)s and s.cancelled_at is null and s.ends_at > %(now)s order by s.starts_at limit 1
"""
REPLY = """
insert into session_reply (training_session_id, participant_id, coming, replied_on, session_on)
select s.id, %(participant)s, %(coming)s, %(today)s, (s.starts_at at time zone p.time_zone)::date
from training_session s join programme p on p.id = s.programme_id where s.id = %(session)s
on conflict (training_session_id, participant_id)
do update set coming = excluded.coming, replied_on = excluded.replied_on, session_on = excluded.session_on
"""
# the limit of unmatched check-ins stored for a session: anyone who knows its code can make them
MAX_UNMATCHED = 50
UNMATCHED = """
select s.id, g.number, s.starts_at, p.time_zone, u.member_number from unmatched_check_in u
join training_session s on s.id = u.training_session_id join training_group g on g.id = s.group_id
join programme p on p.id = s.programme_id
where s.programme_id = %(programme)s order by s.starts_at, g.number, u.member_number limit %(most)s offset %(skip)s
"""
SETTLE_UNMATCHED = """
delete from unmatched_check_in u using training_session s
where s.id = u.training_session_id and s.programme_id = %(programme)s and s.id = %(session)s
  and u.member_number = %(member)s
"""
CANNOT_COME_FOR = timedelta(days=14)
"""For how long after a session the replies to it wait for an answer."""
FORGET_UNMATCHED = "delete from unmatched_check_in where recorded_on < %(kept_from)s"
UNMATCHED_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class WholeDay:
    """A day of the programme: from `starts` (aware) to before `ends`, the next day's first moment."""

    day: date
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class UnmatchedCheckIn:
    """A check-in by a member number that nobody in the session's group has; `starts_at` in the programme's zone."""

    session: UUID
    group: int
    starts_at: datetime
    member: str


@dataclass(frozen=True)
class CannotCome:
    """A reply that she can't come to a session, which nobody has excused yet; `starts_at` in the programme's zone.
    `begun`: the session has begun, so she can be excused on its roll."""

    group: int
    starts_at: datetime
    begun: bool
    member_number: str
    list_number: int | None


@dataclass(frozen=True)
class HerSession:
    """A session on whose list she was, `starts_at` in the programme's zone. `status` is what is known of her (None:
    nothing), `outcome` its roll's."""

    starts_at: datetime
    title: str
    status: str | None
    outcome: str | None


@dataclass(frozen=True)
class NextSession:
    """A session to come, `starts_at` in the programme's zone."""

    starts_at: datetime
    place: str


def sessions_of(conn: Connection, participant: UUID, zone: ZoneInfo, most: int) -> Sequence[HerSession]:
    """The latest sessions on whose list a participant was, the latest first."""
    rows = sql.rows(conn, SQL["sessions_of"], HerSession, {"person": participant, "most": most})
    return [replace(row, starts_at=row.starts_at.astimezone(zone)) for row in rows]


def next_session(conn: Connection, participant: UUID, now: datetime) -> UUID | None:
    """The id of the next session of the participant's group that is neither over nor cancelled, or None."""
    values = {"person": participant, "now": now}
    return conn.exec_driver_sql(NEXT, values).scalar_one_or_none()


def next_of_group(conn: Connection, group: UUID, zone: ZoneInfo, now: datetime) -> NextSession | None:
    """The next session of a group that has not begun and is not cancelled, or None."""
    row = sql.one(conn, NEXT_OF_GROUP, NextSession, {"group": group, "now": now})
    return row and replace(row, starts_at=row.starts_at.astimezone(zone))


def reply(conn: Connection, session: UUID, participant: UUID, coming: bool, today: date) -> None:
    """Store her reply whether she will come; it replaces an earlier reply. `today` is the programme's day."""
    values = {"session": session, "participant": participant, "coming": coming, "today": today}
    conn.exec_driver_sql(REPLY, values)


def check_in(conn: Connection, participant: UUID, code: str, on: WholeDay) -> bool:
    """Store that she says she is at her group's session of the day that has this code.

    False when her group has no session on that day with that code."""
    values = {"participant": participant, "code": code, "day": on.day, "starts": on.starts, "ends": on.ends}
    return conn.exec_driver_sql(SQL["check_in"], values).first() is not None


def check_in_as_member(conn: Connection, programme_id: int, member: str, code: str, on: WholeDay) -> bool:
    """Mark the person of a member number present at her group's session of the day that has this code. A member number
    that nobody in that group has is stored for the coach.

    False when no session of that day has that code. The result does not depend on the member number."""
    values = {
        "programme": programme_id,
        "member": member,
        "code": code,
        "day": on.day,
        "starts": on.starts,
        "ends": on.ends,
        "limit": MAX_UNMATCHED,
    }
    return conn.exec_driver_sql(SQL["check_in_as_member"], values).first() is not None


def unmatched_check_ins(
    conn: Connection, programme_id: int, most: int | None = None, skip: int = 0
) -> list[UnmatchedCheckIn]:
    """The programme's unmatched check-ins, the oldest session first, at most `most` after the first `skip`."""
    rows = conn.exec_driver_sql(UNMATCHED, {"programme": programme_id, "most": most, "skip": skip})
    return [
        UnmatchedCheckIn(
            row.id, row.number, row.starts_at.astimezone(ZoneInfo(row.time_zone)), row.member_number
        )
        for row in rows
    ]


def settle_unmatched(office: OfficeTransaction, session: UUID, member: str) -> None:
    """Take an unmatched check-in off the list, after the coach said who it was. Attendance stays as it is. Raises
    Refused when it is not there any more."""
    values = {"programme": office.programme_id, "session": session, "member": member}
    if not office.conn.exec_driver_sql(SETTLE_UNMATCHED, values).rowcount:
        raise Refused("There is no such check-in: somebody dealt with it meanwhile.")
    office.record("settle_check_in", "training_session", session)


def cannot_come(
    conn: Connection, programme_id: int, zone: ZoneInfo, now: datetime, most: int, skip: int = 0
) -> Sequence[CannotCome]:
    """The replies of people who can't come, at most `most` after the first `skip`, to sessions that are to come or were
    in the last two weeks, the oldest session first. Who came after all, was excused, or whose absence the office
    entered is left out."""
    since = now - CANNOT_COME_FOR
    values = {"programme": programme_id, "now": now, "since": since, "most": most, "skip": skip}
    rows = sql.rows(conn, SQL["cannot_come"], CannotCome, values)
    return [replace(row, starts_at=row.starts_at.astimezone(zone)) for row in rows]


def forget_unmatched(conn: Connection, now: datetime) -> None:
    """Delete unmatched check-ins after thirty days."""
    conn.exec_driver_sql(FORGET_UNMATCHED, {"kept_from": (now - UNMATCHED_KEPT).date()})
