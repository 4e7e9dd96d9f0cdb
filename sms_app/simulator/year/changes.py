"""What changes in the weeks of a simulated year: sessions are moved and cancelled, questions are asked and answered,
the provider fails. Some of it happens in the first weeks of every year, so that a short one has it too."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial

from sms_app.simulator.year import coaches, office, participants
from sms_app.simulator.year import people_changes as people
from sms_app.simulator.year.diary import Diary
from sms_app.simulator.year.everyday import moment
from sms_app.simulator.year.people import Person, Session
from sms_app.simulator.year.post import Post
from sms_app.simulator.year.stage import Stage

TOO_MANY_EVERY, BAD_KEY_EVERY, STOPPED_EVERY = 6, 10, 8
"""Every how many weeks the provider once says that we are too fast, and that the key is wrong, and the office stops
sending for some hours."""
REMINDED, NOT_REMINDED = timedelta(hours=3), timedelta(hours=1)
"""A reminder of a session goes from the first until the second before its start."""
EVENING = (time(18, 30), time(19, 30))


def plan(stage: Stage, diary: Diary, week: int, monday: date, post: Post) -> None:
    """Enter a week's changes; `week` counts from 0."""
    _sessions(stage, diary, week, monday)
    people.plan(stage, diary, week, monday)
    _questions(stage, diary, week, monday)
    _provider(stage, diary, week, monday, post)
    if week % STOPPED_EVERY == 0:
        _stop_sending(stage, diary, monday + timedelta(days=1))


def _sessions(stage: Stage, diary: Diary, week: int, monday: date) -> None:
    """One session of the coming days moves to another day, one is cancelled."""
    coming = [s for s in stage.world.sessions if not s.is_cancelled and _day(stage, s) > monday]
    soon = [s for s in coming if (_day(stage, s) - monday).days < 7]
    if soon and (week % 2 == 0 or week < 2):
        session = stage.random.choice(soon)
        evening = moment(stage, _day(stage, session) - timedelta(days=1), *EVENING)
        diary.at(evening, "a session is moved", lambda: _move(stage, session))
    if soon and week % 3 == 1:
        session = stage.random.choice(soon)
        morning = moment(stage, _day(stage, session), time(6, 30), time(7, 30))
        diary.at(morning, "a session is cancelled", lambda: _cancel(stage, session))


def _move(stage: Stage, session: Session) -> None:
    """To the same hour of a day on which the group has no session and may meet. Sessions after the year are not known,
    so it stays before the last one of the year."""
    taken = {_day(stage, s) for s in stage.world.sessions if s.group == session.group}
    last = max(s.starts_at for s in stage.world.sessions)
    for later in range(1, 6):
        starts = session.starts_at + timedelta(days=later)
        if (
            starts <= last
            and starts.astimezone(stage.travel.zone).date() not in taken
            and stage.programme.calendar.may_meet(starts)
            and not session.is_cancelled
        ):
            office.move_session(stage, session, starts)
            return


def _cancel(stage: Stage, session: Session) -> None:
    if session.starts_at > stage.travel.now() and not session.is_cancelled:
        office.cancel_session(stage, session)


def _questions(stage: Stage, diary: Diary, week: int, monday: date) -> None:
    askers = [p for p in stage.world.persons if p.number and p.pin and not p.has_left]
    for _ in range(2 if week else 0):
        person, day = stage.random.choice(askers), monday + timedelta(days=stage.random.randrange(5))
        diary.at(moment(stage, day), "a question", partial(_ask, stage, person))
    friday = datetime.combine(monday + timedelta(days=4), time(17, 40), stage.travel.zone)
    if week % 3 == 2:
        diary.at(friday - timedelta(days=1), "a coach's answer", partial(_coach_answers, stage))
    diary.at(friday, "answers", partial(office.answer_questions, stage))


def _ask(stage: Stage, person: Person) -> None:
    if person.number and not person.has_left:
        participants.question(stage, person)


def _coach_answers(stage: Stage) -> None:
    """A coach answers the only open question about attendance of one of her groups."""
    by_id = {person.id: person for person in stage.world.persons}
    waiting = [q for q in stage.tally.questions if q.about == "attendance" and q.answer is None]
    groups = [by_id[q.person].group for q in waiting]
    for asked in waiting:
        person = by_id[asked.person]
        if groups.count(person.group) == 1 and not person.has_left:
            coaches.answer_question(stage, stage.world.coach_of(person.group), person)
            asked.answer = "right"
            return


def _provider(stage: Stage, diary: Diary, week: int, monday: date, post: Post) -> None:
    def at(day: int, hour: time) -> datetime:
        return datetime.combine(monday + timedelta(days=day), hour, stage.travel.zone)

    def once(fault: str) -> None:
        post.faults.once = fault
        stage.tally.counts[f"provider faults: {fault}"] += 1

    def go_on() -> None:
        # on a day on which nothing was to be sent nobody noticed
        post.faults.once = ""
        stage.start_sending()

    if week % TOO_MANY_EVERY == 0:
        diary.at(at(1, time(15, 59)), "the provider is too busy", lambda: once("too_many"))
    if week % BAD_KEY_EVERY == 1:
        diary.at(at(2, time(15, 59)), "the provider refuses the key", lambda: once("bad_key"))
        diary.at(at(2, time(16, 50)), "sending goes on", go_on)


def _stop_sending(stage: Stage, diary: Diary, day: date) -> None:
    """The office stops all sending for some hours. Reminders whose time is over meanwhile are never sent."""
    stops, goes_on = (datetime.combine(day, hour, stage.travel.zone) for hour in (time(10, 40), time(13, 10)))

    def go_on() -> None:
        stage.start_sending()
        for session in stage.world.sessions:
            late = stops < session.starts_at - REMINDED and session.starts_at - NOT_REMINDED <= goes_on
            if late and not session.is_cancelled:
                numbers = {person.number for person in stage.world.group(session.group) if person.number}
                stage.tally.expired[session.id] = len(numbers)

    diary.at(stops, "sending is stopped", stage.stop_sending)
    diary.at(goes_on, "sending goes on", go_on)


def _day(stage: Stage, session: Session) -> date:
    return session.starts_at.astimezone(stage.travel.zone).date()
