"""What happens around a training session of a simulated year: who comes, who checks in, and who takes the roll."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from sms_app.simulator.year import coaches, office, participants
from sms_app.simulator.year.diary import Diary
from sms_app.simulator.year.people import Coach, Person, Session
from sms_app.simulator.year.stage import Stage

SAYS, OF_100 = ("present", "late", "absent", "excused"), (78, 6, 13, 3)
NOT_HELD, NEVER_TAKEN, NEXT_DAY, SUBSTITUTE, MARKED = 0.02, 0.02, 0.08, 0.04, 0.5
CHECKS_IN, CHECKS_IN_WITHOUT_PHONE, READS_CODE, CORRECTED = 0.15, 0.04, 0.2, 0.02
LEFT_OPEN_GROUP = 1
"""The group whose last session's roll is left to be taken: the demo shows it (`COACHED_GROUP`)."""


def plan(stage: Stage, diary: Diary, session: Session, last: date) -> None:
    """Enter a session of today. `last` is the year's last day."""
    if not session.is_cancelled:
        diary.at(session.starts_at, "a session begins", lambda: _begin(stage, diary, session, last))


def _begin(stage: Stage, diary: Diary, session: Session, last: date) -> None:
    if session.is_cancelled:
        return
    listed = stage.world.group(session.group)
    stage.tally.lists[session.id] = {person.id for person in listed}
    stage.list_numbers[session.id] = {person.id: person.list_number for person in listed}
    coach = stage.world.coach_of(session.group)
    after = session.ends_at + timedelta(minutes=stage.random.randint(2, 25))
    if stage.random.random() < NOT_HELD:
        diary.at(
            after, "a session was not held", lambda: _unless_open(stage, session, last, coaches.not_held)
        )
        return
    marks = {person.id: stage.random.choices(SAYS, OF_100)[0] for person in listed}
    marks[stage.random.choice(listed).id] = "present"
    if stage.random.random() < READS_CODE:
        diary.at(session.starts_at, "the session's code", partial(coaches.read_code, stage, coach, session))
    for person in listed:
        _check_in(stage, diary, session, person, marks[person.id])
    if stage.random.random() >= NEVER_TAKEN:
        _take(stage, diary, session, marks, last)


def _check_in(stage: Stage, diary: Diary, session: Session, person: Person, status: str) -> None:
    chance = CHECKS_IN if person.number else CHECKS_IN_WITHOUT_PHONE
    if status in {"present", "late"} and stage.random.random() < chance:
        at = session.starts_at + timedelta(minutes=stage.random.randint(3, 105))
        diary.at(at, "a check-in", lambda: participants.check_in(stage, person, session))


def _take(stage: Stage, diary: Diary, session: Session, marks: Mapping[UUID, str], last: date) -> None:
    coach = stage.world.coach_of(session.group)
    after = session.ends_at + timedelta(minutes=stage.random.randint(2, 25))
    absent = {person for person, said in marks.items() if said in {"absent", "excused"}}
    if stage.random.random() < SUBSTITUTE:
        other = stage.random.choice([c for c in stage.world.coaches if c is not coach])
        diary.at(
            session.ends_at - timedelta(minutes=20),
            "a substitute's roll",
            partial(coaches.stand_in, stage, other, session, absent),
        )
    else:
        if stage.random.random() < NEXT_DAY:
            after += timedelta(hours=20)
        diary.at(
            after,
            "a roll",
            lambda: _unless_open(stage, session, last, partial(_roll, absent=absent)),
        )
    after += timedelta(minutes=20)
    if stage.random.random() < MARKED:
        diary.at(after, "late or excused", lambda: _mark(stage, coach, session, marks))
    if stage.random.random() < CORRECTED:
        person, said = stage.random.choice(sorted(marks)), stage.random.choice(SAYS)
        diary.at(after + timedelta(hours=20), "a correction", lambda: _correct(stage, session, person, said))


def _roll(stage: Stage, coach: Coach, session: Session, absent: set[UUID]) -> None:
    coaches.take_roll(stage, coach, session, absent)


def _mark(stage: Stage, coach: Coach, session: Session, marks: Mapping[UUID, str]) -> None:
    if session.id in stage.tally.rolls:
        marked = {person: said for person, said in marks.items() if said in {"late", "excused"}}
        coaches.mark(stage, coach, session, marked)


def _correct(stage: Stage, session: Session, person: UUID, said: str) -> None:
    who = next(p for p in stage.world.persons if p.id == person)
    if session.id in stage.tally.rolls:
        office.correct_roll(stage, session, who, said)


def _unless_open(
    stage: Stage, session: Session, last: date, act: Callable[[Stage, Coach, Session], None]
) -> None:
    """Do it, unless the demo leaves this session's roll open."""
    day = session.starts_at.astimezone(stage.travel.zone).date()
    if session.group == LEFT_OPEN_GROUP and (last - day).days < 1:
        return
    act(stage, stage.world.coach_of(session.group), session)
