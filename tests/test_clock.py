"""The clock's tick: what has had its time goes, the rest stays, and one clock ticks at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import func, insert, select, text

from sms_app.config import Config
from sms_app.messaging import outbox
from sms_app.models import (
    DeliveryReport,
    Heartbeat,
    Message,
    NumberClaim,
    PinGuard,
    Programme,
    UssdDialogue,
    UssdEventSeen,
)
from tests.world.app import WOMAN, application, hop, populate
from tests.world.programme import start
from tests.world.waiting import PATIENCE_S, wait_for
from worker import clock, heartbeat
from worker.queue import connect, queue

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
YESTERDAY = (NOW - timedelta(days=1)).date()


@pytest.fixture
def tick(engine, redis_url, environment):
    """One tick of a clock."""
    redis = connect(redis_url)
    config = Config.from_env(environment, "clock")
    yield lambda now: clock.tick(engine, queue(redis), config, now)
    redis.close()


@pytest.fixture
def rows(owner_engine):
    with owner_engine.begin() as conn:
        for minutes in (0, 9, 10, 600):
            at = NOW - timedelta(minutes=minutes)
            key = minutes.to_bytes(16)
            conn.execute(insert(UssdDialogue).values(id=key, position=b"x", touched_at=at))
            conn.execute(insert(UssdEventSeen).values(id=key, seen_at=at))
        for key, until, tried_on in (
            (b"ended", NOW, YESTERDAY),
            (b"still locked", NOW + timedelta(minutes=1), YESTERDAY),
            (b"long ended", NOW - timedelta(days=2), YESTERDAY - timedelta(days=1)),
            (b"slip", None, YESTERDAY - timedelta(days=1)),
            (b"yesterday's slip", None, YESTERDAY),
            (b"new slip", None, NOW.date()),
        ):
            conn.execute(
                insert(PinGuard).values(
                    id=key, wrong=3, day_before=0, counted=True, tried_on=tried_on, locked_until=until
                )
            )


def left(engine, table):
    with engine.connect() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def test_dialogues_go_ten_minutes_after_their_last_hop(tick, engine, owner_engine, rows):
    assert tick(NOW)
    assert left(owner_engine, UssdDialogue) == 2
    assert left(owner_engine, UssdEventSeen) == 2


def test_a_deleted_dialogue_does_not_stay_in_its_file(tick, engine, rows, server_urls):
    def file():
        with psycopg.connect(
            server_urls["superuser"].replace("/postgres?", f"/{engine.url.database}?")
        ) as conn:
            place = conn.execute("show data_directory").fetchone()[0]
            return Path(place, conn.execute("select pg_relation_filepath('ussd_dialogue')").fetchone()[0])

    before = file()
    tick(NOW)
    # the rows that go on are in a new file, and the old one is empty until the next checkpoint unlinks it
    assert file() != before
    assert not before.exists() or before.stat().st_size == 0
    after = file()
    tick(NOW)
    assert file() == after, "with nothing to delete nothing is rewritten"


@pytest.fixture
def programmes(owner_engine):
    """One west of Greenwich, one east: their days begin at other moments."""

    def add(*zones):
        with owner_engine.begin() as conn:
            for n, zone in enumerate(zones):
                conn.execute(
                    insert(Programme).values(
                        slug=f"p{n}",
                        service_code=f"*80{n}#",
                        country="RW",
                        time_zone=zone,
                        currency="RWF",
                        language="rw",
                    )
                )

    return add


def test_wrong_tries_are_forgotten_when_the_day_after_them_is_over(tick, engine, rows, programmes):
    """And the time of a lock goes when it ends; the day of its tries stays as long as theirs."""
    programmes("Africa/Kigali")
    tick(NOW)
    with engine.connect() as conn:
        left = dict(row for row in conn.execute(select(PinGuard.id, PinGuard.locked_until)))
    assert left == {
        b"ended": None,
        b"still locked": NOW + timedelta(minutes=1),
        b"yesterday's slip": None,
        b"new slip": None,
    }


@pytest.fixture
def a_dump(owner_engine):
    """Another connection that holds the table as a dump does, until it is rolled back."""
    with owner_engine.connect() as found:
        found.execute(text("lock table ussd_dialogue in access share mode"))
        yield found


def test_a_dump_that_lasts_stops_neither_hops_nor_the_ticks_other_work(
    tick, owner_engine, rows, a_dump, config, database, vault, monkeypatch
):
    monkeypatch.setattr("sms_app.clock.now", lambda _offset=0: NOW)
    populate(database, vault)
    with application(config) as app, ThreadPoolExecutor(1) as other:
        ticking = other.submit(tick, NOW)
        with owner_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            waits = text("select 1 from pg_locks where relation = 'ussd_dialogue'::regclass and not granted")
            wait_for(lambda: ticking.done() or conn.execute(waits).first())
        screen = hop(app.test_client(), "")
        try:
            assert screen.startswith("CON "), "the hop waited behind the sweep, and apologised"
            assert ticking.result(timeout=PATIENCE_S)
        finally:
            a_dump.rollback()
    assert left(owner_engine, UssdDialogue) == 5
    assert left(owner_engine, UssdEventSeen) == 2
    with owner_engine.connect() as conn:
        names = set(conn.execute(select(Heartbeat.name)).scalars())
    assert names == {"clock", "rewrite"}, "it is known that the sweep failed"
    assert tick(NOW)
    assert left(owner_engine, UssdDialogue) == 3


def test_a_dump_that_ends_during_the_tick_is_no_loss(tick, owner_engine, rows, a_dump, monkeypatch):
    sweep = clock.sweep

    def ends(conn, now):
        a_dump.rollback()
        sweep(conn, now)

    monkeypatch.setattr(clock, "sweep", ends)
    assert tick(NOW)
    assert left(owner_engine, UssdDialogue) == 2


def test_how_old_the_last_sweep_and_rewrite_are_stays_known(tick, engine, rows):
    tick(NOW)
    with engine.begin() as conn:
        heartbeat.forget(conn, NOW + timedelta(days=3))
        beats = conn.execute(select(Heartbeat.name, Heartbeat.beat_at).order_by(Heartbeat.name)).all()
        assert beats == [("rewrite", NOW), ("sweep", NOW)]


@pytest.mark.parametrize(
    ("zones", "last"),
    [
        (["Africa/Kigali"], datetime(2026, 3, 3, 21, 59, tzinfo=UTC)),
        (["Africa/Kigali", "America/New_York"], datetime(2026, 3, 4, 4, 59, tzinfo=UTC)),
        (["Pacific/Kiritimati"], datetime(2026, 3, 3, 9, 59, tzinfo=UTC)),
    ],
)
def test_the_day_that_ends_is_the_local_one(tick, engine, rows, programmes, zones, last):
    programmes(*zones)
    tick(last)
    with engine.connect() as conn:
        assert b"yesterday's slip" in conn.execute(select(PinGuard.id)).scalars().all()
    tick(last + timedelta(minutes=1))
    with engine.connect() as conn:
        assert b"yesterday's slip" not in conn.execute(select(PinGuard.id)).scalars().all()


def test_the_sweep_does_not_wait_for_a_try(tick, engine, owner_engine, rows, programmes):
    programmes("Africa/Kigali")
    with owner_engine.begin() as trying:
        trying.execute(text("select from pin_guard for update"))
        trying.execute(text("set local lock_timeout = '2s'"))
        assert tick(NOW)
    assert left(owner_engine, PinGuard) == 6
    tick(NOW)
    assert left(owner_engine, PinGuard) == 4


def test_what_was_seen_is_made_anew_without_vacuum(tick, owner_engine):
    """Nobody vacuums these tables: a day of texts, minute by minute, must not grow for ever."""
    size = text("select pg_relation_size('inbound_message_seen'), pg_relation_size('ussd_event_seen')")
    sizes = []
    for day in range(4):
        with owner_engine.begin() as conn:
            at = NOW + timedelta(days=day, minutes=1)
            conn.execute(
                text(
                    "insert into inbound_message_seen select sha256(cast(g + :day as text)::bytea), :at"
                    " from generate_series(1, 4000) g"
                ),
                {"at": at, "day": day * 10_000},
            )
            conn.execute(
                text(
                    "insert into ussd_event_seen select sha256(g::text::bytea), :at"
                    " from generate_series(1, 4000) g"
                ),
                {"at": at},
            )
        tick(at + timedelta(days=1))
        with owner_engine.connect() as conn:
            sizes.append(tuple(conn.execute(size).one()))
            left_over = conn.execute(text("select count(*) from inbound_message_seen")).scalar_one()
        assert left_over == 0
    assert sizes == [(0, 0)] * 4


def test_two_clocks_tick_once(tick, engine, owner_engine, rows):
    with engine.begin() as other:
        other.execute(text(clock.LEAD))
        assert not tick(NOW)
    assert left(owner_engine, UssdDialogue) == 4
    assert tick(NOW)


def test_a_tick_over_nothing_is_quiet(tick, owner_engine):
    assert tick(NOW)
    assert left(owner_engine, NumberClaim) == 0


def test_a_resume_is_kept_to_the_day_after_three_days(tick, owner_engine, vault):
    with owner_engine.begin() as conn:
        records = start(conn, vault)
        old, new = NOW - timedelta(days=3), NOW - timedelta(days=2)
        for number, resumed_at in (("+250788000001", old), ("+250788000002", new), ("+250788000003", None)):
            records.number(number, resumed_at=resumed_at)
    tick(NOW)
    with owner_engine.connect() as conn:
        kept = conn.execute(text("select resumed_at from phone_number order by 1")).scalars().all()
    # the day there began at 22:00 UTC
    assert kept == [datetime(2026, 2, 27, 22, tzinfo=UTC), new, None]


def message(conn, vault, **values):
    """A message that a worker claimed, and a report of the provider that came while its answer was recorded."""
    records = start(conn, vault)
    values = {"claimed_at": NOW, "claim": uuid4(), **values}
    id_ = records.add(
        Message,
        programme_id=records.programme,
        phone_number_id=records.number(WOMAN),
        kind="broadcast",
        rule="broadcast",
        subject_id=uuid4(),
        occasion="once",
        people=[],
        planned_at=NOW,
        due_at=NOW,
        expires_at=NOW + timedelta(days=1),
        **values,
    )
    records.add(
        DeliveryReport,
        provider="africastalking",
        provider_id="ATXid_1",
        result="delivered",
        status="Success",
        number_index=vault.index(WOMAN, "number"),
        network_code="",
        failure_reason="",
        received_at=NOW + timedelta(seconds=1),
    )
    conn.commit()
    return id_


def status(conn):
    conn.rollback()
    return conn.execute(select(Message.status, Message.reason, Message.provider_id)).one()


def test_what_a_worker_left_is_swept_and_settled_by_what_was_told_of_it(tick, conn, vault):
    message(conn, vault, status="sending", open=True, provider="africastalking")
    assert tick(NOW + outbox.STUCK_AFTER - timedelta(seconds=1))
    assert status(conn) == ("sending", None, None)
    assert tick(NOW + outbox.STUCK_AFTER)
    assert status(conn) == ("delivered", None, "ATXid_1")


def test_what_was_told_while_the_answer_was_recorded_is_found_by_its_id(tick, conn, vault):
    message(
        conn,
        vault,
        status="sent",
        open=False,
        provider="africastalking",
        provider_id="ATXid_1",
        cost=12,
        sent_at=NOW,
    )
    assert tick(NOW + timedelta(minutes=1))
    assert status(conn) == ("delivered", None, "ATXid_1")
