"""Which kind of installation a database is, who decides it, and what each command refuses on it."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import typer
from click.testing import Result
from sqlalchemy import Connection
from typer.testing import CliRunner

from sms_app.cli import up
from sms_app.cli.main import app
from sms_app.config import Config, made_up_keys, sqlalchemy_url
from sms_app.migrations import run as migrations
from sms_app.programme import audit, installation
from sms_app.programme.settings import load_programme, store_programme
from sms_app.simulator import demo
from sms_app.vault import Vault
from tests.world.command import command
from tests.world.databases import KEYS, Database, register_keys
from tests.world.programme import RWANDA, start
from tests.world.records import Records
from tests.world.times import NOW
from tests.world.up import BARE, COMMAND

OTHER = ",".join(f"{n}:{Vault.new_key()}" for n in (2, 1))
ZEROS = "1:" + "A" * 43


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """A command to its end; those that start processes in a process of their own."""
    if words[0] not in {"web", "up"}:
        return command(environment, *words)
    return subprocess.run(
        [COMMAND, *words], env=BARE | environment, capture_output=True, text=True, check=False, timeout=90
    )


def refused(environment: dict[str, str], *words: str) -> str:
    """What a command says that does not start: no traceback, exit code 1, no key."""
    done = run(environment, *words)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not any(part.partition(":")[2] in done.stderr for part in (*KEYS.split(","), *OTHER.split(",")))
    return done.stderr


def upgrade(environment: dict[str, str]) -> Result:
    return CliRunner().invoke(app, ["db", "upgrade"], env={**environment, "USER": "office"})


@pytest.fixture
def older(database: Database, conn: Connection) -> Connection:
    """A database of the version before: no kind, no key is registered."""
    migrations.downgrade(sqlalchemy_url(database.owner), "0002")
    return conn


def add_person_of_then(conn: Connection, vault: Vault) -> None:
    """A participant in the columns that the version before had."""
    programme, id_ = store_programme(conn, load_programme(RWANDA)), uuid4()
    name = vault.seal("Uwase 1", "participant", "name_sealed", id_)
    conn.exec_driver_sql(
        "insert into participant (id, programme_id, role, member_number, name_sealed, language, contact,"
        " amounts_by_phone, enrolled_on) values (%(id)s, %(programme)s, 'woman', '00018', %(name)s, 'rw', 'none',"
        " true, '2026-03-11')",
        {"id": id_, "programme": programme, "name": name},
    )


# --- who decides the kind


def test_bare_is_asked_for_once_and_never_of_a_demo(demo_database: Database, config: Config, capsys) -> None:
    settings = replace(config, database_url=demo_database.owner)
    assert up._kind(settings, own=False, bare=False) == installation.DEMO
    with pytest.raises(typer.Exit):
        up._kind(settings, own=False, bare=True)
    assert "has the demo's people" in capsys.readouterr().err
    with psycopg.connect(demo_database.owner) as conn:
        conn.execute("update installation set kind = 'bare'")
    assert {up._kind(settings, own=False, bare=bare) for bare in (False, True)} == {installation.BARE}


def test_what_db_upgrade_makes_is_production(older: Connection, environment: dict[str, str]) -> None:
    assert upgrade(environment).exit_code == 0
    assert installation.kind(older) == "production"


def test_a_database_with_real_people_is_production(
    conn: Connection, environment: dict[str, str], database: Database, vault: Vault
) -> None:
    records = start(conn, vault)
    records.participant(1)
    # one that was tried out is no demo
    records.number("+250780000001")
    records.number("+250788123456")
    conn.commit()
    migrations.downgrade(sqlalchemy_url(database.owner), "0002")
    assert upgrade(environment).exit_code == 0
    assert installation.kind(conn) == "production"


@pytest.mark.parametrize("noted", [True, False], ids=["in the trail", "by its numbers"])
def test_a_database_with_the_demos_people_is_a_demo(
    conn: Connection, environment: dict[str, str], database: Database, vault: Vault, noted: bool
) -> None:
    programme = load_programme(RWANDA)
    id_ = store_programme(conn, programme)
    if noted:
        audit.record(conn, id_, "office", "load_demo", "programme", id_, NOW)
    else:
        demo.load(conn, vault, programme, id_, date(2026, 3, 11))
    conn.commit()
    migrations.downgrade(sqlalchemy_url(database.owner), "0002")
    assert upgrade(environment).exit_code == 0
    assert installation.kind(conn) == "demo"


def test_the_kind_of_an_installation_stays(
    database: Database, environment: dict[str, str], conn: Connection, vault: Vault
) -> None:
    """Whoever loads the demo's people into a production database by other ways has a production database."""
    programme = load_programme(RWANDA)
    demo.load(conn, vault, programme, store_programme(conn, programme), date(2026, 3, 11))
    conn.commit()
    assert upgrade(environment).exit_code == 0
    assert installation.kind(conn) == "production"


# --- keys at a release


def test_a_release_registers_the_keys_that_open_what_is_there(
    older: Connection, environment: dict[str, str], vault: Vault
) -> None:
    add_person_of_then(older, vault)
    older.commit()
    said = upgrade({**environment, "SMS_APP_KEYS": OTHER})
    assert said.exit_code == 1
    assert "Key 2 of SMS_APP_KEYS opens none" in str(said.exception)
    assert older.exec_driver_sql("select count(*) from vault_key_check").scalar_one() == 0
    older.rollback()
    assert upgrade(environment).exit_code == 0
    assert list(older.exec_driver_sql("select key_id from vault_key_check order by 1").scalars()) == [1, 2]
    older.rollback()
    assert "not the key 2" in str(upgrade({**environment, "SMS_APP_KEYS": OTHER}).exception)


def test_a_release_without_keys_does_nothing(older: Connection, environment: dict[str, str]) -> None:
    del environment["SMS_APP_KEYS"]
    assert "SMS_APP_KEYS is missing" in refused(environment, "db", "upgrade")
    assert installation.kind(older) is None


# --- what does not start


@pytest.mark.parametrize(
    "words", [("worker",), ("worker", "--burst"), ("clock",), ("clock", "--once"), ("people", "list")]
)
def test_with_another_key_nothing_starts_and_it_says_what_to_do(
    environment: dict[str, str], words: tuple[str, ...]
) -> None:
    if words[0] == "people":
        words = ("reminders", "preview")
    said = refused({**environment, "SMS_APP_KEYS": OTHER}, *words)
    assert (
        "Key 2 of SMS_APP_KEYS is not the key 2 that this database is sealed with: put the right one there."
        in said
    )


@pytest.mark.parametrize("words", [("web",), ("worker",), ("clock", "--once")])
def test_a_demo_starts_as_a_demo_only(
    demo_database: Database, environment: dict[str, str], words: tuple[str, ...]
) -> None:
    assert "invented people: set SMS_APP_DEMO=1 for a demo" in refused(environment, *words)
    if words[0] == "clock":
        assert run(environment | {"SMS_APP_DEMO": "1"}, *words).returncode == 0


@pytest.mark.parametrize("words", [("web",), ("worker",), ("clock", "--once")])
def test_a_made_up_key_starts_nothing_in_production(
    conn: Connection, environment: dict[str, str], words: tuple[str, ...]
) -> None:
    conn.exec_driver_sql("delete from vault_key_check")
    register_keys(conn, Vault.parse(ZEROS))
    conn.commit()
    said = refused({**environment, "SMS_APP_KEYS": ZEROS}, *words)
    assert "Key 1 of SMS_APP_KEYS is made up: make one with `sms-app vault new-key`." in said


def test_the_phone_page_starts_in_a_demo_only(environment: dict[str, str]) -> None:
    for demo_too in ({}, {"SMS_APP_DEMO": "1"}):
        said = refused({**environment, **demo_too, "SMS_APP_PHONE_URL": "http://127.0.0.1:8011"}, "web")
        assert "phone page is for the demo, and this database is production: unset SMS_APP_PHONE_URL" in said


@pytest.mark.parametrize("version", ["this", "the one before"])
def test_up_refuses_a_production_database_and_changes_nothing(
    database: Database, environment: dict[str, str], records: Records, tmp_path: Path, version: str
) -> None:
    records.participant(1)
    records.number("+250788123456")
    records.conn.commit()
    if version != "this":
        migrations.downgrade(sqlalchemy_url(database.owner), "0002")
    with psycopg.connect(database.owner) as conn:
        before = conn.execute("select count(*), max(oid) from pg_class").fetchone()
        people = conn.execute("select count(*) from participant").fetchone()
    own = {name: environment[name] for name in ("SMS_APP_DATABASE_URL", "SMS_APP_REDIS_URL", "SMS_APP_KEYS")}
    said = refused(own, "up", "--data", str(tmp_path / "data"))
    assert "This is a production database" in said
    assert len(said.strip().splitlines()) == 1
    with psycopg.connect(database.owner) as conn:
        assert conn.execute("select count(*), max(oid) from pg_class").fetchone() == before
        assert conn.execute("select count(*) from participant").fetchone() == people


# --- the doctor


def lines(environment: dict[str, str]) -> str:
    return CliRunner().invoke(app, ["doctor"], env={"USER": "office", **environment}).output


def test_the_doctor_names_the_key_and_the_kind(environment: dict[str, str], database: Database) -> None:
    well = lines(environment)
    assert "ok    keys" in well
    assert "fit this database" in well
    assert "production" in well
    said = lines({**environment, "SMS_APP_KEYS": OTHER, "SMS_APP_PHONE_URL": "http://127.0.0.1:8011"})
    assert "bad   keys" in said
    assert "key 1 of SMS_APP_KEYS is not the key 1 that this database is sealed with" in said
    assert "bad   installation" in said
    assert not any(part.partition(":")[2] in said for part in OTHER.split(","))


# --- what a made-up key is


@pytest.mark.parametrize(
    "key",
    [
        bytes(32),
        bytes([7]) * 32,
        bytes(range(32)),
        bytes(range(32, 64)),
        b"\x00\xff" * 16,
        b"changeme" * 4,
        b"correct horse battery staple 123",
        bytes(range(0, 64, 2)),
    ],
)
def test_keys_that_nobody_drew_at_random_are_found(key: bytes) -> None:
    text = base64.urlsafe_b64encode(key).decode().rstrip("=")
    assert made_up_keys(f"2:{Vault.new_key()},1:{text}") == [1]


def test_keys_that_look_made_up_are_found() -> None:
    for text in ("A" * 43, "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "0123456789" * 4 + "012"):
        assert made_up_keys(f"1:{text}") == [1]


def test_random_keys_pass() -> None:
    assert not any(made_up_keys(f"1:{Vault.new_key()}") for _ in range(5_000))
    assert made_up_keys("") == made_up_keys(KEYS) == []
