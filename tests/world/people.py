"""Participants on phones, for tests of what is sent to whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from sms_app import models
from sms_app.programme.loaded import LoadedProgramme
from sms_app.vault import Vault
from tests.world.crowd import number
from tests.world.programme import stored_rwanda, with_a_group
from tests.world.records import Records
from tests.world.times import NOW, TODAY


@dataclass
class People:
    """Adds people on phones to `records`, who joined on a day; numbers and member numbers count up."""

    records: Records
    since: date = TODAY
    arms: dict[str, int] = field(default_factory=dict)
    counted: int = 0

    @property
    def conn(self) -> Connection:
        return self.records.conn

    def arm(self, code: str) -> int:
        """The id of an arm, made once."""
        if code not in self.arms:
            self.arms[code] = self.records.arm(code)
        return self.arms[code]

    def group(self, number: int, sector: str, role: str = "woman", **values: Any) -> UUID:
        return self.records.training_group(number, role, sector=sector, **values)

    def phone(self, **values: Any) -> UUID:
        self.counted += 1
        return self.records.number(number(self.counted), **values)

    def person(self, phone: UUID | None = None, arm: str = "", consents: bool = True, **values: Any) -> UUID:
        """A participant of group 1, on a phone, in a household of an arm, who agreed to messages."""
        self.counted += 1
        person = self.records.participant(self.counted, **{"enrolled_on": self.since, **values})
        if phone is not None:
            self.link(person, phone)
        if arm:
            self.household(arm, person)
        if consents:
            self.consent(person)
        return person

    def link(self, person: UUID, phone: UUID, to_on: date | None = None) -> UUID:
        return self.records.link(person, phone, self.since, to_on)

    def household(
        self, arm: str, *people: UUID, replaces: UUID | None = None, id_: UUID | None = None
    ) -> UUID:
        """Assign a household of these people to an arm; gives the assignment."""
        return self.records.assign(self.records.household(*people, id_=id_), self.arm(arm), replaces)

    def consent(
        self, person: UUID, given: bool = True, purpose: str = "messages", day: date | None = None
    ) -> UUID:
        return self.records.consent(person, purpose, given, day or self.since)

    def coach(self, phone: UUID | None = None, group: UUID | None = None) -> UUID:
        """A coach of a group, of group 1 unless another is given."""
        return self.records.coach(phone, group, self.since)

    def message(self, phone: UUID, *people: UUID, kind: str = "gathering", **values: Any) -> UUID:
        return self.records.message(phone, *people, kind=kind, **values)

    def sent(self, phone: UUID, at: datetime, **values: Any) -> UUID:
        return self.message(phone, **{"status": "sent", "due_at": at, "sent_at": at, **values})

    def broadcast(self, *arms: str) -> UUID:
        return self.records.add(
            models.Broadcast,
            programme_id=self.records.programme,
            roles=["woman"],
            groups=[],
            sectors=[],
            arms=list(arms),
            send_at=NOW,
            expires_at=NOW + timedelta(days=1),
            made_by="office",
            made_at=NOW,
            recipients=1,
            estimate=12,
        )


def rwanda(conn: Connection, vault: Vault) -> tuple[LoadedProgramme, People]:
    """The programme in Rwanda with its arms and group 1 (women, in Rwamagana), and nobody in it yet."""
    programme = stored_rwanda(conn, vault)
    people = People(with_a_group(conn, vault, programme.id, "Rwamagana"))
    people.arms.update(dict(conn.execute(select(models.Arm.code, models.Arm.id)).all()))
    return programme, people
