"""Who is signed in: a row for each session, so that it can be ended. The cookie has a token, the row its hash."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.accounts.limits import Limits

TOKEN_BYTES = 32
A = TypeVar("A")


@dataclass(frozen=True)
class SessionTable(Generic[A]):
    """The statements of a console on its table of sessions; `account` is the row that `see` gives.

    `insert(id, account, now)`; `touch(id, now, idle, longest, ahead)` begins the idle time anew and gives the
    account's row; `delete(id)`; `delete_all(account)`; `sweep(idle, longest, ahead)`."""

    account: type[A]
    insert: str
    touch: str
    delete: str
    delete_all: str
    sweep: str

    def begin(self, conn: Connection, account: UUID, now: datetime, limits: Limits) -> str:
        """Begin a session; gives its token. Sessions whose time is over are deleted."""
        conn.exec_driver_sql(self.sweep, _times(now, limits))
        token = secrets.token_urlsafe(TOKEN_BYTES)
        conn.exec_driver_sql(self.insert, {"id": _id(token), "account": account, "now": now})
        return token

    def see(self, conn: Connection, token: str, now: datetime, limits: Limits) -> A | None:
        """The account of a token, whose idle time begins anew; None when the session is over or was ended,
        or a wrong clock began it at a time that is still to come."""
        values = {"id": _id(token), "now": now, **_times(now, limits)}
        return sql.one(conn, self.touch, self.account, values)

    def end(self, conn: Connection, token: str) -> None:
        """End a session."""
        conn.exec_driver_sql(self.delete, {"id": _id(token)})

    def end_all(self, conn: Connection, account: UUID) -> None:
        """End all sessions of an account."""
        conn.exec_driver_sql(self.delete_all, {"account": account})


def _id(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _times(now: datetime, limits: Limits) -> dict[str, datetime]:
    return {"idle": now - limits.idle, "longest": now - limits.longest, "ahead": now + limits.overlap}
