"""Composes the messages of broadcasts when they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from sms_app.messaging.broadcasts.records import read_texts
from sms_app.messaging.content import Answers, Content, Due, Skip
from sms_app.programme.loaded import LoadedProgramme

NOT_CANCELLED = "select id from broadcast where id = any(%(ids)s) and cancelled_at is null"
COACHES = "select distinct phone_number_id from coach where phone_number_id = any(%(phones)s) and suspended_on is null"


def compose_broadcast(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """The texts of each message's broadcast, unless it was cancelled or the number is no longer a coach's."""
    ids = list({due.subject_id for due in dues})
    not_cancelled = set(conn.exec_driver_sql(NOT_CANCELLED, {"ids": ids}).scalars())
    texts = read_texts(conn, programme, list(not_cancelled))
    to_coaches = [due.phone_number_id for due in dues if not due.people]
    coaches = set(conn.exec_driver_sql(COACHES, {"phones": to_coaches}).scalars()) if to_coaches else set()
    return {due.id: _compose(due, texts.get(due.subject_id), coaches) for due in dues}


def _compose(due: Due, texts: Mapping[str, str | None] | None, coaches: set[UUID]) -> Content | Skip:
    if texts is None:
        return Skip("broadcast_cancelled")
    if not due.people and due.phone_number_id not in coaches:
        return Skip("not_in_audience")
    kept = {language: text for language, text in texts.items() if text is not None}
    return Content(words=kept) if len(kept) == len(texts) else Skip("no_longer_true")
