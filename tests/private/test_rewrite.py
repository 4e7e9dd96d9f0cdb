"""The inbox's rows are moved and written anew in random order: no transaction id, place or count tells of a dial."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import create_engine, pool, text

from sms_app.config import Config, sqlalchemy_url
from sms_app.private import door, sealing
from sms_app.private.support_request import NOTHING, SupportRequest
from tests.world.databases import Database
from worker import clock

NOW = datetime(2026, 3, 9, 9, 7, tzinfo=UTC)
CATALOGUE = """
select relname, relpages, reltuples, relallvisible, relhassubclass from pg_class
where relnamespace = 'private'::regnamespace order by relname
"""


def store(database: Database, count: int) -> None:
    """Store requests as the web role does, each in a transaction of its own."""
    with psycopg.connect(database.web, autocommit=True) as conn:
        for _ in range(count):
            door.store(conn, SupportRequest(NOTHING, NOW), 1, "rwanda", {})


@pytest.fixture
def engine(database: Database):
    engine = create_engine(sqlalchemy_url(database.worker), poolclass=pool.NullPool)
    yield engine
    engine.dispose()


def test_rows_move_with_their_content_and_have_one_transaction_and_no_order(database, owner, engine):
    store(database, 40)
    before = owner.execute(text("select id, envelope from private.inbox")).all()
    assert len({xmin for (xmin,) in owner.execute(text("select xmin::text from private.inbox"))}) == 40
    owner.commit()
    assert clock.rewrite_requests(engine, NOW)
    assert owner.execute(text("select count(*) from private.inbox")).scalar() == 0
    after = owner.execute(text("select id, envelope, xmin::text from private.request order by ctid")).all()
    assert sorted((bytes(id_), bytes(envelope)) for id_, envelope in before) == sorted(
        (bytes(id_), bytes(envelope)) for id_, envelope, _ in after
    )
    assert len({xmin for *_, xmin in after}) == 1
    # of 40 factorial orders the same twice
    assert [id_ for id_, *_ in after] != [id_ for id_, _ in before]


def test_later_rows_mix_with_the_earlier_ones(database, owner, engine):
    store(database, 20)
    clock.rewrite_requests(engine, NOW)
    first = {bytes(id_) for (id_,) in owner.execute(text("select id from private.request"))}
    owner.commit()
    store(database, 20)
    clock.rewrite_requests(engine, NOW + timedelta(minutes=10))
    rows = owner.execute(text("select id, xmin::text from private.request order by ctid")).all()
    assert len({xmin for _, xmin in rows}) == 1
    assert {bytes(id_) for id_, _ in rows[:20]} != first
    assert first < {bytes(id_) for id_, _ in rows}


def test_the_catalogue_is_the_same_with_and_without_requests(database, owner, engine):
    clock.rewrite_requests(engine, NOW)
    empty = owner.execute(text(CATALOGUE)).all()
    owner.commit()
    store(database, 30)
    assert owner.execute(text(CATALOGUE)).all() == empty
    owner.commit()
    clock.rewrite_requests(engine, NOW + timedelta(minutes=10))
    assert owner.execute(text(CATALOGUE)).all() == empty


def test_the_old_file_is_given_up(database, owner, engine):
    file = text("select pg_relation_filenode('private.request'), pg_relation_filenode('private.inbox')")
    store(database, 1)
    clock.rewrite_requests(engine, NOW)
    before = owner.execute(file).one()
    owner.commit()
    clock.rewrite_requests(engine, NOW + timedelta(minutes=10))
    assert not set(before) & set(owner.execute(file).one())


def test_it_happens_once_in_ten_minutes_at_the_same_minutes(database, owner, engine):
    def moved(minutes: int) -> bool:
        store(database, 1)
        clock.rewrite_requests(engine, NOW.replace(minute=0) + timedelta(minutes=minutes))
        waiting = owner.execute(text("select count(*) from private.inbox")).scalar()
        owner.commit()
        return waiting == 0

    assert [moved(minutes) for minutes in (7, 8, 9, 10, 11, 19, 20, 20, 35)] == [
        True,
        False,
        False,
        True,
        False,
        False,
        True,
        False,
        True,
    ]


def test_while_another_connection_holds_a_table_it_gives_up_and_the_next_tick_does_it(
    database, owner, engine
):
    store(database, 1)
    # as a dump does
    owner.execute(text("lock table private.request in access share mode"))
    assert not clock.rewrite_requests(engine, NOW)
    # and a hop does not wait
    store(database, 1)
    owner.rollback()
    assert clock.rewrite_requests(engine, NOW + timedelta(minutes=1))
    assert owner.execute(text("select count(*) from private.request")).scalar() == 2


def test_a_dump_that_has_begun_loses_no_request(database, owner, engine):
    """A dump takes its snapshot first and its locks later. A table that is truncated meanwhile is empty for it."""
    store(database, 3)
    clock.rewrite_requests(engine, NOW)
    store(database, 2)
    with psycopg.connect(database.owner, application_name="pg_dump") as dump:
        dump.execute("set transaction isolation level repeatable read")
        dump.execute("select 1")
        later = NOW + timedelta(minutes=10)
        assert not clock.rewrite_requests(engine, later)
        rows = dump.execute(
            "select count(*) from private.inbox union all select count(*) from private.request"
        )
        assert rows.fetchall() == [(2,), (3,)]
    assert clock.rewrite_requests(engine, later)
    assert owner.execute(text("select count(*) from private.request")).scalar() == 5


def test_a_tick_rewrites(database, owner, environment, redis_url):
    store(database, 1)
    clock.tick_once(Config.from_env(environment, "clock"))
    assert owner.execute(text("select count(*) from private.request")).scalar() == 1


def test_a_snapshot_of_earlier_does_not_destroy_what_came_since(database, owner):
    with psycopg.connect(database.worker) as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        conn.execute("select 1")
        store(database, 1)
        with pytest.raises(psycopg.errors.InvalidTransactionState):
            conn.execute("select rewrite_requests()")
    assert owner.execute(text("select count(*) from private.inbox")).scalar() == 1


def test_an_id_that_comes_again_does_not_stop_the_rewrite(database, owner, engine):
    with psycopg.connect(database.web, autocommit=True) as conn:
        row, request = sealing.new_row(), SupportRequest(NOTHING, NOW)
        envelopes = [sealing.seal(request, row, "rwanda", {}) for _ in range(8)]
        for n, envelope in enumerate(envelopes):
            conn.execute(door.INSERT, (1, row, envelope))
            assert clock.rewrite_requests(engine, NOW + timedelta(minutes=10 * n))
    kept = owner.execute(text("select envelope from private.request")).scalar()
    assert bytes(kept) == envelopes[0], "the stored one stays"
    assert owner.execute(text("select count(*) from private.inbox")).scalar() == 0
    assert owner.execute(text("select count(*) from private.request")).scalar() == 1
