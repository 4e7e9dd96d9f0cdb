"""`sms-app support`: accounts of caseworkers, the audit trail, and the process itself."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import psycopg
import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner, Result

from sms_app.cli.main import app
from sms_app.vault import Vault
from tests.world.databases import Database
from tests.world.programme import stored_rwanda
from tests.world.waiting import wait_for

STAFF = ("SMS_APP_STAFF_DATABASE_URL", "SMS_APP_KEYS")
BEHIND = ("SMS_APP_SUPPORT_DATABASE_URL", "SMS_APP_SUPPORT_SECRET")


@pytest.fixture
def env(environment: dict[str, str], owner: Connection, vault: Vault) -> dict[str, str]:
    stored_rwanda(owner, vault)
    owner.commit()
    return {name: environment[name] for name in BEHIND}


def run(env: dict[str, str], *words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["support", *words], env=env)
    assert done.exit_code == code, done.output
    return done


def values(database: Database, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database.owner) as conn:
        return conn.execute(statement).fetchall()


def test_a_caseworker_is_added_with_credentials_that_are_shown_once(
    env: dict[str, str], database: Database
) -> None:
    said = run(env, "caseworker", "add", " First@Example.org").output
    secret = re.search(r"authenticators ([A-Z2-7]{32})\n", said)
    password = re.search(r"first sign-in +(\S{16})\n", said)
    assert said.startswith("Caseworker 1.")
    assert secret
    assert password
    assert "otpauth://totp/" in said
    ((row,),) = values(database, "select c from private.caseworker c")
    assert "first@example.org" in str(row)
    assert secret[1] not in str(row)
    assert password[1] not in str(row)
    assert run(env, "caseworker", "add", "second@example.org").output.startswith("Caseworker 2.")
    assert run(env, "caseworker", "list").output == (
        "1  first@example.org  no key  no number\n2  second@example.org  no key  no number\n"
    )


def test_a_number_for_the_duty_text_is_stored_by_staff(
    env: dict[str, str], environment: dict[str, str], database: Database
) -> None:
    words = ("caseworker", "add", "first@example.org", "--phone", "0780000009")
    run(env, *words, code=1)
    assert values(database, "select count(*) from private.caseworker") == [(0,)]
    run(env | {name: environment[name] for name in STAFF}, *words)
    linked = "select count(*) from private.caseworker c join phone_number n on n.id = c.phone_number_id"
    assert values(database, linked) == [(1,)]
    assert values(database, "select what, subject from audit_entry where what = 'add_duty_number'") == [
        ("add_duty_number", "phone_number")
    ]


def test_a_caseworkers_number_is_given_later_and_counts_on_the_rota(
    env: dict[str, str], environment: dict[str, str], database: Database
) -> None:
    run(env, "caseworker", "add", "first@example.org")
    rota = (
        "insert into duty_day select id, day::date, code, null, false from programme,"
        " (values (current_date - 1, '1'), (current_date + 1, '1'), (current_date + 2, '2')) d(day, code)"
    )
    with psycopg.connect(database.owner) as conn:
        conn.execute(rota)
    staff = env | {name: environment[name] for name in STAFF}
    assert "no caseworker 2" in run(staff, "caseworker", "number", "2", "0780000009", code=1).output
    assert values(database, "select count(*) from phone_number") == [(0,)]
    run(staff, "caseworker", "number", "1", "12", code=1)
    run(env, "caseworker", "number", "1", "0780000009", code=1)
    for n in (8, 9):
        said = run(staff, "caseworker", "number", "1", f"078000000{n}").output
        assert said == "Caseworker 1 gets the duty text on this number from now on.\n"
    assert run(env, "caseworker", "list").output == "1  first@example.org  no key  has a number\n"
    ((phone,),) = values(database, "select phone_number_id from private.caseworker")
    assert phone is not None
    on_rota = values(database, "select phone_number_id from duty_day order by day")
    assert on_rota == [(None,), (phone,), (None,)]
    audited = values(database, "select caseworker, what, subject from private.audit order by n")
    assert audited[1:] == [("-", "set_number", "1")] * 2
    assert "0780000009" not in str(values(database, "select t from private.audit t"))


@pytest.mark.parametrize("email", ["", "first", "a b@c", "first@example.org"])
def test_a_wrong_or_known_address_is_refused(env: dict[str, str], email: str) -> None:
    run(env, "caseworker", "add", "first@example.org")
    assert "e-mail address" in run(env, "caseworker", "add", email, code=1).output


def test_a_withdrawn_address_is_free_again_and_its_code_when_no_other_is_left(
    env: dict[str, str], database: Database
) -> None:
    run(env, "caseworker", "add", "first@example.org")
    run(env, "caseworker", "add", "second@example.org")
    assert "can't sign in any more" in run(env, "caseworker", "withdraw", "1").output
    assert "no caseworker 1" in run(env, "caseworker", "withdraw", "1", code=1).output
    assert run(env, "caseworker", "add", "first@example.org").output.startswith("Caseworker 3.")
    assert values(database, "select count(*) from private.caseworker") == [(3,)]
    for n in range(4, 10):
        run(env, "caseworker", "add", f"{n}@example.org")
    assert run(env, "caseworker", "add", "last@example.org").output.startswith("Caseworker 1.")


def test_a_lost_second_factor_is_renewed(env: dict[str, str], database: Database) -> None:
    run(env, "caseworker", "add", "first@example.org")
    before = values(database, "select password, totp_sealed from private.caseworker")
    said = run(env, "caseworker", "renew", "1").output
    assert "This is shown once" in said
    ((after),) = values(database, "select password, totp_sealed from private.caseworker")
    assert not set(after) & set(before[0])


def test_the_trail_is_verified_against_a_copied_head(env: dict[str, str]) -> None:
    run(env, "caseworker", "add", "first@example.org")
    said = run(env, "audit", "verify").output
    assert said.startswith("1 entries, none changed.")
    head = re.search(r"on paper: (\w{64})", said)
    assert head
    run(env, "caseworker", "add", "second@example.org")
    assert "2 entries" in run(env, "audit", "verify", "--head", f"{head[1][:8]} {head[1][8:16]}").output
    assert "no entry has the head" in run(env, "audit", "verify", "--head", "0" * 16, code=1).output


@pytest.mark.parametrize("head", ["", "a", "{head:.15}", "{head} 0", "{head:.15}g", " "])
def test_a_beginning_that_any_trail_could_have_is_no_head(env: dict[str, str], head: str) -> None:
    run(env, "caseworker", "add", "first@example.org")
    written = re.search(r"on paper: (\w{64})", run(env, "audit", "verify").output)
    assert written
    copied = head.format(head=written[1])
    said = run(env, "audit", "verify", "--head", copied, code=1 if copied else 0).output
    assert ("at least the first 16" in said) == bool(copied)


def test_without_its_variables_it_does_not_start(env: dict[str, str]) -> None:
    for name in BEHIND:
        said = run({**env, name: ""}, code=1).output
        assert f"{name} is missing" in said


def test_a_demos_database_is_served_as_a_demo_only(env: dict[str, str], demo_database: Database) -> None:
    env = {**os.environ, **env, "SMS_APP_DEMO": ""}
    done = subprocess.run(
        [sys.executable, "-m", "sms_app.cli.main", "support", "--port", str(free_port())],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "SMS_APP_DEMO=1" in done.stderr) == (1, True)


def test_the_process_serves_the_sign_in_page_only(env: dict[str, str], database: Database) -> None:
    port = free_port()
    child = subprocess.Popen(
        [sys.executable, "-m", "sms_app.cli.main", "support", "--port", str(port)],
        env={**os.environ, **env, "SMS_APP_DEMO": "1"},
    )
    try:
        wait_for(lambda: status(f"http://127.0.0.1:{port}/") == 200)
        assert status(f"http://127.0.0.1:{port}/home") == 404
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as reply:
            # http on this machine, in a demo
            assert "Secure" not in reply.headers["Set-Cookie"]
            assert reply.headers["Set-Cookie"].startswith("support=")
    finally:
        child.terminate()
        child.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
