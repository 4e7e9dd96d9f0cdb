"""Sessions with lists, rolls and attendance, and texts with outcomes, for tests of what the trial exports."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, update

from sms_app import models
from tests.world.records import Records

LIST = """
insert into session_list (training_session_id, participant_id, list_number)
select %(session)s, m.participant_id, m.list_number from group_membership m
where m.group_id = %(group)s and m.from_on <= %(day)s and (m.to_on is null or m.to_on > %(day)s)
on conflict do nothing
"""


@dataclass
class Exposed:
    """Adds what happened to `records`; groups by their number, 1 is there."""

    records: Records
    groups: dict[int, UUID] = field(default_factory=dict)

    @property
    def conn(self) -> Connection:
        return self.records.conn

    def group(self, number: int, **values: Any) -> UUID:
        """A group by its number, made once."""
        if number == 1:
            return self.records.group
        if number not in self.groups:
            self.groups[number] = self.records.training_group(number, **values)
        return self.groups[number]

    def woman(self, n: int, on: date, **values: Any) -> UUID:
        return self.records.participant(n, enrolled_on=on, **values)

    def move(self, person: UUID, group: int, list_number: int, on: date) -> None:
        """Put a participant on another group's list from a day on."""
        self.change(person, group_id=self.group(group), list_number=list_number, group_since=on)

    def change(self, person: UUID, **values: Any) -> None:
        self.conn.execute(update(models.Participant).where(models.Participant.id == person).values(**values))

    def session(self, starts: datetime, group: int = 1, listed: bool = True, **values: Any) -> UUID:
        """A session of a group, with its list of that day."""
        id_ = self.records.session(starts, group_id=self.group(group), **values)
        if listed:
            self.conn.exec_driver_sql(
                LIST, {"session": id_, "group": self.group(group), "day": starts.date()}
            )
        return id_

    def held(self, session: UUID, coach: UUID | None = None, headcount: int = 0) -> None:
        self.conn.execute(
            insert(models.Roll).values(
                training_session_id=session,
                coach_id=coach,
                outcome="held",
                headcount=headcount,
                taken_on=date(2026, 1, 1),
            )
        )

    def not_held(self, session: UUID) -> None:
        self.conn.execute(
            insert(models.Roll).values(
                training_session_id=session, outcome="not_held", reason="weather", taken_on=date(2026, 1, 1)
            )
        )

    def said(
        self,
        session: UUID,
        person: UUID,
        status: str,
        source: str = "coach",
        on: date = date(2026, 1, 1),
        assisted: bool = False,
    ) -> None:
        """What a source says of somebody at a session."""
        self.conn.execute(
            insert(models.Attendance).values(
                training_session_id=session,
                participant_id=person,
                status=status,
                source=source,
                assisted=assisted,
                recorded_on=on,
            )
        )

    def substitute(self, session: UUID, coach: UUID) -> None:
        self.conn.execute(
            insert(models.SessionSubstitute).values(
                training_session_id=session, coach_id=coach, from_on=date(2026, 1, 1)
            )
        )

    def text(self, phone: UUID, at: datetime, status: str, *people: UUID, **values: Any) -> UUID:
        """A text for people on a number, due at a moment; sent a minute later unless it was not."""
        went = status in ("sent", "delivered", "unknown")
        return self.records.message(
            phone,
            *people,
            at=at,
            status=status,
            **{"sent_at": at + timedelta(minutes=1) if went else None, **values},
        )

    def reply(self, session: UUID, person: UUID, on: date) -> None:
        self.conn.execute(
            insert(models.SessionReply).values(
                training_session_id=session, participant_id=person, coming=True, replied_on=on
            )
        )

    def report(self, cycle: UUID, person: UUID, on: date, amount: int = 200, **values: Any) -> UUID:
        """What she reports of a week on a day of it."""
        return self.records.add(
            models.Contribution,
            **{
                "id": uuid4(),
                "cycle_id": cycle,
                "participant_id": person,
                "amount": amount,
                "shares": 1,
                "source": "member",
                "week_of": on - timedelta(days=on.weekday()),
                "recorded_on": on,
                "assisted": False,
                **values,
            },
        )

    def dispute(self, person: UUID, on: date, about: str = "shares", assisted: bool = False) -> UUID:
        return self.records.add(
            models.Dispute, participant_id=person, about=about, raised_on=on, assisted=assisted
        )
