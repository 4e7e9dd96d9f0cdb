"""The audit trail of changes by staff and commands: who, what, which row, when. It never has the row's content."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

ADD = """
insert into audit_entry (programme_id, at, who, what, subject, subject_id)
values (%(programme)s, %(now)s, %(who)s, %(what)s, %(subject)s, %(subject_id)s)
"""

ADD_EACH = """
insert into audit_entry (programme_id, at, who, what, subject, subject_id)
select %(programme)s, %(now)s, %(who)s, %(what)s, %(subject)s, unnest(%(ids)s::text[])
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
    """Add an entry. `subject` is a table's name, `subject_id` its row's id; without a programme it concerns all of
    them."""
    values = {
        "programme": programme_id,
        "now": now,
        "who": who,
        "what": what,
        "subject": subject,
        "subject_id": str(subject_id),
    }
    conn.exec_driver_sql(ADD, values)


def record_each(
    conn: Connection,
    programme_id: int,
    who: str,
    what: str,
    subject: str,
    ids: Sequence[object],
    now: datetime,
) -> None:
    """Add an entry for each of these rows, in one statement."""
    values = {
        "programme": programme_id,
        "now": now,
        "who": who,
        "what": what,
        "subject": subject,
        "ids": list(map(str, ids)),
    }
    conn.exec_driver_sql(ADD_EACH, values)
