"""The recovery key on two printed sheets. One sheet alone is random bytes: it tells nothing of the key."""

from __future__ import annotations

import os
import re
from base64 import b32decode, b32encode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)

SECRET_BYTES = 32
GROUP = 4
CHECK_LETTERS = 4
SHEETS = (1, 2)


class SheetError(Exception):
    """A sheet was not typed as it is printed; the text says which and why."""


def split(key: EllipticCurvePrivateKey) -> tuple[str, str]:
    """The two sheets of a key: groups of four letters and digits, the last of which is a check."""
    secret = key.private_numbers().private_value.to_bytes(SECRET_BYTES, "big")
    first = os.urandom(SECRET_BYTES)
    return _written(1, first), _written(2, _xor(secret, first))


def combine(first: str, second: str) -> EllipticCurvePrivateKey:
    """The key of two sheets. Raises SheetError."""
    secret = _xor(_read(1, first), _read(2, second))
    try:
        return derive_private_key(int.from_bytes(secret, "big"), SECP256R1())
    except ValueError:
        raise SheetError("the two sheets do not belong together") from None


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _written(number: int, part: bytes) -> str:
    letters = b32encode(part).decode().rstrip("=") + _check(number, part)
    return " ".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))


def _read(number: int, typed: str) -> bytes:
    letters = re.sub(r"[\s-]", "", typed).upper()
    body, check = letters[:-CHECK_LETTERS], letters[-CHECK_LETTERS:]
    try:
        part = b32decode(body + "=" * (-len(body) % 8))
    except ValueError:
        raise SheetError(f"sheet {number} has letters that no sheet has, or too few") from None
    if len(part) != SECRET_BYTES or check != _check(number, part):
        raise SheetError(f"sheet {number} was not typed as it is printed, or is the other sheet")
    return part


def _check(number: int, part: bytes) -> str:
    return b32encode(sha256(bytes((number,)) + part).digest()).decode()[:CHECK_LETTERS]
