"""A group with a coach, its people on phones, and what waits for the coach, for tests of her texts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from sms_app.messaging.coaches.gatherings import compose_coach_gathering
from sms_app.messaging.coaches.rolls import compose_coach_roll, compose_coach_roll_missing
from sms_app.messaging.coaches.weeks import compose_coach_week
from sms_app.messaging.content import Content, Due
from sms_app.messaging.wording import render
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.rules import Rule
from tests.world.crowd import number
from tests.world.messages import dues, record
from tests.world.plans import follow
from tests.world.programme import rwanda_as
from tests.world.records import Records
from tests.world.times import LONG_AGO, moment

COMPOSERS = {
    "coach_gathering": compose_coach_gathering,
    "coach_roll_missing": compose_coach_roll_missing,
    "coach_roll": compose_coach_roll,
    "coach_week": compose_coach_week,
}
WAITING = "select kind, occasion, status, reason, due_at from message where kind = %(kind)s order by due_at, occasion"
DUE = "kind like 'coach%%' and status = 'planned' and due_at <= %(now)s and expires_at > %(now)s"


@dataclass
class Coaching:
    """The records' group with its coach's number (`phone`), and its people by their place on the list."""

    records: Records
    phone: UUID
    programme: LoadedProgramme
    counted: int = 0
    people: dict[int, UUID] = field(default_factory=dict)

    @property
    def conn(self) -> Connection:
        return self.records.conn

    def coach(self, group: UUID | None = None, phone: UUID | None = None, **values: Any) -> UUID:
        """A coach of a group, on a number of her own unless given; gives her number."""
        self.counted += 1
        phone = phone or self.records.number(number(9000 + self.counted), **values)
        self.records.coach(phone, group, LONG_AGO)
        return phone

    def woman(self, n: int, phone: bool = True, consents: bool = True, **values: Any) -> UUID:
        """The n-th on the group's list, alone on a number of her own."""
        person = self.people[n] = self.records.participant(n, enrolled_on=LONG_AGO, **values)
        if phone:
            self.records.link(person, self.records.number(number(n)), LONG_AGO)
        self.records.consent(person, given=consents, on=LONG_AGO)
        return person

    def session(self, starts: str, hours: int = 2, **values: Any) -> UUID:
        ends = {"ends_at": moment(starts) + timedelta(hours=hours), "place": "Rwamagana, Kigabiro"}
        return self.records.session(moment(starts), **{**ends, **values})

    def change(self, session: UUID, **values: Any) -> None:
        names = ", ".join(f"{name} = :{name}" for name in values)
        self.conn.execute(
            text(f"update training_session set {names} where id = :id"), {**values, "id": session}
        )

    def move(self, session: UUID, starts: str) -> None:
        self.change(session, starts_at=moment(starts), ends_at=moment(starts) + timedelta(hours=2))

    def roll(self, session: UUID, source: str = "coach", **lists: tuple[int, ...]) -> None:
        """Store who was what: `absent=(3, 7)`; the others of the list stay as they are."""
        for status, numbers in lists.items():
            for n in numbers:
                self.conn.execute(
                    text(
                        "insert into attendance values (:s, :p, :status, :source, false, :on) on conflict"
                        " (training_session_id, participant_id, source) do update set status = excluded.status"
                    ),
                    {"s": session, "p": self.people[n], "status": status, "source": source, "on": LONG_AGO},
                )

        if source == "coach":
            self.conn.execute(
                text(
                    "insert into roll (training_session_id, outcome, headcount, taken_on) values (:s, 'held', 0, :on)"
                    " on conflict do nothing"
                ),
                {"s": session, "on": LONG_AGO},
            )

    def not_held(self, session: UUID) -> None:
        """Store that a session was not held."""
        self.conn.execute(
            text(
                "insert into roll (training_session_id, outcome, reason, taken_on)"
                " values (:s, 'not_held', 'weather', :on)"
            ),
            {"s": session, "on": LONG_AGO},
        )

    def reminder(
        self,
        session: UUID,
        n: int,
        status: str,
        kind: str = "gathering",
        due: str = "2026-02-27 16:00",
        **told: Any,
    ) -> None:
        """A participant's text about a session; what went told her what is so now, unless given."""
        truth = self.conn.execute(
            text("select * from training_session where id = :id"), {"id": session}
        ).one()
        phone = self.conn.execute(
            text("select phone_number_id from participant_phone where participant_id = :p"),
            {"p": self.people[n]},
        ).scalar_one()
        self.records.message(
            phone,
            self.people[n],
            kind=kind,
            at=moment(due),
            **{
                "subject_id": session,
                "occasion": str(uuid4()),
                "gathering_id": session,
                "status": status,
                "told_starts_at": truth.starts_at,
                "told_place": truth.place,
                "told_cancelled": truth.cancelled_at is not None,
                "claim": uuid4(),
                "claimed_at": moment(due),
                "open": status == "sending",
                **told,
            },
        )

    def plan(self, now: str) -> tuple[int, ...]:
        """Plan at a moment; gives how many rows were added, moved, brought back and cancelled."""
        done = follow(self.conn, self.programme, moment(now), ("summaries",))
        return done.added, done.moved, done.revived, done.cancelled

    def rows(self, kind: str = "coach_gathering") -> list[tuple[str, str, str, str | None, str]]:
        """What there is for coaches of a kind: kind, occasion, status, reason and when it is due."""
        zone = self.programme.calendar.zone
        return [
            (row.kind, row.occasion, row.status, row.reason, f"{row.due_at.astimezone(zone):%Y-%m-%d %H:%M}")
            for row in self.conn.exec_driver_sql(WAITING, {"kind": kind})
        ]

    def go(self, now: str, language: str = "en", status: str = "sent") -> list[str]:
        """Plan, and say what is due, as a worker would: what was said, or `- REASON` for what is not to go."""
        self.plan(now)
        due = self.due(moment(now))
        said: list[str] = []
        for kind, composer in COMPOSERS.items():
            rows = [row for row in due if row.kind == kind]
            answers = composer(self.conn, self.programme, rows, moment(now)) if rows else {}
            for id_, answer in answers.items():
                sent = isinstance(answer, Content)
                said.append(render(self.programme, language, answer) if sent else f"- {answer.reason}")
                record(self.conn, id_, status, answer, moment(now))
        return said

    def due(self, now: datetime) -> list[Due]:
        return dues(self.conn, DUE, now=now)


def with_roll_missing(house: Coaching) -> Coaching:
    """The same with the rule about a missing roll, which programme.yaml may not have while it rests."""
    rule = Rule(
        name="coach_roll_missing",
        about="coach_roll_missing",
        text="coach_roll_missing",
        quiet="later",
        hours_after=2,
        again_at=time(9),
    )
    settings = house.programme.settings
    messages = replace(settings.messages, rules={**settings.messages.rules, rule.name: rule})
    house.programme = replace(house.programme, settings=replace(settings, messages=messages))
    return house


def coaching(records: Records) -> Coaching:
    """A group with one coach and nobody in it yet."""
    made = Coaching(records, uuid4(), rwanda_as(records.programme, records.vault))
    made.phone = made.coach()
    return made
