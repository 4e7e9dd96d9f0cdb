"""Rows of the programme's tables, one at a time: people, groups, numbers, sessions, savings and messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert

from sms_app import models
from sms_app.member_number import with_check_digit
from sms_app.programme import audit
from sms_app.vault import Vault
from tests.world.times import MONDAY, NOW, TODAY

APPEND_ONLY = ("contribution", "consent", "arm_assignment", "audit_entry")


@dataclass(frozen=True)
class Records:
    """Adds rows on one connection; each method gives the new row's id. `group` is where people belong unless another is
    given; `values` are columns that are to be otherwise than usual."""

    conn: Connection
    vault: Vault
    programme: int
    group: UUID

    def add(self, model: type[models.Base], **values: Any) -> UUID:
        id_ = values.pop("id", None) or uuid4()
        self.conn.execute(insert(model).values(id=id_, **values))
        return id_

    def training_group(self, number: int, role: str = "woman", **values: Any) -> UUID:
        return self.add(
            models.TrainingGroup,
            **{
                "programme_id": self.programme,
                "number": number,
                "role": role,
                "sector": "Kigabiro",
                "place": values.get("sector", "Kigabiro"),
                **values,
            },
        )

    def participant(self, n: int, name: str = "", **values: Any) -> UUID:
        """The n-th woman of the group; her member number is the n-th."""
        id_ = uuid4()
        return self.add(
            models.Participant,
            **{
                "id": id_,
                "programme_id": self.programme,
                "role": "woman",
                "member_number": with_check_digit(n),
                "name_sealed": self.vault.seal(name or f"Uwase {n}", "participant", "name_sealed", id_),
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

    def link(self, person: UUID, phone: UUID, from_on: date = MONDAY, to_on: date | None = None) -> UUID:
        """Her number, from a day to a day."""
        return self.add(
            models.ParticipantPhone,
            participant_id=person,
            phone_number_id=phone,
            from_on=from_on,
            to_on=to_on,
        )

    def claim(self, person: UUID, number: str, code: str, expires_at: datetime) -> UUID:
        """A number that she says is hers, and the code that its phone shows."""
        id_ = uuid4()
        self.conn.execute(
            insert(models.NumberClaim).values(
                id=id_,
                programme_id=self.programme,
                participant_id=person,
                number_sealed=self.vault.seal(number, "number_claim", "number_sealed", id_),
                number_index=self.vault.index(number, "number"),
                code=self.vault.pin(person, code, "claim"),
                expires_at=expires_at,
            )
        )
        return id_

    def consent(self, person: UUID, purpose: str = "messages", given: bool = True, on: date = TODAY) -> UUID:
        return self.add(
            models.Consent,
            participant_id=person,
            purpose=purpose,
            given=given,
            version="1",
            language="rw",
            how="oral",
            taken_by="coach",
            taken_on=on,
        )

    def coach(
        self,
        phone: UUID | None = None,
        group: UUID | None = None,
        from_on: date = MONDAY,
        name: str = "Mukamana",
    ) -> UUID:
        """A coach of a group."""
        id_ = uuid4()
        self.add(
            models.Coach,
            id=id_,
            programme_id=self.programme,
            name_sealed=self.vault.seal(name, "coach", "name_sealed", id_),
            phone_number_id=phone,
        )
        self.add(models.GroupCoach, group_id=group or self.group, coach_id=id_, from_on=from_on)
        return id_

    def household(self, *people: UUID, id_: UUID | None = None) -> UUID:
        """These people in a household, a new one unless its id is given."""
        household = id_ or self.add(models.Household, programme_id=self.programme)
        for person in people:
            self.add(
                models.HouseholdLink,
                participant_id=person,
                household_id=household,
                relation="member",
                from_on=TODAY,
            )
        return household

    def arm(self, code: str) -> int:
        added = insert(models.Arm).values(programme_id=self.programme, code=code, name=code)
        return self.conn.execute(added.returning(models.Arm.id)).scalar_one()

    def assign(self, household: UUID, arm: int, replaces: UUID | None = None) -> UUID:
        """A household's assignment to an arm."""
        return self.add(
            models.ArmAssignment, household_id=household, arm_id=arm, assigned_on=TODAY, replaces=replaces
        )

    def session(self, starts_at: datetime, code: str = "4821", **values: Any) -> UUID:
        """A training session of two hours."""
        return self.add(
            models.TrainingSession,
            **{
                "programme_id": self.programme,
                "group_id": self.group,
                "title": "Rights",
                "starts_at": starts_at,
                "ends_at": starts_at + timedelta(hours=2),
                "place": "Kigabiro",
                "check_in_code": code,
                **values,
            },
        )

    def savings_group(
        self, *members: UUID, name: str = "Ikimina", from_on: date = MONDAY, **values: Any
    ) -> UUID:
        """A savings group of these members."""
        group = self.add(models.SavingsGroup, programme_id=self.programme, name=name, **values)
        for person in members:
            self.add(models.SavingsMember, savings_group_id=group, participant_id=person, from_on=from_on)
        return group

    def planned_meeting(
        self, savings_group: UUID, starts_at: datetime, hours: int = 2, place: str = "Kigabiro"
    ) -> UUID:
        """A savings group's meeting to come."""
        return self.add(
            models.PlannedMeeting,
            programme_id=self.programme,
            savings_group_id=savings_group,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=hours),
            place=place,
        )

    def cycle(self, *members: UUID, mode: str = "shares") -> UUID:
        """A savings group of these members with an open cycle."""
        return self.add(
            models.Cycle,
            savings_group_id=self.savings_group(*members),
            opened_on=MONDAY,
            mode=mode,
            share_value=200,
            most_shares=5,
        )

    def meeting(self, cycle: UUID, held_on: date = MONDAY, confirmed_by: str | None = None) -> UUID:
        """A cycle's meeting that was held."""
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

    def message(
        self, phone: UUID, *people: UUID, kind: str = "gathering", at: datetime = NOW, **values: Any
    ) -> UUID:
        """A message of the outbox, queued, planned and due at a moment, for a day."""
        return self.add(
            models.Message,
            **{
                "programme_id": self.programme,
                "phone_number_id": phone,
                "people": list(people),
                "kind": kind,
                "rule": kind,
                "subject_id": uuid4(),
                "occasion": "once",
                "status": "queued",
                "planned_at": at,
                "due_at": at,
                "expires_at": at + timedelta(days=1),
                **values,
            },
        )

    def fill(self) -> tuple[UUID, int, UUID]:
        """One row in each append-only table, and what they hang on; gives a household, its arm, its assignment."""
        person = self.participant(1)
        cycle = self.cycle(person)
        self.counted(self.meeting(cycle, confirmed_by="office"), cycle, person, 600, 3)
        self.session(NOW)
        self.number("+250788000001")
        arm = self.arm("A")
        household = self.household()
        first = self.assign(household, arm)
        self.consent(person, "programme")
        audit.record(self.conn, self.programme, "office", "assign", "household", household, NOW)
        return household, arm, first
