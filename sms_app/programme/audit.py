"""The trail of what staff and commands change: who, what, which row, when. Never what it held."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

ADD = """
insert into audit_entry (programme_id, at, who, what, subject, subject_id)
values (%(programme)s, %(now)s, %(who)s, %(what)s, %(subject)s, %(subject_id)s)
"""


def record(
    conn: Connection,
    programme_id: int | None,
    who: str,
    what: str,
    subject: str,
    subject_id: object,
    now: datetime,
) -> None:
    """Add one entry; `subject` is a table's name, `subject_id` its row's id. No programme means all of them."""
    values = {
        "programme": programme_id,
        "now": now,
        "who": who,
        "what": what,
        "subject": subject,
        "subject_id": str(subject_id),
    }
    conn.exec_driver_sql(ADD, values)
