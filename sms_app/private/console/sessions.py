"""Who is signed in: a row for each session, so that it can be ended. The cookie has a token, the row its hash."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.private.console.accounts import Caseworker
from sms_app.private.console.settings import Limits

TOKEN_BYTES = 32
BEGIN = """
insert into private.caseworker_session (id, caseworker_id, began_at, seen_at)
values (%(id)s, %(caseworker)s, %(now)s, %(now)s)
"""
SEE = """
with seen as (
  update private.caseworker_session set seen_at = %(now)s
  where id = %(id)s and seen_at > %(idle)s and began_at > %(longest)s
    and greatest(seen_at, began_at) <= %(ahead)s
  returning caseworker_id
)
select c.* from seen join private.caseworker_now c on c.id = seen.caseworker_id
"""
END = "delete from private.caseworker_session where id = %(id)s"
END_ALL = "delete from private.caseworker_session where caseworker_id = %(caseworker)s"
SWEEP = """
delete from private.caseworker_session
where seen_at <= %(idle)s or began_at <= %(longest)s or greatest(seen_at, began_at) > %(ahead)s
"""


def begin(conn: Connection, caseworker: UUID, now: datetime, limits: Limits) -> str:
    """Begin a session; gives its token. Sessions whose time is over are deleted."""
    conn.exec_driver_sql(SWEEP, _times(now, limits))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    conn.exec_driver_sql(BEGIN, {"id": _id(token), "caseworker": caseworker, "now": now})
    return token


def see(conn: Connection, token: str, now: datetime, limits: Limits) -> Caseworker | None:
    """The caseworker of a token, whose idle time begins anew; None when the session is over or was ended, or a
    wrong clock began it at a time that is still to come."""
    return sql.one(conn, SEE, Caseworker, {"id": _id(token), "now": now, **_times(now, limits)})


def end(conn: Connection, token: str) -> None:
    """End a session."""
    conn.exec_driver_sql(END, {"id": _id(token)})


def end_all(conn: Connection, caseworker: UUID) -> None:
    """End all sessions of a caseworker."""
    conn.exec_driver_sql(END_ALL, {"caseworker": caseworker})


def _id(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _times(now: datetime, limits: Limits) -> dict[str, datetime]:
    return {"idle": now - limits.idle, "longest": now - limits.longest, "ahead": now + limits.overlap}
