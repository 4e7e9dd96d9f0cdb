"""What changes for the people of a simulated year: phones, PINs, stops, groups, and who leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from functools import partial

from sms_app.simulator.year import coaches, office, participants
from sms_app.simulator.year.diary import Diary
from sms_app.simulator.year.everyday import moment
from sms_app.simulator.year.people import Person
from sms_app.simulator.year.stage import Stage

OFFICERS_WITH_PIN = 3
MOVED_GROUPS = (2, 5, 8)
EVENING = (time(18, 30), time(19, 30))


def plan(stage: Stage, diary: Diary, week: int, monday: date) -> None:
    """Enter a week's changes; `week` counts from 0."""
    able = [p for p in stage.world.persons if not p.is_fixed and not p.has_left]
    on_phone = [p for p in able if p.number]
    _phones(stage, diary, week, monday, able, on_phone)
    _pins(stage, diary, week, monday, able)
    _small(stage, diary, week, monday, on_phone)
    _lists(stage, diary, week, monday, able)


def _phones(
    stage: Stage, diary: Diary, week: int, monday: date, able: Sequence[Person], on_phone: Sequence[Person]
) -> None:
    random = stage.random
    if random.random() < 0.6 or week == 0:
        person, day = random.choice(on_phone), _day(stage, monday)
        diary.at(moment(stage, day, *EVENING), "a lost phone", partial(_lose_phone, stage, person))
    if random.random() < 0.5 or week == 1:
        person, day = random.choice(able), _day(stage, monday)
        diary.at(moment(stage, day, *EVENING), "a new number", partial(_new_number, stage, person))
    if random.random() < 0.15 or week == 1:
        person, day = random.choice(on_phone), _day(stage, monday)
        diary.at(moment(stage, day, *EVENING), "a shared phone", partial(_share, stage, person))
    for _ in range(2 if week < 2 else random.randint(0, 2)):
        person, day = random.choice(on_phone), _day(stage, monday)
        diary.at(moment(stage, day), "a stop", partial(_stop, stage, diary, person))


def _pins(stage: Stage, diary: Diary, week: int, monday: date, able: Sequence[Person]) -> None:
    """In the first week officers of each savings group get a PIN, so that two of them can enter and confirm."""
    if week == 0:
        for group in stage.world.savings:
            officers = [p for p in stage.world.savers(group) if p.office and not p.is_fixed]
            for person in officers[:OFFICERS_WITH_PIN]:
                if not person.pin:
                    _pin(stage, diary, person, monday)
    without = [p for p in able if not p.office and not p.pin]
    if without and stage.random.random() < 0.3:
        _pin(stage, diary, stage.random.choice(without), _day(stage, monday))


def _pin(stage: Stage, diary: Diary, person: Person, day: date) -> None:
    diary.at(
        moment(stage, day, time(8), time(8, 50)),
        "a PIN",
        lambda: coaches.open_pin(stage, stage.world.coach_of(person.group), person),
    )


def _small(stage: Stage, diary: Diary, week: int, monday: date, on_phone: Sequence[Person]) -> None:
    for _ in range(stage.random.randint(4, 10)):
        person, day = stage.random.choice(on_phone), _day(stage, monday)
        diary.at(moment(stage, day), "a look", partial(participants.look, stage, person))
    with_pin = [p for p in on_phone if p.pin and p.saves is not None]
    if with_pin and (stage.random.random() < 0.5 or week == 0):
        person, day = stage.random.choice(with_pin), _day(stage, monday)
        diary.at(moment(stage, day), "a wrong PIN", partial(_mistype, stage, person))


def _lists(stage: Stage, diary: Diary, week: int, monday: date, able: Sequence[Person]) -> None:
    day = _day(stage, monday)
    if week in {1, 2} or week % 8 == 7:
        _moves(stage, diary, week, day)
    if week % 8 == 2:
        person = stage.random.choice([p for p in able if not p.office])
        diary.at(moment(stage, day, *EVENING), "a leave", partial(office.let_leave, stage, person))


def _moves(stage: Stage, diary: Diary, week: int, day: date) -> None:
    """The same woman changes groups in two weeks running; later others do once."""
    first, second, third = MOVED_GROUPS
    home = [p for p in stage.world.persons if stage.world.home[p.id] == first and not p.office]
    to = third if week == 2 else second
    # the one who moved last week, or somebody who is still at home
    person = next(
        (
            p
            for p in home
            if p.group == (second if week == 2 else first) and not p.has_left and not p.is_fixed
        ),
        None,
    )
    if person is not None:
        diary.at(moment(stage, day, *EVENING), "a move", partial(office.move_person, stage, person, to))


def _lose_phone(stage: Stage, person: Person) -> None:
    if person.number and not person.has_left:
        office.give_number(stage, person, stage.world.new_number())


def _new_number(stage: Stage, person: Person) -> None:
    if not person.has_left:
        coaches.new_number(stage, stage.world.coach_of(person.group), person)


def _share(stage: Stage, person: Person) -> None:
    if person.number and not person.has_left:
        participants.share(stage, person)


def _stop(stage: Stage, diary: Diary, person: Person) -> None:
    """She stops texts, and more often than not starts them again some weeks later."""
    if not person.number or person.has_left or any(p.is_fixed for p in stage.world.on(person.number)):
        return
    participants.stop(stage, person)
    if stage.random.random() < 0.6:
        later = stage.travel.today + timedelta(days=stage.random.randint(6, 40))
        diary.at(moment(stage, later), "texts go on", partial(_resume, stage, person))


def _resume(stage: Stage, person: Person) -> None:
    if person.has_left or not person.number or stage.tally.open_stop(person.number) is None:
        return
    if person.pin:
        participants.resume(stage, person)
    else:
        coaches.start_texts(stage, stage.world.coach_of(person.group), person)


def _mistype(stage: Stage, person: Person) -> None:
    if person.number and not person.has_left:
        participants.wrong_pin(stage, person)


def _day(stage: Stage, monday: date) -> date:
    """A day from Monday to Saturday."""
    return monday + timedelta(days=stage.random.randrange(6))
