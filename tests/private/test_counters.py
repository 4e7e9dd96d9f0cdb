"""What PostgreSQL itself counts is taken from our roles, and our own functions still work."""

from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from sms_app.cli.readiness import wall
from sms_app.cli.readiness.finding import Inputs
from sms_app.migrations import roles, superuser
from tests.world.databases import Database


def as_superuser(server_urls, database: Database) -> str:
    return urlunsplit(urlsplit(server_urls["superuser"])._replace(path=f"/{database.name}"))


@pytest.fixture
def closed(server_urls, database):
    """A database in which a superuser ran the script, twice."""
    with psycopg.connect(as_superuser(server_urls, database), autocommit=True) as conn:
        for _ in range(2):
            conn.execute(superuser.SCRIPT.encode())
    return database


@pytest.mark.parametrize("role", roles.ROLES)
def test_each_role_is_refused_every_counter_size_lock_and_position(closed, role):
    with psycopg.connect(getattr(closed, role), autocommit=True) as conn:
        for statement in (
            *superuser.TELLING,
            "select * from pg_stat_all_tables",
            "select * from pg_statio_user_tables",
            "select * from pg_stat_database",
            "select pg_total_relation_size('pg_class')",
            "select pg_database_size(current_database())",
            "select pg_stat_get_tuples_inserted(1)",
            "select pg_stat_get_xact_tuples_inserted(1)",
            "select pg_stat_get_wal()",
            "select pg_relation_filenode('pg_class')",
            "select pg_xact_commit_timestamp('3'::xid)",
            "select pg_last_committed_xact()",
            # gives the WAL's position
            "select pg_logical_emit_message(false, '', '')",
            "select pg_control_checkpoint()",
            "select pg_blocking_pids(1)",
            "select lo_create(0)",
            "select lo_from_bytea(0, '')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement)


def test_every_telling_statement_works_before_the_script(database):
    with psycopg.connect(database.worker, autocommit=True) as conn:
        for statement in superuser.TELLING:
            conn.execute(statement)


def test_what_the_service_itself_needs_still_works(closed):
    with psycopg.connect(closed.worker, autocommit=True) as conn:
        conn.execute("select sweep_dialogues('2026-01-01', '2026-01-02')")
        conn.execute("select sweep_seen('2026-01-01', '2026-01-02')")
        conn.execute("select rewrite_requests()")
        conn.execute("select count(*) from pg_stat_activity")
    with psycopg.connect(closed.owner, autocommit=True) as conn:
        conn.execute("select count(*) from pg_locks")


def test_the_doctor_says_what_can_still_be_read(database, server_urls, environment):
    inputs = Inputs.of(environment)
    before, errors = wall.check_wall(inputs)
    assert (before.verdict, errors.verdict) == ("bad", "bad")
    assert "log names the table" in errors.result
    assert "worker: pg_stat_user_tables" in before.result
    assert "staff: pg_locks" in before.result
    with psycopg.connect(as_superuser(server_urls, database), autocommit=True) as conn:
        conn.execute(superuser.SCRIPT.encode())
    (after,) = wall.check_wall(inputs)
    assert after.verdict == "ok"


def test_the_script_keeps_errors_of_web_alone_out_of_the_servers_log(closed):
    for role in roles.ROLES:
        with psycopg.connect(getattr(closed, role), autocommit=True) as conn:
            level = conn.execute("show log_min_messages").fetchone()
            assert (role, level) == (role, ("fatal" if role == "web" else "warning",))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute("set log_min_messages = debug5")
