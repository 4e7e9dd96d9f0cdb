"""`sms-app services`: units that systemd takes, each process with its own user and variables only."""

from __future__ import annotations

import configparser
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sms_app.cli.main import app
from sms_app.cli.processes import RUNNING, commands

ROLES = ("web", "worker", "support", "staff", "console")


def write(folder: Path, env: dict[str, str], *words: str) -> list[str]:
    done = CliRunner().invoke(app, ["services", str(folder), *words], env=env)
    assert done.exit_code == 0, done.output
    return sorted(path.name for path in folder.iterdir())


def section(path: Path, name: str) -> list[tuple[str, str]]:
    lines = path.read_text().partition(f"[{name}]\n")[2].partition("\n[")[0].splitlines()
    return [(line.partition("=")[0], line.partition("=")[2]) for line in lines if line]


def variables(path: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string("[env]\n" + path.read_text())
    return dict(parser["env"])


def test_all_processes_of_one_server_are_written(tmp_path: Path, environment: dict[str, str]) -> None:
    assert write(tmp_path, environment) == [
        "clock.env",
        "console.env",
        "doctor.env",
        "release.env",
        "sms-app-clock.service",
        "sms-app-console.service",
        "sms-app-doctor.service",
        "sms-app-doctor.timer",
        "sms-app-release.service",
        "sms-app-support.service",
        "sms-app-web@.service",
        "sms-app-worker.service",
        "sms-app.sysusers.conf",
        "sms-app.target",
        "staff.env",
        "support.env",
        "web.env",
        "worker.env",
    ]
    web = section(tmp_path / "sms-app-web@.service", "Service")
    assert ("ExecStart", "/opt/sms-app/.venv/bin/sms-app web --host 127.0.0.1 --port %i") in web
    assert {
        ("User", "sms-web"),
        ("EnvironmentFile", "/etc/sms-app/web.env"),
        ("Restart", "always"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("PrivateTmp", "yes"),
    } < set(web)
    release = section(tmp_path / "sms-app-release.service", "Service")
    assert ("Type", "oneshot") in release
    assert [value.rpartition("/")[2] for name, value in release if name == "ExecStart"] == [
        "sms-app db roles",
        "sms-app db upgrade",
        "sms-app db programmes",
    ]
    assert [value for name, value in section(tmp_path / "sms-app.target", "Unit") if name == "Wants"] == [
        "sms-app-web@8001.service",
        "sms-app-web@8002.service",
        "sms-app-worker.service",
        "sms-app-clock.service",
        "sms-app-support.service",
        "sms-app-console.service",
    ]
    support = dict(section(tmp_path / "sms-app-support.service", "Service"))
    assert support["ExecStart"].endswith("sms-app support --host 127.0.0.1 --port 8090")
    console = dict(section(tmp_path / "sms-app-console.service", "Service"))
    assert console["ExecStart"].endswith("sms-app console --host 127.0.0.1 --port 8095")
    doctor = dict(section(tmp_path / "sms-app-doctor.service", "Service"))
    assert doctor["ExecStart"].endswith("sms-app doctor --only web --only worker --only clock")


def test_no_process_is_told_what_is_not_its_business(tmp_path: Path, environment: dict[str, str]) -> None:
    write(tmp_path, environment)
    every = {path.stem: variables(path) for path in tmp_path.glob("*.env")}
    assert every["web"]["SMS_APP_KEYS"] == f"'{environment['SMS_APP_KEYS']}'"
    assert not every["web"].keys() & {"SMS_APP_WORKER_DATABASE_URL", "SMS_APP_PROVIDER_API_KEY"}
    assert not every["worker"].keys() & {"SMS_APP_WEB_DATABASE_URL", "SMS_APP_CALLBACK_SECRET"}
    assert not every["clock"].keys() & {"SMS_APP_PROVIDER_API_KEY", "SMS_APP_METRICS_TOKEN"}
    for name, own in (("web", "WEB_REDIS_URL"), ("clock", "CLOCK_REDIS_URL"), ("worker", "REDIS_URL")):
        assert every[name]["SMS_APP_REDIS_URL"] == f"'{environment[f'SMS_APP_{own}']}'"
        assert not every[name].keys() & {"SMS_APP_WEB_REDIS_URL", "SMS_APP_CLOCK_REDIS_URL"}
    behind = {"SMS_APP_SUPPORT_DATABASE_URL", "SMS_APP_SUPPORT_SECRET"}
    assert behind == {name for name in every["support"] if name.startswith("SMS_APP_")}
    for name in every.keys() - {"support"}:
        assert every[name].keys() & behind <= (
            {"SMS_APP_SUPPORT_DATABASE_URL"} if name == "release" else set()
        )
    its_own = {"SMS_APP_CONSOLE_DATABASE_URL", "SMS_APP_CONSOLE_SECRET"}
    assert every["console"].keys() >= its_own | {"SMS_APP_KEYS"}
    for name in every.keys() - {"console", "release"}:
        assert not every[name].keys() & its_own
    # it registers them, and refuses to migrate a database that is sealed with others
    assert every["release"]["SMS_APP_KEYS"] == every["web"]["SMS_APP_KEYS"]
    assert [name for name, found in every.items() if "SMS_APP_DATABASE_URL" in found] == ["release"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.glob("*.env"))
    # no two processes may look into each other's memory and environment
    users = {dict(section(path, "Service"))["User"] for path in tmp_path.glob("*.service")}
    assert len(users) == len(list(tmp_path.glob("*.service")))
    assert {
        line.split()[1] for line in (tmp_path / "sms-app.sysusers.conf").read_text().splitlines()
    } == users


def test_a_shell_and_systemd_read_the_same(tmp_path: Path, environment: dict[str, str]) -> None:
    write(tmp_path, environment | {"SMS_APP_PROVIDER_API_KEY": 'a b"$HOME#c'})
    script = f'set -a; . {tmp_path}/worker.env; printf %s "$SMS_APP_PROVIDER_API_KEY"'
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert said == 'a b"$HOME#c'
    for wrong in ("it's", "back\\slash", "two\nlines"):
        done = CliRunner().invoke(
            app, ["services", str(tmp_path)], env=environment | {"SMS_APP_PROVIDER_API_KEY": wrong}
        )
        assert done.exit_code == 1
        assert wrong not in done.output


def test_what_is_not_known_yet_is_left_empty_to_fill_in(tmp_path: Path) -> None:
    write(tmp_path, dict.fromkeys(("SMS_APP_KEYS", "SMS_APP_TIME_OFFSET_S"), ""))
    assert variables(tmp_path / "clock.env")["SMS_APP_KEYS"] == "''"
    assert "SMS_APP_TIME_OFFSET_S" not in variables(tmp_path / "clock.env")


def test_a_process_without_a_redis_user_of_its_own_does_not_get_the_workers(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    write(tmp_path, environment | dict.fromkeys(("SMS_APP_WEB_REDIS_URL", "SMS_APP_CLOCK_REDIS_URL"), ""))
    assert "SMS_APP_REDIS_URL" not in variables(tmp_path / "web.env")
    assert variables(tmp_path / "clock.env")["SMS_APP_REDIS_URL"] == "''"


def test_the_web_process_alone_is_written(tmp_path: Path, environment: dict[str, str]) -> None:
    names = write(
        tmp_path,
        environment,
        "--only",
        "web",
        "--host",
        "10.0.0.2",
        "--web",
        "3",
        "--user",
        "ussd",
        "--root",
        "/srv/app",
        "--env",
        "/etc/app",
    )
    assert names == [
        "doctor.env",
        "sms-app-doctor.service",
        "sms-app-doctor.timer",
        "sms-app-web@.service",
        "sms-app.sysusers.conf",
        "sms-app.target",
        "web.env",
    ]
    web = section(tmp_path / "sms-app-web@.service", "Service")
    assert ("ExecStart", "/srv/app/.venv/bin/sms-app web --host 10.0.0.2 --port %i") in web
    assert ("User", "ussd-web") in web
    assert "sms-app-web@8003.service" in (tmp_path / "sms-app.target").read_text()
    assert "doctor --only web\n" in (tmp_path / "sms-app-doctor.service").read_text()


def test_the_support_console_alone_has_no_doctor(tmp_path: Path, environment: dict[str, str]) -> None:
    assert write(tmp_path, environment, "--only", "support", "--support-port", "9000") == [
        "sms-app-support.service",
        "sms-app.sysusers.conf",
        "sms-app.target",
        "support.env",
    ]
    assert "--port 9000\n" in (tmp_path / "sms-app-support.service").read_text()


def test_an_unknown_process_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["services", str(tmp_path), "--only", "mail"])
    assert done.exit_code == 1
    assert "There is no process mail" in done.output


def test_every_line_of_the_procfile_has_a_process() -> None:
    assert set(commands()) == {process.name for process in RUNNING} | {"release"}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
def test_systemd_accepts_the_units(tmp_path: Path, environment: dict[str, str]) -> None:
    """Every directive is one that systemd knows, in the right section."""
    place = tmp_path / "opt"
    binary = place / ".venv" / "bin" / "sms-app"
    binary.parent.mkdir(parents=True)
    binary.write_text("#!/bin/sh\n")
    binary.chmod(0o755)
    folder = tmp_path / "units"
    write(folder, environment, "--root", str(place))
    units = [str(path) for path in folder.iterdir() if path.suffix in {".service", ".target", ".timer"}]
    units = [unit.replace("@.", "@8001.") for unit in units]
    shutil.copy(folder / "sms-app-web@.service", folder / "sms-app-web@8001.service")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "sms-app" in line and "Unknown" in line]
    assert ours == []
    assert "Missing" not in done.stderr
