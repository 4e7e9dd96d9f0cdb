"""Makes a broadcast from its draft, composes its messages, and pauses, resumes, cancels and lists broadcasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from sms_app import sql
from sms_app.messaging.broadcasts import drafts
from sms_app.messaging.broadcasts.audience import Audience
from sms_app.messaging.broadcasts.drafts import Draft
from sms_app.messaging.broadcasts.reasons import WAITS
from sms_app.messaging.content import Answers, Content, Due, Skip
from sms_app.programme import audit
from sms_app.programme.loaded import LoadedProgramme

LOCK = "select pg_advisory_xact_lock(hashtext('broadcast'), %(programme)s)"
EQUAL = """
select id from broadcast
where programme_id = %(programme)s and roles = %(roles)s::varchar[] and groups = %(groups)s::int[]
  and sectors = %(sectors)s::varchar[] and arms = %(arms)s::varchar[] and cancelled_at is null and expires_at > %(now)s
order by made_at
"""
ADD = """
insert into broadcast
  (id, programme_id, roles, groups, sectors, arms, send_at, expires_at, made_by, made_at, recipients, estimate)
values (%(id)s, %(programme)s, %(roles)s, %(groups)s, %(sectors)s, %(arms)s, %(send_at)s, %(expires_at)s, %(who)s,
  %(now)s, %(recipients)s, %(estimate)s)
"""
ADD_TEXT = """
insert into broadcast_text (id, broadcast_id, language, text_sealed)
values (%(id)s, %(broadcast)s, %(language)s, %(sealed)s)
"""
TEXTS = "select id, broadcast_id, language, text_sealed from broadcast_text where broadcast_id = any(%(ids)s)"
SQL = sql.beside(__file__)
ALIVE = "select id from broadcast where id = any(%(ids)s) and cancelled_at is null"
COACHES = "select distinct phone_number_id from coach where phone_number_id = any(%(phones)s) and suspended_on is null"
FIND = """
select id, roles, groups, sectors, arms, send_at, expires_at, made_by, made_at, recipients, estimate, paused_at,
  cancelled_at
from broadcast where programme_id = %(programme)s and id::text like %(start)s || '%%' order by made_at limit 2
"""
LATEST = """
select id, roles, groups, sectors, arms, send_at, expires_at, made_by, made_at, recipients, estimate, paused_at,
  cancelled_at
from broadcast where programme_id = %(programme)s order by made_at desc, id limit %(most)s
"""
PAUSE = "update broadcast set paused_at = %(now)s where id = %(id)s and paused_at is null and cancelled_at is null"
RESUME = "update broadcast set paused_at = null where id = %(id)s and paused_at is not null and cancelled_at is null"
CANCEL = "update broadcast set cancelled_at = %(now)s where id = %(id)s and cancelled_at is null"
# in the order of the ids, as whoever else takes many of them does: two that wait for each other would both stand still
CANCEL_MESSAGES = """
with mine as materialized (
  select id from message where subject_id = %(id)s and rule = 'broadcast' and status in ('planned', 'queued')
  order by id for update
)
update message m set status = 'cancelled', reason = 'broadcast_cancelled', settled_at = %(now)s
from mine where m.id = mine.id
"""
PROGRESS = """
select status, coalesce(reason, '') as reason, count(*) as numbers from message
where subject_id = %(id)s and rule = 'broadcast' group by 1, 2 order by 1, 2
"""
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


class DraftFaults(Exception):
    """A broadcast is not made; `faults` says why."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


class Equal(Exception):
    """An equal broadcast, `broadcast_id`, is not over yet."""

    def __init__(self, broadcast_id: UUID) -> None:
        self.broadcast_id = broadcast_id
        super().__init__(f"An equal broadcast is not over yet: {broadcast_id}")


def create(
    conn: Connection, programme: LoadedProgramme, draft: Draft, who: str, now: datetime, again: bool = False
) -> UUID:
    """Make a broadcast and its messages in a few statements; gives its id.

    Raises DraftFaults when there are faults, or when its recipients are not as many any more; and Equal, unless
    `again`, when one with the same words for the same audience is not over yet: a command that is repeated, because
    nobody saw its end, makes no second one."""
    if draft.faults:
        raise DraftFaults(draft.faults)
    id_ = uuid4()
    asked = drafts.values(programme, draft.audience, draft.arms, draft.send_at)
    values = {
        **asked,
        "id": id_,
        "broadcast": id_,
        "made_at": now,
        "send_at": draft.send_at,
        "who": who,
        "expires_at": draft.expires_at,
        "recipients": draft.recipients,
        "estimate": draft.estimate,
    }
    conn.exec_driver_sql(LOCK, values)
    values["due_at"] = drafts.due_at(conn, programme, draft.send_at, now)
    if not again:
        _refuse_equal(conn, programme, draft, {**values, "now": now})
    conn.exec_driver_sql(ADD, {**values, "now": now})
    for part in draft.parts:
        text_id, language = uuid4(), part.written.language
        sealed = programme.vault.seal(part.written.shown, "broadcast_text", "text_sealed", text_id)
        conn.exec_driver_sql(
            ADD_TEXT, {"id": text_id, "broadcast": id_, "language": language, "sealed": sealed}
        )
    # a number for which the cap leaves no place is planned, too: what is before it may be cancelled
    planned = (
        conn.exec_driver_sql(SQL["add_messages"], {**values, "waits": WAITS}).scalar_one() - draft.given_up
    )
    if planned != draft.recipients:
        raise DraftFaults([f"It would go to {planned:,} numbers now, not {draft.recipients:,}: look again."])
    audit.record(conn, programme.id, who, "make_broadcast", "broadcast", id_, now)
    return id_


def _refuse_equal(
    conn: Connection, programme: LoadedProgramme, draft: Draft, values: Mapping[str, Any]
) -> None:
    words = {part.written.language: part.written.shown for part in draft.parts}
    equal = list(conn.exec_driver_sql(EQUAL, dict(values)).scalars())
    for id_, texts in _words(conn, programme, equal).items():
        if texts == words:
            raise Equal(id_)


def _words(
    conn: Connection, programme: LoadedProgramme, ids: Sequence[UUID]
) -> dict[UUID, dict[str, str | None]]:
    """The texts of broadcasts by language; None where they were forgotten."""
    words: dict[UUID, dict[str, str | None]] = {}
    if not ids:
        return words
    for row in sql.rows(conn, TEXTS, _Text, {"ids": list(ids)}):
        text = None
        if row.text_sealed is not None:
            text = programme.vault.open(bytes(row.text_sealed), "broadcast_text", "text_sealed", row.id)
        words.setdefault(row.broadcast_id, {})[row.language] = text
    return words


# --- at sending


def compose_broadcast(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """The words of each message's broadcast, unless that was cancelled or the number is no coach's any more."""
    ids = list({due.subject_id for due in dues})
    alive = set(conn.exec_driver_sql(ALIVE, {"ids": ids}).scalars())
    words = _words(conn, programme, list(alive))
    to_coaches = [due.phone_number_id for due in dues if not due.people]
    coaches = set(conn.exec_driver_sql(COACHES, {"phones": to_coaches}).scalars()) if to_coaches else set()
    return {due.id: _said(due, words.get(due.subject_id), coaches) for due in dues}


def _said(due: Due, words: Mapping[str, str | None] | None, coaches: set[UUID]) -> Content | Skip:
    if words is None:
        return Skip("broadcast_cancelled")
    if not due.people and due.phone_number_id not in coaches:
        return Skip("not_in_audience")
    kept = {language: text for language, text in words.items() if text is not None}
    return Content(words=kept) if len(kept) == len(words) else Skip("no_longer_true")


# --- afterwards


@dataclass(frozen=True)
class Broadcast:
    """A broadcast that was made; its texts by language."""

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
    texts: Mapping[str, str]


@dataclass(frozen=True)
class _Row:
    id: UUID
    roles: Sequence[str]
    groups: Sequence[int]
    sectors: Sequence[str]
    arms: Sequence[str]
    send_at: datetime
    expires_at: datetime
    made_by: str
    made_at: datetime
    recipients: int
    estimate: Decimal
    paused_at: datetime | None
    cancelled_at: datetime | None


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
    texts = _words(conn, programme, [row.id for row in rows])
    return [
        Broadcast(
            row.id,
            Audience(tuple(row.roles), tuple(row.groups), tuple(row.sectors)),
            tuple(row.arms),
            row.send_at,
            row.expires_at,
            row.made_by,
            row.made_at,
            row.recipients,
            row.estimate,
            row.paused_at,
            row.cancelled_at,
            {language: text or FORGOTTEN for language, text in texts.get(row.id, {}).items()},
        )
        for row in rows
    ]


def pause(conn: Connection, programme: LoadedProgramme, id_: UUID, who: str, now: datetime) -> bool:
    """Hold back what has not gone; False when it is paused or cancelled already."""
    return _change(conn, programme, PAUSE, "pause_broadcast", id_, who, now)


def resume(conn: Connection, programme: LoadedProgramme, id_: UUID, who: str, now: datetime) -> bool:
    """Let a paused broadcast go on; False when it is not paused, or is cancelled."""
    return _change(conn, programme, RESUME, "resume_broadcast", id_, who, now)


def cancel(conn: Connection, programme: LoadedProgramme, id_: UUID, who: str, now: datetime) -> int | None:
    """Take back what has not gone, and say how many that was; None when it is cancelled already."""
    if not _change(conn, programme, CANCEL, "cancel_broadcast", id_, who, now):
        return None
    values = {"id": id_, "now": now}
    try:
        with conn.begin_nested():
            return conn.exec_driver_sql(CANCEL_MESSAGES, values).rowcount
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != DEADLOCK:
            raise
    return conn.exec_driver_sql(CANCEL_MESSAGES, values).rowcount


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
