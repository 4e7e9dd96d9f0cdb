"""Composes a coach's text about a session: the day before, and again when what she was told has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging.coaches.list_numbers import fitting
from sms_app.messaging.coaches.reachability import Reachability, reachability
from sms_app.messaging.content import Answers, Content, Due, Skip, ToldSnapshot
from sms_app.programme.loaded import LoadedProgramme

SQL = sql.beside(__file__)
# corrections, and what the messages that they correct had told
CORRECTED = """
select m.id, c.told_starts_at as starts_at, c.told_place as place, c.told_cancelled as cancelled,
  c.told_digest as digest
from message m join message c on c.id = m.corrects_id where m.id = any(%(ids)s)
"""


@dataclass(frozen=True)
class _Corrected:
    """A correction (`id`), and what the message that it corrects had told a coach."""

    id: UUID
    starts_at: datetime | None
    place: str | None
    cancelled: bool | None
    digest: str | None


@dataclass(frozen=True)
class _Session:
    """A session as it is now; `coaches` are the numbers of its group's coaches, `number` is the group's."""

    id: UUID
    number: int
    starts_at: datetime
    place: str
    cancelled_at: datetime | None
    coaches: Sequence[UUID]
    cannot_come: int

    @property
    def snapshot(self) -> ToldSnapshot:
        return ToldSnapshot(self.starts_at, self.place, self.cancelled_at is not None)


def to_tell(conn: Connection, session: UUID, starts_at: datetime, place: str, cancelled: bool) -> int:
    """How many coaches were told something else of a session, and would be told if these were its facts."""
    values = {"session": session, "starts": starts_at, "place": place, "cancelled": cancelled}
    return int(conn.exec_driver_sql(SQL["count_to_tell"], values).scalar_one())


def told_before(conn: Connection, dues: Sequence[Due]) -> dict[UUID, ToldSnapshot]:
    """For the messages that are corrections: what the corrected message told, by the correction's id."""
    rows = sql.rows(conn, CORRECTED, _Corrected, {"ids": [due.id for due in dues]})
    return {row.id: ToldSnapshot(row.starts_at, row.place, row.cancelled, row.digest) for row in rows}


def differs(told: ToldSnapshot, truth: ToldSnapshot) -> bool:
    """Whether a coach was told something else of a session than what is true."""
    if truth.cancelled or told.cancelled:
        return bool(truth.cancelled) != bool(told.cancelled)
    return (told.starts_at, told.place) != (truth.starts_at, truth.place)


def compose_coach_gathering(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """Date, place, how many are on the list, how many said that they cannot come, and whom no text reached. Up to four
    statements."""
    ids = list({due.subject_id for due in dues})
    sessions = {row.id: row for row in sql.rows(conn, SQL["sessions"], _Session, {"sessions": ids})}
    before = told_before(conn, dues)
    members = reachability(conn, programme, ids, now)
    return {
        due.id: _answer(programme, due, sessions.get(due.subject_id), before.get(due.id), members, now)
        for due in dues
    }


def _answer(
    programme: LoadedProgramme,
    due: Due,
    session: _Session | None,
    told: ToldSnapshot | None,
    members: Mapping[UUID, Reachability],
    now: datetime,
) -> Content | Skip:
    if session is None or due.phone_number_id not in session.coaches:
        return Skip("not_in_audience")
    if told is not None:
        if not differs(told, session.snapshot):
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
    told: ToldSnapshot,
    session: _Session,
    members: Reachability,
) -> Content:
    if session.cancelled_at is None:
        return _said(programme, "coach_changed", _values(session), session, members)
    # the day and hour that she was told
    values = {"group": session.number, "start": told.starts_at or session.starts_at}
    return _said(programme, "coach_cancelled", values, session, members)


def _values(session: _Session) -> dict[str, object]:
    return {"group": session.number, "start": session.starts_at, "place": session.place}


def _said(
    programme: LoadedProgramme,
    text: str,
    values: Mapping[str, object],
    session: _Session,
    members: Reachability,
) -> Content:
    return fitting(
        programme, text, values, "not_reached", members.not_reached, members.total, session.snapshot
    )
