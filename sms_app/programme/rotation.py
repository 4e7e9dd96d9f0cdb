"""Moving what is sealed to the active key, in batches, while everything runs."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Engine

from sms_app.vault import Vault

BATCH = 500
SEALED = (
    ("participant", "name_sealed"), ("participant", "bookmark"), ("coach", "name_sealed"),
    ("phone_number", "number_sealed"), ("number_claim", "number_sealed"),
)  # fmt: skip
INDEXED = frozenset({("phone_number", "number_sealed"), ("number_claim", "number_sealed")})


def rotate(engine: Engine, vault: Vault) -> tuple[int, int]:
    """Re-seal and re-index; gives how many values moved, and how many PINs are still under an older key."""
    moved = 0
    for table, column in SEALED:
        after: UUID | None = None
        while True:
            done, after = _batch(engine, vault, table, column, after)
            moved += done
            if after is None:
                break
    with engine.connect() as conn:
        waiting = conn.exec_driver_sql(
            "select count(*) from participant where pin is not null and get_byte(pin, 0) <> %(key)s",
            {"key": vault.active},
        ).scalar_one()
    return moved, int(waiting)


def _batch(engine: Engine, vault: Vault, table: str, column: str, after: UUID | None) -> tuple[int, UUID | None]:
    """Move one batch of rows, in order of their ids; gives the last id seen, None at the end."""
    with engine.begin() as conn:
        rows = conn.exec_driver_sql(
            f"select id, {column} as sealed from {table} where (%(after)s::uuid is null or id > %(after)s)"
            f" and {column} is not null order by id limit {BATCH} for update",
            {"after": after},
        ).all()
        stale = [(row.id, bytes(row.sealed)) for row in rows if not vault.is_current(bytes(row.sealed))]
        for id_, sealed in stale:
            plain = vault.open(sealed, table, column, id_)
            values = {"id": id_, "sealed": vault.seal(plain, table, column, id_)}
            index = ""
            if (table, column) in INDEXED:
                index, values["index"] = ", number_index = %(index)s", vault.index(plain, "number")
            conn.exec_driver_sql(f"update {table} set {column} = %(sealed)s{index} where id = %(id)s", values)
    return len(stale), rows[-1].id if len(rows) == BATCH else None
