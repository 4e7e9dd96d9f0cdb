"""Passwords are hashed with less work than in production, where one hash takes a quarter of a second of a processor:
most tests of the consoles need an account that signs in, and nothing of how strong its hash is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher

from sms_app.accounts import passwords


@contextmanager
def weak_passwords() -> Iterator[None]:
    """Hash with little memory and one pass; tests/accounts/test_passwords.py holds what production does."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", hasher)
        patch.setattr(passwords, "NOBODYS", hasher.hash(passwords.new()))
        yield
