"""Moving what is sealed to the active key, in batches, while everything runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine

from sms_app.programme import audit
from sms_app.vault import Vault

BATCH = 500
# The number of a claim is sealed, too, but a claim lasts ten minutes: it goes before its key does.
SEALED = (
    ("participant", "name_sealed"), ("participant", "bookmark"), ("coach", "name_sealed"),
    ("phone_number", "number_sealed"), ("message", "body_sealed"), ("broadcast_text", "text_sealed"),
)  # fmt: skip
INDEXED = frozenset({("phone_number", "number_sealed")})
START = UUID(int=0)


@dataclass(frozen=True)
class Rotation:
    """How many values moved, and how many PINs are still under an older key, until their owners set new ones."""

    moved: int
    pins_waiting: int


def rotate(engine: Engine, vault: Vault, who: str, now: datetime) -> Rotation:
    """Re-seal and re-index all that is under an older key; each batch is a transaction, so it may be repeated.

    Raises VaultError when a value's key is not among the configured ones."""
    moved = 0
    for table, column in SEALED:
        after: UUID | None = START
        while after is not None:
            with engine.begin() as conn:
                done, after = _batch(conn, vault, table, column, after)
            moved += done
    with engine.begin() as conn:
        audit.record(conn, None, who, "rotate_keys", "vault", vault.active, now)
        waiting = conn.exec_driver_sql(
            "select count(*) from participant where get_byte(pin, 0) <> %(active)s", {"active": vault.active}
        ).scalar_one()
    return Rotation(moved, int(waiting))


def _batch(conn: Connection, vault: Vault, table: str, column: str, after: UUID) -> tuple[int, UUID | None]:
    """Move one batch of rows, in order of their ids; gives how many, and the last id, or None at the end."""
    # table and column are the constants above
    read = (
        f"select id, {column} as sealed from {table} where id > %(after)s"  # noqa: S608
        f" and get_byte({column}, 0) <> %(active)s order by id limit {BATCH} for update"
    )
    rows = conn.exec_driver_sql(read, {"after": after, "active": vault.active}).all()
    index = ", number_index = %(index)s" if (table, column) in INDEXED else ""
    moved: list[dict[str, Any]] = []
    for row in rows:
        plain = vault.open(bytes(row.sealed), table, column, row.id)
        sealed = vault.seal(plain, table, column, row.id)
        moved.append(
            {"id": row.id, "sealed": sealed, "index": vault.index(plain, "number") if index else None}
        )
    if moved:
        update = f"update {table} set {column} = %(sealed)s{index} where id = %(id)s"  # noqa: S608
        conn.exec_driver_sql(update, moved)
    return len(rows), rows[-1].id if len(rows) == BATCH else None
