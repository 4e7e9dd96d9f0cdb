"""Creates a broadcast from its draft, with its messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging.broadcasts import drafts
from sms_app.messaging.broadcasts.drafts import Draft
from sms_app.messaging.broadcasts.reasons import WAITS
from sms_app.messaging.broadcasts.records import read_texts
from sms_app.programme import audit
from sms_app.programme.loaded import LoadedProgramme

LOCK = "select pg_advisory_xact_lock(hashtext('broadcast'), %(programme)s)"
FIND_EQUAL = """
select id from broadcast
where programme_id = %(programme)s and roles = %(roles)s::varchar[] and groups = %(groups)s::int[]
  and sectors = %(sectors)s::varchar[] and arms = %(arms)s::varchar[] and languages = %(only_languages)s::varchar[]
  and contacts = %(contacts)s::varchar[] and cancelled_at is null and expires_at > %(now)s
order by made_at
"""
ADD = """
insert into broadcast
  (id, programme_id, roles, groups, sectors, arms, languages, contacts, send_at, expires_at, made_by, made_at,
  recipients, estimate, approved_by)
values (%(id)s, %(programme)s, %(roles)s, %(groups)s, %(sectors)s, %(arms)s, %(only_languages)s, %(contacts)s,
  %(send_at)s, %(expires_at)s, %(who)s, %(now)s, %(recipients)s, %(estimate)s, %(approved_by)s)
"""
ADD_TEXT = """
insert into broadcast_text (id, broadcast_id, language, text_sealed)
values (%(id)s, %(broadcast)s, %(language)s, %(sealed)s)
"""
SQL = sql.beside(__file__)


class DraftFaults(Exception):
    """A broadcast is not created; `faults` says why."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


class DuplicateBroadcast(Exception):
    """An equal broadcast, `broadcast_id`, is not over yet."""

    def __init__(self, broadcast_id: UUID) -> None:
        self.broadcast_id = broadcast_id
        super().__init__(f"An equal broadcast is not over yet: {broadcast_id}")


def create(
    conn: Connection,
    programme: LoadedProgramme,
    draft: Draft,
    who: str,
    now: datetime,
    again: bool = False,
    approved_by: str | None = None,
    is_weekly: bool = False,
) -> UUID:
    """Create a broadcast and its messages in a few statements; gives its id. `approved_by` is the second officer. The
    audit trail does not have the next one of a weekly broadcast (`is_weekly`): the clock makes it, and nobody then.

    Raises DraftFaults when there are faults, or when the count of its recipients has changed. Raises
    DuplicateBroadcast, unless `again`, when a broadcast with the same texts for the same audience is not over yet. So a
    command that is repeated, because nobody saw its result, creates no second broadcast."""
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
        "approved_by": approved_by,
        "expires_at": draft.expires_at,
        "recipients": draft.recipients,
        "estimate": draft.estimate,
    }
    conn.exec_driver_sql(LOCK, values)
    values["due_at"] = drafts.due_at(conn, programme, draft.send_at, now)
    if not again:
        _refuse_duplicate(conn, programme, draft, {**values, "now": now})
    conn.exec_driver_sql(ADD, {**values, "now": now})
    _add_texts(conn, programme, draft, id_)
    # Messages to numbers whose cap is full are planned too: the texts before them may be cancelled.
    planned = (
        conn.exec_driver_sql(SQL["add_messages"], {**values, "waits": WAITS}).scalar_one() - draft.given_up
    )
    if planned != draft.recipients:
        raise DraftFaults([f"It would go to {planned:,} numbers now, not {draft.recipients:,}: look again."])
    if not is_weekly:
        audit.record(conn, programme.id, who, "make_broadcast", "broadcast", id_, now)
    return id_


def _add_texts(conn: Connection, programme: LoadedProgramme, draft: Draft, broadcast: UUID) -> None:
    for part in draft.parts:
        id_, language = uuid4(), part.text.language
        sealed = programme.vault.seal(part.text.shown, "broadcast_text", "text_sealed", id_)
        conn.exec_driver_sql(
            ADD_TEXT, {"id": id_, "broadcast": broadcast, "language": language, "sealed": sealed}
        )


def _refuse_duplicate(
    conn: Connection, programme: LoadedProgramme, draft: Draft, values: Mapping[str, Any]
) -> None:
    shown = {part.text.language: part.text.shown for part in draft.parts}
    equal = list(conn.exec_driver_sql(FIND_EQUAL, dict(values)).scalars())
    for id_, texts in read_texts(conn, programme, equal).items():
        if texts == shown:
            raise DuplicateBroadcast(id_)
