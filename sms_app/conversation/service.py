"""The parts of a hop that a process builds once: the database, the keys, and each programme with flows and texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from sms_app.conversation.checked import sound_programmes
from sms_app.conversation.hop_connections import HopConnection, HopConnectionPool
from sms_app.conversation.support_board import SupportBoard
from sms_app.database import driver
from sms_app.private.roster import Pins
from sms_app.programme.loaded import LoadedProgramme, ProgrammeFiles, load, sentences
from sms_app.vault import Vault

# more than a process has connections, since after a restart of the database all of its pool may be dead
ATTEMPTS = 20
T = TypeVar("T")


class LostRace(Exception):
    """Another delivery of a hop stored a new position meanwhile."""


class UnknownServiceCode(Exception):
    """No programme has the dialled code."""


@dataclass(frozen=True)
class Conversation:
    """The values that are the same for all hops of a process."""

    engine: Engine
    vault: Vault
    programmes: Mapping[str, LoadedProgramme]
    pins: Mapping[str, Pins] = field(default_factory=dict)
    demo: bool = False

    @classmethod
    def build(
        cls,
        engine: Engine,
        vault: Vault,
        flows_dir: Path,
        locales_dir: Path,
        pins: Mapping[str, Pins] | None = None,
        demo: bool = False,
    ) -> Conversation:
        """Load all programmes that have a row in the database. `pins` are the pinned keys of confidential support by
        programme; for `demo` see SupportBoard. Raises FlowFaults with the faults of all programmes in
        the folder, and CatalogueFaults as `Texts.load`."""
        files = [
            ProgrammeFiles(settings, sentences(settings, locales_dir), checked.flows)
            for settings, checked in sound_programmes(flows_dir, locales_dir)
        ]
        with engine.connect() as conn:
            if not driver(conn).autocommit:
                raise ValueError("the engine must be AUTOCOMMIT, since a hop begins its transaction itself")
            programmes = load(conn, vault, files)
        by_code = {programme.settings.service_code: programme for programme in programmes}
        return cls(engine, vault, by_code, pins or {}, demo)

    @cached_property
    def support(self) -> SupportBoard:
        """What help offers in each programme."""
        return SupportBoard(self.engine, self.pins, self.demo)

    @cached_property
    def hop_connections(self) -> HopConnectionPool:
        """The pool of connections for hops."""
        return HopConnectionPool(self.engine)

    def retried(self, work: Callable[[Connection, bool], T]) -> T:
        """Do work, and try again after a lost connection or a lost race. The work must be idempotent.

        `work` is given an AUTOCOMMIT connection, and whether this is the first try."""
        return self.retried_on_hop_connection(lambda connection, first_try: work(connection.conn, first_try))

    def retried_on_hop_connection(self, work: Callable[[HopConnection, bool], T]) -> T:
        """As `retried`, for work that has prepared statements."""
        for attempt in range(1, ATTEMPTS + 1):
            connection = self.hop_connections.take()
            try:
                result = work(connection, attempt == 1)
            except LostRace:
                self.hop_connections.give_back(connection)
                if attempt == ATTEMPTS:
                    raise
            except BaseException as error:
                lost = connection.raw.closed and isinstance(error, DBAPIError | psycopg.OperationalError)
                connection.close()
                if attempt == ATTEMPTS or not lost:
                    raise
            else:
                self.hop_connections.give_back(connection)
                return result
        raise AssertionError("the last attempt returns or raises")

    def programme(self, service_code: str) -> LoadedProgramme:
        if service_code not in self.programmes:
            raise UnknownServiceCode
        return self.programmes[service_code]
