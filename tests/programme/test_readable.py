"""A name that can't be read, or was erased, is said so instead of stopping a list."""

from __future__ import annotations

from uuid import uuid4

from sms_app.programme import readable
from sms_app.vault import Vault


def test_a_name_is_read_or_it_is_said_why_not(vault: Vault) -> None:
    id_ = uuid4()
    sealed = vault.seal("Uwase", "participant", "name_sealed", id_)
    assert readable.name(vault, sealed, id_) == "Uwase"
    assert readable.name(vault, sealed, id_, "coach") == readable.UNREADABLE
    assert readable.name(Vault.parse(f"9:{Vault.new_key()}"), sealed, id_) == readable.UNREADABLE
    assert readable.name(vault, vault.seal("", "participant", "name_sealed", id_), id_) == readable.ERASED
    assert readable.opened(vault, sealed, "participant", "name_sealed", id_) == "Uwase"
