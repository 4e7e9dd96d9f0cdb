"""Disputes: raised once a subject, answered by staff with a code, readable for two weeks."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Connection, Engine, text

from sms_app import models
from sms_app.config import sqlalchemy_url
from sms_app.migrations import run
from sms_app.programme import disputes
from sms_app.programme.disputes import Refused
from tests.world.databases import Database
from tests.world.records import Records
from tests.world.times import NOW, TODAY


@pytest.fixture
def woman(records: Records) -> UUID:
    return records.participant(7)


def raise_(records: Records, person: UUID, about: str, day: date = TODAY) -> UUID:
    id_ = uuid4()
    disputes.raise_dispute(records.conn, id_, person, about, day)
    return id_


def rows(conn: Connection) -> list[tuple]:
    query = "select about, raised_on, closed_on, answer from dispute order by raised_on, about"
    return [tuple(row) for row in conn.execute(text(query))]


def answer(records: Records, handle: object, code: str, again: bool = False) -> disputes.Dispute:
    return disputes.answer(records.conn, records.programme, "Keza", str(handle), code, NOW, again)


def test_the_same_again_while_one_is_open_stays_one(records: Records, woman: UUID) -> None:
    later = TODAY + timedelta(days=3)
    for day in (TODAY, TODAY, later):
        raise_(records, woman, "loan", day)
    raise_(records, woman, "fine")
    assert rows(records.conn) == [("fine", TODAY, None, None), ("loan", TODAY, None, None)]


def test_after_the_answer_it_may_be_raised_again(records: Records, woman: UUID) -> None:
    answer(records, raise_(records, woman, "loan"), "right")
    raise_(records, woman, "loan", TODAY + timedelta(days=1))
    assert rows(records.conn) == [
        ("loan", TODAY, TODAY, "right"),
        ("loan", TODAY + timedelta(days=1), None, None),
    ]


def test_the_trail_has_who_and_the_day_and_not_the_answer(records: Records, woman: UUID) -> None:
    raised = raise_(records, woman, "shares")
    found = answer(records, str(raised)[:8].upper(), "corrected")
    assert (found.id, found.answer, found.closed_on, found.list_number) == (raised, "corrected", TODAY, 7)
    trail = records.conn.execute(text("select who, what, subject, subject_id, at from audit_entry")).one()
    # midnight in Kigali
    midnight = NOW.replace(day=10, hour=22)
    assert tuple(trail) == ("Keza", "answer", "dispute", str(raised), midnight)


def test_an_answer_is_replaced_only_on_purpose(records: Records, woman: UUID) -> None:
    raised = raise_(records, woman, "shares")
    answer(records, raised, "corrected")
    with pytest.raises(Refused, match=r"answered on 2026-03-11: corrected\.$"):
        answer(records, raised, "right")
    assert answer(records, raised, "right", again=True).answer == "right"
    assert records.conn.execute(text("select what from audit_entry order by id")).scalars().all() == [
        "answer",
        "answer_again",
    ]


@pytest.mark.parametrize(
    ("handle", "code", "said"),
    [
        ("ffffffff", "right", "There is no dispute `ffffffff`"),
        ("", "right", "at least 4 characters"),
        ("abc", "right", "at least 4 characters"),
        ("abcd", "yes", "one of corrected, right, ask"),
        ("abcd", "right", "More than one dispute begins with `abcd`: abcd0000-"),
        ("a%' or", "right", "There is no"),
    ],
)
def test_what_can_not_be_answered_is_said(
    records: Records, woman: UUID, handle: str, code: str, said: str
) -> None:
    for n, about in enumerate(("loan", "fine")):
        id_ = UUID(f"abcd000{n}-0000-4000-8000-000000000000")
        disputes.raise_dispute(records.conn, id_, woman, about, TODAY)
    with pytest.raises(Refused, match=f"^{said}|{said}"):
        answer(records, handle, code)
    assert [row[3] for row in rows(records.conn)] == [None, None]


def test_another_programmes_dispute_is_not_there(records: Records, woman: UUID) -> None:
    raised = raise_(records, woman, "loan")
    with pytest.raises(Refused, match="There is no dispute"):
        disputes.answer(records.conn, records.programme + 1, "Keza", str(raised), "right", NOW)
    assert disputes.disputes(records.conn, records.programme + 1) == []


def test_two_who_answer_at_once_do_not_both(records: Records, woman: UUID, owner_engine: Engine) -> None:
    raised = raise_(records, woman, "loan")
    records.conn.commit()
    with owner_engine.begin() as other:
        found = disputes._find(other, records.programme, str(raised))
        answer(records, raised, "right")
        records.conn.commit()
        values = {
            "id": raised,
            "answer": "ask",
            "today": TODAY,
            "was_closed_on": found.closed_on,
            "was_answer": None,
        }
        assert other.exec_driver_sql(disputes.ANSWER, values).rowcount == 0


def test_disputes_are_listed_by_group_the_oldest_first(records: Records, woman: UUID) -> None:
    outside = records.participant(8, group_id=None, list_number=None)
    records.cycle(woman)
    raise_(records, outside, "loan")
    older = raise_(records, woman, "fine", TODAY - timedelta(days=9))
    closed = raise_(records, woman, "shares")
    answer(records, closed, "ask")
    conn, programme = records.conn, records.programme
    found = disputes.disputes(conn, programme)
    assert [(one.about, one.group, one.list_number, one.savings_group) for one in found] == [
        ("fine", 1, 7, "Ikimina"),
        ("loan", None, None, None),
    ]
    for group in ("1", "ikimina"):
        assert [one.id for one in disputes.disputes(conn, programme, group)] == [older]
    assert {one.id for one in disputes.disputes(conn, programme, "1", closed=True)} == {older, closed}
    with pytest.raises(Refused, match="There is no group `2`"):
        disputes.disputes(conn, programme, "2")


def test_staff_write_no_words_of_their_own(records: Records, woman: UUID) -> None:
    raised = raise_(records, woman, "loan")
    with pytest.raises(Exception, match="ck_dispute_answer"):
        records.conn.execute(
            text("update dispute set answer = 'Come at once', closed_on = raised_on where id = :id"),
            {"id": raised},
        )


def test_the_migration_keeps_every_dispute_and_leaves_the_oldest_open(
    database: Database, records: Records, woman: UUID
) -> None:
    records.conn.commit()
    url = sqlalchemy_url(database.owner)
    before = run._scripts().get_revision("0006").down_revision
    run.downgrade(url, str(before))
    with psycopg.connect(database.owner, autocommit=True) as conn:
        for about, day in (("loan", 3), ("loan", 1), ("loan", 1), ("fine", 2)):
            conn.execute(
                "insert into dispute (id, participant_id, about, raised_on) values (%s, %s, %s, %s)",
                (uuid4(), woman, about, date(2026, 3, day)),
            )
    run.upgrade(url)
    open_, closed = (
        [row[:2] for row in rows(records.conn) if (row[2] is not None) == is_closed]
        for is_closed in (False, True)
    )
    assert open_ == [("loan", date(2026, 3, 1)), ("fine", date(2026, 3, 2))]
    assert closed == [("loan", date(2026, 3, 1)), ("loan", date(2026, 3, 3))]
    records.conn.commit()
    run.downgrade(url, str(before))
    assert records.conn.execute(text("select count(*) from dispute")).scalar_one() == 4


def test_a_repeated_one_that_was_closed_is_not_answered(records: Records, woman: UUID) -> None:
    id_ = records.add(
        models.Dispute, participant_id=woman, about="loan", raised_on=TODAY, closed_on=TODAY, answer=None
    )
    with pytest.raises(Refused, match="answer that one"):
        answer(records, id_, "right")
