"""A few rows for tests that need people, a group and savings, without the demo programme."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert

from sms_app import models
from sms_app.member_number import with_check_digit
from sms_app.programme import audit
from sms_app.vault import Vault

TODAY = date(2026, 3, 11)
MONDAY = date(2026, 3, 9)
NOW = datetime.combine(TODAY, time(9), UTC)


@dataclass(frozen=True)
class Records:
    """Adds rows on one connection; each method gives the new row's id."""

    conn: Connection
    vault: Vault
    programme: int
    group: UUID

    def add(self, model: type[models.Base], **values: Any) -> UUID:
        id_ = values.pop("id", None) or uuid4()
        self.conn.execute(insert(model).values(id=id_, **values))
        return id_

    def participant(self, n: int, **values: Any) -> UUID:
        """The n-th woman of the group; her member number is the n-th."""
        id_ = uuid4()
        name = self.vault.seal(f"Uwase {n}", "participant", "name_sealed", id_)
        return self.add(
            models.Participant,
            **{
                "id": id_,
                "programme_id": self.programme,
                "role": "woman",
                "member_number": with_check_digit(n),
                "name_sealed": name,
                "language": "rw",
                "contact": "none",
                "group_id": self.group,
                "list_number": n,
                "amounts_by_phone": True,
                "enrolled_on": TODAY,
                **values,
            },
        )

    def number(self, number: str, **values: Any) -> UUID:
        id_ = uuid4()
        return self.add(
            models.PhoneNumber,
            id=id_,
            programme_id=self.programme,
            sharing="unmarked",
            number_sealed=self.vault.seal(number, "phone_number", "number_sealed", id_),
            number_index=self.vault.index(number, "number"),
            **values,
        )

    def cycle(self, *members: UUID, mode: str = "shares") -> UUID:
        """A savings group of these members with an open cycle."""
        group = self.add(models.SavingsGroup, programme_id=self.programme, name="Ikimina")
        for person in members:
            self.add(models.SavingsMember, savings_group_id=group, participant_id=person, from_on=MONDAY)
        return self.add(
            models.Cycle, savings_group_id=group, opened_on=MONDAY, mode=mode, share_value=200, most_shares=5
        )

    def meeting(self, cycle: UUID, held_on: date = MONDAY, confirmed_by: str | None = None) -> UUID:
        return self.add(
            models.GroupMeeting,
            cycle_id=cycle,
            held_on=held_on,
            entered_by="coach",
            entered_on=held_on,
            confirmed_by=confirmed_by,
            confirmed_on=held_on if confirmed_by else None,
        )

    def counted(
        self, meeting: UUID, cycle: UUID, person: UUID, amount: int, shares: int | None = None
    ) -> UUID:
        """What a meeting counted for her."""
        return self.add(
            models.Contribution,
            cycle_id=cycle,
            participant_id=person,
            amount=amount,
            shares=shares,
            source="meeting",
            group_meeting_id=meeting,
            week_of=MONDAY,
            recorded_on=TODAY,
            assisted=False,
        )

    def session(self, starts_at: datetime, code: str = "4821", **values: Any) -> UUID:
        ends_at = starts_at.replace(hour=starts_at.hour + 2)
        return self.add(
            models.TrainingSession,
            programme_id=self.programme,
            group_id=self.group,
            title="Rights",
            starts_at=starts_at,
            ends_at=ends_at,
            place="Kigabiro",
            check_in_code=code,
            **values,
        )

    def fill(self) -> tuple[UUID, int, UUID]:
        """One row in each append-only table, and what they hang on; gives a household, its arm, its assignment."""
        person = self.participant(1)
        cycle = self.cycle(person)
        self.counted(self.meeting(cycle, confirmed_by="office"), cycle, person, 600, 3)
        self.session(NOW)
        self.number("+250788000001")
        arm = (
            insert(models.Arm)
            .values(programme_id=self.programme, code="A", name="Both")
            .returning(models.Arm.id)
        )
        arm_id = self.conn.execute(arm).scalar_one()
        household = self.add(models.Household, programme_id=self.programme)
        first = self.add(models.ArmAssignment, household_id=household, arm_id=arm_id, assigned_on=TODAY)
        self.add(
            models.Consent,
            participant_id=person,
            purpose="programme",
            given=True,
            version="1",
            language="rw",
            how="oral",
            taken_by="coach",
            taken_on=TODAY,
        )
        audit.record(self.conn, self.programme, "office", "assign", "household", household, NOW)
        return household, arm_id, first


def start(conn: Connection, vault: Vault) -> Records:
    """A programme with one group, and nobody in it yet."""
    values = {
        "slug": "hills",
        "service_code": "*801#",
        "country": "RW",
        "time_zone": "Africa/Kigali",
        "currency": "RWF",
        "language": "rw",
    }
    programme = conn.execute(
        insert(models.Programme).values(values).returning(models.Programme.id)
    ).scalar_one()
    group = uuid4()
    conn.execute(
        insert(models.TrainingGroup).values(
            id=group, programme_id=programme, number=1, role="woman", sector="Kigabiro", place="Kigabiro"
        )
    )
    return Records(conn, vault, programme, group)
