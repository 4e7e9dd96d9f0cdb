"""What participants and coaches do on the days of a simulated year beside the sessions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial

from sms_app.simulator.year import coaches, meetings, participants
from sms_app.simulator.year.diary import Diary
from sms_app.simulator.year.people import Person, Savings
from sms_app.simulator.year.stage import Stage

SAVES, SAVES_HELPED, REPLIES = 0.15, 0.01, 0.06
LEFT_UNCONFIRMED_GROUP = 3
"""The savings group whose last meeting nobody confirms: the demo shows it."""
DAY_STARTS, DAY_ENDS = time(10, 5), time(17, 30)


def plan(stage: Stage, diary: Diary, day: date, last: date) -> None:
    """Enter a day: reports of savings, meetings, and replies to tomorrow's sessions. `last` is the year's last day."""
    for savings in stage.world.savings.values():
        if day.weekday() == savings.weekday:
            _reports(stage, diary, day, savings)
        if _meets(stage, savings, day):
            _meeting(stage, diary, day, savings, last)
    tomorrow = day + timedelta(days=1)
    for session in stage.world.sessions:
        if session.starts_at.astimezone(stage.travel.zone).date() == tomorrow and not session.is_cancelled:
            for person in stage.world.group(session.group):
                if person.number and stage.random.random() < REPLIES:
                    act = partial(participants.reply, stage, person)
                    diary.at(moment(stage, day, time(16, 5), time(19)), "a reply", act)


def moment(stage: Stage, day: date, opens: time = DAY_STARTS, closes: time = DAY_ENDS) -> datetime:
    """Some moment of a day between two hours."""
    start, end = (datetime.combine(day, hour, stage.travel.zone) for hour in (opens, closes))
    return start + timedelta(seconds=stage.random.randrange(int((end - start).total_seconds())))


def _reports(stage: Stage, diary: Diary, day: date, savings: Savings) -> None:
    for person in stage.world.savers(savings.group):
        if person.number and stage.random.random() < SAVES:
            diary.at(moment(stage, day), "a saving", partial(_save, stage, person))
        elif stage.random.random() < SAVES_HELPED:
            diary.at(moment(stage, day), "a saving with the coach", partial(_save_helped, stage, person))


def _save(stage: Stage, person: Person) -> None:
    if person.number and not person.has_left:
        participants.save(stage, person)


def _save_helped(stage: Stage, person: Person) -> None:
    if not person.has_left:
        coaches.save(stage, stage.world.coach_of(person.group), person)


def _meets(stage: Stage, savings: Savings, day: date) -> bool:
    """A group with planned meetings meets then, another one on its check-in day; nobody on a day off."""
    meets = day in savings.meeting_days if savings.meeting_days else day.weekday() == savings.weekday
    return meets and stage.programme.calendar.may_meet(datetime.combine(day, time(16), stage.travel.zone))


def _meeting(stage: Stage, diary: Diary, day: date, savings: Savings, last: date) -> None:
    held = datetime.combine(day, time(17, 35), stage.travel.zone)
    is_left = savings.group == LEFT_UNCONFIRMED_GROUP and (last - day).days < 7

    def enter() -> None:
        ready = meetings.officers(stage, savings.group)
        if len(ready) < 2:
            return
        first, second = stage.random.sample(ready, 2)
        meetings.enter(stage, first, savings)
        if not is_left:
            later = held + timedelta(minutes=stage.random.randint(30, 90))
            diary.at(
                later,
                "a confirmation",
                lambda: meetings.confirm(stage, second, first, savings, day),
            )

    diary.at(held, "a meeting", enter)
