"""Locks after wrong sign-ins, by account (whether or not there is one) and by address. A lock grows with each try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sms_app import sql
from sms_app.accounts.limits import Limits
from sms_app.accounts.secret import Secret

MAX_DOUBLINGS = 20


@dataclass(frozen=True)
class Guard:
    """A guard's row: the wrong tries, the last of them, and until when no try is taken."""

    id: bytes
    wrong: int
    tried_at: datetime
    locked_until: datetime | None


@dataclass(frozen=True)
class Guards:
    """The guards of a sign-in, locked for this transaction. `account` and `address` are their ids."""

    account: bytes
    address: bytes
    rows: Sequence[Guard]

    def is_locked(self, now: datetime, limits: Limits) -> bool:
        """Whether this try is refused, right or wrong. A lock that ends later than any can is of a wrong clock."""
        latest = now + limits.longest_lock + limits.overlap
        return any(row.locked_until is not None and now < row.locked_until <= latest for row in self.rows)


@dataclass(frozen=True)
class GuardTable:
    """The statements of a console on its table of guards.

    `add(ids, now)` adds rows that are not there; `lock(ids)` reads and locks them; `count(id, wrong, now, until)`,
    `clear(ids)` and `forget(before, ahead)` change them."""

    add: str
    lock: str
    count: str
    clear: str
    forget: str

    def take(
        self, conn: Connection, secret: Secret, email: str, address: str, now: datetime, limits: Limits
    ) -> Guards:
        """Lock the guards of an address and an account until the end of the transaction: tries come one by one.

        Two sign-ins can't deadlock, since each takes the address first. From an address that is locked no row is added
        for the account: its tries, which nobody counts, leave nothing."""
        ahead = now + limits.forgotten_after
        conn.exec_driver_sql(self.forget, {"before": now - limits.forgotten_after, "ahead": ahead})
        account, near = secret.hashed("account", email), secret.hashed("address", address)
        guards = Guards(account, near, self._locked(conn, near, now))
        if guards.is_locked(now, limits):
            return guards
        return replace(guards, rows=[*guards.rows, *self._locked(conn, account, now)])

    def _locked(self, conn: Connection, id_: bytes, now: datetime) -> list[Guard]:
        conn.exec_driver_sql(self.add, {"ids": [id_], "now": now})
        return sql.rows(conn, self.lock, Guard, {"ids": [id_]})

    def count_wrong(self, conn: Connection, guards: Guards, now: datetime, limits: Limits) -> None:
        """Count a wrong try for the account and the address."""
        for row in guards.rows:
            wrong = row.wrong + 1
            tries = limits.account_tries if bytes(row.id) == guards.account else limits.address_tries
            values = {"id": row.id, "wrong": wrong, "now": now, "until": now + _lasts(wrong - tries, limits)}
            conn.exec_driver_sql(self.count, values)

    def forget_tries(self, conn: Connection, guards: Guards) -> None:
        """Forget the wrong tries after a complete sign-in."""
        conn.exec_driver_sql(self.clear, {"ids": [guards.account, guards.address]})

    def forget_account(self, conn: Connection, secret: Secret, email: str) -> None:
        """Forget the wrong tries of an account, whoever made them."""
        conn.exec_driver_sql(self.clear, {"ids": [secret.hashed("account", email)]})


def _lasts(over: int, limits: Limits) -> timedelta:
    if over < 0:
        return timedelta(0)
    doubled: timedelta = limits.first_lock * 2 ** min(over, MAX_DOUBLINGS)
    return min(doubled, limits.longest_lock)
