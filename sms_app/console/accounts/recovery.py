"""Recovery codes: each stands in once for a second factor that was lost. They are shown once, and stored as hashes."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from sms_app.accounts.secret import Secret

COUNT, GROUPS, GROUP_LENGTH = 10, 3, 4
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without characters that look alike."""
FORGET = "delete from recovery_code where account_id = %(account)s"
ADD = "insert into recovery_code (account_id, hash) select %(account)s, unnest(%(hashes)s::bytea[])"
USE = """
update recovery_code set used_on = %(today)s where account_id = %(account)s and hash = %(hash)s and used_on is null
"""
LEFT = "select count(*) from recovery_code where account_id = %(account)s and used_on is null"


def renew(conn: Connection, secret: Secret, account: UUID) -> Sequence[str]:
    """Give an account new codes; those that it had work no more."""
    codes = [_new() for _ in range(COUNT)]
    conn.exec_driver_sql(FORGET, {"account": account})
    hashes = [_hash(secret, account, code) for code in codes]
    conn.exec_driver_sql(ADD, {"account": account, "hashes": hashes})
    return codes


def use(conn: Connection, secret: Secret, account: UUID, typed: str, today: date) -> bool:
    """Accept a code of an account, once."""
    values = {"account": account, "hash": _hash(secret, account, typed), "today": today}
    return bool(conn.exec_driver_sql(USE, values).rowcount)


def left(conn: Connection, account: UUID) -> int:
    """How many codes an account has left."""
    return int(conn.exec_driver_sql(LEFT, {"account": account}).scalar_one())


def _new() -> str:
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def _hash(secret: Secret, account: UUID, code: str) -> bytes:
    plain = "".join(character for character in code.lower() if character in ALPHABET)
    return secret.hashed(f"recovery {account}", plain)
