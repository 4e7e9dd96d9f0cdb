"""The programme in Rwanda, people in its groups, and what is planned for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sms_app.messaging.content import Due, ToldSnapshot
from sms_app.messaging.reconcile import PlanResult
from sms_app.programme.loaded import LoadedProgramme
from tests.world.messages import dues, tell
from tests.world.people import People
from tests.world.plans import follow
from tests.world.programme import rwanda_as
from tests.world.records import Records
from tests.world.times import KIGALI, LONG_AGO, at


@dataclass
class Planning(People):
    """People of a programme who joined long ago; what is asked of it is asked of the rows."""

    since: date = LONG_AGO
    programme: LoadedProgramme = field(init=False)

    def __post_init__(self) -> None:
        self.programme = rwanda_as(self.records.programme, self.records.vault)

    def person(self, phone: UUID | None = None, arm: str = "", consents: bool = False, **values: Any) -> UUID:
        """A participant of group 1, on a phone. Who did not agree to messages is planned for like who did."""
        return super().person(phone, arm, consents, **values)

    def plan(self, now: datetime) -> PlanResult:
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
        return dues(self.conn, where)

    def tell(self, message: UUID, status: str, told: ToldSnapshot, now: datetime) -> None:
        """A message went, and said `told`."""
        tell(self.conn, message, status, told, now)


def one_of_each(records: Records) -> Planning:
    """One of each that a plan reads: a woman with a number, in a group that meets on Wednesday and an ikimina that
    checks in then, and her coach."""
    made = Planning(records)
    woman = made.person(made.phone())
    made.person(None)
    records.session(at(11, 14))
    savings = records.savings_group(woman, from_on=LONG_AGO, check_in_weekday=2)
    records.planned_meeting(savings, at(11, 10), hours=1, place="Sibagire")
    for purpose in ("messages", "check_in"):
        made.consent(woman, purpose=purpose)
    made.coach(made.phone())
    records.conn.commit()
    return made
