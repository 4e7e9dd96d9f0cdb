"""The audit trail of the support console: append-only, and each entry has the hash of the one before.

It says who did or read what, by ids only. It does not name the requests of a download: their ids, with its time, would
tell when each came. Whoever can write the database as its owner can rewrite the whole trail, so its newest hash (the
head) is copied on paper each week, and `verify` finds it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection

from sms_app import sql

START = sha256(b"").digest()
"""What stands in the first entry in place of the hash of the one before."""
SHORTEST_HEAD = 16
"""Characters of a copied head, of its 64, that tell it from any other that somebody could make."""
BY_COMMAND = "-"
"""The caseworker of an entry that a command made."""
APPEND = "select append_support_audit(%(programme)s, %(caseworker)s, %(what)s, %(subject)s, %(now)s)"
EVERY = """
select n, at, programme_id, caseworker, what, subject, previous, hash from private.audit order by n
"""
LATEST = """
select n, at, programme_id, caseworker, what, subject, previous, hash from private.audit
where programme_id = %(programme)s order by n desc limit %(most)s
"""
HEAD = "select hash from private.audit order by n desc limit 1"


@dataclass(frozen=True)
class Entry:
    """An entry. `caseworker` is a code or BY_COMMAND; `at` is aware, to the second."""

    n: int
    at: datetime
    programme_id: int
    caseworker: str
    what: str
    subject: str
    previous: bytes
    hash: bytes

    def computed(self) -> bytes:
        """The hash as it must be, as the function `append_support_audit` of the database computes it."""
        seconds = int(self.at.timestamp())
        values = (self.n, seconds, self.programme_id, self.caseworker, self.what, self.subject)
        return sha256(bytes(self.previous) + "\n".join(map(str, values)).encode()).digest()


@dataclass(frozen=True)
class Verified:
    """What `verify` found: how many entries are whole, the head (hex), and what is wrong (empty: nothing)."""

    entries: int
    head: str
    fault: str = ""


def append(
    conn: Connection, programme_id: int, caseworker: str, what: str, now: datetime, subject: str = ""
) -> None:
    """Append an entry. `subject` is an id or empty. It is written with the transaction, and others wait for it."""
    values = {
        "programme": programme_id,
        "caseworker": caseworker,
        "what": what,
        "subject": subject,
        "now": now,
    }
    conn.exec_driver_sql(APPEND, values)


def head(conn: Connection) -> str:
    """The hash of the newest entry, in hex, to copy on paper."""
    newest = conn.exec_driver_sql(HEAD).scalar_one_or_none()
    return (START if newest is None else bytes(newest)).hex()


def latest(conn: Connection, programme_id: int, most: int) -> list[Entry]:
    """The latest entries of a programme, the newest first."""
    return sql.rows(conn, LATEST, Entry, {"programme": programme_id, "most": most})


def is_head(copied: str) -> bool:
    """Whether a text is a head, or a beginning of one that is long enough: of a shorter one, the trail of somebody else
    would have an entry by chance."""
    return re.fullmatch(rf"[0-9a-fA-F]{{{SHORTEST_HEAD},64}}", copied) is not None


def verify(conn: Connection, copied: str = "") -> Verified:
    """Check each entry's hash and its place in the chain, and that the chain has `copied`, a head that was copied
    earlier (`is_head`): without it, a trail that was cut or written anew would look whole."""
    last, count, seen = START, 0, not copied
    for entry in _entries(conn):
        if entry.n != count + 1 or bytes(entry.previous) != last:
            return Verified(count, last.hex(), f"after entry {count} an entry is missing or was replaced")
        if bytes(entry.hash) != entry.computed():
            return Verified(count, last.hex(), f"entry {entry.n} was changed")
        last, count = bytes(entry.hash), entry.n
        seen |= last.hex().startswith(copied.lower())
    if not seen:
        return Verified(
            count, last.hex(), "no entry has the head that was copied: the trail was cut or replaced"
        )
    return Verified(count, last.hex())


def _entries(conn: Connection) -> Iterator[Entry]:
    for record in conn.exec_driver_sql(EVERY):
        yield Entry(**record._mapping)
