"""The clock's tick: what has had its time goes, the rest stays, and one clock ticks at a time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, insert, select, text

from sms_app.config import Config
from sms_app.models import NumberClaim, PinGuard, UssdDialogue, UssdEventSeen
from worker import clock
from worker.queue import connect, queue

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


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
        long_ago = (NOW - timedelta(days=5)).date()
        for key, until, tried_on in (
            (b"ended", NOW - timedelta(days=1), long_ago),
            (b"just ended", NOW - timedelta(hours=23), long_ago),
            (b"slip", None, long_ago),
            (b"new slip", None, NOW.date()),
        ):
            conn.execute(
                insert(PinGuard).values(id=key, wrong=3, counted=True, tried_on=tried_on, locked_until=until)
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


def test_what_was_seen_is_made_anew_without_vacuum(tick, owner_engine):
    """Nobody vacuums these tables: a day of texts, minute by minute, must not grow for ever."""
    size = text("select pg_relation_size('inbound_message_seen'), pg_relation_size('ussd_event_seen')")
    sizes = []
    for day in range(4):
        with owner_engine.begin() as conn:
            at = NOW + timedelta(days=day, minutes=1)
            conn.execute(text("insert into inbound_message_seen select sha256(cast(g + :day as text)::bytea), :at"
                              " from generate_series(1, 4000) g"), {"at": at, "day": day * 10_000})  # fmt: skip
            conn.execute(text("insert into ussd_event_seen select sha256(g::text::bytea), :at"
                              " from generate_series(1, 4000) g"), {"at": at})  # fmt: skip
        tick(at + timedelta(days=1))
        with owner_engine.connect() as conn:
            sizes.append(tuple(conn.execute(size).one()))
            left_over = conn.execute(text("select count(*) from inbound_message_seen")).scalar_one()
        assert left_over == 0
    assert sizes == [(0, 0)] * 4


def test_slips_and_locks_are_forgotten_a_day_after_they_ended(tick, owner_engine, rows):
    tick(NOW)
    with owner_engine.connect() as conn:
        assert set(conn.execute(select(PinGuard.id)).scalars()) == {b"just ended", b"new slip"}


def test_two_clocks_tick_once(tick, engine, owner_engine, rows):
    with engine.begin() as other:
        other.execute(text("select pg_advisory_xact_lock(:key)"), {"key": clock.LEADER})
        assert not tick(NOW)
    assert left(owner_engine, UssdDialogue) == 4
    assert tick(NOW)


def test_a_tick_over_nothing_is_quiet(tick, owner_engine):
    assert tick(NOW)
    assert left(owner_engine, NumberClaim) == 0
