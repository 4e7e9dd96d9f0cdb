"""A number that two groups share: one copy of one text at one time, and no one forgotten by what comes after."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine

from sms_app.messaging import outbox, preparing, sending_switch
from sms_app.messaging.coaches.reachability import reachability
from sms_app.messaging.content import Content
from sms_app.messaging.sending import Sender
from sms_app.vault import Vault
from tests.world.people import rwanda
from tests.world.provider import Always, Post
from tests.world.records import Records
from tests.world.reminding import Planning
from tests.world.times import at

TOMORROW = at(11, 14)


class Couple:
    """A woman and a man of two groups on one phone, and everything that their phone was sent."""

    def __init__(self, planning: Planning, engine: Engine, place: str) -> None:
        self.planning, self.engine, self.post = planning, engine, Post()
        planning.phone()
        self.phone = planning.records.number("+250788999999")
        groups = [planning.records.group, planning.records.training_group(13, "man")]
        for group, role in zip(groups, ("woman", "man"), strict=True):
            planning.person(self.phone, group_id=group, role=role, consents=True)
        self.sessions = [
            planning.records.session(TOMORROW, group_id=group, place=where)
            for group, where in zip(groups, ("Kigabiro", place), strict=True)
        ]
        sending_switch.start(planning.conn, "office", at(10, 9))

    def tick(self, now: datetime) -> None:
        """The clock and a worker, once; the next message to a number goes when the one before has its outcome."""
        self.planning.plan(now)
        outbox.release(self.planning.conn, self.planning.records.programme, now)
        self.planning.conn.commit()
        sender = Sender(self.engine, self.planning.programme, self.post, Always(), lambda: now)
        sender.drain(lambda: True)
        sender.close()

    @property
    def said(self) -> list[str]:
        return [words for _, words, _ in self.post.calls]


@pytest.fixture
def planning(records: Records) -> Planning:
    return Planning(records)


def test_groups_that_meet_alike_make_one_copy_and_one_correction(planning: Planning, engine: Engine) -> None:
    couple = Couple(planning, engine, "Kigabiro")
    couple.tick(at(10, 16))
    assert len(couple.said) == 1
    assert [row.reason for row in planning.rows("rule = 'session_tomorrow' and status = 'cancelled'")] == [
        "same_text"
    ]
    for session in couple.sessions:
        found = reachability(planning.conn, planning.programme, [session], at(10, 17))[session]
        assert found.not_reached == (), "both were told by the one copy"
    for session in couple.sessions:
        planning.cancel(session, at(10, 17))
    couple.tick(at(10, 17))
    assert len(couple.said) == 2
    assert "byahagaritswe" in couple.said[1].lower()


def test_one_of_them_cancelled_makes_no_text_that_could_mean_the_other(
    planning: Planning, engine: Engine
) -> None:
    couple = Couple(planning, engine, "Kigabiro")
    couple.tick(at(10, 16))
    dropped: UUID = planning.rows("reason = 'same_text'")[0].gathering_id
    planning.cancel(dropped, at(10, 17))
    couple.tick(at(10, 17))
    assert len(couple.said) == 1
    assert [row.reason for row in planning.rows("kind = 'correction'")] == ["ambiguous"]
    found = reachability(planning.conn, planning.programme, [dropped], at(10, 18))[dropped]
    assert len(found.not_reached) == 1, "the coach hears whom no text told"


def test_groups_that_meet_elsewhere_make_two_texts(planning: Planning, engine: Engine) -> None:
    couple = Couple(planning, engine, "Mukarange")
    couple.tick(at(10, 16))
    assert len(set(couple.said)) == 2


@pytest.mark.parametrize(
    ("earlier", "goes"),
    [
        ({}, False),
        ({"status": "delivered"}, False),
        ({"status": "unknown"}, False),
        # what its number never got
        ({"status": "failed"}, True),
        # the same rule of the same session says it again, as when a change was taken back and made once more
        ({"rule": "session_today", "occasion": "again"}, True),
        ({"rule": "session_today", "occasion": "again", "subject_id": UUID(int=7)}, False),
        ({"sent_at": at(10, 9) - timedelta(hours=12)}, True),
        ({"sent_at": at(10, 9) - timedelta(hours=11, minutes=59)}, False),
        ({"text_index": b"other words"}, True),
    ],
    ids=str,
)
def test_what_was_told_a_moment_ago_decides_whether_a_text_is_a_copy(
    conn: Connection, vault: Vault, monkeypatch: pytest.MonkeyPatch, earlier: dict[str, Any], goes: bool
) -> None:
    """The number was told something by another rule of the same session a moment ago, but for `earlier`."""
    programme, people = rwanda(conn, vault)
    now, subject, phone = at(10, 9), uuid4(), people.phone()
    person = people.person(phone)
    people.sent(
        phone,
        now - timedelta(minutes=1),
        **{
            "rule": "session_tomorrow",
            "subject_id": subject,
            "text_index": vault.index("Muraho.", "text"),
            **earlier,
        },
    )
    people.message(phone, person, rule="session_today", subject_id=subject, due_at=now, expires_at=at(11, 9))
    said = Content(words={"rw": "Muraho."})
    monkeypatch.setattr(
        preparing, "COMPOSERS", {"gathering": lambda *given: {row.id: said for row in given[2]}}
    )
    found = preparing.prepare(conn, programme, outbox.take(conn, programme.id, now, 9), now)
    assert [one.reason for one in found.not_sent.values()] == ([] if goes else ["same_text"])
    assert len(found.to_send) == goes
