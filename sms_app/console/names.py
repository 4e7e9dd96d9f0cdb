"""Sealed names, opened for the roles that may see them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sms_app.console.request import Desk
from sms_app.programme import audit
from sms_app.programme.lookup import UNREADABLE
from sms_app.vault import VaultError


def name_of(at: Desk, sealed: bytes, id_: UUID, table: str = "participant") -> str:
    """The name of a row of a table, or UNREADABLE under a key that is not configured."""
    try:
        return at.programme.loaded.vault.open(bytes(sealed), table, "name_sealed", id_)
    except VaultError:
        return UNREADABLE


def record_seen(at: Desk, people: Sequence[UUID]) -> None:
    """Put into the audit trail that the account saw these people's names."""
    if people:
        audit.record_each(
            at.conn, at.account.programme_id, at.account.who, "view", "participant", people, at.now
        )
