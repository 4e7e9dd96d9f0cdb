"""What a hop needs and a process builds once: the database, the keys, and each programme with its flows and texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from sms_app.conversation.checked import sound_programmes
from sms_app.conversation.links import Link, Links, driver
from sms_app.engine.flow import Flows
from sms_app.programme.settings import Programme, values
from sms_app.texts import Texts
from sms_app.vault import Vault

# more than a process has connections: after a restart of the database each of its pool may be dead
ATTEMPTS = 20
T = TypeVar("T")


class LostRace(Exception):
    """Another delivery of a hop moved the dialogue on meanwhile."""


class UnknownServiceCode(Exception):
    """No programme answers the dialled code."""


@dataclass(frozen=True)
class Room:
    """One programme, ready to talk: its database id, its settings, flows and texts."""

    id: int
    settings: Programme
    flows: Flows
    texts: Texts
    by_day: dict[date, Mapping[str, object]] = field(default_factory=dict, compare=False)

    def constants(self, today: date) -> Mapping[str, object]:
        """The programme's values that any screen may use; worked out once a day."""
        if today not in self.by_day:
            self.by_day.clear()
            self.by_day[today] = values(self.settings, today)
        return self.by_day[today]


@dataclass(frozen=True)
class Conversation:
    """Everything that is the same for all hops of a process."""

    engine: Engine
    vault: Vault
    rooms: Mapping[str, Room]

    @classmethod
    def build(cls, engine: Engine, vault: Vault, flows_dir: Path, locales_dir: Path) -> Conversation:
        """Load every programme that the database knows. Raises FlowFaults with the faults of all in the folder, and
        CatalogueFaults when only a compiled catalogue is out of date."""
        programmes = sound_programmes(flows_dir, locales_dir)
        with engine.connect() as conn:
            if not driver(conn).autocommit:
                raise ValueError(
                    "a hop says itself where its transaction begins: the engine must be AUTOCOMMIT"
                )
            known = conn.exec_driver_sql("select slug, id from programme").all()
        ids = {str(slug): int(id_) for slug, id_ in known}
        rooms: dict[str, Room] = {}
        for settings, checked in programmes:
            if settings.slug in ids:
                texts = Texts.load(
                    locales_dir, settings.slug, settings.languages, settings.time_zone, settings.currency
                )
                rooms[settings.service_code] = Room(ids[settings.slug], settings, checked.flows, texts)
        return cls(engine, vault, rooms)

    @cached_property
    def links(self) -> Links:
        """The connections that hops keep."""
        return Links(self.engine)

    def retried(self, work: Callable[[Connection, bool], T]) -> T:
        """Do work that happens once however often it is tried, again after a lost connection or a lost race.

        `work` is given an AUTOCOMMIT connection, and whether this is the first try."""
        return self.retried_on_link(lambda link, first_try: work(link.conn, first_try))

    def retried_on_link(self, work: Callable[[Link, bool], T]) -> T:
        """As `retried`, for work that has prepared statements."""
        for attempt in range(1, ATTEMPTS + 1):
            link = self.links.take()
            try:
                result = work(link, attempt == 1)
            except LostRace:
                self.links.give_back(link)
                if attempt == ATTEMPTS:
                    raise
            except BaseException as error:
                lost = link.raw.closed and isinstance(error, DBAPIError | psycopg.OperationalError)
                link.close()
                if attempt == ATTEMPTS or not lost:
                    raise
            else:
                self.links.give_back(link)
                return result
        raise AssertionError("the last attempt returns or raises")

    def room(self, service_code: str) -> Room:
        if service_code not in self.rooms:
            raise UnknownServiceCode
        return self.rooms[service_code]
