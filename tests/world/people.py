"""Numbers with people, arms, consents and messages, for tests of what is sent to whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, select

from sms_app import models
from sms_app.programme.loaded import LoadedProgramme, load
from sms_app.programme.settings import store_programme
from sms_app.vault import Vault
from tests.world.programme import read
from tests.world.records import NOW, TODAY, Records


@dataclass
class People:
    """Adds people on phones to `records`; numbers and member numbers count up."""

    records: Records
    arms: dict[str, int] = field(default_factory=dict)
    counted: int = 0

    def arm(self, code: str) -> int:
        """The id of an arm, made once."""
        if code not in self.arms:
            made = (
                insert(models.Arm)
                .values(programme_id=self.records.programme, code=code, name=code)
                .returning(models.Arm.id)
            )
            self.arms[code] = self.records.conn.execute(made).scalar_one()
        return self.arms[code]

    def group(self, number: int, sector: str, role: str = "woman", **values: Any) -> UUID:
        return self.records.add(
            models.TrainingGroup,
            programme_id=self.records.programme,
            number=number,
            role=role,
            sector=sector,
            place=sector,
            **values,
        )

    def phone(self, **values: Any) -> UUID:
        self.counted += 1
        return self.records.number(f"+2507880{self.counted:05d}", **values)

    def person(self, phone: UUID | None = None, arm: str = "", consents: bool = True, **values: Any) -> UUID:
        """A participant of group 1, on a phone, in a household of an arm, who agreed to messages."""
        self.counted += 1
        person = self.records.participant(self.counted, **values)
        if phone is not None:
            self.link(person, phone)
        if arm:
            self.household(arm, person)
        if consents:
            self.consent(person)
        return person

    def link(self, person: UUID, phone: UUID, to_on: date | None = None) -> UUID:
        return self.records.add(
            models.ParticipantPhone, participant_id=person, phone_number_id=phone, from_on=TODAY, to_on=to_on
        )

    def household(
        self, arm: str, *people: UUID, replaces: UUID | None = None, id_: UUID | None = None
    ) -> UUID:
        """Put people in a household that is assigned to an arm; gives the assignment."""
        household = id_ or self.records.add(models.Household, programme_id=self.records.programme)
        for person in people:
            self.records.add(
                models.HouseholdLink,
                participant_id=person,
                household_id=household,
                relation="member",
                from_on=TODAY,
            )
        return self.records.add(
            models.ArmAssignment,
            household_id=household,
            arm_id=self.arm(arm),
            assigned_on=TODAY,
            replaces=replaces,
        )

    def consent(self, person: UUID, given: bool = True, purpose: str = "messages", day: date = TODAY) -> UUID:
        return self.records.add(
            models.Consent,
            participant_id=person,
            purpose=purpose,
            given=given,
            version="1",
            language="rw",
            how="oral",
            taken_by="coach",
            taken_on=day,
        )

    def coach(self, phone: UUID | None = None, group: UUID | None = None) -> UUID:
        """A coach of a group, of group 1 unless another is given."""
        id_ = uuid4()
        name = self.records.vault.seal("Keza", "coach", "name_sealed", id_)
        self.records.add(
            models.Coach, id=id_, programme_id=self.records.programme, name_sealed=name, phone_number_id=phone
        )
        self.records.add(models.GroupCoach, group_id=group or self.records.group, coach_id=id_, from_on=TODAY)
        return id_

    def message(self, phone: UUID, *people: UUID, kind: str = "gathering", **values: Any) -> UUID:
        return self.records.add(
            models.Message,
            **{
                "programme_id": self.records.programme,
                "phone_number_id": phone,
                "people": list(people),
                "kind": kind,
                "rule": kind,
                "subject_id": uuid4(),
                "occasion": "once",
                "status": "queued",
                "planned_at": NOW,
                "due_at": NOW,
                "expires_at": NOW + timedelta(days=1),
                **values,
            },
        )

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
    programmes = read()
    store_programme(conn, programmes[0].settings)
    (found,) = load(conn, vault, programmes)
    group = uuid4()
    people = People(Records(conn, vault, found.id, group))
    people.arms.update(dict(conn.execute(select(models.Arm.code, models.Arm.id)).all()))
    people.group(1, "Rwamagana", id=group)
    return found, people
