"""Exposure by participant and week: equal to a count by hand, at the borders of weeks too, and one snapshot."""

from datetime import date
from uuid import UUID

import pytest

from sms_app.trial import exposure
from sms_app.trial.exposure import Actions, ExposureWeek, Sessions, Texts, Totals
from tests.world.exposed import Exposed
from tests.world.records import Records
from tests.world.times import LONG_AGO, at

W1, W2, W3 = date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)


@pytest.fixture
def world(records: Records) -> Exposed:
    return Exposed(records)


def weeks(world: Exposed, first: date = W1, last: date = W3) -> dict[tuple[UUID, date], ExposureWeek]:
    rows = exposure.weeks(world.conn, world.records.programme, first, last)
    assert [(row.person, row.week) for row in rows] == sorted((row.person, row.week) for row in rows)
    return {(row.person, row.week): row for row in rows}


def test_five_women_are_counted_as_by_hand(world: Exposed) -> None:
    """One moved twice in a week, one came late, one was excused by staff after all and shares a phone, one opted out,
    and one left in mid-week."""
    moved, late, shared, opted_out, left = (world.woman(n, LONG_AGO) for n in range(1, 6))
    for person, contact in ((moved, "own"), (late, "household"), (shared, "household"), (opted_out, "own")):
        world.change(person, contact=contact)
    household = world.records.household(moved)
    world.records.assign(household, world.records.arm("A"))
    own, common, stopped = (
        world.records.number(f"+25078000010{n}", stopped_on=day)
        for n, day in ((1, None), (2, None), (3, date(2026, 3, 9)))
    )
    world.records.link(moved, own, LONG_AGO)
    world.records.link(late, common, LONG_AGO)
    world.records.link(shared, common, LONG_AGO)
    world.records.link(opted_out, stopped, LONG_AGO)
    coach, other_coach = world.records.coach(), world.records.coach(group=world.group(2))
    # week 1: one session by a substitute, to which the roll and she herself say two things
    first = world.session(at(3, 10))
    world.held(first, other_coach, 3)
    world.substitute(first, other_coach)
    world.said(first, moved, "present")
    world.said(first, late, "late")
    world.said(first, shared, "absent")
    world.said(first, shared, "present", "self", date(2026, 3, 3))
    world.said(first, shared, "excused", "staff")
    world.said(first, opted_out, "present", "self", date(2026, 3, 3), assisted=True)
    world.said(first, left, "absent")
    # she is in group 2 on Tuesday and in group 3 from Thursday on
    world.move(moved, 2, 1, date(2026, 3, 10))
    world.move(moved, 3, 1, date(2026, 3, 12))
    world.change(left, left_on=date(2026, 3, 11), left_reason="moved")
    # week 2: cancelled, not held although somebody checked in, and one without a roll
    world.session(at(10, 10), listed=False, cancelled_at=at(9, 8))
    not_held = world.session(at(11, 10))
    world.not_held(not_held)
    world.said(not_held, late, "present", "self", date(2026, 3, 11))
    no_roll = world.session(at(13, 10))
    world.said(no_roll, late, "present", "self", date(2026, 3, 13))
    in_two = world.session(at(11, 14), 2)
    world.held(in_two, other_coach, 1)
    world.said(in_two, moved, "present")
    in_three = world.session(at(14, 14), 3)
    world.held(in_three, coach, 0)
    # texts: to a number of two people, to one that stopped, and with an unknown outcome
    world.text(own, at(2, 16), "delivered", moved)
    world.text(own, at(9, 16), "unknown", moved)
    world.text(common, at(2, 16), "sent", late, shared)
    world.text(common, at(10, 16), "failed", late, sent_at=at(10, 16))
    world.text(common, at(11, 16), "failed", late)
    world.text(stopped, at(9, 16), "cancelled", opted_out, reason="number_stopped")
    world.text(stopped, at(17, 16), "planned", opted_out)
    world.text(common, at(2, 16), "sent")
    # what they did
    cycle = world.records.cycle(moved, late)
    world.reply(first, moved, date(2026, 3, 2))
    world.reply(no_roll, late, date(2026, 3, 12))
    old = world.report(cycle, moved, date(2026, 3, 4))
    world.report(cycle, moved, date(2026, 3, 4), -200, shares=-1, reverses=old)
    world.report(cycle, moved, date(2026, 3, 4), 400)
    world.report(cycle, late, date(2026, 3, 10), assisted=True)
    world.dispute(late, date(2026, 3, 12))
    world.dispute(shared, date(2026, 3, 16), "attendance", assisted=True)
    rows = weeks(world)
    assert rows[moved, W1] == ExposureWeek(
        moved,
        "woman",
        "A",
        W1,
        1,
        0,
        "own",
        Sessions(planned=1, held=1, substitute=1, expected=1, attended=1, by_coach=1),
        Texts(planned=1, sent=1, delivered=1),
        Actions(replies=1, savings=2),
    )
    # on Monday she is in group 1, whose sessions of Wednesday and Friday are not hers any more
    assert rows[moved, W2] == ExposureWeek(
        moved,
        "woman",
        "A",
        W2,
        3,
        2,
        "own",
        Sessions(planned=2, held=2, expected=2, attended=1, not_reported=1, by_coach=1),
        Texts(planned=1, unknown=1),
        Actions(),
    )
    assert rows[moved, W3] == ExposureWeek(
        moved, "woman", "A", W3, 3, 0, "own", Sessions(), Texts(), Actions()
    )
    assert rows[late, W1] == ExposureWeek(
        late,
        "woman",
        None,
        W1,
        1,
        0,
        "household",
        Sessions(planned=1, held=1, substitute=1, expected=1, attended=1, late=1, by_coach=1),
        Texts(planned=1, sent=1, shared=1),
        Actions(),
    )
    assert rows[late, W2] == ExposureWeek(
        late,
        "woman",
        None,
        W2,
        1,
        0,
        "household",
        Sessions(planned=3, cancelled=1, not_held=1, no_roll=1, expected=2, attended=1, by_self=1),
        Texts(planned=2, sent=1, failed=2, shared=1),
        Actions(replies=1, check_ins=2, disputes=1, assisted=1),
    )
    assert rows[shared, W1] == ExposureWeek(
        shared,
        "woman",
        None,
        W1,
        1,
        0,
        "household",
        Sessions(planned=1, held=1, substitute=1, expected=1, excused=1, by_staff=1),
        Texts(planned=1, sent=1, shared=1),
        Actions(check_ins=1),
    )
    assert rows[shared, W3].actions == Actions(assisted=1)
    assert rows[opted_out, W1].sessions == Sessions(
        planned=1, held=1, substitute=1, expected=1, attended=1, by_self=1, assisted=1
    )
    assert rows[opted_out, W1].actions == Actions(assisted=1)
    assert rows[opted_out, W2].texts == Texts(planned=1, not_sent=1)
    assert rows[opted_out, W3].texts == Texts(planned=1, waiting=1)
    assert rows[left, W1].sessions == Sessions(
        planned=1, held=1, substitute=1, expected=1, absent=1, by_coach=1
    )
    # on the day on which she left she was not expected any more, and the cancelled one was before
    assert rows[left, W2].sessions == Sessions(planned=1, cancelled=1)
    assert (left, W3) not in rows
    assert len(rows) == 5 * 3 - 1


def test_a_week_begins_at_midnight_of_the_programme(world: Exposed) -> None:
    person = world.woman(1, W1)
    phone = world.records.number("+250780000101")
    for minute, status in ((at(8, 23, 59), "sent"), (at(9, 0), "delivered")):
        session = world.session(minute)
        world.held(session)
        world.text(phone, minute, status, person, sent_at=minute)
    rows = weeks(world)
    assert rows[person, W1].sessions.held == rows[person, W2].sessions.held == 1
    assert (rows[person, W1].texts.delivered, rows[person, W2].texts.delivered) == (0, 1)
    assert (rows[person, W1].texts.sent, rows[person, W2].texts.sent) == (1, 1)


def test_a_text_is_of_the_week_in_which_it_was_sent(world: Exposed) -> None:
    person = world.woman(1, W1)
    phone = world.records.number("+250780000101")
    world.text(phone, at(8, 19), "sent", person, sent_at=at(9, 9))
    rows = weeks(world)
    assert (rows[person, W1].texts.planned, rows[person, W2].texts.planned) == (0, 1)


def test_only_days_on_which_she_was_a_participant_count(world: Exposed) -> None:
    person = world.woman(1, date(2026, 3, 4))
    phone = world.records.number("+250780000101")
    world.change(person, left_on=date(2026, 3, 10))
    for day in (3, 4, 10, 11):
        world.text(phone, at(day, 12), "sent", person)
        world.dispute(person, date(2026, 3, day), {3: "shares", 4: "loan", 10: "fine", 11: "attendance"}[day])
    rows = weeks(world)
    assert {week: (row.texts.sent, row.actions.disputes) for (_, week), row in rows.items()} == {
        W1: (1, 1),
        W2: (1, 1),
    }


def test_a_merged_participant_counts_once_as_the_other_one(world: Exposed) -> None:
    kept, merged = world.woman(1, date(2026, 3, 9), group_id=None, list_number=None), world.woman(2, W1)
    phone = world.records.number("+250780000101")
    session = world.session(at(3, 10))
    world.held(session)
    world.said(session, merged, "present")
    world.text(phone, at(4, 10), "delivered", merged, kept)
    world.reply(session, merged, date(2026, 3, 2))
    world.change(merged, left_on=date(2026, 3, 11), left_reason="duplicate", merged_into=kept)
    world.move(kept, 1, 3, date(2026, 3, 11))
    rows = weeks(world)
    assert {person for person, _ in rows} == {kept}
    # her first week is that of the row that came first
    assert rows[kept, W1].sessions == Sessions(planned=1, held=1, expected=1, attended=1, by_coach=1)
    assert rows[kept, W1].texts == Texts(planned=1, sent=1, delivered=1)
    assert rows[kept, W1].actions.replies == 1
    assert (rows[kept, W1].group, rows[kept, W1].group_changes) == (1, 0)


def test_two_rows_of_one_person_at_one_session_are_one(world: Exposed) -> None:
    kept, merged = world.woman(1, W1), world.woman(2, W1)
    session = world.session(at(3, 10))
    world.held(session)
    world.said(session, kept, "absent")
    world.said(session, merged, "late")
    world.change(merged, left_on=date(2026, 3, 11), left_reason="duplicate", merged_into=kept)
    rows = weeks(world)
    assert rows[kept, W1].sessions == Sessions(planned=1, held=1, expected=1, attended=1, late=1, by_coach=1)


def test_moves_of_one_day_leave_her_in_the_last_group(world: Exposed) -> None:
    person = world.woman(1, W1)
    world.move(person, 2, 1, date(2026, 3, 10))
    world.move(person, 3, 1, date(2026, 3, 10))
    rows = weeks(world)
    assert [(rows[person, week].group, rows[person, week].group_changes) for week in (W1, W2, W3)] == [
        (1, 0),
        (3, 2),
        (3, 0),
    ]


def test_nobody_and_no_week_give_nothing(world: Exposed) -> None:
    assert weeks(world) == {}
    person = world.woman(1, W2)
    assert list(weeks(world, W1, W1)) == []
    # any day of a week stands for all of it
    assert list(weeks(world, date(2026, 3, 15), date(2026, 3, 15))) == [(person, W2)]


def test_totals_are_sums(world: Exposed) -> None:
    people = [world.woman(n, W1) for n in range(1, 4)]
    session = world.session(at(3, 10))
    world.held(session)
    for person in people:
        world.said(session, person, "present")
    rows = exposure.weeks(world.conn, world.records.programme, W1, W3)
    assert exposure.totals(rows) == Totals(
        Sessions(planned=3, held=3, expected=3, attended=3, by_coach=3), Texts(), Actions()
    )
    assert exposure.totals([]) == Totals(Sessions(), Texts(), Actions())


def test_another_programme_is_not_counted(world: Exposed) -> None:
    world.woman(1, W1)
    assert exposure.weeks(world.conn, world.records.programme + 1, W1, W3) == []
