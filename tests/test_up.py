"""`sms-app up` as a person meets it: a folder, a terminal, signals, and what stays when it is killed."""

import csv
import os
import shlex
import signal
import socket
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest
import redis
import requests
from rq import Queue
from rq.serializers import JSONSerializer

from sms_app.cli.environment import at_provider, external_provider
from sms_app.config import sqlalchemy_url
from sms_app.folder import read_env
from sms_app.migrations import run as migrations
from tests.world.command import command
from tests.world.up import BARE, COMMAND, Up
from tests.world.waiting import LONG, PATIENCE_S, PROVES, wait_for

pytestmark = LONG
# with the option again, and without it
BARE_AGAIN = (("--bare",), ()) if PROVES else ((),)


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        env=BARE | (env or {}),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    """What a command that refuses says: one line, exit code 1, no traceback."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A private folder, as a home is."""
    found = tmp_path_factory.mktemp("home")
    found.chmod(0o700)
    return found


@pytest.fixture(scope="module")
def service(home):
    modes = [(path, path.stat().st_mode) for path in (home, *home.parents)]
    up = Up(home / "a").start()
    yield up
    up.stop()
    assert modes == [(path, path.stat().st_mode) for path in (home, *home.parents)]


def test_the_service_is_alive_and_ready(service):
    assert service.get("/healthz")[0] == 200
    status, body = service.get("/readyz")
    assert status == 200
    assert '"ready"' in body
    env = read_env(service.place)
    assert f"phone page: {env['PHONE_URL']}\n" in service.said
    for path in ("", "/phone"):
        # the address that is printed, and one that was kept, lead to the phone page
        page = requests.get(f"http://127.0.0.1:{service.port}{path}", timeout=10)
        assert (page.status_code, page.url) == (200, f"{env['PHONE_URL']}/phone")
    people = requests.get(f"{env['PHONE_URL']}/phone/people", timeout=10).json()
    woman = next(one for one in people if one["number"] == env["DEMO_PHONE_WOMAN_1"])
    assert (woman["role"], woman["code"], woman["people"], woman["mode"]) == ("woman", "*801#", 1, "free")


def test_the_folder_and_what_is_in_it_are_private(service):
    assert stat.S_IMODE(service.place.stat().st_mode) == 0o700
    for path in service.place.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_the_environment_lets_any_command_run_by_hand(service):
    script = (
        f"set -a; . {shlex.quote(str(service.place / 'env'))}; {COMMAND} clock --once && {COMMAND} db current"
    )
    done = subprocess.run(["sh", "-c", script], env=BARE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    env = read_env(service.place)
    for name in ("DATABASE_URL", "REDIS_URL", "CALLBACK_SECRET", "WEB_URL", "SERVICE_CODE"):
        assert env[name]
    assert env["WEB_URL"].endswith(str(service.port))
    psycopg.connect(env["DATABASE_URL"]).close()
    with redis.Redis.from_url(env["REDIS_URL"]) as client:
        assert client.ping()


def test_up_bare_starts_with_nobody_beside_another_service_and_stays_bare(service, home):
    up = Up(home / "bare").start("--bare")
    assert up.port != service.port
    assert read_env(up.place)["SMS_APP_KEYS"] != read_env(service.place)["SMS_APP_KEYS"]
    doctor = run("doctor", env=read_env(up.place))
    assert "Traceback" not in doctor.stderr
    # texts go to the provider's stand-in only
    assert command(read_env(up.place), "sending", "start").stdout.startswith("on")
    is_bare(up)
    for options in BARE_AGAIN:
        assert up.stop() == 0
        is_bare(up.start(*options))
    assert service.get("/readyz")[0] == 200
    assert up.stop(signal.SIGINT) == 0
    assert up.said.endswith("stopped\n")
    wait_for(lambda: not up.processes(), up.processes)


def is_bare(up):
    env = read_env(up.place)
    assert up.get("/readyz")[0] == 200
    assert not [name for name in env if name.startswith("DEMO_")]
    with psycopg.connect(env["DATABASE_URL"]) as conn:
        kind = "select kind, (select count(*) from participant), (select count(*) from programme) from installation"
        assert conn.execute(kind).fetchone() == ("bare", 0, 1)


def test_the_demo_is_listed(service):
    env = read_env(service.place)
    with (service.place / "demo-phones.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["number", "member", "role", "arm", "group", "pin"]
    by_number = {}
    for row in rows:
        by_number.setdefault(row["number"], []).append(row)
    for name in ("WOMAN_1", "WOMAN_2", "MAN_1", "COACH_1"):
        (row,) = by_number[env[f"DEMO_PHONE_{name}"]]
        assert row["role"] == name.split("_")[0].lower()
        assert (row["pin"] != "") == (row["role"] == "coach")


SECRETS = {
    "WEB_DATABASE_URL",
    "WORKER_DATABASE_URL",
    "SUPPORT_DATABASE_URL",
    "STAFF_DATABASE_URL",
    "DATABASE_URL",
    "KEYS",
    "CALLBACK_SECRET",
    "METRICS_TOKEN",
    "PROVIDER_API_KEY",
    "SUPPORT_SECRET",
    "CONSOLE_DATABASE_URL",
    "CONSOLE_SECRET",
}
MAY_HAVE = {
    "web": {"WEB_DATABASE_URL", "KEYS", "CALLBACK_SECRET", "METRICS_TOKEN"},
    "clock": {"WORKER_DATABASE_URL", "KEYS"},
    "worker": {"WORKER_DATABASE_URL", "KEYS", "PROVIDER_API_KEY"},
    "provider": {"CALLBACK_SECRET", "PROVIDER_API_KEY"},
    "phone": {"CALLBACK_SECRET"},
    "support": {"SUPPORT_DATABASE_URL", "SUPPORT_SECRET"},
    "console": {"CONSOLE_DATABASE_URL", "CONSOLE_SECRET", "KEYS"},
}


def of_ours(service) -> dict[int, str]:
    """The processes that `up` started of our own command, by id, with what each is."""
    found = {}
    for pid, line in service.processes().items():
        words = line.split()
        if "sms_app.cli.main" in words:
            found[pid] = words[words.index("sms_app.cli.main") + 1]
    return found


def test_web_may_only_ask_redis_whether_it_is_alive(service):
    """As it was found: with web's URL, a job that names a function ran in the worker."""
    env = read_env(service.place)
    for user, url in (
        ("web", env["SMS_APP_WEB_REDIS_URL"]),
        ("clock", env["SMS_APP_CLOCK_REDIS_URL"]),
        ("worker", env["SMS_APP_REDIS_URL"]),
    ):
        assert f"//{user}:" in url
        for pid, name in of_ours(service).items():
            environ = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            assert (f"SMS_APP_REDIS_URL={url}".encode() in environ) == (name == user)
    with redis.Redis.from_url(env["SMS_APP_WEB_REDIS_URL"]) as client:
        assert client.ping()
        with pytest.raises(redis.exceptions.NoPermissionError):
            Queue("messages", connection=client, serializer=JSONSerializer).enqueue(
                "subprocess.getoutput", "id"
            )


def test_no_process_has_what_is_not_its_business(service):
    env = read_env(service.place)
    assert set(of_ours(service).values()) == set(MAY_HAVE)
    for pid, name in of_ours(service).items():
        environment = Path(f"/proc/{pid}/environ").read_text()
        has = {secret for secret in SECRETS if env[f"SMS_APP_{secret}"] in environment}
        assert has == MAY_HAVE[name], name


def sent(env: dict[str, str], *numbers: str) -> requests.Response:
    form = {"username": env["SMS_APP_PROVIDER_USERNAME"], "to": ",".join(numbers), "message": "Muraho!"}
    key = {"apiKey": env["SMS_APP_PROVIDER_API_KEY"]}
    return requests.post(f"{env['PROVIDER_URL']}/version1/messaging", form, headers=key, timeout=10)


def taken(env: dict[str, str], number: str) -> list[dict[str, str]]:
    guard = {"Authorization": f"Bearer {env['CALLBACK_SECRET']}"}
    url = f"{env['PROVIDER_URL']}/control/messages"
    return requests.get(url, {"number": number}, headers=guard, timeout=10).json()["messages"]


def test_the_providers_stand_in_takes_messages_and_reports_them(service):
    env = read_env(service.place)
    assert env["PROVIDER_URL"] == env["SMS_APP_PROVIDER_URL"]
    number = env["DEMO_PHONE_WOMAN_1"]
    assert sent(env, number).status_code == 201
    wait_for(lambda: taken(env, number)[-1]["status"] == "Success")
    shown = requests.get(f"{env['PHONE_URL']}/phone/messages", {"number": number}, timeout=10)
    assert "Muraho!" in shown.text


def test_a_killed_stand_in_comes_back_with_what_it_took(service):
    env = read_env(service.place)
    number = env["DEMO_PHONE_WOMAN_2"]
    assert sent(env, number).status_code == 201
    (pid,) = (pid for pid, name in of_ours(service).items() if name == "provider")
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: "provider ended" in service.said)
    wait_for(lambda: answers(env))
    assert [message["text"] for message in taken(env, number)] == ["Muraho!"]


def answers(env: dict[str, str]) -> bool:
    try:
        return sent(env).status_code == 400
    except requests.ConnectionError:
        return False


def test_with_invented_people_only_sending_is_on_from_the_start(service):
    with psycopg.connect(read_env(service.place)["DATABASE_URL"]) as conn:
        assert conn.execute("select stopped from sending_switch").fetchone() == (False,)


def test_a_folder_in_use_is_refused(service):
    assert "in use" in one_sentence(run("up", "--data", str(service.place)))


@pytest.mark.parametrize("which", [0, 1], ids=["supervisor", "server"])
def test_a_killed_web_process_comes_back(service, which):
    def webs():
        return sorted(pid for pid, line in service.processes().items() if " web --port" in line)

    wait_for(lambda: len(webs()) == 2, service)
    killed = webs()[which]
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: killed not in webs() and len(webs()) == 2, service)
    wait_for(lambda: service.get("/readyz")[0] == 200, service)


def test_a_killed_database_comes_back(service):
    pid = int((service.place / "postgres/data/postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: "PostgreSQL ended" in service.said)
    wait_for(lambda: service.get("/readyz")[0] == 200)


def test_killed_it_leaves_no_process_and_a_folder_that_the_next_start_recovers(service):
    env = read_env(service.place)
    with psycopg.connect(env["DATABASE_URL"]) as conn:
        people = conn.execute("select count(*) from participant").fetchone()
        conn.execute("create table kept as select 1 as one")
        conn.execute("update sending_switch set stopped = true, reason = 'a test'")
    service.process.kill()
    service.stop()
    wait_for(lambda: not service.processes(), service.processes)
    service.start()
    again = read_env(service.place)
    secret = [name for name in env if name.endswith(("KEY", "KEYS", "SECRET", "TOKEN", "DATABASE_URL"))]
    assert {name: env[name] for name in secret} == {name: again[name] for name in secret}
    with psycopg.connect(again["DATABASE_URL"]) as conn:
        assert conn.execute("select one from kept").fetchone() == (1,)
        # who stopped sending is not overruled by a start
        assert conn.execute("select stopped from sending_switch").fetchone() == (True,)
        assert conn.execute("select count(*) from participant").fetchone() == people


def test_stopped_it_leaves_no_process(service):
    assert service.stop() == 0
    assert service.processes() == {}
    assert not (service.place / "postgres/data/postmaster.pid").exists()


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert port in one_sentence(run("up", "--data", str(tmp_path / "d"), "--port", port))
    assert not (tmp_path / "d").exists()


def test_a_folder_of_a_newer_version_is_said(tmp_path):
    (tmp_path / "version").write_text("99\n")
    assert "newer version" in one_sentence(run("up", "--data", str(tmp_path)))


def test_a_folder_that_can_not_be_made_is_said(tmp_path):
    assert "does not exist" in one_sentence(run("up", "--data", str(tmp_path / "no" / "such")))


def test_a_database_of_a_newer_version_is_said(database, environment):
    with psycopg.connect(database.owner) as conn:
        conn.execute("update alembic_version set version_num = 'from-the-future'")
    assert "newer version" in one_sentence(command(environment, "db", "upgrade"))


def test_one_of_two_servers_of_ones_own_is_refused(tmp_path, environment):
    half = {"SMS_APP_DATABASE_URL": environment["SMS_APP_DATABASE_URL"]}
    assert "SMS_APP_REDIS_URL" in one_sentence(run("up", "--data", str(tmp_path / "d"), env=half))


def test_ones_own_servers_are_used(home, environment, database):
    """An empty database becomes a demo, for which a made-up key is good enough."""
    migrations.downgrade(sqlalchemy_url(database.owner), "base")
    own = {name: environment[name] for name in ("SMS_APP_DATABASE_URL", "SMS_APP_REDIS_URL")}
    own["SMS_APP_PROVIDER_URL"] = "http://127.0.0.1:9"
    own["SMS_APP_KEYS"] = "1:" + "A" * 43
    up = Up(home / "own", own).start()
    try:
        assert up.get("/readyz")[0] == 200
        assert not (up.place / "postgres").exists()
        assert {name: read_env(up.place)[name] for name in own} == own
        assert "provider" not in of_ours(up).values()
        env = read_env(up.place)
        assert run("clock", "--once", env=env).returncode == 0
        assert "invented people" in one_sentence(command(env | {"SMS_APP_DEMO": ""}, "clock", "--once"))
        other = {"SMS_APP_KEYS": "1:" + "B" * 43}
        assert "not the key 1" in one_sentence(command(env | other, "clock", "--once"))
    finally:
        assert up.stop() == 0


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"SMS_APP_PROVIDER_URL": "http://127.0.0.1:9"}, "http://127.0.0.1:9"),
        ({}, ""),
        # after `. DIR/env`
        ({"SMS_APP_PROVIDER_URL": "http://127.0.0.1:8"}, ""),
    ],
)
def test_ones_own_provider_is_used_and_an_earlier_stand_in_is_not(given, url):
    kept = at_provider("http://127.0.0.1:8", local=True)
    assert external_provider(given, kept) == url
    assert external_provider({"SMS_APP_PROVIDER_URL": url}, at_provider(url, local=False)) == url


@pytest.mark.parametrize(
    "words", [("web",), ("clock", "--once"), ("db", "upgrade"), ("db", "roles"), ("provider",)]
)
def test_outside_up_a_missing_variable_stops_the_start(words):
    done = command({}, *words)
    assert done.returncode == 1
    assert "SMS_APP_" in done.stderr


def test_a_weak_secret_stops_the_start(environment):
    done = command(environment | {"SMS_APP_CALLBACK_SECRET": "secret"}, "web")
    assert "SMS_APP_CALLBACK_SECRET is weak" in one_sentence(done)


def test_a_database_that_is_away_is_said_without_its_password(environment):
    away = environment | {"SMS_APP_WORKER_DATABASE_URL": "postgresql://w:canary@127.0.0.1:1/d"}
    said = one_sentence(command(away, "clock", "--once"))
    assert "database does not answer" in said
    assert "canary" not in said


def test_broken_flows_stop_the_start_and_are_listed(environment, tmp_path):
    (tmp_path / "rwanda").mkdir()
    (tmp_path / "rwanda" / "programme.yaml").write_text("slug: rwanda\n")
    done = command(environment | {"SMS_APP_FLOWS": str(tmp_path)}, "db", "programmes")
    assert done.returncode == 1
    assert "programme.yaml:" in done.stderr
    assert "Traceback" not in done.stderr
