"""Passwords as production hashes them; all other tests hash with less work (tests/world/weak_passwords.py)."""

from __future__ import annotations

from importlib import util
from types import ModuleType

import pytest

from sms_app.accounts import passwords

STRONG = "$argon2id$v=19$m=65536,t=3,p=4$"
PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def productions() -> ModuleType:
    """The module as a process of production imports it."""
    spec = util.spec_from_file_location("productions_passwords", str(passwords.__file__))
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_hash_takes_time_and_memory(productions: ModuleType) -> None:
    assert productions.hashed(PASSWORD).startswith(STRONG)


def test_the_hash_for_nobody_takes_as_long_as_a_real_one(productions: ModuleType) -> None:
    assert productions.NOBODYS.startswith(STRONG)
    assert passwords.NOBODYS.partition("p=")[0] == passwords.hashed(PASSWORD).partition("p=")[0]


def test_only_the_right_password_matches(productions: ModuleType) -> None:
    stored = productions.hashed(PASSWORD)
    assert productions.is_password(stored, PASSWORD)
    assert not productions.is_password(stored, PASSWORD + " ")
    assert not productions.is_password(stored, "")
    assert not productions.is_password("no hash", PASSWORD)


def test_the_same_password_is_hashed_differently_each_time() -> None:
    assert passwords.hashed(PASSWORD) != passwords.hashed(PASSWORD)
