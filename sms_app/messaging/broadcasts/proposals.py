"""Proposals: broadcasts that officers prepare in the console, step by step, so that nothing typed is lost.

Only who made a proposal changes it, and only while it is open. Its texts are sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging.broadcasts.audience import Audience
from sms_app.programme.loaded import LoadedProgramme

SQL = sql.beside(__file__)
START = """
insert into broadcast_proposal (id, programme_id, roles, groups, sectors, languages, contacts, is_weekly, state,
  recipients, made_by, made_at)
values (%(id)s, %(programme)s, %(roles)s, %(groups)s, %(sectors)s, %(languages)s, %(contacts)s, false, 'open', 0,
  %(who)s, %(now)s)
on conflict do nothing
"""
LOCK = "select id from broadcast_proposal where id = %(id)s and programme_id = %(programme)s for update"
SET_AUDIENCE = """
update broadcast_proposal set roles = %(roles)s, groups = %(groups)s, sectors = %(sectors)s,
  languages = %(languages)s, contacts = %(contacts)s
where id = %(id)s and state = 'open'
"""
SET_TIME = """
update broadcast_proposal set send_at = %(send_at)s, is_weekly = %(is_weekly)s where id = %(id)s and state = 'open'
"""
SET_TEXT = """
insert into broadcast_proposal_text (id, proposal_id, language, text_sealed)
values (%(id)s, %(proposal)s, %(language)s, %(sealed)s)
on conflict (proposal_id, language) do nothing returning id
"""
CHANGE_TEXT = "update broadcast_proposal_text set text_sealed = %(sealed)s where id = %(id)s"
SET_STATE = """
update broadcast_proposal set state = %(state)s, reason = %(reason)s, recipients = %(recipients)s,
  approved_by = %(approved_by)s, broadcast_id = coalesce(%(broadcast)s, broadcast_id),
  send_at = coalesce(%(send_at)s, send_at)
where id = %(id)s
"""
DELETE = "delete from broadcast_proposal where id = %(id)s and state = 'open'"
TEXT_IDS = "select language, id from broadcast_proposal_text where proposal_id = %(id)s"


class NoSuchProposal(Exception):
    """The programme has no proposal with this id."""


class NotOpen(Exception):
    """The proposal was sent, or waits for a second officer: it is not changed any more."""


@dataclass(frozen=True)
class Proposal:
    """A broadcast that an officer prepares, with its texts as typed, by language."""

    id: UUID
    audience: Audience
    send_at: datetime | None
    is_weekly: bool
    state: str
    reason: str | None
    recipients: int
    made_by: str
    made_at: datetime
    approved_by: str | None
    broadcast_id: UUID | None
    texts: Mapping[str, str]


@dataclass(frozen=True)
class _Row:
    """A row of `proposals`; `text_ids`, `text_languages` and `texts` have an item for each text."""

    id: UUID
    roles: Sequence[str]
    groups: Sequence[int]
    sectors: Sequence[str]
    languages: Sequence[str]
    contacts: Sequence[str]
    send_at: datetime | None
    is_weekly: bool
    state: str
    reason: str | None
    recipients: int
    made_by: str
    made_at: datetime
    approved_by: str | None
    broadcast_id: UUID | None
    text_ids: Sequence[UUID]
    text_languages: Sequence[str]
    texts: Sequence[bytes]


def start(
    conn: Connection, programme_id: int, id_: UUID, audience: Audience, who: str, now: datetime
) -> None:
    """Begin a proposal with an id that the form brought, so that a form which comes twice begins one."""
    values = {"id": id_, "programme": programme_id, "who": who, "now": now, **_columns(audience)}
    conn.exec_driver_sql(START, values)


def find(conn: Connection, programme: LoadedProgramme, id_: UUID) -> Proposal:
    """A proposal with its texts. Raises NoSuchProposal."""
    rows = _rows(conn, programme, id_, ())
    if not rows:
        raise NoSuchProposal(str(id_))
    return rows[0]


def find_locked(conn: Connection, programme: LoadedProgramme, id_: UUID) -> Proposal:
    """The same, which nobody else changes until this transaction ends. Raises NoSuchProposal."""
    conn.exec_driver_sql(LOCK, {"id": id_, "programme": programme.id})
    return find(conn, programme, id_)


def in_states(conn: Connection, programme: LoadedProgramme, states: Sequence[str]) -> list[Proposal]:
    """The programme's proposals in these states, the oldest first."""
    return _rows(conn, programme, None, states)


def _rows(
    conn: Connection, programme: LoadedProgramme, id_: UUID | None, states: Sequence[str]
) -> list[Proposal]:
    values = {"programme": programme.id, "id": id_, "states": list(states)}
    return [_read(programme, row) for row in sql.rows(conn, SQL["proposals"], _Row, values)]


def _read(programme: LoadedProgramme, row: _Row) -> Proposal:
    texts = {
        language: programme.vault.open(bytes(sealed), "broadcast_proposal_text", "text_sealed", id_)
        for id_, language, sealed in zip(row.text_ids, row.text_languages, row.texts, strict=True)
    }
    audience = Audience(
        tuple(row.roles),
        tuple(row.groups),
        tuple(row.sectors),
        languages=tuple(row.languages),
        contacts=tuple(row.contacts),
    )
    return Proposal(
        row.id,
        audience,
        row.send_at,
        row.is_weekly,
        row.state,
        row.reason,
        row.recipients,
        row.made_by,
        row.made_at,
        row.approved_by,
        row.broadcast_id,
        texts,
    )


def set_audience(conn: Connection, proposal: Proposal, audience: Audience) -> None:
    """Change whom an open proposal is for. Raises NotOpen."""
    _change(conn, SET_AUDIENCE, {"id": proposal.id, **_columns(audience)})


def set_time(conn: Connection, proposal: Proposal, send_at: datetime | None, is_weekly: bool) -> None:
    """Change when an open proposal goes; None: as soon as it may. Raises NotOpen."""
    _change(conn, SET_TIME, {"id": proposal.id, "send_at": send_at, "is_weekly": is_weekly})


def set_texts(
    conn: Connection, programme: LoadedProgramme, proposal: Proposal, texts: Mapping[str, str]
) -> None:
    """Change the texts of an open proposal, which is locked. Raises NotOpen."""
    if proposal.state != "open":
        raise NotOpen
    ids = {row.language: row.id for row in conn.exec_driver_sql(TEXT_IDS, {"id": proposal.id})}
    for language, text in texts.items():
        id_ = ids.get(language) or uuid4()
        sealed = programme.vault.seal(text, "broadcast_proposal_text", "text_sealed", id_)
        values = {"id": id_, "proposal": proposal.id, "language": language, "sealed": sealed}
        conn.exec_driver_sql(CHANGE_TEXT if language in ids else SET_TEXT, values)


def discard(conn: Connection, proposal: Proposal) -> None:
    """Delete an open proposal. Raises NotOpen."""
    _change(conn, DELETE, {"id": proposal.id})


def set_state(
    conn: Connection,
    proposal: Proposal,
    state: str,
    recipients: int,
    *,
    reason: str | None = None,
    approved_by: str | None = None,
    broadcast_id: UUID | None = None,
    send_at: datetime | None = None,
) -> None:
    """Store what became of a proposal, which is locked."""
    values = {
        "id": proposal.id,
        "state": state,
        "recipients": recipients,
        "reason": reason,
        "approved_by": approved_by,
        "broadcast": broadcast_id,
        "send_at": send_at,
    }
    conn.exec_driver_sql(SET_STATE, values)


def _change(conn: Connection, statement: str, values: Mapping[str, object]) -> None:
    if conn.exec_driver_sql(statement, dict(values)).rowcount != 1:
        raise NotOpen


def _columns(audience: Audience) -> dict[str, list[str] | list[int]]:
    return {
        "roles": list(audience.roles),
        "groups": list(audience.groups),
        "sectors": list(audience.sectors),
        "languages": list(audience.languages),
        "contacts": list(audience.contacts),
    }
