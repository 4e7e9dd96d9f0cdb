"""Key rotation: seals all encrypted values with the active key, in batches, while the service runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from sms_app.programme import audit
from sms_app.vault import Vault, VaultError

BATCH = 500
# The number of a claim is sealed, too. It is not listed, since a claim lasts ten minutes, less than any key.
SEALED = (
    ("participant", "name_sealed"),
    ("participant", "initials_sealed"),
    ("participant", "bookmark"),
    ("coach", "name_sealed"),
    ("coach", "bookmark"),
    ("phone_number", "number_sealed"),
    ("message", "body_sealed"),
    ("broadcast_text", "text_sealed"),
    ("broadcast_proposal_text", "text_sealed"),
)
INDEXED = frozenset({("phone_number", "number_sealed")})
START = UUID(int=0)
FOREIGN, TWICE = "foreign", "twice"


@dataclass(frozen=True)
class Left:
    """A value that could not be sealed anew: where it is, the id of the key that sealed it, and why.

    `why` is `foreign` (sealed with a key that is not configured) or `twice` (another row has the same number)."""

    table: str
    column: str
    row: UUID
    key_id: int
    why: str


@dataclass(frozen=True)
class Rotation:
    """The result: how many values were sealed anew (`moved`), how many PINs are under an older key until their owners
    set new ones, and the values that were left as they are."""

    moved: int
    pins_waiting: int
    left: tuple[Left, ...] = ()


def under_key_statement(table: str, column: str, what: str) -> str:
    """A query for the values of a column in SEALED that are sealed with the key `id`."""
    # `case`, since get_byte raises an error for an empty value
    where = f"case when length({column}) > 0 then get_byte({column}, 0) end = %(id)s"
    return f"select {what} from {table} where {where}"


def key_ids_statement(table: str, column: str) -> str:
    """A query for the ids of the keys that values of a column in SEALED are sealed with."""
    return f"select distinct get_byte({column}, 0) from {table} where length({column}) > 0"


def rotate(engine: Engine, vault: Vault, who: str, now: datetime, former: Vault | None = None) -> Rotation:
    """Seal and index all values of older keys with the active key. Each batch is a transaction, so it may be repeated.

    A value that none of the configured keys opens is tried with the `former` keys, whose ids may be in use again. A
    value that can't be sealed anew is left as it is, and the rotation goes on."""
    moved, left = _walk(engine, vault, None, write=True)
    if left and former is not None:
        # in a second walk: if a number is in two rows, the row that the configured keys open, which people use, moves
        more, left = _walk(engine, vault, former, write=True)
        moved += more
    with engine.begin() as conn:
        audit.record(conn, None, who, "rotate_keys", "vault", vault.active, now)
        waiting = conn.exec_driver_sql(
            "select count(*) from participant where get_byte(pin, 0) <> %(active)s", {"active": vault.active}
        ).scalar_one()
    return Rotation(moved, int(waiting), left)


def foreign(engine: Engine, vault: Vault) -> tuple[Left, ...]:
    """The values that none of the configured keys opens. Changes nothing."""
    return _walk(engine, vault, None, write=False)[1]


def _walk(engine: Engine, vault: Vault, former: Vault | None, write: bool) -> tuple[int, tuple[Left, ...]]:
    moved, left = 0, []
    for table, column in SEALED:
        after: UUID | None = START
        while after is not None:
            with engine.begin() as conn:
                batch = _Batch(conn, vault, former, table, column, write)
                after = batch.run(after)
            moved += batch.moved
            left += batch.left
    return moved, tuple(left)


class _Batch:
    """One batch of rows of one sealed column, in order of their ids."""

    def __init__(
        self, conn: Connection, vault: Vault, former: Vault | None, table: str, column: str, write: bool
    ) -> None:
        self.conn, self.vault, self.former = conn, vault, former
        self.table, self.column, self.write = table, column, write
        self.moved, self.left = 0, list[Left]()

    def run(self, after: UUID) -> UUID | None:
        """Seal the rows after an id anew. Gives the id of the last row, or None at the end."""
        # Values with the active key's id are opened, too, since another key may have had that id. Table and column are
        # the constants above.
        read = (
            f"select id, {self.column} as sealed from {self.table} where id > %(after)s"
            f" and length({self.column}) > 0 order by id limit {BATCH}"
        )
        rows = self.conn.exec_driver_sql(read, {"after": after}).all()
        to_move = [value for row in rows if (value := self._look(row.id, bytes(row.sealed))) is not None]
        if self.write and to_move:
            self._move(to_move)
        return rows[-1].id if len(rows) == BATCH else None

    def _look(self, row: UUID, sealed: bytes) -> dict[str, Any] | None:
        """The parameters to write a value sealed anew; None when it stays as it is."""
        plain, own = self._opened(row, sealed)
        if plain is None:
            self.left.append(Left(self.table, self.column, row, sealed[0], FOREIGN))
            return None
        if own and sealed[0] == self.vault.active:
            return None
        anew = self.vault.seal(plain, self.table, self.column, row)
        return {"id": row, "before": sealed, "sealed": anew, "index": self.vault.index(plain, "number")}

    def _opened(self, row: UUID, sealed: bytes) -> tuple[str | None, bool]:
        """The plain text (None when no key opens it), and whether a configured key opened it."""
        for vault in (self.vault, self.former):
            if vault is not None:
                try:
                    return vault.open(sealed, self.table, self.column, row), vault is self.vault
                except VaultError:
                    continue
        return None, False

    def _move(self, values: list[dict[str, Any]]) -> None:
        """Write the values sealed anew, where the stored value is still the one that was read."""
        indexed = (self.table, self.column) in INDEXED
        index = ", number_index = %(index)s" if indexed else ""
        update = (
            f"update {self.table} set {self.column} = %(sealed)s{index}"
            f" where id = %(id)s and {self.column} = %(before)s"
        )
        if not indexed:
            self.moved += self.conn.exec_driver_sql(update, values).rowcount
            return
        for value in values:
            try:
                with self.conn.begin_nested():
                    self.moved += self.conn.exec_driver_sql(update, value).rowcount
            except IntegrityError:
                self.left.append(Left(self.table, self.column, value["id"], value["before"][0], TWICE))
