"""What a broken web process could write in somebody's name, and what the database refuses it all the same.

Each of these was done with the web role's URL alone, on the running service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Connection, create_engine, pool, text

from sms_app import models
from sms_app.channel.africastalking.inbound import NAME, delivery
from sms_app.config import sqlalchemy_url
from sms_app.messaging import reports
from sms_app.programme import numbers, pins, savings
from sms_app.programme.numbers import Number
from sms_app.vault import Vault
from tests.world.app import WOMAN
from tests.world.databases import Database
from tests.world.records import Records
from tests.world.times import MONDAY, NOW, TODAY

CONTRIBUTION = """
insert into contribution (id, cycle_id, participant_id, amount, source, week_of, recorded_on, assisted{more})
values (gen_random_uuid(), %(cycle)s, %(person)s, %(amount)s, %(source)s, %(week)s, %(today)s, false{values})
"""


@pytest.fixture
def web(database: Database, records: Records, conn: Connection) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database.web, autocommit=True) as found:
        yield found


@pytest.fixture
def saved(records: Records, conn: Connection) -> dict[str, UUID]:
    """Two women in a cycle; what a meeting counted for the first, and what each reported."""
    first, second = records.participant(1), records.participant(2)
    cycle = records.cycle(first, second, mode="free")
    meeting = records.meeting(cycle, confirmed_by="office")
    counted = records.counted(meeting, cycle, first, 5000)
    own, hers = uuid4(), uuid4()
    for entry, person in ((own, first), (hers, second)):
        assert savings.report(conn, entry, person, 700, None, MONDAY, TODAY, False) == "saved"
    conn.commit()
    return {
        "first": first,
        "second": second,
        "cycle": cycle,
        "meeting": meeting,
        "counted": counted,
        "own": own,
        "hers": hers,
    }


def _enter(web: psycopg.Connection[Any], saved: dict[str, UUID], amount: int, **more: object) -> None:
    values = {
        "cycle": saved["cycle"],
        "person": saved["first"],
        "amount": amount,
        "source": "member",
        "week": MONDAY,
        "today": TODAY,
        **more,
    }
    added = [name for name in ("reverses", "group_meeting_id", "shares") if name in more]
    web.execute(
        CONTRIBUTION.format(
            more="".join(f", {name}" for name in added), values="".join(f", %({name})s" for name in added)
        ),
        values,
    )


def test_web_enters_nothing_that_counts_as_a_meetings(
    web: psycopg.Connection[Any], saved: dict[str, UUID]
) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        _enter(web, saved, 90_000, source="meeting", group_meeting_id=saved["meeting"])
    with pytest.raises(errors.CheckViolation):
        _enter(web, saved, 90_000, source="meeting")


def test_web_writes_no_meeting_and_no_line_of_one(
    web: psycopg.Connection[Any], saved: dict[str, UUID]
) -> None:
    for statement in (
        "update group_meeting set confirmed_by = 'office', confirmed_on = %(today)s",
        "insert into group_meeting (id, cycle_id, held_on, entered_by)"
        " values (gen_random_uuid(), %(cycle)s, %(today)s, 'office')",
        "insert into meeting_line (group_meeting_id, participant_id, kind, amount, entered_by, entered_on)"
        " values (%(meeting)s, %(first)s, 'saving', 90000, 'office', %(today)s)",
        "delete from meeting_line",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            web.execute(statement, {**saved, "today": TODAY})


def test_the_functions_of_a_meeting_count_nothing_without_two_officers(
    web: psycopg.Connection[Any], saved: dict[str, UUID], records: Records, conn: Connection
) -> None:
    conn.execute(
        text("update savings_member m set list_number = 1 where participant_id = :id"), {"id": saved["first"]}
    )
    group = conn.execute(text("select savings_group_id from cycle")).scalar_one()
    conn.commit()
    values = {**saved, "id": uuid4(), "today": TODAY}
    enter = """select enter_meeting_lines(%(cycle)s, %(person)s::uuid, %(coach)s::uuid, %(id)s, array[1],
        array[90000::bigint], %(today)s)"""
    finish = "select finish_meeting(%(cycle)s, %(person)s, null, %(id)s, 0, 90000, %(today)s)"
    answer = "select answer_meeting(%(id)s, %(person)s::uuid, true, 0, 90000, %(today)s)"
    for person, coach in ((saved["first"], None), (uuid4(), None), (None, uuid4()), (None, None)):
        assert web.execute(enter, {**values, "person": person, "coach": coach}).fetchone() == ("refused",)
    for person in ("first", "second"):
        records.add(
            models.SavingsOfficer,
            savings_group_id=group,
            participant_id=saved[person],
            office="chair",
            from_on=MONDAY,
        )
    conn.commit()
    first = {**values, "person": saved["first"], "coach": None}
    assert web.execute(enter, first).fetchone() == ("kept",)
    assert web.execute(answer, {**first, "person": saved["second"]}).fetchone() == ("gone",)  # not finished
    assert web.execute(finish, first).fetchone() == ("finished",)
    assert web.execute(answer, first).fetchone() == ("own",)
    assert web.execute(answer, {**first, "person": uuid4()}).fetchone() == ("refused",)
    assert web.execute(answer, {**first, "person": None}).fetchone() == ("refused",)
    counted = "select count(*) from contribution where source = 'meeting'"
    assert web.execute(counted).fetchone() == (1,)
    assert web.execute(answer, {**first, "person": saved["second"]}).fetchone() == ("confirmed",)
    assert web.execute(counted).fetchone() == (2,)


@pytest.mark.parametrize(
    ("amount", "reverses", "more"),
    [
        (-5000, "counted", {}),
        (-700, "hers", {}),
        (-1, "own", {}),
        (-7000, "own", {}),
        (-700, "own", {"week": MONDAY - timedelta(days=7)}),
        (-700, "own", {"shares": -1}),
    ],
)
def test_a_reversal_takes_back_one_whole_entry_of_hers_and_of_no_meeting(
    web: psycopg.Connection[Any], saved: dict[str, UUID], amount: int, reverses: str, more: dict[str, Any]
) -> None:
    with pytest.raises(errors.CheckViolation, match="one whole entry"):
        _enter(web, saved, amount, reverses=saved[reverses], **more)


def test_a_reversal_is_not_reversed(web: psycopg.Connection[Any], saved: dict[str, UUID]) -> None:
    _enter(web, saved, -700, reverses=saved["own"])
    (reversal,) = web.execute("select id from contribution where reverses is not null").fetchone() or ()
    with pytest.raises(errors.CheckViolation):
        _enter(web, saved, 700, reverses=reversal)


def test_a_correction_still_works_as_web(
    database: Database, web: psycopg.Connection[Any], saved: dict[str, UUID]
) -> None:
    with create_engine(sqlalchemy_url(database.web), poolclass=pool.NullPool).begin() as conn:
        assert savings.correct(conn, uuid4(), saved["first"], 900, None, MONDAY, TODAY, False) == "saved"
    query = "select sum(amount) from contribution where participant_id = %s and source = 'member'"
    assert web.execute(query, (saved["first"],)).fetchone() == (900,)


def _message(records: Records, status: str, **values: Any) -> UUID:
    claimed = status not in {"planned", "queued", "cancelled", "expired"}
    settled = status in {"sent", "delivered", "failed"}
    return records.message(
        values.pop("phone_number_id"),
        kind="broadcast",
        **{
            "status": status,
            "claim": uuid4() if claimed else None,
            "claimed_at": NOW if claimed else None,
            "open": status in {"sending", "unknown"},
            "provider_id": "ATXid_1" if settled else None,
            "provider": NAME if claimed else None,
            "sent_at": NOW if settled else None,
            **values,
        },
    )


MOVES = {
    ("unknown", "sent"),
    ("unknown", "delivered"),
    ("unknown", "failed"),
    ("sent", "delivered"),
    ("sent", "failed"),
    ("failed", "delivered"),
}
STATUSES = (
    "planned",
    "queued",
    "sending",
    "sent",
    "delivered",
    "failed",
    "unknown",
    "cancelled",
    "expired",
)


@pytest.mark.parametrize("old", STATUSES)
def test_web_moves_a_message_only_as_a_report_does(
    web: psycopg.Connection[Any], records: Records, conn: Connection, old: str
) -> None:
    """It could cancel all that waited: 422 messages with one statement."""
    phone = records.number(WOMAN)
    _message(records, old, phone_number_id=phone)
    conn.commit()
    for new in STATUSES:
        with web.transaction(force_rollback=True):
            try:
                web.execute("update message set status = %s, open = false", (new,))
                moved = True
            except (errors.InsufficientPrivilege, errors.CheckViolation):
                moved = False
        still = new == old and old in {"unknown", "sent", "failed", "delivered"}
        assert moved == ((old, new) in MOVES or still), (old, new)


@pytest.mark.parametrize(
    "change",
    [
        "provider_id = 'ATXid_other'",
        "provider_id = null",
        "sent_at = sent_at - interval '1 day'",
        "open = true",
        "reason = 'made_up'",
    ],
)
def test_web_does_not_rewrite_what_was_sent(
    web: psycopg.Connection[Any], records: Records, conn: Connection, change: str
) -> None:
    _message(records, "sent", phone_number_id=records.number(WOMAN))
    conn.commit()
    with pytest.raises((errors.InsufficientPrivilege, errors.CheckViolation)):
        web.execute(f"update message set {change}")


@pytest.mark.parametrize("status", ["unknown", "sent"])
def test_reports_in_whatever_order_still_settle_as_web(
    database: Database, records: Records, conn: Connection, vault: Vault, status: str
) -> None:
    words = ("Success", "Failed", "Buffered", "Sent")
    phone, engine = (
        records.number(WOMAN),
        create_engine(sqlalchemy_url(database.web), poolclass=pool.NullPool),
    )
    for order in permutations(words, 3):
        conn.exec_driver_sql("delete from delivery_report")
        conn.exec_driver_sql("delete from message")
        id_ = _message(records, status, phone_number_id=phone)
        conn.commit()
        for n, word in enumerate(order):
            told = delivery("ATXid_1", word, WOMAN, "63510", "DeliveryFailure" if word == "Failed" else "")
            with engine.begin() as as_web:
                assert reports.store(as_web, vault, told, NOW + timedelta(minutes=n + 1))
        state = "select status from message where id = %(id)s"
        found = conn.exec_driver_sql(state, {"id": id_}).scalar_one()
        conn.rollback()
        assert found == ("delivered" if "Success" in order else "failed"), order


def test_a_late_failed_does_not_take_back_what_was_delivered(
    database: Database, records: Records, conn: Connection, vault: Vault
) -> None:
    """Thirty days later the report that said so is gone."""
    _message(records, "delivered", phone_number_id=records.number(WOMAN))
    conn.commit()
    with create_engine(sqlalchemy_url(database.web), poolclass=pool.NullPool).begin() as web:
        assert reports.store(web, vault, delivery("ATXid_1", "Failed", WOMAN, "63510", ""), NOW)
    assert conn.exec_driver_sql("select status, reason from message").all() == [("delivered", None)]


def test_a_pin_is_set_only_while_its_code_is_there(
    database: Database, web: psycopg.Connection[Any], records: Records, conn: Connection, vault: Vault
) -> None:
    person = records.participant(1)
    conn.commit()
    with pytest.raises(errors.InsufficientPrivilege, match="no coach opened"):
        web.execute("update participant set pin = 'x'")
    member = conn.exec_driver_sql("select member_number from participant").scalar_one()
    code = pins.open_pin(conn, vault, records.programme, member, "coach", NOW)
    conn.commit()
    calling = Number(records.programme, "+250788004827")
    with create_engine(sqlalchemy_url(database.web), poolclass=pool.NullPool).begin() as as_web:
        assert pins.set_pin(as_web, vault, calling, member, code, "8352", "*801#", NOW, TODAY) == "set"
    assert (
        conn.exec_driver_sql("select count(pin) from participant where id = %(id)s", {"id": person}).scalar()
        == 1
    )


def test_web_marks_no_phone_as_private_and_takes_no_mark_back(
    web: psycopg.Connection[Any], records: Records, conn: Connection
) -> None:
    phone = records.number(WOMAN)
    conn.commit()
    web.execute("update phone_number set sharing = 'marked_shared' where id = %s", (phone,))
    for mark in ("private", "unmarked"):
        with pytest.raises(errors.InsufficientPrivilege, match="marked as shared"):
            web.execute("update phone_number set sharing = %s", (mark,))
    with pytest.raises(errors.InsufficientPrivilege, match="marked as shared"):
        web.execute(
            "insert into phone_number (id, programme_id, number_sealed, number_index, sharing)"
            " select gen_random_uuid(), programme_id, '', 'x', 'private' from phone_number"
        )


@pytest.mark.parametrize(
    ("status", "source", "assisted"),
    [
        ("absent", "coach", True),
        ("present", "staff", False),
        ("absent", "self", False),
        ("present", "self", True),
    ],
)
def test_web_says_only_of_members_themselves_that_they_are_there(
    web: psycopg.Connection[Any], records: Records, conn: Connection, status: str, source: str, assisted: bool
) -> None:
    session, person = records.session(NOW), records.participant(1)
    conn.commit()
    insert = "insert into attendance values (%s, %s, %s, %s, %s, %s)"
    with pytest.raises(errors.InsufficientPrivilege, match="checks its member in"):
        web.execute(insert, (session, person, status, source, assisted, TODAY))
    web.execute(insert, (session, person, "present", "self", False, TODAY))


def test_a_resume_that_web_dates_ahead_swallows_no_stop(
    web: psycopg.Connection[Any], records: Records, conn: Connection, vault: Vault
) -> None:
    records.number(WOMAN)
    conn.commit()
    web.execute("update phone_number set resumed_at = %s", (NOW + timedelta(days=365),))
    numbers.stop(conn, vault, WOMAN, [records.programme], NOW, NOW)
    assert conn.exec_driver_sql("select stopped_on, resumed_at from phone_number").one() == (TODAY, None)


def test_web_acts_in_a_group_in_the_name_of_its_coach_only(
    web: psycopg.Connection[Any], records: Records, conn: Connection
) -> None:
    person = records.participant(1, initials_sealed=b"sealed")
    session = records.session(NOW - timedelta(hours=1))
    question = records.add(models.Dispute, participant_id=person, about="attendance", raised_on=TODAY)
    follow_up = records.add(
        models.FollowUp,
        participant_id=person,
        training_session_id=session,
        reason="absent_twice",
        raised_on=TODAY,
    )
    other = records.add(models.Coach, programme_id=records.programme, code="C8", name_sealed=b"sealed")
    conn.commit()
    values = {
        "group": records.group,
        "person": person,
        "session": session,
        "question": question,
        "follow_up": follow_up,
        "now": NOW,
        "today": TODAY,
    }
    for coach in (other, uuid4(), None):
        for call, answer in (
            ("coaches_group(%(coach)s, %(group)s)", [(False,)]),
            ("initials_sealed from group_initials(%(coach)s, %(group)s, array[%(person)s])", []),
            ("initials_sealed from not_reached(%(coach)s, %(group)s, %(now)s)", []),
            ("close_follow_up(%(coach)s, %(follow_up)s, 'not_found', %(today)s)", [("closed",)]),
            (
                "answer_question(%(coach)s, %(question)s, 'right', null, %(now)s, %(today)s)",
                [("closed",)],
            ),
        ):
            assert web.execute(f"select {call}", {**values, "coach": coach}).fetchall() == answer, call
    assert conn.exec_driver_sql("select count(*) from dispute where answer is null").scalar_one() == 1
    assert conn.exec_driver_sql("select count(*) from follow_up where answer is null").scalar_one() == 1


@pytest.fixture
def coach(records: Records, conn: Connection) -> UUID:
    return records.coach()


def test_web_makes_no_entry_and_no_question_in_a_coachs_name(
    web: psycopg.Connection[Any], saved: dict[str, UUID], coach: UUID, conn: Connection
) -> None:
    conn.commit()
    insert = (
        "insert into contribution (id, cycle_id, participant_id, amount, source, week_of, recorded_on, assisted)"
        " values (gen_random_uuid(), %(cycle)s, %(second)s, 900, 'member', %(week)s, %(today)s, true)"
    )
    with pytest.raises(errors.InsufficientPrivilege, match="made with help"):
        web.execute(insert, {**saved, "week": MONDAY, "today": TODAY})
    with pytest.raises(errors.InsufficientPrivilege):
        web.execute(
            "insert into dispute (id, participant_id, about, raised_on, assisted)"
            " values (gen_random_uuid(), %(first)s, 'loan', %(today)s, true)",
            {**saved, "today": TODAY},
        )
    entry = uuid4()
    helped = {"coach": coach, "person": saved["first"], "entry": entry, "week": MONDAY, "today": TODAY}
    save = "select assist_saving(%(coach)s, %(person)s, %(entry)s, 900, null, false, %(week)s, %(today)s)"
    assert web.execute(save, helped).fetchone() == ("saved",)
    with pytest.raises(errors.InsufficientPrivilege, match="made with help"):
        _enter(web, saved, -900, reverses=entry)


CALLS = {
    "check_in": "select assist_check_in(%(coach)s, %(person)s, %(now)s, %(today)s)",
    "saving": "select assist_saving(%(coach)s, %(person)s, %(id)s, 900, null, true, %(week)s, %(today)s)",
    "question": "select assist_question(%(coach)s, %(person)s, %(id)s, 'loan', %(today)s)",
    "texts": "select assist_texts(%(coach)s, %(person)s, true, %(now)s)",
    "open_pin": "select assist_open_pin(%(coach)s, %(person)s, 'x', %(now)s, %(now)s)",
    "number": "select assist_confirm_number(%(coach)s, %(person)s, %(id)s, %(id)s, %(id)s, %(now)s, %(today)s)",
    "phone": "select assist_mark_phone(%(coach)s, %(person)s, 'private', %(now)s)",
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("who", ["nobody", "suspended", "formerly", "elsewhere", "left"])
def test_a_coach_acts_only_for_those_in_a_group_of_now(
    web: psycopg.Connection[Any],
    saved: dict[str, UUID],
    coach: UUID,
    records: Records,
    conn: Connection,
    call: str,
    who: str,
) -> None:
    person = saved["first"]
    records.link(person, records.number(WOMAN))
    records.session(NOW)
    if who == "suspended":
        conn.execute(text("update coach set suspended_on = :d"), {"d": TODAY})
    if who == "formerly":
        conn.execute(text("update group_coach set to_on = :d"), {"d": TODAY})
    if who == "elsewhere":
        coach = records.coach(group=records.training_group(9))
    if who == "left":
        conn.execute(text("update participant set left_on = :d where id = :p"), {"d": TODAY, "p": person})
    conn.commit()
    values = {
        "coach": uuid4() if who == "nobody" else coach,
        "person": person,
        "id": uuid4(),
        "now": NOW,
        "today": TODAY,
        "week": MONDAY,
    }
    assert web.execute(CALLS[call], values).fetchone() == ("closed",)
    assert web.execute(
        "select count(*) from assisted_initials(%(coach)s, %(person)s)", values
    ).fetchone() == (0,)
    named = "select coached_person(%(coach)s, group_id, 1) from participant where id = %(person)s"
    assert web.execute(named, values).fetchone() == (None,)


def test_a_coachs_code_for_a_pin_is_good_for_ten_minutes_at_most(
    web: psycopg.Connection[Any], saved: dict[str, UUID], coach: UUID, conn: Connection
) -> None:
    conn.commit()
    values = {"coach": coach, "person": saved["first"], "now": NOW, "ends": NOW + timedelta(minutes=11)}
    opens = "select assist_open_pin(%(coach)s, %(person)s, 'x', %(ends)s, %(now)s)"
    assert web.execute(opens, values).fetchone() == ("closed",)
    assert web.execute(opens, {**values, "ends": NOW + timedelta(minutes=10)}).fetchone() == ("opened",)
    assert conn.exec_driver_sql("select who, what from audit_entry").one() == (f"coach:{coach}", "open_pin")


def test_a_number_is_confirmed_by_a_claim_of_hers_only(
    web: psycopg.Connection[Any], saved: dict[str, UUID], coach: UUID, records: Records, conn: Connection
) -> None:
    phone = records.number(WOMAN)
    old = records.claim(saved["first"], WOMAN, "4821", NOW)
    hers = records.claim(saved["second"], WOMAN, "4821", NOW + timedelta(minutes=5))
    conn.commit()
    confirm = "select assist_confirm_number(%(coach)s, %(person)s, %(claim)s, %(phone)s, %(id)s, %(now)s, %(today)s)"
    values = {"coach": coach, "phone": phone, "id": uuid4(), "now": NOW, "today": TODAY}
    for person, claim, answer in (
        ("first", old, "wrong"),
        ("first", hers, "wrong"),
        ("second", hers, "confirmed"),
        ("second", hers, "wrong"),
    ):
        called = web.execute(confirm, {**values, "person": saved[person], "claim": claim})
        assert called.fetchone() == (answer,), (person, answer)


def test_a_coach_answers_only_what_was_asked_with_a_coach(
    web: psycopg.Connection[Any], saved: dict[str, UUID], coach: UUID, records: Records, conn: Connection
) -> None:
    own = records.add(models.Dispute, participant_id=saved["first"], about="loan", raised_on=TODAY)
    helped = records.add(
        models.Dispute, participant_id=saved["first"], about="fine", raised_on=TODAY, assisted=True
    )
    conn.commit()
    answer = "select assist_answer(%(coach)s, %(id)s, 'right', %(now)s, %(today)s)"
    for who, question, given in (
        (coach, own, "gone"),
        (uuid4(), helped, "gone"),
        (coach, helped, "answered"),
        (coach, helped, "gone"),
    ):
        values = {"coach": who, "id": question, "now": NOW, "today": TODAY}
        assert web.execute(answer, values).fetchone() == (given,)


def test_a_coach_says_corrected_only_of_a_roll_that_was_and_answers_for_a_merged_row(
    web: psycopg.Connection[Any], saved: dict[str, UUID], coach: UUID, records: Records, conn: Connection
) -> None:
    session = records.session(NOW - timedelta(hours=1))
    asked = {"participant_id": saved["first"], "about": "attendance", "raised_on": TODAY}
    question = records.add(models.Dispute, **asked, assisted=True)
    conn.commit()
    values = {"c": coach, "s": session, "q": question, "n": NOW, "t": TODAY}
    answer = "select assist_answer(%(c)s, %(q)s, 'corrected', %(n)s, %(t)s)"
    web.execute("select store_roll(%(c)s, %(s)s, array[1], 1, %(n)s, %(t)s)", values)
    assert web.execute(answer, values).fetchone() == ("gone",)
    web.execute("select correct_roll(%(c)s, %(s)s, array[1], 'present', %(n)s, %(t)s)", values)
    conn.execute(
        text(
            "update participant set merged_into = :k, left_on = :t, left_reason = 'duplicate' where id = :m"
        ),
        {"k": saved["second"], "m": saved["first"], "t": TODAY},
    )
    conn.commit()
    assert web.execute(answer, {**values, "c": uuid4()}).fetchone() == ("gone",)
    assert web.execute(answer, values).fetchone() == ("answered",)


def test_no_answer_closes_no_question(
    web: psycopg.Connection[Any],
    saved: dict[str, UUID],
    coach: UUID,
    records: Records,
    conn: Connection,
) -> None:
    group = conn.execute(text("select savings_group_id from cycle")).scalar_one()
    officer = {"savings_group_id": group, "participant_id": saved["second"], "office": "chair"}
    records.add(models.SavingsOfficer, **officer, from_on=MONDAY)
    for about in ("attendance", "shares"):
        asked = {"participant_id": saved["first"], "about": about, "raised_on": TODAY}
        records.add(models.Dispute, **asked, assisted=True)
    conn.commit()
    values = {"coach": coach, "officer": saved["second"], "now": NOW, "today": TODAY}
    for call in (
        "answer_question(%(coach)s, d.id, null, null, %(now)s, %(today)s)",
        "assist_answer(%(coach)s, d.id, null, %(now)s, %(today)s)",
        "answer_member_question(%(officer)s, d.id, null, %(now)s, %(today)s)",
    ):
        web.execute(f"select {call} from dispute d", values)
        assert conn.execute(text("select count(*) from dispute where closed_on is null")).scalar_one() == 2
        conn.commit()


def test_a_roll_without_its_numbers_makes_nobody_present(
    web: psycopg.Connection[Any], saved: dict[str, UUID], coach: UUID, records: Records, conn: Connection
) -> None:
    values = {"c": coach, "s": records.session(NOW - timedelta(hours=1)), "n": NOW, "t": TODAY}
    conn.commit()
    store = "select store_roll(%(c)s, %(s)s, {absent}, {headcount}, %(n)s, %(t)s)"
    for absent, headcount in (("null", "2"), ("'{}'", "null"), ("null", "null")):
        assert web.execute(store.format(absent=absent, headcount=headcount), values).fetchone() == (
            "changed",
        )
    assert web.execute(store.format(absent="array[1]", headcount="1"), values).fetchone() == ("stored",)
    correct = "select correct_roll(%(c)s, %(s)s, {numbers}, {said}, %(n)s, %(t)s)"
    assert web.execute(correct.format(numbers="array[1]", said="null"), values).fetchone() == ("closed",)
    assert web.execute(correct.format(numbers="null", said="'late'"), values).fetchone() == ("changed",)
    statuses = "select array_agg(status order by status) from attendance"
    assert conn.execute(text(statuses)).scalar_one() == ["absent", "present"]


def test_an_officers_answer_is_refused_who_is_none(
    web: psycopg.Connection[Any], saved: dict[str, UUID], records: Records, conn: Connection
) -> None:
    question = records.add(models.Dispute, participant_id=saved["first"], about="loan", raised_on=TODAY)
    conn.commit()
    answer = "select answer_member_question(%(p)s, %(id)s, 'right', %(now)s, %(today)s)"

    def answered(person: UUID, id_: UUID) -> object:
        values = {"p": person, "id": id_, "now": NOW, "today": TODAY}
        return (web.execute(answer, values).fetchone() or ("",))[0]

    assert answered(saved["second"], question) == answered(uuid4(), question) == "refused"
    group = conn.execute(text("select savings_group_id from cycle")).scalar_one()
    for person in ("first", "second"):
        records.add(
            models.SavingsOfficer,
            savings_group_id=group,
            participant_id=saved[person],
            office="chair",
            from_on=MONDAY,
        )
    came = records.add(models.Dispute, participant_id=saved["first"], about="attendance", raised_on=TODAY)
    conn.commit()
    assert answered(saved["first"], question) == "gone"  # her own
    assert answered(saved["second"], came) == "gone"  # not about savings
    assert answered(saved["second"], question) == "answered"
    assert answered(saved["second"], question) == "gone"
