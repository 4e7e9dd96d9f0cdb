"""Between password and code: the signed cookie says for which account a code is awaited, and which password was
checked, so that a changed one is asked for again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from flask import session

from sms_app.accounts.limits import Limits

KEY = "pending"


@dataclass(frozen=True)
class Pending:
    """An account whose password was checked; `tag` tells which one it was."""

    account: UUID
    tag: str

    def is_of(self, stored: str) -> bool:
        """Whether the password whose hash is stored is the one that was checked."""
        return _tag(stored) == self.tag


def begin(account: UUID, stored: str, now: datetime) -> None:
    """Await the code of an account; `stored` is the hash of the password that was checked."""
    session[KEY] = {"id": account.hex, "password": _tag(stored), "at": now.timestamp()}


def awaited(now: datetime, limits: Limits) -> Pending | None:
    """The account whose code is awaited; None when none is, or when it took too long, or a
    wrong clock began it at a time that is still to come."""
    kept = session.get(KEY)
    if not kept:
        return None
    since = now - datetime.fromtimestamp(kept["at"], UTC)
    if not -limits.overlap <= since <= limits.code_within:
        return None
    return Pending(UUID(hex=kept["id"]), kept["password"])


def end() -> None:
    """Await no code any more."""
    session.pop(KEY, None)


def is_begun() -> bool:
    """Whether a code is awaited."""
    return KEY in session


def _tag(stored: str) -> str:
    return sha256(stored.encode()).hexdigest()[:16]
