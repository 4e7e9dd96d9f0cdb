"""A savings group's meeting in a simulated year: an officer types the count, and another officer confirms it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from uuid import UUID

from sms_app.simulator.year.people import Person, Savings
from sms_app.simulator.year.phones import Call
from sms_app.simulator.year.stage import Stage
from sms_app.simulator.year.tally import Meeting

ONE_SHARE, PAID = 0.6, 0.7
MAX_ANSWER_LENGTH = 160
"""In characters: a telephone takes no longer one."""
AMOUNTS = range(100, 3100, 100)


def officers(stage: Stage, group: int) -> list[Person]:
    """The officers of a group who have a PIN."""
    return [person for person in stage.world.savers(group) if person.office and person.pin]


def enter(stage: Stage, officer: Person, savings: Savings) -> None:
    """The officer types who does not have one share, or what each paid, reads it back and finishes."""
    amounts = _drawn(stage, savings)
    with _at_group(stage, officer) as call:
        call.press("1")
        call.expect("group.meeting")
        pairs, none = _typed(stage, savings, amounts)
        for some in portions(pairs):
            call.press("1", some)
            call.expect("group.meeting")
        _finish(stage, call, savings, amounts, none)
    stage.tally.meetings[savings.group, stage.travel.today] = Meeting(amounts)


def confirm(stage: Stage, officer: Person, first: Person, savings: Savings, held_on: date) -> None:
    """Another officer compares the totals and confirms; now and then the meeting is given back and finished again."""
    meeting = stage.tally.meetings[savings.group, held_on]
    if stage.random.random() < 0.03:
        with _at_group(stage, officer) as call:
            _waits(stage, call, savings, held_on, meeting)
            call.press("2")
            call.expect("group.given_back")
        stage.tally.counts["meetings given back"] += 1
        with _at_group(stage, first) as call:
            call.press("1")
            _finish(stage, call, savings, meeting.amounts, "")
    with _at_group(stage, officer) as call:
        _waits(stage, call, savings, held_on, meeting)
        call.press("1")
        call.thanks()
    meeting.is_confirmed = True


def _waits(stage: Stage, call: Call, savings: Savings, held_on: date, meeting: Meeting) -> None:
    call.press("2")
    read = call.expect("group.waits_shares" if savings.mode == "shares" else "group.waits_amounts")
    if read["day"] != f"{held_on:%d/%m}" or read["total"] != f"{sum(meeting.amounts.values()):,}":
        stage.tally.faults["a meeting waited with another day or total"] += 1


@contextmanager
def _at_group(stage: Stage, officer: Person) -> Iterator[Call]:
    """A dialogue at the menu of an officer's group, from the officer's own phone or another one."""
    number = officer.number or stage.random.choice(stage.world.strangers)
    with stage.phones.call(number) as call:
        call.press("2", "5")
        if not (officer.number and stage.world.speaks_for_one(number)):
            call.press(officer.member)
        call.press(officer.pin)
        call.expect("group.menu")
        yield call


def _drawn(stage: Stage, savings: Savings) -> dict[UUID, int]:
    """What each member brings, in the currency's smallest unit. Who pays nothing in a free group has no line."""
    amounts = {}
    for person in stage.world.savers(savings.group):
        if savings.mode == "shares":
            pays_one_share = stage.random.random() < ONE_SHARE
            amounts[person.id] = savings.share_value * (
                1 if pays_one_share else stage.random.choice((0, *range(2, savings.most_shares + 1)))
            )
        elif stage.random.random() < PAID:
            amounts[person.id] = stage.random.choice(AMOUNTS)
    return amounts


def portions(pairs: Sequence[str]) -> list[str]:
    """What is typed in one go each: a long list does not fit into one answer."""
    typed: list[str] = []
    for pair in pairs:
        if typed and len(typed[-1]) + len(pair) < MAX_ANSWER_LENGTH:
            typed[-1] += f"*{pair}"
        else:
            typed.append(pair)
    return typed


def _typed(stage: Stage, savings: Savings, amounts: dict[UUID, int]) -> tuple[list[str], str]:
    """The pairs of list number and value that are typed, and the list numbers of who bought no share."""
    numbers = {person.id: person.saves for person in stage.world.savers(savings.group)}
    if savings.mode == "free":
        return [f"{numbers[id_]}*{amount}" for id_, amount in amounts.items()], ""
    shares = {numbers[id_]: amount // savings.share_value for id_, amount in amounts.items()}
    pairs = [f"{number}*{bought}" for number, bought in shares.items() if bought > 1]
    return pairs, "*".join(str(number) for number, bought in shares.items() if not bought)


def _finish(stage: Stage, call: Call, savings: Savings, amounts: dict[UUID, int], none: str) -> None:
    call.press("7")
    if savings.mode == "shares":
        call.expect("group.bought_none")
        if none:
            call.press("1", none)
            call.expect("group.bought_none")
        call.press("2")
    read = call.expect("group.read_shares" if savings.mode == "shares" else "group.read_amounts")
    if read["total"] != f"{sum(amounts.values()):,}":
        stage.tally.faults["a meeting was read back with another total"] += 1
    call.press("1")
    call.expect("group.finished")
