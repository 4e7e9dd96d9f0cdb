"""A programme that speaks, people in its groups, and what was planned for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from sms_app import models
from sms_app.messaging.content import Due
from sms_app.messaging.reconcile import Planned
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.settings import load_programme
from sms_app.texts import Texts
from sms_app.vault import Vault
from tests.world.plans import follow
from tests.world.records import Records

ROOT = Path(__file__).parent.parent.parent
KIGALI = ZoneInfo("Africa/Kigali")
LONG_AGO = date(2026, 1, 5)


def programme(programme_id: int, vault: Vault) -> LoadedProgramme:
    """The programme in Rwanda, as the row `programme_id`."""
    programme = load_programme(ROOT / "flows" / "rwanda" / "programme.yaml")
    texts = Texts.load(
        ROOT / "locales", programme.slug, programme.languages, programme.time_zone, programme.currency
    )
    return LoadedProgramme(programme_id, programme, texts, vault)


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    """A moment of 2026 in Kigali."""
    return datetime(2026, month, day, hour, minute, tzinfo=KIGALI)


@dataclass
class Room:
    """`records` with a programme; what is asked of it is asked of the rows."""

    records: Records
    programme: LoadedProgramme
    numbers: int = 0

    @property
    def conn(self) -> Connection:
        return self.records.conn

    def phone(self, **values: Any) -> UUID:
        self.numbers += 1
        return self.records.number(f"+2507880{self.numbers:05d}", **values)

    def person(self, phone: UUID | None, since: date = LONG_AGO, **values: Any) -> UUID:
        self.numbers += 1
        person = self.records.participant(self.numbers, **{"enrolled_on": LONG_AGO, **values})
        if phone:
            self.link(person, phone, since)
        return person

    def link(self, person: UUID, phone: UUID, since: date = LONG_AGO) -> UUID:
        return self.records.add(
            models.ParticipantPhone, participant_id=person, phone_number_id=phone, from_on=since
        )

    def plan(self, now: datetime) -> Planned:
        """What the clock plans at a tick."""
        return follow(self.conn, self.programme, now, ("reminders", "corrections"))

    def run(self, statement: str, **values: Any) -> None:
        self.conn.exec_driver_sql(statement, values)

    def move(self, session: UUID, starts_at: datetime) -> None:
        self.run(
            "update training_session set ends_at = ends_at + (%(at)s - starts_at), starts_at = %(at)s"
            " where id = %(id)s",
            id=session,
            at=starts_at,
        )

    def cancel(self, session: UUID, moment: datetime | None) -> None:
        self.run("update training_session set cancelled_at = %(at)s where id = %(id)s", id=session, at=moment)

    def rows(self, where: str = "true") -> Sequence[Any]:
        query = f"select * from message where {where} order by planned_at, due_at, rule, occasion"
        return self.conn.exec_driver_sql(query).all()

    def waiting(self) -> list[tuple[str, str, datetime]]:
        """Rule, occasion and local hour of what waits."""
        return [
            (row.rule, row.occasion, row.due_at.astimezone(KIGALI))
            for row in self.rows("status in ('planned', 'queued')")
        ]

    def dues(self, where: str = "true") -> list[Due]:
        return [
            Due(
                row.id,
                row.phone_number_id,
                row.kind,
                row.rule,
                row.subject_id,
                row.occasion,
                row.gathering_id,
                tuple(row.people),
                row.due_at,
                row.expires_at,
                row.told_starts_at,
                row.told_place,
                row.told_cancelled,
            )
            for row in self.rows(where)
        ]

    def tell(self, message: UUID, status: str, told: Any, now: datetime) -> None:
        """A message went, and said `told`."""
        self.run(
            "update message set status = %(status)s, claimed_at = %(now)s, sent_at = %(now)s, told_starts_at = %(at)s,"
            " told_place = %(place)s, told_cancelled = %(cancelled)s where id = %(id)s",
            id=message,
            status=status,
            now=now,
            at=told.starts_at,
            place=told.place,
            cancelled=told.cancelled,
        )
