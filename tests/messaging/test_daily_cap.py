"""The preview keeps its word: who gets a broadcast on time, who later and when, who not at all for the daily cap."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, text

from sms_app.cli.broadcast_drawing import draft_lines
from sms_app.messaging import outbox
from sms_app.messaging.broadcasts import creating, records
from sms_app.messaging.broadcasts.audience import Audience
from sms_app.messaging.broadcasts.drafts import Draft, prepare
from sms_app.messaging.daily_cap import NumberLoad, QueuedText, send_times
from sms_app.messaging.outbox import Recorded
from sms_app.messaging.preparing import prepare as look_again
from sms_app.messaging.reminders import planning
from sms_app.messaging.reminders.preview import preview
from sms_app.programme.loaded import LoadedProgramme
from sms_app.vault import Vault
from tests.world.people import People, rwanda
from tests.world.times import at
from tests.world.waiting import PROVES

TEXTS = {"rw": "Muraho! Murakoze.", "en": "Hello! Thank you."}
NINE = at(10, 9)
"""A Tuesday."""
# every hour of these tests is a full or a half one
EVERY = timedelta(minutes=10 if PROVES else 30)
ToldSnapshot = tuple[LoadedProgramme, People]
Came = Counter[datetime | str]


@pytest.fixture
def told(conn: Connection, vault: Vault) -> ToldSnapshot:
    return rwanda(conn, vault)


def women(told: ToldSnapshot, count: int) -> list[UUID]:
    """Numbers of women of group 1, each alone on hers."""
    phones = [told[1].phone() for _ in range(count)]
    for phone in phones:
        told[1].person(phone)
    return phones


def make(told: ToldSnapshot, send_at: datetime, words: int, now: datetime = NINE) -> tuple[Draft, UUID]:
    """A broadcast as it was shown, and as it was made."""
    programme, p = told
    texts = {language: f"{said} {words}" for language, said in TEXTS.items()}
    draft = prepare(p.records.conn, programme, Audience(("woman",)), texts, send_at, now)
    return draft, creating.create(p.records.conn, programme, draft, "office", now)


def send(told: ToldSnapshot, until: datetime, now: datetime = NINE) -> None:
    """What the clock and the workers do, half a minute after the full one."""
    programme, p = told
    now += timedelta(seconds=30)
    conn = p.records.conn
    while now <= until:
        planning.plan(conn, programme, now)
        outbox.release(conn, programme.id, now)
        while taken := outbox.take(conn, programme.id, now, 7):
            ready = look_again(conn, programme, taken, now)
            claim = uuid4()
            outbox.claim(conn, claim, "theirs", ready.to_send, ready.not_sent, now)
            outbox.record(conn, claim, {id_: Recorded("sent") for id_ in ready.to_send}, now)
        outbox.expire(conn, now)
        now += EVERY


def promised(draft: Draft) -> Came:
    """How many numbers get it by hour, and how many do not for the cap."""
    on_time = draft.recipients - sum(draft.waiting.values())
    return Counter({draft.send_at: on_time, **draft.waiting, "daily_cap": draft.given_up}) - Counter()


def came(told: ToldSnapshot, id_: UUID) -> Came:
    """The same, of what became of it."""
    rows = told[1].records.conn.execute(
        text("select sent_at, status, reason from message where subject_id = :id"), {"id": id_}
    )
    return Counter(row.sent_at.replace(second=0) if row.sent_at else row.reason or row.status for row in rows)


def test_four_broadcasts_of_one_hour_go_as_each_preview_said(told: ToldSnapshot) -> None:
    phones = women(told, 19)
    for n, phone in enumerate(phones):
        for _ in range(n % 3):
            told[1].sent(phone, NINE - timedelta(minutes=30))
    made = [make(told, at(10, 10), n) for n in range(4)]
    # 7 numbers had no text today, 6 had one and 6 two; broadcasts may fill two places of three
    ten, next_day = at(10, 10), at(11, 8)
    assert [promised(draft) for draft, _ in made] == [
        {ten: 13, next_day: 6},
        {ten: 7, next_day: 12},
        {next_day: 13, "daily_cap": 6},
        {next_day: 7, "daily_cap": 12},
    ]
    send(told, at(12, 18))
    assert [came(told, id_) for _, id_ in made] == [promised(draft) for draft, _ in made]


def test_reminders_and_other_hours_are_counted_in(told: ToldSnapshot) -> None:
    programme, p = told
    others = p.group(2, "Kayonza")
    for n in range(8):
        phone = p.phone()
        p.person(phone, **({"group_id": others} if n % 2 else {}))
        for _ in range(n % 4):
            p.sent(phone, NINE - timedelta(minutes=30))
    p.records.session(at(11, 14))
    planning.plan(p.records.conn, programme, NINE)
    hours = [at(10, 10), at(10, 16), at(10, 16, 30), at(10, 17), at(11, 12)]
    made = [make(told, hour, n) for n, hour in enumerate(hours)]
    assert sum(draft.given_up for draft, _ in made)
    assert sum(bool(draft.waiting) for draft, _ in made) > 1
    send(told, at(13, 18))
    assert [came(told, id_) for _, id_ in made] == [promised(draft) for draft, _ in made]


def test_before_a_day_off_the_hour_is_that_of_the_next_open_day(told: ToldSnapshot) -> None:
    phones = women(told, 2)
    saturday = at(14, 9)
    for phone in phones:
        for _ in range(2):
            told[1].sent(phone, saturday - timedelta(minutes=5))
    draft, id_ = make(told, at(14, 10), 1, now=saturday)
    assert promised(draft) == {at(16, 8): 2}
    send(told, at(16, 12), now=saturday)
    assert came(told, id_) == promised(draft)


def test_a_paused_broadcast_takes_no_place(told: ToldSnapshot) -> None:
    programme, p = told
    women(told, 3)
    for n in range(2):
        _, id_ = make(told, at(10, 10), n)
        records.pause(p.records.conn, programme, id_, "office", NINE)
    draft, id_ = make(told, at(10, 10), 3)
    assert promised(draft) == {at(10, 10): 3}
    send(told, at(10, 12))
    assert came(told, id_) == promised(draft)


def test_a_coach_has_no_cap(told: ToldSnapshot) -> None:
    programme, p = told
    phone = p.phone()
    p.coach(phone)
    for _ in range(4):
        p.sent(phone, NINE - timedelta(minutes=5))
    draft = prepare(p.records.conn, programme, Audience(("coach",)), TEXTS, at(10, 10), NINE)
    assert promised(draft) == {at(10, 10): 1}


def test_who_is_left_out_is_listed_by_group_and_list_number(told: ToldSnapshot) -> None:
    programme, p = told
    group = p.group(2, "Kayonza")
    p.person(p.phone(), list_number=4)
    p.person(p.phone(), consents=False, list_number=9)
    p.person(p.phone(), consents=False, list_number=3)
    p.person(p.phone(stopped_on=NINE.date()), list_number=7, group_id=group)
    p.person(list_number=12, group_id=group)
    p.person(consents=False, list_number=None)
    full = p.phone()
    p.person(full, list_number=1)
    two = p.person(p.phone(), list_number=2)
    p.link(two, p.phone(stopped_on=NINE.date()))  # her other number gets it
    for n in range(8):
        creating.create(
            p.records.conn,
            programme,
            prepare(
                p.records.conn,
                programme,
                Audience(("woman",)),
                {k: f"{v} {n}" for k, v in TEXTS.items()},
                at(10, 10),
                NINE,
            ),
            "office",
            NINE,
        ) if n < 4 else None
    draft = prepare(p.records.conn, programme, Audience(("woman",)), TEXTS, at(10, 10), NINE)
    found = {(one.reason, one.group): (one.numbers, one.unlisted) for one in draft.left_out}
    assert found == {
        ("daily_cap", 1): ((1, 2, 4), 0),
        ("no_consent", 1): ((3, 9), 0),
        ("number_stopped", 2): ((7,), 0),
        ("no_phone", 1): ((), 1),
        ("no_phone", 2): ((12,), 0),
    }
    lines = list(draft_lines(programme.settings, draft))
    for line in (
        "numbers   0 to get it",
        "given up  3 daily_cap: they have had their texts of each day until then",
        "          group 1, list 1, 2, 4",
        "left out  2 no_consent: nobody of the audience on the number consents to messages",
        "          group 1, list 3, 9",
        "left out  2 no_phone: people without a number",
        "          group 1, 1 without a list number",
        "          group 2, list 12",
    ):
        assert line in lines, "\n".join(lines)
    assert "+250" not in "".join(lines)


def test_many_groups_are_listed_when_asked_for(told: ToldSnapshot) -> None:
    programme, p = told
    p.person(p.phone())
    for n in range(25):
        p.person(p.phone(), consents=False, list_number=n, group_id=p.group(100 + n, "Kayonza"))
    draft = prepare(p.records.conn, programme, Audience(("woman",)), TEXTS, at(10, 10), NINE)
    assert "          and 5 groups more: --all lists them" in list(draft_lines(programme.settings, draft))
    assert "          group 124, list 24" in list(draft_lines(programme.settings, draft, every=True))


def test_a_preview_of_reminders_counts_broadcasts_that_wait(told: ToldSnapshot) -> None:
    programme, p = told
    women(told, 1)
    p.records.session(at(11, 14))
    p.records.session(at(11, 16))
    for n in range(2):
        make(told, at(11, 9), n)
    said = {
        (line.due_at, line.why)
        for line in preview(p.records.conn, programme, at(9, 0).date(), NINE)
        if line.rule == "session_today"
    }
    assert said == {(at(11, 11), None), (at(11, 13), "daily_cap")}
    send(told, at(11, 18))
    rows = p.records.conn.execute(
        text("select due_at, reason from message where rule = 'session_today' order by due_at")
    )
    assert {tuple(row) for row in rows} == said


def test_the_next_hour_of_a_number_follows_from_what_it_was_sent(told: ToldSnapshot) -> None:
    """Sent today, a broadcast and reminders that wait, corrections that are always told."""
    calendar, far = told[0].settings.calendar, at(20, 0)
    one = QueuedText(at(10, 12), far, is_broadcast=True)
    correction = QueuedText(at(10, 11), far, capped=False)
    reminder = QueuedText(at(10, 11), far)
    for number, goes in (
        (NumberLoad(), at(10, 12)),
        (NumberLoad(1), at(10, 12)),
        (NumberLoad(2), at(11, 8)),
        (NumberLoad(1, (reminder,)), at(11, 8)),
        (NumberLoad(0, (correction, correction)), at(11, 8)),
        (NumberLoad(0, (QueuedText(at(10, 13), far),) * 3), at(10, 12)),
        (NumberLoad(3, (reminder,) * 3), at(11, 8)),
        (NumberLoad(0, (QueuedText(at(10, 11), at(10, 10)),) * 3), at(10, 12)),
    ):
        assert send_times(calendar, 3, number, [one], NINE) == [goes]
    assert send_times(
        calendar, 3, NumberLoad(2), [QueuedText(at(10, 12), at(10, 18), is_broadcast=True)], NINE
    ) == [None]
    assert send_times(calendar, 3, NumberLoad(2), [reminder, reminder, correction], NINE) == [
        at(10, 11),
        None,
        at(10, 11),
    ]
