"""A coach's text about a session: the day before, and once more when what she was told is no longer so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row

from sms_app.messaging.coaches.list_numbers import fitting
from sms_app.messaging.coaches.reachability import Reachability, reachability
from sms_app.messaging.content import Answers, Content, Due, Skip, ToldSnapshot
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.training import CANNOT_COME

# SQL: the numbers of a group's coaches of now
COACHES_OF = """array(
  select c.phone_number_id from group_coach gc join coach c on c.id = gc.coach_id
  where gc.group_id = {group} and gc.to_on is null and c.phone_number_id is not null
    and c.suspended_on is null)"""
SESSIONS = f"""
select s.id, g.number, s.starts_at, s.place, s.cancelled_at, {COACHES_OF.format(group="g.id")} as coaches,
  {CANNOT_COME} as cannot_come
from training_session s join training_group g on g.id = s.group_id where s.id = any(%(sessions)s)
"""  # noqa: S608
# corrections, and what the messages that they correct had told
CORRECTED = """
select m.id, c.told_starts_at, c.told_place, c.told_cancelled, c.told_digest
from message m join message c on c.id = m.corrects_id where m.id = any(%(ids)s)
"""
# the coaches of now whose latest text about a session says that it takes place
TOLD = f"""
select count(*) from (
  select distinct on (m.phone_number_id) m.phone_number_id, m.told_cancelled from message m
  where m.subject_id = %(session)s and m.kind = 'coach_gathering' and m.status in ('sent', 'delivered', 'unknown')
  order by m.phone_number_id, coalesce(m.sent_at, m.claimed_at, m.planned_at) desc
) l join phone_number n on n.id = l.phone_number_id and n.stopped_on is null
where not l.told_cancelled and l.phone_number_id = any(
  (select {COACHES_OF.format(group="s.group_id")} from training_session s where s.id = %(session)s)::uuid[])
"""  # noqa: S608


def told(conn: Connection, session: UUID) -> int:
    """How many coaches know of a session, and would be told that it is called off."""
    return int(conn.exec_driver_sql(TOLD, {"session": session}).scalar_one())


def corrected_rows(conn: Connection, dues: Sequence[Due]) -> dict[UUID, Row[tuple[object, ...]]]:
    """Of those of these messages that are corrections: what was told by the message that each corrects, by the
    correction's id."""
    return {row.id: row for row in conn.exec_driver_sql(CORRECTED, {"ids": [due.id for due in dues]})}


def differs(told: Row[tuple[object, ...]], session: Row[tuple[object, ...]]) -> bool:
    """Whether a coach was told something else of a session than what is true."""
    cancelled = session.cancelled_at is not None
    if cancelled or told.told_cancelled:
        return cancelled != bool(told.told_cancelled)
    return (told.told_starts_at, told.told_place) != (session.starts_at, session.place)


def compose_coach_gathering(
    conn: Connection, programme: LoadedProgramme, due: Sequence[Due], now: datetime
) -> Answers:
    """Date, place, how many are on the list, how many said that they cannot come, and whom no text reached. Up to four
    statements."""
    ids = list({one.subject_id for one in due})
    sessions = {row.id: row for row in conn.exec_driver_sql(SESSIONS, {"sessions": ids})}
    before = corrected_rows(conn, due)
    members = reachability(conn, programme, ids, now)
    return {
        one.id: _answer(programme, one, sessions.get(one.subject_id), before, members, now) for one in due
    }


def _answer(
    programme: LoadedProgramme,
    due: Due,
    session: Row[tuple[object, ...]] | None,
    before: Mapping[UUID, Row[tuple[object, ...]]],
    members: Mapping[UUID, Reachability],
    now: datetime,
) -> Content | Skip:
    if session is None or due.phone_number_id not in session.coaches:
        return Skip("not_in_audience")
    told = before.get(due.id)
    if told is not None:
        if not differs(told, session):
            return Skip("undone")
        return _correction(programme, told, session, members[session.id])
    if session.cancelled_at is not None:
        return Skip("session_cancelled")
    if f"{session.starts_at.astimezone(programme.calendar.zone):%Y-%m-%d}" != due.occasion:
        return Skip("session_moved")
    if session.starts_at <= now:
        return Skip("no_longer_true")
    values = {**_values(session), "total": members[session.id].total, "cannot_come": session.cannot_come}
    return _said(programme, "coach_tomorrow", values, session, members[session.id])


def _correction(
    programme: LoadedProgramme,
    told: Row[tuple[object, ...]],
    session: Row[tuple[object, ...]],
    members: Reachability,
) -> Content:
    if session.cancelled_at is None:
        return _said(programme, "coach_changed", _values(session), session, members)
    # of the day and hour that she knows
    values = {"group": session.number, "start": told.told_starts_at or session.starts_at}
    return _said(programme, "coach_cancelled", values, session, members)


def _values(session: Row[tuple[object, ...]]) -> dict[str, object]:
    return {"group": session.number, "start": session.starts_at, "place": session.place}


def _said(
    programme: LoadedProgramme,
    text: str,
    values: Mapping[str, object],
    session: Row[tuple[object, ...]],
    members: Reachability,
) -> Content:
    told = ToldSnapshot(session.starts_at, session.place, session.cancelled_at is not None)
    return fitting(programme, text, values, "not_reached", members.not_reached, members.total, told)
