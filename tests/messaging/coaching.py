"""A group with a coach, its people on phones, and what waits for the coach, for tests of her texts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, text

from sms_app import models
from sms_app.messaging.coaches.gatherings import compose_coach_gathering
from sms_app.messaging.coaches.rolls import compose_coach_roll, compose_coach_roll_missing
from sms_app.messaging.coaches.weeks import compose_coach_week
from sms_app.messaging.content import Answers, Content, Due
from sms_app.messaging.wording import render
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.rules import Rule
from sms_app.programme.settings import Programme, load_programme
from sms_app.texts import Texts
from tests.messaging.following import follow
from tests.records import Records

ROOT = Path(__file__).parents[2]
COMPOSERS = {
    "coach_gathering": compose_coach_gathering,
    "coach_roll_missing": compose_coach_roll_missing,
    "coach_roll": compose_coach_roll,
    "coach_week": compose_coach_week,
}
JOINED = date(2026, 1, 5)
WAITING = "select kind, occasion, status, reason, due_at from message where kind = %(kind)s order by due_at, occasion"


def at(text: str) -> datetime:
    """A moment in Kigali, like `2026-02-27 15:00`."""
    return datetime.fromisoformat(f"{text}+02:00")


def programme() -> tuple[Programme, Texts]:
    """The programme in Rwanda: its settings and sentences."""
    found = load_programme(ROOT / "flows" / "rwanda" / "programme.yaml")
    return found, Texts.load(ROOT / "locales", found.slug, found.languages, found.time_zone, found.currency)


@dataclass
class Coaching:
    """The records' group with its coach's number (`phone`)."""

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
        phone = phone or self.records.number(f"+25078100{self.counted:04}", **values)
        coach = uuid4()
        name = self.records.vault.seal("Mukamana", "coach", "name_sealed", coach)
        self.records.add(
            models.Coach,
            id=coach,
            programme_id=self.records.programme,
            name_sealed=name,
            phone_number_id=phone,
        )
        self.records.add(
            models.GroupCoach, group_id=group or self.records.group, coach_id=coach, from_on=JOINED
        )
        return phone

    def woman(self, n: int, phone: bool = True, consents: bool = True, **values: Any) -> UUID:
        """The n-th on the group's list, alone on a number of her own."""
        person = self.people[n] = self.records.participant(n, enrolled_on=JOINED, **values)
        if phone:
            number = self.records.number(f"+25078000{n:04}")
            self.records.add(
                models.ParticipantPhone, participant_id=person, phone_number_id=number, from_on=JOINED
            )
        self.records.add(
            models.Consent,
            participant_id=person,
            purpose="messages",
            given=consents,
            version="1",
            language="rw",
            how="oral",
            taken_by="coach",
            taken_on=JOINED,
        )
        return person

    def session(self, starts: str, hours: int = 2, **values: Any) -> UUID:
        return self.records.add(
            models.TrainingSession,
            **{
                "programme_id": self.records.programme,
                "group_id": self.records.group,
                "title": "Rights",
                "starts_at": at(starts),
                "ends_at": at(starts) + timedelta(hours=hours),
                "place": "Rwamagana, Kigabiro",
                "check_in_code": "4821",
                **values,
            },
        )

    def change(self, session: UUID, **values: Any) -> None:
        names = ", ".join(f"{name} = :{name}" for name in values)
        self.conn.execute(
            text(f"update training_session set {names} where id = :id"), {**values, "id": session}
        )

    def move(self, session: UUID, starts: str) -> None:
        self.change(session, starts_at=at(starts), ends_at=at(starts) + timedelta(hours=2))

    def roll(self, session: UUID, source: str = "coach", **lists: tuple[int, ...]) -> None:
        """Store who was what: `absent=(3, 7)`; the others of the list stay as they are."""
        for status, numbers in lists.items():
            for n in numbers:
                self.conn.execute(
                    text(
                        "insert into attendance values (:s, :p, :status, :source, false, :on) on conflict"
                        " (training_session_id, participant_id, source) do update set status = excluded.status"
                    ),
                    {"s": session, "p": self.people[n], "status": status, "source": source, "on": JOINED},
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
        moment = at(due)
        self.conn.execute(
            insert(models.Message).values(
                **{
                    "id": uuid4(),
                    "programme_id": self.records.programme,
                    "phone_number_id": phone,
                    "kind": kind,
                    "rule": kind,
                    "subject_id": session,
                    "occasion": str(uuid4()),
                    "gathering_id": session,
                    "people": [self.people[n]],
                    "status": status,
                    "planned_at": moment,
                    "due_at": moment,
                    "expires_at": moment + timedelta(days=1),
                    "told_starts_at": truth.starts_at,
                    "told_place": truth.place,
                    "told_cancelled": truth.cancelled_at is not None,
                    "claim": uuid4(),
                    "claimed_at": moment,
                    "open": status == "sending",
                    **told,
                }
            )
        )

    def plan(self, now: str) -> tuple[int, ...]:
        """Plan at a moment; gives how many rows were added, moved, brought back and cancelled."""
        done = follow(self.conn, self.programme, at(now), ("summaries",))
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
        moment = at(now)
        due = self.due(moment)
        said: list[str] = []
        for kind, composer in COMPOSERS.items():
            rows = [one for one in due if one.kind == kind]
            answers = composer(self.conn, self.programme, rows, moment) if rows else {}
            said += self._settle(answers, moment, language, status)
        return said

    def due(self, moment: datetime) -> list[Due]:
        found = self.conn.execute(
            text(
                "select * from message where kind like 'coach%' and status = 'planned' and due_at <= :now"
                " and expires_at > :now order by due_at, phone_number_id"
            ),
            {"now": moment},
        )
        return [
            Due(
                row.id,
                row.phone_number_id,
                row.kind,
                row.rule,
                row.subject_id,
                row.occasion,
                row.gathering_id,
                (),
                row.due_at,
                row.expires_at,
                row.told_starts_at,
                row.told_place,
                row.told_cancelled,
            )
            for row in found
        ]

    def _settle(self, answers: Answers, moment: datetime, language: str, status: str) -> list[str]:
        said = []
        for id_, answer in answers.items():
            values: dict[str, Any] = {"id": id_, "now": moment}
            if isinstance(answer, Content):
                said.append(render(self.programme, language, answer))
                values |= {**vars(answer.told), "status": status}
                self.conn.execute(
                    text(
                        "update message set status = :status, claimed_at = :now, sent_at = :now,"
                        " told_starts_at = :starts_at, told_place = :place, told_cancelled = :cancelled,"
                        " told_digest = :digest where id = :id"
                    ),
                    values,
                )
            else:
                said.append(f"- {answer.reason}")
                self.conn.execute(
                    text("update message set status = 'cancelled', reason = :reason where id = :id"),
                    {**values, "reason": answer.reason},
                )
        return said


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
    settings, texts = programme()
    made = Coaching(records, uuid4(), LoadedProgramme(records.programme, settings, texts, records.vault))
    made.phone = made.coach()
    return made
