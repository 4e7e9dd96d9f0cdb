"""Broadcasts: looked at, made once, said, paused, resumed, cancelled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, text

from sms_app import models
from sms_app.messaging import outbox
from sms_app.messaging.broadcasts import creating, records
from sms_app.messaging.broadcasts.audience import Audience
from sms_app.messaging.broadcasts.composing import compose_broadcast
from sms_app.messaging.broadcasts.creating import DraftFaults, DuplicateBroadcast
from sms_app.messaging.broadcasts.drafts import Draft, prepare
from sms_app.messaging.broadcasts.records import NoSuchBroadcast
from sms_app.messaging.content import Content, Due, Skip
from sms_app.programme.loaded import LoadedProgramme
from sms_app.vault import Vault
from tests.world.people import People, rwanda
from tests.world.statements import counted
from tests.world.times import NOW, TODAY
from tests.world.waiting import PROVES

TEXTS = {"rw": "Muraho! Murakoze.", "en": "Hello! Thank you."}
WOMEN = Audience(roles=("woman",))


@pytest.fixture
def told(conn: Connection, vault: Vault) -> tuple[LoadedProgramme, People]:
    return rwanda(conn, vault)


def draft(
    told: tuple[LoadedProgramme, People],
    audience: Audience = WOMEN,
    texts: Any = None,
    at: datetime | None = None,
    now: datetime = NOW,
) -> Draft:
    programme, p = told
    return prepare(p.records.conn, programme, audience, TEXTS if texts is None else texts, at, now)


def make(told: tuple[LoadedProgramme, People], audience: Audience = WOMEN, **values: Any) -> UUID:
    programme, p = told
    again = values.pop("again", False)
    now = values.get("now", NOW)
    found = draft(told, audience, **values)
    return creating.create(p.records.conn, programme, found, "office", now, again)


def rows(told: tuple[LoadedProgramme, People], id_: UUID) -> dict[UUID, tuple[str, str | None]]:
    """The status and reason of each number's message."""
    found = told[1].records.conn.execute(
        text("select phone_number_id, status, reason from message where subject_id = :id"), {"id": id_}
    )
    return {row.phone_number_id: (row.status, row.reason) for row in found}


def crowd(p: People) -> dict[str, UUID]:
    """A number for each thing that may become of it."""
    phones = {
        name: p.phone()
        for name in ("sound", "pair", "no_consent", "arm", "daily_cap", "english", "of_the_phone")
    }
    phones["number_stopped"] = p.phone(stopped_on=TODAY)
    p.person(phones["sound"], arm="A")
    p.person(phones["pair"])
    p.person(phones["pair"], role="man", consents=False)
    p.person(phones["no_consent"], consents=False)
    p.person(phones["arm"])
    p.person(phones["arm"], arm="B", role="man")
    p.person(phones["number_stopped"])
    p.person(phones["daily_cap"])
    for hours in (1, 2, 3):
        p.sent(phones["daily_cap"], NOW - timedelta(hours=hours))
    p.person(phones["english"], language="en")
    p.person(phones["of_the_phone"])
    p.records.conn.execute(
        models.PhoneNumber.__table__.update()
        .where(models.PhoneNumber.id == phones["of_the_phone"])
        .values(language="en")
    )
    p.person()
    return phones


# --- looking


def test_a_draft_tells_who_gets_it_and_who_does_not_and_why(told: tuple[LoadedProgramme, People]) -> None:
    crowd(told[1])
    found = draft(told)
    assert (found.people, found.without_number, found.recipients, found.given_up) == (9, 1, 5, 0)
    assert found.waiting == {kigali("2026-03-12 08:00"): 1}
    assert found.excluded == {"arm": 1, "no_consent": 1, "number_stopped": 1}
    assert found.arms == ("A",)
    assert [(part.text.language, part.recipients, part.cost) for part in found.parts] == [
        ("rw", 3, Decimal(36)),
        ("en", 2, Decimal(24)),
    ]
    assert found.estimate == Decimal(60)
    assert (list(found.notes), list(found.faults)) == ([], [])


def test_a_shared_number_counts_once_and_speaks_the_first_language(
    told: tuple[LoadedProgramme, People],
) -> None:
    _, p = told
    phone = p.phone()
    p.person(phone, language="en")
    p.person(phone, role="man")
    found = draft(told, Audience(), {"rw": "Muraho!"})
    assert (found.people, found.recipients) == (2, 1)
    assert not found.faults


@pytest.mark.parametrize(
    ("texts", "faults"),
    [
        ({"rw": "Muraho!"}, ["There is no text in en, which 1 of the numbers are told things in."]),
        ({"en": "Hello!"}, ["There is no text in rw, which 1 of the numbers are told things in."]),
        (TEXTS | {"fr": "Bonjour"}, ["`fr` is not one of the programme's languages: rw, en."]),
        (
            TEXTS | {"en": "about v i o l e n c e"},
            ["The text in en has `violen` in it, which no text may have."],
        ),
        (TEXTS | {"en": "a" * 460}, ["The text in en makes 4 segments; at most 3 may go."]),
    ],
)
def test_a_draft_tells_what_is_wrong_with_the_texts(
    told: tuple[LoadedProgramme, People], texts: dict[str, str], faults: list[str]
) -> None:
    _, p = told
    p.person(p.phone())
    p.person(p.phone(), language="en")
    found = draft(told, texts=texts)
    assert list(found.faults) == faults
    with pytest.raises(DraftFaults):
        creating.create(p.records.conn, told[0], found, "office", NOW)
    assert p.records.conn.execute(text("select count(*) from message")).scalar_one() == 0


def test_an_audience_of_nobody_is_a_fault(told: tuple[LoadedProgramme, People]) -> None:
    told[1].person(told[1].phone(), consents=False)
    assert list(draft(told).faults) == ["Nobody would get it."]


def kigali(moment: str) -> datetime:
    return datetime.fromisoformat(f"{moment}+02:00")


@pytest.mark.parametrize(
    ("asked", "goes", "given_up", "said"),
    [
        ("2026-03-12 10:00", "2026-03-12 10:00", "2026-03-13 18:00", False),
        ("2026-03-12 05:00", "2026-03-12 08:00", "2026-03-13 18:00", True),
        ("2026-03-12 18:00", "2026-03-13 08:00", "2026-03-14 18:00", True),
        # a Sunday lies between
        ("2026-03-14 10:00", "2026-03-14 10:00", "2026-03-16 18:00", False),
        ("2026-03-15 10:00", "2026-03-16 08:00", "2026-03-17 18:00", True),
        # the morning of community work, and the mourning week
        ("2026-03-28 09:00", "2026-03-28 12:00", "2026-03-30 18:00", True),
        ("2026-04-06 10:00", "2026-04-06 10:00", "2026-04-14 18:00", False),
        ("2026-04-08 10:00", "2026-04-14 08:00", "2026-04-15 18:00", True),
    ],
)
def test_a_quiet_hour_becomes_the_next_open_one_and_that_is_said(
    told: tuple[LoadedProgramme, People], asked: str, goes: str, given_up: str, said: bool
) -> None:
    told[1].person(told[1].phone())
    found = draft(told, at=kigali(asked))
    assert (found.send_at, found.expires_at) == (kigali(goes), kigali(given_up))
    assert list(found.notes) == ([f"Nothing is sent at {asked}: it will go at {goes}."] if said else [])
    assert not found.faults


def test_an_hour_that_is_past_is_a_fault(told: tuple[LoadedProgramme, People]) -> None:
    told[1].person(told[1].phone())
    assert list(draft(told, at=NOW - timedelta(minutes=1)).faults) == ["The hour to send at is past."]


def test_the_cap_of_another_day_is_not_this_days(told: tuple[LoadedProgramme, People]) -> None:
    crowd(told[1])
    assert draft(told, at=NOW + timedelta(days=1)).waiting == {}


# --- making


def test_every_number_is_written_down_with_what_becomes_of_it(told: tuple[LoadedProgramme, People]) -> None:
    phones = crowd(told[1])
    id_ = make(told)
    expected: dict[UUID, tuple[str, str | None]] = dict.fromkeys(phones.values(), ("planned", None))
    for reason in ("no_consent", "arm", "number_stopped"):
        expected[phones[reason]] = ("cancelled", reason)
    assert rows(told, id_) == expected
    conn = told[1].records.conn
    every = conn.execute(text("select * from message where subject_id = :id"), {"id": id_}).all()
    for row in every:
        assert (row.kind, row.rule, row.occasion, row.planned_at) == ("broadcast", "broadcast", "once", NOW)
        # what goes at once is due a second ago, and the first broadcast a microsecond later
        assert row.due_at == NOW - timedelta(seconds=1) + timedelta(microseconds=1)
        assert row.expires_at == kigali("2026-03-12 18:00")
        assert (row.settled_at is None) == (row.status == "planned")
        assert len(row.people) == 1
    trail = conn.execute(text("select who, what, subject, subject_id from audit_entry")).all()
    assert [tuple(row) for row in trail] == [("office", "make_broadcast", "broadcast", str(id_))]


def test_the_words_are_sealed(told: tuple[LoadedProgramme, People]) -> None:
    told[1].person(told[1].phone())
    make(told)
    found = told[1].records.conn.execute(text("select text_sealed from broadcast_text")).scalars().all()
    assert len(found) == 2
    assert not any(b"Mura" in bytes(sealed) or b"Hello" in bytes(sealed) for sealed in found)


def test_a_repeated_command_makes_no_second_broadcast(told: tuple[LoadedProgramme, People]) -> None:
    told[1].person(told[1].phone())
    first = make(told)
    with pytest.raises(DuplicateBroadcast) as found:
        make(told, now=NOW + timedelta(minutes=5), texts={"rw": " Muraho! Murakoze.\n", "en": TEXTS["en"]})
    assert found.value.broadcast_id == first
    assert len(rows(told, first)) == 1


def test_two_who_make_the_same_at_once_make_one(
    told: tuple[LoadedProgramme, People], staff_engine: Engine
) -> None:
    programme, p = told
    p.person(p.phone())
    p.records.conn.commit()
    together = Barrier(2)

    def one() -> UUID | None:
        with staff_engine.begin() as conn:
            seen = prepare(conn, programme, WOMEN, TEXTS, None, NOW)
            together.wait()
            try:
                return creating.create(conn, programme, seen, "office", NOW)
            except DuplicateBroadcast:
                return None

    with ThreadPoolExecutor(2) as pool:
        made = [future.result() for future in [pool.submit(one), pool.submit(one)]]
    assert made.count(None) == 1
    assert p.records.conn.execute(text("select count(*) from message")).scalar_one() == 1


def test_a_broadcast_that_is_not_a_repetition_is_made(told: tuple[LoadedProgramme, People]) -> None:
    _, p = told
    p.person(p.phone())
    first = make(told)
    made = [
        make(told, again=True),
        make(told, texts=TEXTS | {"en": "Hello!"}),
        make(told, Audience(groups=(1,))),
        make(told, now=NOW + timedelta(days=3)),
    ]
    records.cancel(p.records.conn, told[0], first, "office", NOW)
    records.cancel(p.records.conn, told[0], made[0], "office", NOW)
    records.cancel(p.records.conn, told[0], made[3], "office", NOW)
    made.append(make(told))
    assert len({first, *made}) == 6


def test_an_audience_that_changed_meanwhile_is_looked_at_again(told: tuple[LoadedProgramme, People]) -> None:
    programme, p = told
    person = p.person(p.phone())
    p.person(p.phone())
    seen = draft(told)
    p.consent(person, given=False)
    with pytest.raises(DraftFaults, match="It would go to 1 numbers now, not 2"):
        creating.create(p.records.conn, programme, seen, "office", NOW)


def test_a_number_gets_one_broadcast_once(told: tuple[LoadedProgramme, People]) -> None:
    """Whoever plans it again is refused by the unique key."""
    phone = told[1].phone()
    told[1].person(phone)
    id_ = make(told)
    with pytest.raises(Exception, match="uq_message_once"):
        told[1].message(phone, kind="broadcast", subject_id=id_)


def test_staff_may_do_all_of_it(told: tuple[LoadedProgramme, People], staff_engine: Engine) -> None:
    programme, p = told
    crowd(p)
    p.records.conn.commit()
    with staff_engine.begin() as conn:
        seen = prepare(conn, programme, WOMEN, TEXTS, None, NOW)
        id_ = creating.create(conn, programme, seen, "office", NOW)
        assert records.pause(conn, programme, id_, "office", NOW)
        assert records.cancel(conn, programme, id_, "office", NOW) == 5
        assert records.latest(conn, programme, 5)[0].texts == TEXTS


def test_words_that_were_forgotten_are_not_said_and_shown_as_such(
    told: tuple[LoadedProgramme, People],
) -> None:
    programme, p = told
    phone = p.phone()
    person = p.person(phone)
    id_ = make(told)
    p.records.conn.exec_driver_sql("update broadcast_text set text_sealed = null where language = 'rw'")
    one = due(told, id_, (person,), phone)
    assert compose_broadcast(p.records.conn, programme, [one], NOW) == {one.id: Skip("no_longer_true")}
    assert records.find(p.records.conn, programme, str(id_)).texts == {**TEXTS, "rw": "(forgotten)"}


def test_cancelling_takes_its_rows_in_order_and_outlives_one_deadlock(
    told: tuple[LoadedProgramme, People],
) -> None:
    """The other transaction's part is played by an error that is made once, in the database."""
    programme, p = told
    p.person(p.phone())
    id_ = make(told)
    conn = p.records.conn
    conn.exec_driver_sql("create temporary sequence tries")
    conn.exec_driver_sql("""
        create function pg_temp.deadlock() returns trigger language plpgsql as $$ begin
          if nextval('tries') = 1 then raise 'deadlock detected' using errcode = '40P01'; end if;
          return new; end $$""")
    conn.exec_driver_sql(
        "create trigger once before update on message for each row execute function pg_temp.deadlock()"
    )
    assert records.cancel(conn, programme, id_, "office", NOW) == 1
    body = conn.exec_driver_sql(
        "select prosrc from pg_proc where proname = 'cancel_broadcast_messages'"
    ).scalar_one()
    body = body.replace("of_broadcast", f"'{id_}'::uuid").replace("at_moment", "'2026-03-11'::timestamptz")
    plan = conn.exec_driver_sql(f"explain {body}").scalars().all()
    assert any("LockRows" in line for line in plan)
    assert any("Sort Key: m.id" in line for line in plan)


def test_only_what_waits_of_a_broadcast_that_is_cancelled_is_cancelled(
    told: tuple[LoadedProgramme, People],
) -> None:
    """Also when a role asks that may change no message by itself."""
    _, p = told
    p.person(p.phone())
    id_ = make(told)
    asked = "select cancel_broadcast_messages(%(id)s, %(now)s)"
    assert p.records.conn.exec_driver_sql(asked, {"id": id_, "now": NOW}).scalar_one() == 0
    assert {status for status, _ in rows(told, id_).values()} == {"planned"}


MANY = 100_000 if PROVES else 5_000
FILL = """
with person as (
  insert into participant (id, programme_id, role, member_number, reference, name_sealed, language, contact,
    group_id, amounts_by_phone, enrolled_on)
  select gen_random_uuid(), :programme, 'woman', n::text, n::text, '', 'rw', 'own', :group, false, :today
  from generate_series(1, :many) n returning id, member_number::int as n
), phone as (
  insert into phone_number (id, programme_id, number_sealed, number_index, sharing)
  select gen_random_uuid(), :programme, '', int4send(n), 'unmarked' from generate_series(1, :many) n
  returning id, number_index
), consented as (
  insert into consent (id, participant_id, purpose, given, version, language, how, taken_by, taken_on)
  select gen_random_uuid(), id, 'messages', n % 10 <> 0, '1', 'rw', 'oral', 'coach', :today from person
)
insert into participant_phone (id, participant_id, phone_number_id, from_on)
select gen_random_uuid(), p.id, f.id, :today from person p join phone f on f.number_index = int4send(p.n)
"""


def test_a_broadcast_to_very_many_is_a_handful_of_statements(
    told: tuple[LoadedProgramme, People],
) -> None:
    programme, p = told
    conn = p.records.conn
    values = {"programme": programme.id, "group": p.records.group, "today": TODAY, "many": MANY}
    conn.execute(text(FILL), values)
    conn.execute(text("analyze"))
    with counted(conn) as statements:
        seen = draft(told)
        id_ = creating.create(conn, programme, seen, "office", NOW)
    assert seen.recipients == MANY * 9 // 10
    assert len(statements) <= 14
    with counted(conn) as statements:
        assert records.progress(conn, id_) == {
            ("planned", ""): MANY * 9 // 10,
            ("cancelled", "no_consent"): MANY // 10,
        }
        assert records.cancel(conn, programme, id_, "office", NOW) == MANY * 9 // 10
    assert len(statements) == 6


# --- saying


def due(
    told: tuple[LoadedProgramme, People], id_: UUID, people: tuple[UUID, ...], phone: UUID | None = None
) -> Due:
    return Due(
        uuid4(),
        phone or uuid4(),
        "broadcast",
        "broadcast",
        id_,
        "once",
        None,
        people,
        NOW,
        NOW + timedelta(days=1),
    )


def test_the_words_of_a_broadcast_are_said_until_it_is_cancelled(
    told: tuple[LoadedProgramme, People],
) -> None:
    programme, p = told
    conn, person = p.records.conn, p.person(p.phone())
    goes, gone = make(told), make(told, texts=TEXTS | {"en": "Another."})
    records.cancel(conn, programme, gone, "office", NOW)
    row_goes, row_gone = due(told, goes, (person,)), due(told, gone, (person,))
    with counted(conn) as statements:
        found = compose_broadcast(conn, programme, [row_goes, row_gone], NOW)
    assert len(statements) == 2
    assert found == {row_goes.id: Content(words=TEXTS), row_gone.id: Skip("broadcast_cancelled")}


def test_a_number_that_is_no_coachs_any_more_gets_nothing(told: tuple[LoadedProgramme, People]) -> None:
    programme, p = told
    phone = p.phone()
    p.coach(phone)
    id_ = make(told, Audience(roles=("coach",)))
    still, moved = due(told, id_, (), phone), due(told, id_, (), p.phone())
    found = compose_broadcast(p.records.conn, programme, [still, moved], NOW)
    assert found == {still.id: Content(words=TEXTS), moved.id: Skip("not_in_audience")}


# --- afterwards


def test_a_paused_broadcast_is_neither_queued_nor_claimed(told: tuple[LoadedProgramme, People]) -> None:
    programme, p = told
    conn = p.records.conn
    p.person(p.phone())
    p.person(p.phone())
    id_ = make(told)
    assert records.pause(conn, programme, id_, "office", NOW)
    assert not records.pause(conn, programme, id_, "office", NOW)
    assert outbox.release(conn, programme.id, NOW) == 0
    assert records.resume(conn, programme, id_, "office", NOW)
    assert not records.resume(conn, programme, id_, "office", NOW)
    assert outbox.release(conn, programme.id, NOW) == 2
    records.pause(conn, programme, id_, "office", NOW)
    assert outbox.take(conn, programme.id, NOW, 10) == []
    records.resume(conn, programme, id_, "office", NOW)
    assert len(outbox.take(conn, programme.id, NOW, 10)) == 2


def test_cancelling_takes_back_what_has_not_gone(told: tuple[LoadedProgramme, People]) -> None:
    programme, p = told
    conn, phones = p.records.conn, [p.phone() for _ in range(4)]
    for phone in phones:
        p.person(phone)
    p.consent(p.person(stopped := p.phone()), given=False)
    id_ = make(told)
    for phone, status in zip(phones, ("planned", "queued", "sent", "unknown"), strict=True):
        conn.execute(
            text("update message set status = :status where phone_number_id = :phone"),
            {"status": status, "phone": phone},
        )
    assert records.cancel(conn, programme, id_, "Keza", NOW) == 2
    assert records.cancel(conn, programme, id_, "Keza", NOW) is None
    assert not records.pause(conn, programme, id_, "Keza", NOW)
    assert not records.resume(conn, programme, id_, "Keza", NOW)
    taken = ("cancelled", "broadcast_cancelled")
    assert rows(told, id_) == {
        phones[0]: taken,
        phones[1]: taken,
        phones[2]: ("sent", None),
        phones[3]: ("unknown", None),
        stopped: ("cancelled", "no_consent"),
    }
    trail = conn.execute(text("select who, what from audit_entry order by id")).all()
    assert [tuple(row) for row in trail] == [("office", "make_broadcast"), ("Keza", "cancel_broadcast")]


def test_a_broadcast_is_found_by_how_its_id_begins(told: tuple[LoadedProgramme, People]) -> None:
    programme, p = told
    p.person(p.phone())
    id_ = make(told)
    conn = p.records.conn
    found = records.find(conn, programme, str(id_)[:8].upper())
    assert (found.id, found.texts, found.recipients, found.estimate) == (id_, TEXTS, 1, Decimal(12))
    assert records.latest(conn, programme, 5) == [found]
    for start in ("", "%", str(uuid4()), "zz"):
        with pytest.raises(NoSuchBroadcast):
            records.find(conn, programme, start)
    make(told, again=True)
    assert len(records.latest(conn, programme, 5)) == 2
    other = LoadedProgramme(programme.id + 1, programme.settings, programme.texts, programme.vault)
    with pytest.raises(NoSuchBroadcast):
        records.find(conn, other, str(id_))
