"""`sms-app reminders preview`, as staff type it: the summary, each participant, CSV; no names, no phones."""

from collections.abc import Callable

import pytest
from click.testing import Result
from typer.testing import CliRunner

from sms_app.cli.reminders import app
from sms_app.vault import Vault
from tests.world.databases import Database, environment_of, pooled, redis_of
from tests.world.demo import load

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def run(module_database: Database, server_urls: dict[str, str], worker_id: str, vault: Vault) -> Run:
    """The command in the demo programme, which it only reads."""
    with pooled(module_database.owner) as engine, engine.begin() as conn:
        load(conn, vault)
    environment = environment_of(module_database, redis_of(server_urls, worker_id))
    return lambda *words: CliRunner().invoke(app, ["preview", *words], env=environment)


def test_a_week_is_shown_in_short_at_length_and_as_a_table(run: Run) -> None:
    short = run("--week", "2026-W13").output
    assert "2026-03-27 10:00  leader_month          15 participants     15 messages  groups 19" in short
    for reason in ("no_phone", "no_consent", "not_opted_in", "number_stopped", "quiet_hours"):
        assert f"participants  {reason}" in short
    full = run("--week", "2026-W13", "--all").output
    assert full.startswith(short.rstrip("\n"))
    table = run("--week", "2026-W13", "--csv").output.splitlines()
    assert table[0] == "when,rule,about,group,member,why_not,list_number"
    assert len(table) - 1 == len(full.splitlines()) - len(short.splitlines()) - 1
    assert "+250" not in full + "".join(table)


@pytest.mark.parametrize("week", ["2026-49", "2026-W54", "next", "9999-W52", "0001-W01", ""])
def test_what_is_no_week_is_said(run: Run, week: str) -> None:
    found = run("--week", week)
    assert found.exit_code == 1
    assert "write it as 2026-W49" in found.output
