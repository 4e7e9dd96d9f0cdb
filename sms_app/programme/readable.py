"""What is sealed, as staff read it: a key that is not configured, or an erased name, stops no list."""

from __future__ import annotations

from uuid import UUID

from sms_app.vault import Vault, VaultError

UNREADABLE = "(not readable with these keys)"
ERASED = "(erased)"


def opened(vault: Vault, sealed: bytes, table: str, column: str, id_: UUID) -> str:
    """The sealed value of a row, or UNREADABLE under a key that is not configured."""
    try:
        return vault.open(bytes(sealed), table, column, id_)
    except VaultError:
        return UNREADABLE


def name(vault: Vault, sealed: bytes, id_: UUID, table: str = "participant") -> str:
    """The name of a participant or coach: UNREADABLE, or ERASED when it was erased."""
    return opened(vault, sealed, table, "name_sealed", id_) or ERASED
