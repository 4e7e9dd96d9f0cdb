"""Encrypted columns, keyed indexes, PINs and sealed positions, under keys that can be rotated.

Two or more keys may be valid at once: the first key seals, all keys open. A newer key has a higher id. A sub-key for
each purpose is derived (HKDF)."""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
POSITION_BYTES = 1_900
LENGTH_BYTES = 2
POSITION_ROOM = POSITION_BYTES - 1 - NONCE_BYTES - TAG_BYTES - LENGTH_BYTES
PURPOSES = ("column", "index", "pin", "dialogue", "position", "entry", "check")
CHECK_TEXT = b"the key that sealed this is the right one"


class VaultError(Exception):
    """A sealed value can't be opened: it has another key or another row, or its bytes were changed."""


class PositionTooLong(Exception):
    """A position has more bytes than fit into its padded blob."""


class Vault:
    """All cryptography of the service. Keys are 32 bytes each, by an id from 0 to 255."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        """`keys` in order; the first is the active key."""
        if not keys or any(len(key) != KEY_BYTES or not 0 <= id_ <= 255 for id_, key in keys.items()):
            raise ValueError("vault keys are 32 bytes each, with ids from 0 to 255")
        self.active = next(iter(keys))
        self._sub = {id_: {p: _derive(key, p) for p in PURPOSES} for id_, key in keys.items()}
        self._columns = {id_: AESGCM(sub["column"]) for id_, sub in self._sub.items()}
        self._order = tuple(keys)
        self._position_keys = {id_: sub["position"] for id_, sub in self._sub.items()}

    @classmethod
    def parse(cls, text: str) -> Vault:
        """From `2:<base64url>,1:<base64url>`. Raises ValueError, which never names a key."""
        keys: dict[int, bytes] = {}
        for part in text.split(","):
            id_, separator, encoded = part.strip().partition(":")
            if not separator or not (id_.isascii() and id_.isdigit()) or int(id_) in keys:
                raise ValueError("vault keys are written as id:key,id:key with different ids")
            keys[int(id_)] = _decoded(encoded)
        return cls(keys)

    @staticmethod
    def new_key() -> str:
        """A fresh random key, base64url."""
        return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode().rstrip("=")

    @property
    def ids(self) -> tuple[int, ...]:
        """The keys' ids, the active key's first."""
        return self._order

    def seal_check(self, id_: int) -> bytes:
        """A known value sealed with a key: key id, nonce, ciphertext. It tells nothing about the key."""
        nonce = os.urandom(NONCE_BYTES)
        return (
            bytes((id_,)) + nonce + AESGCM(self._sub[id_]["check"]).encrypt(nonce, CHECK_TEXT, bytes((id_,)))
        )

    def check_opens(self, id_: int, sealed: bytes) -> bool:
        """Whether the key of this id sealed a check value."""
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return AESGCM(self._sub[id_]["check"]).decrypt(nonce, body, bytes((id_,))) == CHECK_TEXT
        except (InvalidTag, ValueError):
            return False

    def seal(self, plain: str, table: str, column: str, row: UUID) -> bytes:
        """Encrypt a column's text, bound to its table, column and row: key id, nonce, ciphertext."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._columns[self.active].encrypt(nonce, plain.encode(), _place(table, column, row))
        return bytes((self.active,)) + nonce + sealed

    def open(self, sealed: bytes, table: str, column: str, row: UUID) -> str:
        """The inverse of seal. Raises VaultError."""
        cipher = self._columns.get(sealed[0]) if sealed else None
        if cipher is None:
            raise VaultError("sealed under a key that is not configured")
        try:
            nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
            return cipher.decrypt(nonce, body, _place(table, column, row)).decode()
        except (InvalidTag, ValueError):
            raise VaultError("not sealed for this table, column and row") from None

    def index(self, value: str, purpose: str) -> bytes:
        """The keyed index of a value with the active key: 16 bytes that find the value and do not tell it."""
        return self._index(self.active, value, purpose)

    def indexes(self, value: str, purpose: str) -> list[bytes]:
        """The index of a value with each valid key, the active key's first. A look-up compares with all of them."""
        return [self._index(id_, value, purpose) for id_ in self._order]

    def _index(self, id_: int, value: str, purpose: str) -> bytes:
        return hmac.digest(self._sub[id_]["index"], f"{purpose}\0{value}".encode(), "sha256")[:16]

    def pin(self, participant: UUID, pin: str, purpose: str = "pin") -> bytes:
        """The stored form of a PIN: key id, and HMAC over participant and PIN, so that equal PINs look different.

        A code that is read out (`opening`) or shown (`claim`) has a purpose of its own, so it can't be used as a
        PIN."""
        return self._pin(self.active, participant, pin, purpose)

    def pin_matches(self, participant: UUID, pin: str, stored: bytes, purpose: str = "pin") -> bool:
        """Whether a PIN is the stored one, compared in constant time. A PIN of a missing key never matches."""
        if not stored or stored[0] not in self._sub:
            return False
        return hmac.compare_digest(self._pin(stored[0], participant, pin, purpose), stored)

    def _pin(self, id_: int, participant: UUID, pin: str, purpose: str) -> bytes:
        message = purpose.encode() + b"\0" + participant.bytes + pin.encode()
        return bytes((id_,)) + hmac.digest(self._sub[id_]["pin"], message, "sha256")

    def dialogue_id(self, session_id: str) -> bytes:
        """The keyed id of the provider's session id in the database, 16 bytes."""
        return self._dialogue_id(self.active, session_id)

    def dialogue_ids(self, session_id: str) -> list[bytes]:
        """The dialogue's id with each valid key, since a dialogue goes on while keys are rotated."""
        return [self._dialogue_id(id_, session_id) for id_ in self._order]

    def _dialogue_id(self, id_: int, session_id: str) -> bytes:
        return hmac.digest(self._sub[id_]["dialogue"], session_id.encode(), "sha256")[:16]

    def entry_id(self, session_id: str, text: str) -> UUID:
        """The id of the entry that a hop's text stores. The same hop always has the same entry.

        Uses the key with the lowest id, the oldest, so that a new key does not change the ids of stored entries."""
        oldest = self._sub[min(self._sub)]
        digest = hmac.digest(oldest["entry"], f"{session_id}\0{text}".encode(), "sha256")
        return UUID(bytes=digest[:16], version=5)

    def positions(self, session_id: str) -> PositionSeal:
        """The seal for the positions of a dialogue."""
        return PositionSeal(self.active, self._position_keys, session_id)

    def seal_position(self, session_id: str, plain: bytes) -> bytes:
        """Seal a dialogue's position; see PositionSeal."""
        return self.positions(session_id).seal(plain)

    def open_position(self, session_id: str, sealed: bytes) -> bytes:
        """The inverse of seal_position. Raises VaultError."""
        return self.positions(session_id).open(sealed)


class PositionSeal:
    """Seals and opens the positions of a dialogue. Its session id is needed to open them. It is used for one hop, which
    opens and seals with the same key."""

    def __init__(self, active: int, keys: Mapping[int, bytes], session_id: str) -> None:
        self._active, self._keys, self._session = active, keys, session_id.encode()
        self._ciphers: dict[int, AESGCM] = {}

    def seal(self, plain: bytes) -> bytes:
        """Pad a position to POSITION_BYTES and encrypt it: key id, nonce, ciphertext. Raises PositionTooLong."""
        if len(plain) > POSITION_ROOM:
            raise PositionTooLong
        padded = len(plain).to_bytes(LENGTH_BYTES, "big") + plain.ljust(POSITION_ROOM, b"\0")
        nonce = os.urandom(NONCE_BYTES)
        return bytes((self._active,)) + nonce + self._cipher(self._active).encrypt(nonce, padded, None)

    def open(self, sealed: bytes) -> bytes:
        """The inverse of seal. Raises VaultError."""
        if not sealed or sealed[0] not in self._keys:
            raise VaultError("sealed under a key that is not configured")
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            padded = self._cipher(sealed[0]).decrypt(nonce, body, None)
        except (InvalidTag, ValueError):
            raise VaultError("not a position of this dialogue") from None
        return padded[LENGTH_BYTES : LENGTH_BYTES + int.from_bytes(padded[:LENGTH_BYTES], "big")]

    def _cipher(self, id_: int) -> AESGCM:
        if id_ not in self._ciphers:
            self._ciphers[id_] = AESGCM(hmac.digest(self._keys[id_], self._session, "sha256"))
        return self._ciphers[id_]


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"sms-app " + purpose.encode()).derive(key)


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise ValueError("a vault key is not base64url") from None


def _place(table: str, column: str, row: UUID) -> bytes:
    return f"{table}.{column}.{row}".encode()
