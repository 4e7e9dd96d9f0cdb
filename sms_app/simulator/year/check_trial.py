"""Compares what the trial reports with the tally of a simulated year: texts by person and week, the donor's sums before
anything is suppressed, and who is with whom on the last day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from sms_app.simulator.year.check import Records
from sms_app.simulator.year.check_exposure import counting_words
from sms_app.simulator.year.differences import differences, number_differs
from sms_app.simulator.year.people import Person
from sms_app.simulator.year.post import Post
from sms_app.simulator.year.stage import Stage
from sms_app.trial import contamination, donor, exposure
from sms_app.trial.donor import Quarter

Days = tuple[date, date]


def texts(stage: Stage, records: Records, post: Post, days: Days) -> Iterator[str]:
    """By person and week, the texts that the provider took and those that it delivered. Of a number that others have
    too, or had, it does not know for whom a text was, so those people are left out."""
    owner = {number: next(iter(people)) for number, people in stage.tally.owners.items() if len(people) == 1}
    alone = {
        person.id
        for person in stage.world.persons
        if all(number in owner for number, people in stage.tally.owners.items() if person.id in people)
    }
    taken: Counter[tuple[UUID, date]] = Counter()
    delivered: Counter[tuple[UUID, date]] = Counter()
    for message, moment in post.taken:
        if owner.get(message.number) in alone:
            key = owner[message.number], exposure.monday(_day(stage, moment))
            taken[key] += 1
            delivered[key] += post.outcomes[message.id] == "delivered"
    weeks = [row for row in exposure.weeks(records.conn, records.programme_id, *days) if row.person in alone]
    sent = {(row.person, row.week): row.texts.sent + row.texts.unknown for row in weeks}
    arrived = {(row.person, row.week): row.texts.delivered for row in weeks}
    yield from differences("texts taken by person and week", +taken, +Counter(sent))
    yield from differences("texts delivered by person and week", +delivered, +Counter(arrived))


def quarters(stage: Stage, records: Records, post: Post, days: Days) -> Iterator[str]:
    """What a donor's report sums up in each quarter that the year touches: attendance, and savings by source."""
    starts = {session.id: session.starts_at for session in stage.world.sessions}
    words = [(_day(stage, starts[session]), said) for session, _, said in counting_words(stage.tally)]
    for quarter in _quarters(*days):
        facts = donor.facts(records.conn, records.programme_id, quarter)
        said = Counter(said for day, said in words if quarter.first <= day < quarter.after)
        meetings = [
            held
            for (_, day), held in stage.tally.meetings.items()
            if held.is_confirmed and quarter.first <= day < quarter.after
        ]
        reported = [
            sum(week.own) + sum(week.helped)
            for (_, monday), week in stage.tally.weeks.items()
            if quarter.first <= monday < quarter.after
        ]
        for name, done, stored in (
            ("sessions reported", said.total(), sum(person.reported for person in facts.people)),
            (
                "sessions attended",
                said["present"] + said["late"],
                sum(person.attended for person in facts.people),
            ),
            (
                "savings counted",
                sum(sum(held.amounts.values()) for held in meetings),
                sum(group.counted for group in facts.savings),
            ),
            ("savings reported", sum(reported), sum(group.reported for group in facts.savings)),
        ):
            yield from number_differs(f"donor's {quarter.name}, {name}", done, stored)


def together(stage: Stage, records: Records, post: Post, days: Days) -> Iterator[str]:
    """Each woman's groups on the last day: the number, the others in it, and whether her coach trains men."""
    men = {person.group for person in stage.world.persons if person.role == "man"}

    def place(woman: Person) -> tuple[int, int, int, bool]:
        home = stage.world.home[woman.id]
        return (
            woman.group,
            len(stage.world.group(woman.group)) - 1,
            len(stage.world.savers(home)) - 1 if woman.saves is not None else 0,
            not men.isdisjoint(stage.world.coach_of(woman.group).groups),
        )

    women = [person for person in stage.world.persons if person.role == "woman" and not person.has_left]
    stored = {
        row.person: (row.group_number, row.group_others, row.savings_others, row.coach_trains_men)
        for row in contamination.contamination(records.conn, records.programme_id, days[1], "")
    }
    yield from differences("women's groups on the last day", {w.id: place(w) for w in women}, stored)


def _quarters(first: date, last: date) -> Iterator[Quarter]:
    for year in range(first.year - 1, last.year + 1):
        for number in range(1, 5):
            quarter = Quarter(year, number)
            if quarter.first <= last and quarter.after > first:
                yield quarter


def _day(stage: Stage, moment: datetime) -> date:
    return moment.astimezone(stage.travel.zone).date()


SUBJECTS = (texts, quarters, together)
"""Every comparison of the trial's reports."""
