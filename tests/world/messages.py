"""The outbox's rows as a composer is given them, and what a worker records of its answers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from sms_app.messaging.content import Content, Due, Skip, ToldSnapshot

TELL = """
update message set status = %(status)s, claimed_at = %(now)s, sent_at = %(now)s, told_starts_at = %(starts_at)s,
  told_place = %(place)s, told_cancelled = %(cancelled)s, told_digest = %(digest)s
where id = %(id)s
"""


def dues(conn: Connection, where: str = "true", **values: object) -> list[Due]:
    """The messages of which a condition holds, those first that are due first."""
    rows = conn.exec_driver_sql(
        f"select * from message where {where} order by planned_at, due_at, rule, occasion, phone_number_id",
        values,
    )
    return [
        Due(
            row.id,
            row.phone_number_id,
            row.kind,
            row.rule,
            row.subject_id,
            row.occasion,
            row.gathering_id,
            tuple(row.people),
            row.due_at,
            row.expires_at,
            row.told_starts_at,
            row.told_place,
            row.told_cancelled,
        )
        for row in rows
    ]


def tell(conn: Connection, message: UUID, status: str, told: ToldSnapshot, now: datetime) -> None:
    """A message went, and said `told`."""
    conn.exec_driver_sql(TELL, {**vars(told), "id": message, "status": status, "now": now})


def record(conn: Connection, message: UUID, status: str, answer: Content | Skip, now: datetime) -> None:
    """What a worker does with a composer's answer: the message goes, or is dropped for its reason."""
    if isinstance(answer, Content):
        tell(conn, message, status, answer.told, now)
    else:
        conn.exec_driver_sql(
            "update message set status = 'cancelled', reason = %(reason)s where id = %(id)s",
            {"id": message, "reason": answer.reason},
        )
