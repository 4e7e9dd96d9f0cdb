"""Finds people by a part of their names, with the names open in the memory of the process that searches.

Names are sealed, each with a nonce of its own, so the database can't look for one, and opening 100,000 takes seconds. A
process that searches keeps the names that it has opened for some minutes. Before each search it compares a sum over all
sealed names with the one of when it opened them. When they differ, it compares those of each group, and opens the names
of the groups that changed: what is found is what is stored now. On disk there is nothing of a name that could be
compared or counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock, Timer
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme import lookup
from sms_app.programme.desk import OfficeTransaction
from sms_app.programme.lookup import Named
from sms_app.vault import Vault, VaultError

SQL = sql.beside(__file__)
KEPT_S = 900.0
BLOCKS_AT_ONCE = 100
UUID_BYTES = 16
BETWEEN = "\0"
"""Stands between two names: no name has it."""
Key = tuple[UUID | None, str]


@dataclass(frozen=True)
class _Block:
    """The people of a group, or, of those in no group, those whose ids begin with `part`: a sum over their sealed
    names."""

    group_id: UUID | None
    part: str
    mark: int

    @property
    def key(self) -> Key:
        return self.group_id, self.part


@dataclass(frozen=True)
class _Opened:
    """A block's names, folded for searching, in the order of its people's ids."""

    mark: int
    names: str
    ids: bytes

    def places(self, part: str) -> Sequence[int]:
        """The places of the names that have this in them."""
        if part not in self.names:
            return ()
        return [n for n, name in enumerate(self.names.split(BETWEEN)) if part in name]

    def id_at(self, place: int) -> UUID:
        """Whose name is at a place."""
        return UUID(bytes=self.ids[place * UUID_BYTES : (place + 1) * UUID_BYTES])


@dataclass(frozen=True)
class _Programme:
    """The blocks of a programme by their groups' numbers, and the sum over all sealed names before they were read."""

    mark: int | None
    blocks: Mapping[Key, _Opened]


@dataclass
class OpenNames:
    """The names of programmes, by the programme's id. They are forgotten `kept_s` seconds after the last search. One
    object serves all threads of a process."""

    kept_s: float = KEPT_S
    early: Lock = field(default_factory=Lock)
    """Held while names are opened in the background: one thread and one connection for it suffice."""
    _opened: dict[int, _Programme] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _timer: Timer | None = None

    def find(self, office: OfficeTransaction, part: str, most: int) -> tuple[Sequence[Named], int]:
        """The first people whose name has `part` (as lookup.folded gives it) in it, at most `most`, by group and list
        number; and how many there are."""
        self.refresh(office.conn, office.vault, office.programme_id)
        opened = self._opened.get(office.programme_id)
        ids: list[UUID] = []
        many = 0
        for block in opened.blocks.values() if opened else ():
            places = block.places(part)
            many += len(places)
            ids += [block.id_at(place) for place in places[: most - len(ids)]]
        return lookup.named(office, ids), many

    def is_open(self, programme_id: int) -> bool:
        """Whether the names of a programme are in memory."""
        return programme_id in self._opened

    def refresh(self, conn: Connection, vault: Vault, programme_id: int) -> None:
        """Open what is not open yet, or has changed."""
        with self._lock:
            self._restart_timer()
            values = {"programme": programme_id}
            mark = conn.exec_driver_sql(SQL["mark"], values).scalar_one()
            kept = self._opened.get(programme_id)
            if kept is not None and kept.mark == mark:
                return
            blocks = sql.rows(conn, SQL["blocks"], _Block, values)
            before = kept.blocks if kept else {}
            now = {
                block.key: before[block.key]
                for block in blocks
                if block.key in before and before[block.key].mark == block.mark
            }
            missing = [block for block in blocks if block.key not in now]
            for n in range(0, len(missing), BLOCKS_AT_ONCE):
                now |= _open(conn, vault, programme_id, missing[n : n + BLOCKS_AT_ONCE])
            self._opened[programme_id] = _Programme(mark, {block.key: now[block.key] for block in blocks})

    def forget(self) -> None:
        """Forget all names."""
        with self._lock:
            self._opened.clear()

    def _restart_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = Timer(self.kept_s, self.forget)
        self._timer.daemon = True
        self._timer.start()


def _open(conn: Connection, vault: Vault, programme_id: int, blocks: Sequence[_Block]) -> dict[Key, _Opened]:
    """Open the names of some blocks."""
    values = {
        "programme": programme_id,
        "groups": [block.group_id for block in blocks if block.group_id is not None],
        "parts": [block.part for block in blocks if block.group_id is None],
    }
    names: dict[Key, list[str]] = {block.key: [] for block in blocks}
    ids: dict[Key, list[bytes]] = {block.key: [] for block in blocks}
    for id_, group_id, part, sealed in conn.exec_driver_sql(SQL["names"], values):
        names[group_id, part].append(_folded(vault, sealed, id_))
        ids[group_id, part].append(id_.bytes)
    return {
        block.key: _Opened(block.mark, BETWEEN.join(names[block.key]), b"".join(ids[block.key]))
        for block in blocks
    }


def _folded(vault: Vault, sealed: bytes, id_: UUID) -> str:
    """A name as it is searched; empty when it can't be opened."""
    try:
        return lookup.folded(vault.open(sealed, "participant", "name_sealed", id_))
    except VaultError:
        return ""
