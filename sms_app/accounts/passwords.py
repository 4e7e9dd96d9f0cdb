"""Passwords, kept as argon2id hashes."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200
ONCE_BYTES = 12
_hasher = PasswordHasher()


def new() -> str:
    """A random password, for a first sign-in."""
    return secrets.token_urlsafe(ONCE_BYTES)


def hashed(password: str) -> str:
    """What is stored of a password."""
    return _hasher.hash(password)


def is_password(stored: str, typed: str) -> bool:
    """Whether the stored hash is that of what was typed."""
    try:
        return _hasher.verify(stored, typed[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False


NOBODYS = hashed(new())
"""Checked when there is no account, so that the time of an answer does not tell."""
