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
from sms_app.messaging.reconcile import PlanResult
from sms_app.messaging.reminders import composing, corrections
from sms_app.vault import Vault
from tests.world.messages import record
from tests.world.records import Records
from tests.world.reminding import Planning
from tests.world.times import at
from tests.world.waiting import PROVES

EVENING = at(10, 16)
NEXT_MORNING = at(11, 8)


@pytest.fixture
def planning(records: Records) -> Planning:
    return Planning(records)


@pytest.fixture
def session(planning: Planning) -> UUID:
    """A session of which one number was reminded the evening before."""
    planning.person(planning.phone())
    found = planning.records.session(at(11, 14))
    planning.plan(EVENING)
    send(planning, "rule = 'session_tomorrow'", EVENING)
    return found


def send(planning: Planning, where: str, now: datetime, status: str = "delivered") -> list[Content | Skip]:
    """Send what waits, as a worker would: what is not true is dropped, the rest is told."""
    found: list[Content | Skip] = []
    dues = planning.dues(f"status in ('planned', 'queued') and {where}")
    for due in sorted(dues, key=lambda one: one.due_at):
        say = corrections.compose_correction if due.kind == "correction" else composing.compose_gathering
        answer = say(planning.conn, planning.programme, [due], now)[due.id]
        found.append(answer)
        record(planning.conn, due.id, status, answer, now)
    return found


CORRECTION = "kind = 'correction'"


def test_each_change_of_a_session_is_told(planning: Planning, session: UUID) -> None:
    planning.move(session, at(18, 14))
    assert planning.plan(EVENING).added == 1
    (said,) = send(planning, CORRECTION, EVENING)
    assert said == Content(
        "session_moved",
        {"start": at(18, 14), "place": "Kigabiro", "was": at(11, 14)},
        told=ToldSnapshot(at(18, 14), "Kigabiro", False),
    )
    planning.move(session, at(18, 16))
    planning.run("update training_session set place = 'Sibagire'")
    planning.plan(EVENING + timedelta(minutes=1))
    (said,) = send(planning, CORRECTION, EVENING + timedelta(minutes=1))
    assert said == Content(
        "session_changed",
        {"start": at(18, 16), "place": "Sibagire"},
        told=ToldSnapshot(at(18, 16), "Sibagire", False),
    )
    planning.cancel(session, EVENING)
    planning.plan(EVENING + timedelta(minutes=2))
    (said,) = send(planning, CORRECTION, EVENING + timedelta(minutes=2))
    assert said == Content(
        "session_cancelled", {"start": at(18, 16)}, told=ToldSnapshot(at(18, 16), "Sibagire", True)
    )
    planning.cancel(session, None)
    planning.plan(EVENING + timedelta(minutes=3))
    (said,) = send(planning, CORRECTION, EVENING + timedelta(minutes=3))
    assert isinstance(said, Content)
    assert said.text == "session_changed"


def test_a_change_that_is_undone_ends_its_correction_until_it_is_made_again(
    planning: Planning, session: UUID
) -> None:
    planning.cancel(session, EVENING)
    assert planning.plan(EVENING) == PlanResult(added=1, cancelled=1)
    planning.cancel(session, None)
    assert planning.plan(EVENING) == PlanResult(revived=1, cancelled=1)
    (row,) = planning.rows(CORRECTION)
    assert (row.status, row.reason) == ("cancelled", "undone")
    planning.cancel(session, EVENING)
    assert planning.plan(EVENING) == PlanResult(revived=1, cancelled=1)
    planning.cancel(session, None)
    planning.move(session, at(12, 14))
    assert planning.plan(EVENING).cancelled == 1
    (said,) = send(planning, CORRECTION, EVENING)
    assert isinstance(said, Content)
    assert said.text == "session_moved"
    assert {row.status: row.reason for row in planning.rows(CORRECTION)} == {
        "cancelled": "undone",
        "delivered": None,
    }


@pytest.mark.parametrize(("status", "reason"), [("failed", "provider"), ("cancelled", "no_consent")])
def test_what_failed_or_was_refused_does_not_stand_in_the_way_of_another_truth(
    planning: Planning, session: UUID, status: str, reason: str
) -> None:
    planning.move(session, at(18, 14))
    planning.plan(EVENING)
    planning.run(
        "update message set status = %(status)s, reason = %(reason)s where kind = 'correction'",
        status=status,
        reason=reason,
    )
    assert planning.plan(EVENING) == PlanResult()
    planning.move(session, at(19, 14))
    assert planning.plan(EVENING).added == 1
    (said,) = send(planning, CORRECTION, EVENING)
    assert isinstance(said, Content)
    assert said.values["start"] == at(19, 14)


def test_an_older_truth_is_not_told_though_no_tick_has_ended_it(planning: Planning, session: UUID) -> None:
    planning.move(session, at(18, 14))
    planning.plan(EVENING)
    planning.move(session, at(19, 14))
    assert send(planning, CORRECTION, EVENING) == [Skip("undone")]
    assert planning.plan(EVENING).added == 1


@pytest.fixture
def couple(planning: Planning) -> tuple[UUID, UUID]:
    """Her session and his, at one hour and place; their one number got one copy of what is the same."""
    phone = planning.phone()
    other = planning.records.training_group(2, "man")
    planning.person(phone)
    planning.person(phone, group_id=other)
    sessions = planning.records.session(at(11, 14)), planning.records.session(at(11, 14))
    planning.run(
        "update training_session set group_id = %(group)s where id = %(id)s", group=other, id=sessions[1]
    )
    planning.plan(EVENING)
    for due in planning.dues("rule = 'session_tomorrow'"):
        planning.tell(due.id, "delivered", ToldSnapshot(at(11, 14), "Kigabiro", False), EVENING)
    planning.run(
        "update message set status = 'cancelled', reason = 'same_text' where gathering_id = %(g)s",
        g=sessions[1],
    )
    return sessions


def test_while_the_other_session_of_one_number_stands_a_cancellation_of_one_would_mislead(
    planning: Planning, couple: tuple[UUID, UUID]
) -> None:
    hers, his = couple
    planning.cancel(hers, EVENING)
    planning.plan(EVENING)
    assert reachability(planning.conn, planning.programme, [hers], EVENING)[hers].not_reached
    assert send(planning, CORRECTION, EVENING) == [Skip("ambiguous")]
    assert planning.plan(EVENING) == PlanResult()
    found = reachability(planning.conn, planning.programme, couple, EVENING)
    assert found[hers].not_reached == (
        planning.conn.exec_driver_sql(
            "select list_number from participant p join training_session s on s.group_id = p.group_id"
            " where s.id = %(id)s",
            {"id": hers},
        ).scalar_one(),
    )
    assert not found[his].not_reached
    # his is cancelled, too: now it is true of both
    planning.cancel(his, EVENING)
    assert planning.plan(EVENING).added == 2
    told = send(planning, CORRECTION, EVENING)
    assert [one.text for one in told if isinstance(one, Content)] == ["session_cancelled"] * 2
    # hers alone is on again: which one would the text mean?
    planning.cancel(hers, None)
    planning.plan(EVENING)
    assert send(planning, CORRECTION, EVENING) == [Skip("ambiguous")]


def test_one_that_became_ambiguous_after_it_was_planned_waits_for_another_tick(
    planning: Planning, couple: tuple[UUID, UUID]
) -> None:
    hers, his = couple
    planning.cancel(hers, EVENING)
    planning.cancel(his, EVENING)
    planning.plan(EVENING)
    planning.cancel(his, None)
    assert send(planning, CORRECTION, EVENING) == [Skip("undone"), Skip("undone")]
    assert planning.plan(EVENING) == PlanResult(added=1)
    assert send(planning, CORRECTION, EVENING) == [Skip("ambiguous")]


def test_a_correction_says_in_columns_what_it_corrects_and_what_it_tells(
    planning: Planning, couple: tuple[UUID, UUID]
) -> None:
    hers, _ = couple
    (told,) = planning.rows("rule = 'session_tomorrow' and status = 'delivered'")
    planning.cancel(hers, EVENING)
    planning.plan(EVENING)
    planning.move(hers, at(12, 14))
    planning.cancel(hers, None)
    planning.plan(EVENING)
    digests = [corrections.GatheringFacts(at(11, 14), "Kigabiro", True).digest]
    digests += [corrections.GatheringFacts(at(12, 14), "Kigabiro", False).digest]
    found = {(row.corrects_id, row.truth_digest, row.ambiguous) for row in planning.rows(CORRECTION)}
    assert found == {(told.id, digest, True) for digest in digests}
    # the occasion is a key, and never parsed
    planning.run("update message set occasion = 'another' where kind = 'correction' and status = 'planned'")
    assert send(planning, CORRECTION, EVENING) == [Skip("ambiguous")]


def test_two_sessions_in_two_places_are_told_apart(planning: Planning, couple: tuple[UUID, UUID]) -> None:
    hers, his = couple
    planning.run("update training_session set place = 'Sibagire' where id = %(id)s", id=his)
    planning.cancel(hers, EVENING)
    planning.plan(EVENING)
    said = [one.text for one in send(planning, CORRECTION, EVENING) if isinstance(one, Content)]
    assert sorted(said) == ["session_cancelled", "session_changed"]


def test_a_change_that_is_undone_a_moment_before_says_nothing(planning: Planning, session: UUID) -> None:
    planning.cancel(session, EVENING)
    planning.plan(EVENING)
    planning.cancel(session, None)
    assert send(planning, CORRECTION, EVENING) == [Skip("undone")]


def test_who_was_not_reminded_is_not_corrected_and_who_may_have_been_is(planning: Planning) -> None:
    for status in ("unknown", "failed", "cancelled", "expired", "sent", "planned"):
        planning.person(planning.phone())
        planning.records.session(at(11, 14)) if status == "unknown" else None
    planning.plan(EVENING)
    dues = planning.dues("rule = 'session_tomorrow'")
    for due, status in zip(
        dues, ("unknown", "failed", "cancelled", "expired", "sent", "planned"), strict=True
    ):
        planning.tell(due.id, status, ToldSnapshot(at(11, 14), "Kigabiro", False), EVENING)
    planning.run("update training_session set cancelled_at = %(now)s", now=EVENING)
    planning.plan(EVENING)
    corrected = {row.corrects_id for row in planning.rows(CORRECTION)}
    assert corrected == {dues[0].id, dues[4].id}


def test_a_number_that_is_being_told_something_waits_for_its_outcome(
    planning: Planning, session: UUID
) -> None:
    planning.move(session, at(11, 16))
    planning.plan(EVENING)
    planning.run(
        "update message set status = 'sending', open = true, claim = gen_random_uuid(), claimed_at = %(now)s,"
        " told_starts_at = %(at)s, told_place = 'Kigabiro', told_cancelled = false where kind = 'correction'",
        now=EVENING,
        at=at(11, 16),
    )
    planning.cancel(session, EVENING)
    assert planning.plan(EVENING).added == 0
    planning.run(
        "update message set status = 'sent', open = false, sent_at = claimed_at where status = 'sending'"
    )
    assert planning.plan(EVENING).added == 1
    (said,) = send(planning, CORRECTION, EVENING)
    assert isinstance(said, Content)
    assert said.told.cancelled


def test_a_correction_waits_for_the_sending_hours_and_a_cancellation_goes_early_on_its_day(
    planning: Planning, session: UUID
) -> None:
    night = at(10, 20)
    planning.move(session, at(11, 16))
    planning.plan(night)
    assert [row.due_at for row in planning.rows(CORRECTION)] == [NEXT_MORNING]
    planning.cancel(session, night)
    planning.plan(night)
    assert [row.due_at for row in planning.rows("kind = 'correction' and status = 'planned'")] == [at(11, 6)]
    # once due it stays, whatever the minute
    assert planning.plan(at(11, 6, 30)) == PlanResult()


def test_a_cancellation_of_another_day_waits_for_the_usual_hour(planning: Planning, session: UUID) -> None:
    planning.move(session, at(12, 14))
    planning.plan(EVENING)
    send(planning, CORRECTION, EVENING)
    planning.cancel(session, EVENING)
    planning.plan(at(10, 20))
    assert [row.due_at for row in planning.rows("kind = 'correction' and status = 'planned'")] == [
        NEXT_MORNING
    ]


def test_a_session_that_is_over_is_not_corrected(planning: Planning, session: UUID) -> None:
    planning.cancel(session, EVENING)
    assert planning.plan(at(11, 14)) == PlanResult()


def test_one_moved_to_an_earlier_day_is_told_until_the_old_one_has_begun(
    planning: Planning, session: UUID
) -> None:
    planning.move(session, at(10, 17))
    assert planning.plan(at(10, 17, 30)).added == 1
    assert [row.expires_at for row in planning.rows(CORRECTION)] == [at(11, 14)]


def test_a_correction_is_for_those_who_were_told_and_are_still_on_the_number(planning: Planning) -> None:
    phone = planning.phone()
    stays, leaves = planning.person(phone), planning.person(phone)
    session = planning.records.session(at(11, 14))
    planning.plan(EVENING)
    send(planning, "rule = 'session_tomorrow'", EVENING)
    planning.run("update participant_phone set to_on = '2026-03-10' where participant_id = %(p)s", p=leaves)
    planning.person(phone)
    planning.cancel(session, EVENING)
    planning.plan(EVENING)
    assert [row.people for row in planning.rows(CORRECTION)] == [[stays]]
    planning.run("update participant set left_on = '2026-03-10' where id = %(p)s", p=stays)
    assert planning.plan(EVENING).cancelled == 1


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


@settings(max_examples=60 if PROVES else 25)
@given(steps=STEPS)
def test_whatever_happens_each_told_number_knows_the_truth_in_the_end(
    records: Records, vault: Vault, steps: list
) -> None:
    """Against a model that knows only what each number heard last."""
    outside = records.conn.begin_nested()
    try:
        follow(Planning(records), steps)
    finally:
        outside.rollback()


def follow(planning: Planning, steps: list) -> None:
    for _ in range(2):
        planning.person(planning.phone())
    session, now = planning.records.session(at(18, 14)), at(17, 16)
    heard: dict[UUID, list[Content]] = defaultdict(list)
    refused: set[tuple[UUID, int, ToldSnapshot]] = set()
    planning.plan(now)
    deliver(planning, now, "sent", heard, refused)
    for what, how in [*steps, ("tell", "sent"), ("tick", None)]:
        now += timedelta(minutes=1)
        change(planning, session, what, how, now)
        if what in ("tick", "tell", "undone", "fails"):
            planning.plan(now)
            assert not [n for n in counted(planning) if n > 1]
        if what == "undone":
            change(planning, session, "place", None, now)
        if what in ("send", "tell", "undone", "fails"):
            deliver(planning, now, "failed" if what == "fails" else how or "sent", heard, refused)
    truth = planning.conn.exec_driver_sql(
        "select starts_at, place, cancelled_at is not null from training_session"
    ).one()
    for phone, texts in heard.items():
        assert all(is_news(one.told, other) for one, other in pairwise(texts))
        if not any(
            (phone, len(texts)) == (one, knew) and is_true(told, truth) for one, knew, told in refused
        ):
            assert is_true(texts[-1].told, truth)
    assert not [n for n in counted(planning) if n]


def change(planning: Planning, session: UUID, what: str, how: tuple[int, int] | None, now: datetime) -> None:
    """What staff do; `undone` changes the place, which is changed back when it has been planned to tell it; `fails`
    changes it, and the correction fails."""
    if what == "move" and how:
        planning.move(session, at(*how))
    elif what in ("cancel", "restore"):
        planning.cancel(session, now if what == "cancel" else None)
    elif what in ("place", "undone", "fails"):
        planning.run(
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


def counted(planning: Planning) -> list[int]:
    """How many corrections wait for each number."""
    query = (
        "select count(*) filter (where status in ('planned', 'queued') and kind = 'correction') from message"
        " group by phone_number_id"
    )
    return list(planning.conn.exec_driver_sql(query).scalars())


def deliver(planning: Planning, now: datetime, status: str, heard: dict, refused: set) -> None:
    """Send what is due. What failed for good is not tried again: `refused` has number, how much it knew, and that."""
    for due in planning.dues("status in ('planned', 'queued')"):
        if due.due_at > now:
            continue
        say = corrections.compose_correction if due.kind == "correction" else composing.compose_gathering
        answer = say(planning.conn, planning.programme, [due], now)[due.id]
        if isinstance(answer, Skip):
            planning.run(
                "update message set status = 'cancelled', reason = %(r)s where id = %(id)s",
                id=due.id,
                r=answer.reason,
            )
            continue
        planning.tell(due.id, status, answer.told, now)
        if status != "failed":
            heard[due.phone_number_id].append(answer)
        elif due.kind == "correction":
            refused.add((due.phone_number_id, len(heard[due.phone_number_id]), answer.told))


def test_who_may_have_come_in_vain_is_told_until_a_day_after(planning: Planning, session: UUID) -> None:
    planning.move(session, at(18, 14))
    day_after = at(12, 14)
    assert corrections.plan(planning.conn, planning.programme, day_after) == PlanResult()
    assert corrections.plan(planning.conn, planning.programme, day_after - timedelta(minutes=1)).added == 1
    assert [row.expires_at for row in planning.rows(CORRECTION)] == [at(18, 14)]


def test_who_gave_up_the_number_makes_nothing_ambiguous(
    planning: Planning, couple: tuple[UUID, UUID]
) -> None:
    hers, his = couple
    planning.run(
        "update participant_phone l set to_on = '2026-03-10' from participant p, training_session s"
        " where p.id = l.participant_id and s.group_id = p.group_id and s.id = %(id)s",
        id=his,
    )
    planning.cancel(hers, EVENING)
    planning.plan(EVENING)
    assert [one.text for one in send(planning, CORRECTION, EVENING) if isinstance(one, Content)] == [
        "session_cancelled"
    ]


def test_a_cancelled_session_that_is_moved_is_cancelled_all_the_same(
    planning: Planning, session: UUID
) -> None:
    planning.cancel(session, EVENING)
    planning.plan(EVENING)
    # before the cancellation goes: it is the same text, and goes as it is
    planning.move(session, at(11, 16))
    assert planning.plan(EVENING) == PlanResult()
    (said,) = send(planning, CORRECTION, EVENING + timedelta(minutes=1))
    assert said == Content(
        "session_cancelled", {"start": at(11, 14)}, told=ToldSnapshot(at(11, 14), "Kigabiro", True)
    )
    # and afterwards nobody is told once more, nor was told something wrong
    planning.move(session, at(18, 14))
    assert planning.plan(EVENING + timedelta(minutes=2)) == PlanResult()
    assert corrections.told(planning.conn, session) == (1, 0)
