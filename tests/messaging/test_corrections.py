"""Corrections: whoever was told what is not true any more is told once what is, in the end."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_app.messaging.coaches.reachability import reachability
from sms_app.messaging.content import Content, Skip, ToldSnapshot
from sms_app.messaging.reconcile import Planned
from sms_app.messaging.reminders import composing, corrections
from sms_app.vault import Vault
from tests.world.messages import record
from tests.world.records import Records
from tests.world.reminding import Room
from tests.world.times import at

EVENING = at(10, 16)
NEXT_MORNING = at(11, 8)


@pytest.fixture
def room(records: Records) -> Room:
    return Room(records)


@pytest.fixture
def session(room: Room) -> UUID:
    """A session of which one number was reminded the evening before."""
    room.person(room.phone())
    found = room.records.session(at(11, 14))
    room.plan(EVENING)
    send(room, "rule = 'session_tomorrow'", EVENING)
    return found


def send(room: Room, where: str, now: datetime, status: str = "delivered") -> list[Content | Skip]:
    """Send what waits, as a worker would: what is not true is dropped, the rest is told."""
    found: list[Content | Skip] = []
    dues = room.dues(f"status in ('planned', 'queued') and {where}")
    for due in sorted(dues, key=lambda one: one.due_at):
        say = corrections.compose_correction if due.kind == "correction" else composing.compose_gathering
        answer = say(room.conn, room.programme, [due], now)[due.id]
        found.append(answer)
        record(room.conn, due.id, status, answer, now)
    return found


CORRECTION = "kind = 'correction'"


def test_another_day_another_hour_another_place_and_a_cancellation(room: Room, session: UUID) -> None:
    room.move(session, at(18, 14))
    assert room.plan(EVENING).added == 1
    (said,) = send(room, CORRECTION, EVENING)
    assert said == Content(
        "session_moved",
        {"start": at(18, 14), "place": "Kigabiro", "was": at(11, 14)},
        told=ToldSnapshot(at(18, 14), "Kigabiro", False),
    )
    room.move(session, at(18, 16))
    room.run("update training_session set place = 'Sibagire'")
    room.plan(EVENING + timedelta(minutes=1))
    (said,) = send(room, CORRECTION, EVENING + timedelta(minutes=1))
    assert said == Content(
        "session_changed",
        {"start": at(18, 16), "place": "Sibagire"},
        told=ToldSnapshot(at(18, 16), "Sibagire", False),
    )
    room.cancel(session, EVENING)
    room.plan(EVENING + timedelta(minutes=2))
    (said,) = send(room, CORRECTION, EVENING + timedelta(minutes=2))
    assert said == Content(
        "session_cancelled", {"start": at(18, 16)}, told=ToldSnapshot(at(18, 16), "Sibagire", True)
    )
    room.cancel(session, None)
    room.plan(EVENING + timedelta(minutes=3))
    (said,) = send(room, CORRECTION, EVENING + timedelta(minutes=3))
    assert isinstance(said, Content)
    assert said.text == "session_changed"


def test_undone_before_it_goes_ends_it_and_again_brings_it_back_as_it_is_then(
    room: Room, session: UUID
) -> None:
    room.cancel(session, EVENING)
    assert room.plan(EVENING) == Planned(added=1, cancelled=1)
    room.cancel(session, None)
    assert room.plan(EVENING) == Planned(revived=1, cancelled=1)
    (row,) = room.rows(CORRECTION)
    assert (row.status, row.reason) == ("cancelled", "undone")
    room.cancel(session, EVENING)
    assert room.plan(EVENING) == Planned(revived=1, cancelled=1)
    room.cancel(session, None)
    room.move(session, at(12, 14))
    assert room.plan(EVENING).cancelled == 1
    (said,) = send(room, CORRECTION, EVENING)
    assert isinstance(said, Content)
    assert said.text == "session_moved"
    assert {row.status: row.reason for row in room.rows(CORRECTION)} == {
        "cancelled": "undone",
        "delivered": None,
    }


@pytest.mark.parametrize(("status", "reason"), [("failed", "provider"), ("cancelled", "no_consent")])
def test_what_failed_or_was_refused_does_not_stand_in_the_way_of_another_truth(
    room: Room, session: UUID, status: str, reason: str
) -> None:
    room.move(session, at(18, 14))
    room.plan(EVENING)
    room.run(
        "update message set status = %(status)s, reason = %(reason)s where kind = 'correction'",
        status=status,
        reason=reason,
    )
    assert room.plan(EVENING) == Planned()
    room.move(session, at(19, 14))
    assert room.plan(EVENING).added == 1
    (said,) = send(room, CORRECTION, EVENING)
    assert isinstance(said, Content)
    assert said.values["start"] == at(19, 14)


def test_an_older_truth_is_not_told_though_no_tick_has_ended_it(room: Room, session: UUID) -> None:
    room.move(session, at(18, 14))
    room.plan(EVENING)
    room.move(session, at(19, 14))
    assert send(room, CORRECTION, EVENING) == [Skip("undone")]
    assert room.plan(EVENING).added == 1


@pytest.fixture
def couple(room: Room) -> tuple[UUID, UUID]:
    """Her session and his, at one hour and place; their one number got one copy of what is the same."""
    phone = room.phone()
    other = room.records.training_group(2, "man")
    room.person(phone)
    room.person(phone, group_id=other)
    sessions = room.records.session(at(11, 14)), room.records.session(at(11, 14))
    room.run(
        "update training_session set group_id = %(group)s where id = %(id)s", group=other, id=sessions[1]
    )
    room.plan(EVENING)
    for due in room.dues("rule = 'session_tomorrow'"):
        room.tell(due.id, "delivered", ToldSnapshot(at(11, 14), "Kigabiro", False), EVENING)
    room.run(
        "update message set status = 'cancelled', reason = 'same_text' where gathering_id = %(g)s",
        g=sessions[1],
    )
    return sessions


def test_while_the_other_session_of_one_number_stands_a_cancellation_of_one_would_mislead(
    room: Room, couple: tuple[UUID, UUID]
) -> None:
    hers, his = couple
    room.cancel(hers, EVENING)
    room.plan(EVENING)
    assert reachability(room.conn, room.programme, [hers], EVENING)[hers].not_reached
    assert send(room, CORRECTION, EVENING) == [Skip("ambiguous")]
    assert room.plan(EVENING) == Planned()
    found = reachability(room.conn, room.programme, couple, EVENING)
    assert found[hers].not_reached == (
        room.conn.exec_driver_sql(
            "select list_number from participant p join training_session s on s.group_id = p.group_id"
            " where s.id = %(id)s",
            {"id": hers},
        ).scalar_one(),
    )
    assert not found[his].not_reached
    # his is cancelled, too: now it is true of both
    room.cancel(his, EVENING)
    assert room.plan(EVENING).added == 2
    told = send(room, CORRECTION, EVENING)
    assert [one.text for one in told if isinstance(one, Content)] == ["session_cancelled"] * 2
    # hers alone is on again: which one would the text mean?
    room.cancel(hers, None)
    room.plan(EVENING)
    assert send(room, CORRECTION, EVENING) == [Skip("ambiguous")]


def test_one_that_became_ambiguous_after_it_was_planned_waits_for_another_tick(
    room: Room, couple: tuple[UUID, UUID]
) -> None:
    hers, his = couple
    room.cancel(hers, EVENING)
    room.cancel(his, EVENING)
    room.plan(EVENING)
    room.cancel(his, None)
    assert send(room, CORRECTION, EVENING) == [Skip("undone"), Skip("undone")]
    assert room.plan(EVENING) == Planned(added=1)
    assert send(room, CORRECTION, EVENING) == [Skip("ambiguous")]


def test_a_correction_says_in_columns_what_it_corrects_and_what_it_tells(
    room: Room, couple: tuple[UUID, UUID]
) -> None:
    hers, _ = couple
    (told,) = room.rows("rule = 'session_tomorrow' and status = 'delivered'")
    room.cancel(hers, EVENING)
    room.plan(EVENING)
    room.move(hers, at(12, 14))
    room.cancel(hers, None)
    room.plan(EVENING)
    digests = [corrections.State(at(11, 14), "Kigabiro", True).digest]
    digests += [corrections.State(at(12, 14), "Kigabiro", False).digest]
    found = {(row.corrects_id, row.truth_digest, row.ambiguous) for row in room.rows(CORRECTION)}
    assert found == {(told.id, digest, True) for digest in digests}
    # the occasion is a key, and never parsed
    room.run("update message set occasion = 'another' where kind = 'correction' and status = 'planned'")
    assert send(room, CORRECTION, EVENING) == [Skip("ambiguous")]


def test_two_sessions_in_two_places_are_told_apart(room: Room, couple: tuple[UUID, UUID]) -> None:
    hers, his = couple
    room.run("update training_session set place = 'Sibagire' where id = %(id)s", id=his)
    room.cancel(hers, EVENING)
    room.plan(EVENING)
    said = [one.text for one in send(room, CORRECTION, EVENING) if isinstance(one, Content)]
    assert sorted(said) == ["session_cancelled", "session_changed"]


def test_undone_a_moment_before_it_goes_says_nothing(room: Room, session: UUID) -> None:
    room.cancel(session, EVENING)
    room.plan(EVENING)
    room.cancel(session, None)
    assert send(room, CORRECTION, EVENING) == [Skip("undone")]


def test_who_was_not_reminded_is_not_corrected_and_who_may_have_been_is(room: Room) -> None:
    for status in ("unknown", "failed", "cancelled", "expired", "sent", "planned"):
        room.person(room.phone())
        room.records.session(at(11, 14)) if status == "unknown" else None
    room.plan(EVENING)
    dues = room.dues("rule = 'session_tomorrow'")
    for due, status in zip(
        dues, ("unknown", "failed", "cancelled", "expired", "sent", "planned"), strict=True
    ):
        room.tell(due.id, status, ToldSnapshot(at(11, 14), "Kigabiro", False), EVENING)
    room.run("update training_session set cancelled_at = %(now)s", now=EVENING)
    room.plan(EVENING)
    corrected = {row.corrects_id for row in room.rows(CORRECTION)}
    assert corrected == {dues[0].id, dues[4].id}


def test_a_number_that_is_being_told_something_waits_for_its_outcome(room: Room, session: UUID) -> None:
    room.move(session, at(11, 16))
    room.plan(EVENING)
    room.run(
        "update message set status = 'sending', open = true, claim = gen_random_uuid(), claimed_at = %(now)s,"
        " told_starts_at = %(at)s, told_place = 'Kigabiro', told_cancelled = false where kind = 'correction'",
        now=EVENING,
        at=at(11, 16),
    )
    room.cancel(session, EVENING)
    assert room.plan(EVENING).added == 0
    room.run(
        "update message set status = 'sent', open = false, sent_at = claimed_at where status = 'sending'"
    )
    assert room.plan(EVENING).added == 1
    (said,) = send(room, CORRECTION, EVENING)
    assert isinstance(said, Content)
    assert said.told.cancelled


def test_a_correction_waits_for_the_sending_hours_and_a_cancellation_goes_early_on_its_day(
    room: Room, session: UUID
) -> None:
    night = at(10, 20)
    room.move(session, at(11, 16))
    room.plan(night)
    assert [row.due_at for row in room.rows(CORRECTION)] == [NEXT_MORNING]
    room.cancel(session, night)
    room.plan(night)
    assert [row.due_at for row in room.rows("kind = 'correction' and status = 'planned'")] == [at(11, 6)]
    # once due it stays, whatever the minute
    assert room.plan(at(11, 6, 30)) == Planned()


def test_a_cancellation_of_another_day_waits_for_the_usual_hour(room: Room, session: UUID) -> None:
    room.move(session, at(12, 14))
    room.plan(EVENING)
    send(room, CORRECTION, EVENING)
    room.cancel(session, EVENING)
    room.plan(at(10, 20))
    assert [row.due_at for row in room.rows("kind = 'correction' and status = 'planned'")] == [NEXT_MORNING]


def test_what_is_over_is_not_corrected(room: Room, session: UUID) -> None:
    room.cancel(session, EVENING)
    assert room.plan(at(11, 14)) == Planned()


def test_one_moved_to_an_earlier_day_is_told_until_the_old_one_has_begun(room: Room, session: UUID) -> None:
    room.move(session, at(10, 17))
    assert room.plan(at(10, 17, 30)).added == 1
    assert [row.expires_at for row in room.rows(CORRECTION)] == [at(11, 14)]


def test_a_correction_is_for_those_who_were_told_and_are_still_on_the_number(room: Room) -> None:
    phone = room.phone()
    stays, leaves = room.person(phone), room.person(phone)
    session = room.records.session(at(11, 14))
    room.plan(EVENING)
    send(room, "rule = 'session_tomorrow'", EVENING)
    room.run("update participant_phone set to_on = '2026-03-10' where participant_id = %(p)s", p=leaves)
    room.person(phone)
    room.cancel(session, EVENING)
    room.plan(EVENING)
    assert [row.people for row in room.rows(CORRECTION)] == [[stays]]
    room.run("update participant set left_on = '2026-03-10' where id = %(p)s", p=stays)
    assert room.plan(EVENING).cancelled == 1


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.sampled_from([(18, 14), (18, 16), (19, 14), (20, 9)])),
        st.tuples(st.sampled_from(("cancel", "restore", "tick", "place", "undone", "fails")), st.none()),
        # what waits goes, with or without a tick before
        st.tuples(
            st.sampled_from(("send", "tell", "tell")),
            st.sampled_from(("sent", "unknown", "delivered", "failed")),
        ),
    ),
    max_size=16,
)


@settings(max_examples=60)
@given(steps=STEPS)
def test_whatever_happens_each_told_number_knows_the_truth_in_the_end(
    records: Records, vault: Vault, steps: list
) -> None:
    """Against a model that knows only what each number heard last."""
    outside = records.conn.begin_nested()
    try:
        follow(Room(records), steps)
    finally:
        outside.rollback()


def follow(room: Room, steps: list) -> None:
    for _ in range(2):
        room.person(room.phone())
    session, now = room.records.session(at(18, 14)), at(17, 16)
    heard: dict[UUID, list[Content]] = defaultdict(list)
    refused: set[tuple[UUID, int, ToldSnapshot]] = set()
    room.plan(now)
    deliver(room, now, "sent", heard, refused)
    for what, how in [*steps, ("tell", "sent"), ("tick", None)]:
        now += timedelta(minutes=1)
        change(room, session, what, how, now)
        if what in ("tick", "tell", "undone", "fails"):
            room.plan(now)
            assert not [n for n in counted(room) if n > 1]
        if what == "undone":
            change(room, session, "place", None, now)
        if what in ("send", "tell", "undone", "fails"):
            deliver(room, now, "failed" if what == "fails" else how or "sent", heard, refused)
    truth = room.conn.exec_driver_sql(
        "select starts_at, place, cancelled_at is not null from training_session"
    ).one()
    for phone, texts in heard.items():
        assert all(is_news(one.told, other) for one, other in pairwise(texts))
        if not any(
            (phone, len(texts)) == (one, knew) and is_true(told, truth) for one, knew, told in refused
        ):
            assert is_true(texts[-1].told, truth)
    assert not [n for n in counted(room) if n]


def change(room: Room, session: UUID, what: str, how: tuple[int, int] | None, now: datetime) -> None:
    """What staff do; `undone` changes the place, which is changed back when it has been planned to tell it; `fails`
    changes it, and the correction fails."""
    if what == "move" and how:
        room.move(session, at(*how))
    elif what in ("cancel", "restore"):
        room.cancel(session, now if what == "cancel" else None)
    elif what in ("place", "undone", "fails"):
        room.run(
            "update training_session set place = case place when 'Kigabiro' then 'Sibagire' else 'Kigabiro' end"
        )


def is_true(told: ToldSnapshot, truth: tuple) -> bool:
    both_off = bool(told.cancelled and truth[2])
    return both_off or (told.starts_at, told.place, told.cancelled) == tuple(truth)


def is_news(before: ToldSnapshot, said: Content) -> bool:
    """Whether a correction tells what its number was not told just before; a reminder may."""
    both_off = before.cancelled and said.told.cancelled
    is_correction = said.text in ("session_moved", "session_changed", "session_cancelled")
    return not is_correction or (not both_off and before != said.told)


def counted(room: Room) -> list[int]:
    """How many corrections wait for each number."""
    query = (
        "select count(*) filter (where status in ('planned', 'queued') and kind = 'correction') from message"
        " group by phone_number_id"
    )
    return list(room.conn.exec_driver_sql(query).scalars())


def deliver(room: Room, now: datetime, status: str, heard: dict, refused: set) -> None:
    """Send what is due. What failed for good is not tried again: `refused` has number, how much it knew, and that."""
    for due in room.dues("status in ('planned', 'queued')"):
        if due.due_at > now:
            continue
        say = corrections.compose_correction if due.kind == "correction" else composing.compose_gathering
        answer = say(room.conn, room.programme, [due], now)[due.id]
        if isinstance(answer, Skip):
            room.run(
                "update message set status = 'cancelled', reason = %(r)s where id = %(id)s",
                id=due.id,
                r=answer.reason,
            )
            continue
        room.tell(due.id, status, answer.told, now)
        if status != "failed":
            heard[due.phone_number_id].append(answer)
        elif due.kind == "correction":
            refused.add((due.phone_number_id, len(heard[due.phone_number_id]), answer.told))


def test_who_may_have_come_in_vain_is_told_until_a_day_after(room: Room, session: UUID) -> None:
    room.move(session, at(18, 14))
    day_after = at(12, 14)
    assert corrections.plan(room.conn, room.programme, day_after) == Planned()
    assert corrections.plan(room.conn, room.programme, day_after - timedelta(minutes=1)).added == 1
    assert [row.expires_at for row in room.rows(CORRECTION)] == [at(18, 14)]


def test_who_gave_up_the_number_makes_nothing_ambiguous(room: Room, couple: tuple[UUID, UUID]) -> None:
    hers, his = couple
    room.run(
        "update participant_phone l set to_on = '2026-03-10' from participant p, training_session s"
        " where p.id = l.participant_id and s.group_id = p.group_id and s.id = %(id)s",
        id=his,
    )
    room.cancel(hers, EVENING)
    room.plan(EVENING)
    assert [one.text for one in send(room, CORRECTION, EVENING) if isinstance(one, Content)] == [
        "session_cancelled"
    ]


def test_a_cancelled_session_that_is_moved_is_cancelled_all_the_same(room: Room, session: UUID) -> None:
    room.cancel(session, EVENING)
    room.plan(EVENING)
    # before the cancellation goes: it is the same text, and goes as it is
    room.move(session, at(11, 16))
    assert room.plan(EVENING) == Planned()
    (said,) = send(room, CORRECTION, EVENING + timedelta(minutes=1))
    assert said == Content(
        "session_cancelled", {"start": at(11, 14)}, told=ToldSnapshot(at(11, 14), "Kigabiro", True)
    )
    # and afterwards nobody is told once more, nor was told something wrong
    room.move(session, at(18, 14))
    assert room.plan(EVENING + timedelta(minutes=2)) == Planned()
    assert corrections.told(room.conn, session) == (1, 0)
