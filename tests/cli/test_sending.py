"""`sms-app sending`, as staff type it."""

from __future__ import annotations

import pytest
from click.testing import Result
from sqlalchemy import Connection
from typer.testing import CliRunner

from sms_app.cli import sending
from sms_app.cli.main import app
from sms_app.cli.readiness.finding import Finding
from sms_app.messaging import sending_switch

DEMO = {"SMS_APP_DEMO": "1", "SMS_APP_PROVIDER_URL": "http://127.0.0.1:9"}


def run(environment: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(app, ["sending", *words], env={**environment, "USER": "office"})


def trail(conn: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in conn.exec_driver_sql("select who, what from audit_entry order by id")]


def test_stop_start_and_status(environment: dict[str, str], conn: Connection) -> None:
    first = run(environment, "status")
    assert (first.exit_code, first.output) == (1, "stopped by nobody: not started\n")
    assert run(environment | DEMO, "start").output == "on\n"
    assert run(environment | DEMO, "start").output == "on already\n"
    assert run(environment, "status").output == "on\n"
    assert run(environment, "stop", "wrong text", "--by", "Keza").exit_code == 0
    assert run(environment, "status").output.endswith(" by Keza: wrong text\n")
    assert trail(conn) == [("office", "start_sending"), ("Keza", "stop_sending")]


@pytest.mark.parametrize(
    "more",
    [
        {"SMS_APP_PROVIDER_URL": ""},
        {"SMS_APP_PROVIDER_URL": "", "SMS_APP_DEMO": "1"},
        DEMO | {"SMS_APP_DEMO": ""},
    ],
)
def test_for_real_people_it_starts_only_when_nothing_is_missing(
    environment: dict[str, str], conn: Connection, more: dict[str, str]
) -> None:
    """The demo's variable alone does not help: as long as the provider is the real one, real people are reached."""
    done = run(environment | more | {"SMS_APP_PROVIDER_API_KEY": ""}, "start")
    assert done.exit_code == 1
    assert "rwanda: line police" in done.stderr
    assert "SMS_APP_PROVIDER_API_KEY is missing" in done.stderr
    assert "things are not ready" in done.stderr
    assert sending_switch.why_stopped(conn) == "not started"


def test_when_nothing_is_missing_it_starts_though_it_is_stopped(
    environment: dict[str, str], conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = Finding("sending", "bad", "stopped by provider: no_balance", "pay in")
    monkeypatch.setattr(
        sending.readiness, "check_service", lambda _: [stopped, Finding("clock", "ok", "ticks")]
    )
    monkeypatch.setattr(sending.readiness, "check_go_live", lambda _: [Finding("caseworkers", "warn", "off")])
    assert run(environment, "start").output == "on\n"
    assert sending_switch.why_stopped(conn) is None
