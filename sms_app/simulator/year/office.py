"""What the office does in a simulated year, with the functions that its commands call."""

from __future__ import annotations

from datetime import datetime

from sms_app.programme import contact, disputes, membership, roll, schedule
from sms_app.simulator.year.people import Person, Session
from sms_app.simulator.year.stage import Stage

WHO = "office"


def move_session(stage: Stage, session: Session, starts_at: datetime) -> None:
    """Move a session to another time."""
    with stage.office() as office:
        schedule.move(office, str(session.id), starts_at)
    lasts = session.ends_at - session.starts_at
    session.starts_at, session.ends_at = starts_at, starts_at + lasts
    stage.tally.counts["sessions moved"] += 1


def cancel_session(stage: Stage, session: Session) -> None:
    """Cancel a session."""
    with stage.office() as office:
        schedule.cancel(office, str(session.id))
    session.is_cancelled = True
    stage.tally.counts["sessions cancelled"] += 1


def give_number(stage: Stage, person: Person, number: str) -> None:
    """Enter a new number in place of a lost phone."""
    with stage.office() as office:
        contact.give(office, person.member, number, "own")
    person.number = number
    stage.tally.owners[number].add(person.id)
    stage.tally.counts["new numbers by the office"] += 1


def move_person(stage: Stage, person: Person, group: int) -> None:
    """Put a person on another group's list."""
    with stage.office() as office:
        place = membership.move(office, person.member, group)
    person.group, person.list_number = place.group, place.list_number
    stage.tally.counts["moves to another group"] += 1


def let_leave(stage: Stage, person: Person) -> None:
    """A person leaves the programme and the savings group."""
    with stage.office() as office:
        membership.leave(office, person.member, "moved", savings_too=True)
    person.has_left = True
    stage.tally.counts["people who left"] += 1


def answer_questions(stage: Stage) -> None:
    """Answer every question that has waited for three days or more."""
    by_member = {person.member: person for person in stage.world.persons}
    with stage.office() as office:
        listed = disputes.disputes(office.conn, office.programme_id)
        waiting = sorted(
            (d for d in listed if (office.today - d.raised_on).days >= 3),
            key=lambda d: (d.raised_on, d.member_number, d.about),
        )
        for dispute in waiting:
            code = stage.random.choice(disputes.ANSWERS)
            disputes.answer(office.conn, office.programme_id, WHO, str(dispute.id), code, office.now)
            person = by_member[dispute.member_number].id
            asked = next(
                (
                    q
                    for q in stage.tally.questions
                    if (q.person, q.about, q.answer) == (person, dispute.about, None)
                ),
                None,
            )
            if asked is None:
                stage.tally.faults["a question was answered that nobody asked"] += 1
            else:
                asked.answer = code


def correct_roll(stage: Stage, session: Session, person: Person, said: str) -> None:
    """The office says of a person on a roll what was so; that counts before the coach's word."""
    local = session.starts_at.astimezone(stage.travel.zone)
    number = stage.list_numbers[session.id][person.id]
    with stage.office() as office:
        roll.correct_by_office(
            office, stage.travel.zone, session.group, local.date(), [number], said, local.time()
        )
    stage.tally.office_marks[session.id, person.id] = said
    stage.tally.counts["rolls corrected by the office"] += 1
