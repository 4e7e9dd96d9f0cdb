"""A console's own secret, apart from the vault's keys: it signs cookies, seals the second factors' secrets, and keys
the hashes of accounts, addresses and recovery codes. No other process has it."""

from __future__ import annotations

import hmac
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES, NONCE_BYTES = 32, 12


FACTOR, TYPED_FORM, LONG_WORK = "second factor", "typed form", "long work"
"""What texts are sealed for, each with its own key."""


class SecretError(Exception):
    """What was sealed has another secret, another account or another purpose."""


class Secret:
    """The keys that are derived from a console's secret, one for each purpose. `console` names the console, so that two
    consoles with one secret would still have different keys."""

    def __init__(self, secret: str, console: str = "support console") -> None:
        self.cookies = _derived(secret, console, "cookies")
        self._hashing = _derived(secret, console, "guards")
        self._sealing = {
            purpose: AESGCM(_derived(secret, console, purpose)) for purpose in (FACTOR, TYPED_FORM, LONG_WORK)
        }

    def seal(self, plain: str, account: UUID, purpose: str = FACTOR) -> bytes:
        """Encrypt an account's text for one of the purposes: nonce, ciphertext."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._sealing[purpose].encrypt(nonce, plain.encode(), account.bytes)

    def open(self, sealed: bytes, account: UUID, purpose: str = FACTOR) -> str:
        """The inverse of seal. Raises SecretError."""
        try:
            opened = self._sealing[purpose].decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], account.bytes)
        except (InvalidTag, ValueError):
            raise SecretError from None
        return opened.decode()

    def hashed(self, kind: str, value: str) -> bytes:
        """A keyed hash that finds a value and does not tell it."""
        return hmac.digest(self._hashing, f"{kind}\0{value}".encode(), "sha256")


def _derived(secret: str, console: str, purpose: str) -> bytes:
    info = f"sms-app {console}: {purpose}".encode()
    return HKDF(SHA256(), KEY_BYTES, None, info).derive(secret.encode())
