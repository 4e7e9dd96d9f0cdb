"""Sealed names, opened for the roles that may see them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sms_app.console.request import Desk
from sms_app.programme import audit, readable


def name_of(at: Desk, sealed: bytes, id_: UUID, table: str = "participant") -> str:
    """The name of a participant or coach, or why it can't be read (readable.name)."""
    return readable.name(at.programme.loaded.vault, sealed, id_, table)


def record_seen(at: Desk, people: Sequence[UUID]) -> None:
    """Put into the audit trail that the account saw these people's names."""
    if people:
        audit.record_each(
            at.conn, at.account.programme_id, at.account.who, "view", "participant", people, at.now
        )
