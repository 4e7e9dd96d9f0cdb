"""Finds and lists broadcasts that were created; pauses, resumes and cancels them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from sms_app import sql
from sms_app.messaging.broadcasts.audience import Audience
from sms_app.programme import audit
from sms_app.programme.loaded import LoadedProgramme

TEXTS = "select id, broadcast_id, language, text_sealed from broadcast_text where broadcast_id = any(%(ids)s)"
FIND = """
select id, roles, groups, sectors, arms, languages, contacts, send_at, expires_at, made_by, made_at, recipients,
  estimate, paused_at, cancelled_at, approved_by
from broadcast where programme_id = %(programme)s and id::text like %(start)s || '%%' order by made_at limit 2
"""
LATEST = """
select id, roles, groups, sectors, arms, languages, contacts, send_at, expires_at, made_by, made_at, recipients,
  estimate, paused_at, cancelled_at, approved_by
from broadcast where programme_id = %(programme)s order by made_at desc, id limit %(most)s
"""
PAUSE = "update broadcast set paused_at = %(now)s where id = %(id)s and paused_at is null and cancelled_at is null"
RESUME = "update broadcast set paused_at = null where id = %(id)s and paused_at is not null and cancelled_at is null"
CANCEL = "update broadcast set cancelled_at = %(now)s where id = %(id)s and cancelled_at is null"
CANCEL_MESSAGES = "select cancel_broadcast_messages(%(id)s, %(now)s)"
PROGRESS = """
select status, coalesce(reason, '') as reason, count(*) as numbers from message
where subject_id = %(id)s and rule = 'broadcast' group by 1, 2 order by 1, 2
"""
PROGRESS_OF_EACH = """
select subject_id, status, coalesce(reason, '') as reason, count(*) as numbers from message
where subject_id = any(%(ids)s) and rule = 'broadcast' group by 1, 2, 3 order by 1, 2, 3
"""
WAITING = frozenset({"planned", "queued", "sending"})
GONE = frozenset({"sent", "delivered", "unknown"})
FORGOTTEN = "(forgotten)"
DEADLOCK = "40P01"


@dataclass(frozen=True)
class _Text:
    id: UUID
    broadcast_id: UUID
    language: str
    text_sealed: bytes | None


@dataclass(frozen=True)
class _Progress:
    status: str
    reason: str
    numbers: int


@dataclass(frozen=True)
class _ProgressOf:
    subject_id: UUID
    status: str
    reason: str
    numbers: int


Counts = Mapping[tuple[str, str], int]
"""How many numbers have which status and reason (empty: none)."""


@dataclass(frozen=True)
class Broadcast:
    """A broadcast that was created, with its texts by language."""

    id: UUID
    audience: Audience
    arms: tuple[str, ...]
    send_at: datetime
    expires_at: datetime
    made_by: str
    made_at: datetime
    recipients: int
    estimate: Decimal
    paused_at: datetime | None
    cancelled_at: datetime | None
    approved_by: str | None
    texts: Mapping[str, str]


@dataclass(frozen=True)
class _Row:
    id: UUID
    roles: Sequence[str]
    groups: Sequence[int]
    sectors: Sequence[str]
    arms: Sequence[str]
    languages: Sequence[str]
    contacts: Sequence[str]
    send_at: datetime
    expires_at: datetime
    made_by: str
    made_at: datetime
    recipients: int
    estimate: Decimal
    paused_at: datetime | None
    cancelled_at: datetime | None
    approved_by: str | None


class NoSuchBroadcast(Exception):
    """No broadcast, or more than one, of the programme has an id that begins like this."""


def find(conn: Connection, programme: LoadedProgramme, start: str) -> Broadcast:
    """The broadcast whose id begins with `start`. Raises NoSuchBroadcast."""
    plain = start.strip().lower()
    asked = {"programme": programme.id, "start": plain}
    is_id = bool(plain) and set(plain) <= set("0123456789abcdef-")
    rows = sql.rows(conn, FIND, _Row, asked) if is_id else []
    if len(rows) != 1:
        raise NoSuchBroadcast(start)
    return _read(conn, programme, rows)[0]


def latest(conn: Connection, programme: LoadedProgramme, most: int) -> list[Broadcast]:
    """The programme's latest broadcasts, the newest first."""
    asked = {"programme": programme.id, "most": most}
    return _read(conn, programme, sql.rows(conn, LATEST, _Row, asked))


def _read(conn: Connection, programme: LoadedProgramme, rows: Sequence[_Row]) -> list[Broadcast]:
    texts = read_texts(conn, programme, [row.id for row in rows])
    return [
        Broadcast(
            row.id,
            Audience(
                tuple(row.roles),
                tuple(row.groups),
                tuple(row.sectors),
                languages=tuple(row.languages),
                contacts=tuple(row.contacts),
            ),
            tuple(row.arms),
            row.send_at,
            row.expires_at,
            row.made_by,
            row.made_at,
            row.recipients,
            row.estimate,
            row.paused_at,
            row.cancelled_at,
            row.approved_by,
            {language: text or FORGOTTEN for language, text in texts.get(row.id, {}).items()},
        )
        for row in rows
    ]


def pause(conn: Connection, programme: LoadedProgramme, id_: UUID, who: str, now: datetime) -> bool:
    """Hold back the messages that were not sent; False when it is paused or cancelled already."""
    return _change(conn, programme, PAUSE, "pause_broadcast", id_, who, now)


def resume(conn: Connection, programme: LoadedProgramme, id_: UUID, who: str, now: datetime) -> bool:
    """Send a paused broadcast again; False when it is not paused, or is cancelled."""
    return _change(conn, programme, RESUME, "resume_broadcast", id_, who, now)


def cancel(conn: Connection, programme: LoadedProgramme, id_: UUID, who: str, now: datetime) -> int | None:
    """Cancel a broadcast and its messages that were not sent; gives how many, or None when it is cancelled already."""
    if not _change(conn, programme, CANCEL, "cancel_broadcast", id_, who, now):
        return None
    values = {"id": id_, "now": now}
    try:
        with conn.begin_nested():
            return int(conn.exec_driver_sql(CANCEL_MESSAGES, values).scalar_one())
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != DEADLOCK:
            raise
    return int(conn.exec_driver_sql(CANCEL_MESSAGES, values).scalar_one())


def _change(
    conn: Connection,
    programme: LoadedProgramme,
    statement: str,
    what: str,
    id_: UUID,
    who: str,
    now: datetime,
) -> bool:
    changed = conn.exec_driver_sql(statement, {"id": id_, "now": now}).rowcount == 1
    if changed:
        audit.record(conn, programme.id, who, what, "broadcast", id_, now)
    return changed


def progress(conn: Connection, id_: UUID) -> dict[tuple[str, str], int]:
    """How many numbers have which status and reason (empty: none)."""
    rows = sql.rows(conn, PROGRESS, _Progress, {"id": id_})
    return {(row.status, row.reason): row.numbers for row in rows}


def progress_of(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, dict[tuple[str, str], int]]:
    """The progress of each of these broadcasts. One statement."""
    counts: dict[UUID, dict[tuple[str, str], int]] = {id_: {} for id_ in ids}
    for row in sql.rows(conn, PROGRESS_OF_EACH, _ProgressOf, {"ids": list(ids)}):
        counts[row.subject_id][row.status, row.reason] = row.numbers
    return counts


def pending(counts: Counts) -> int:
    """How many numbers may still get it."""
    return sum(count for (status, _), count in counts.items() if status in WAITING)


def gone(counts: Counts) -> int:
    """To how many numbers it went, or perhaps went."""
    return sum(count for (status, _), count in counts.items() if status in GONE)


def state(broadcast: Broadcast, counts: Counts, now: datetime) -> str:
    """A broadcast's state in one word: cancelled, over, paused, planned or sending."""
    if broadcast.cancelled_at:
        return "cancelled"
    if not pending(counts):
        return "over"
    if broadcast.paused_at:
        return "paused"
    return "planned" if now < broadcast.send_at else "sending"


def read_texts(
    conn: Connection, programme: LoadedProgramme, ids: Sequence[UUID]
) -> dict[UUID, dict[str, str | None]]:
    """The texts of broadcasts, by id and language; None where they were deleted. One statement."""
    texts: dict[UUID, dict[str, str | None]] = {}
    if not ids:
        return texts
    for row in sql.rows(conn, TEXTS, _Text, {"ids": list(ids)}):
        text = None
        if row.text_sealed is not None:
            text = programme.vault.open(bytes(row.text_sealed), "broadcast_text", "text_sealed", row.id)
        texts.setdefault(row.broadcast_id, {})[row.language] = text
    return texts
