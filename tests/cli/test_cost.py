"""`sms-app cost`, as staff type it: what dialling cost stands below what texts cost."""

from datetime import date

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from sms_app.cli.main import app
from tests.world.records import Records


@pytest.fixture
def november(records: Records) -> Records:
    records.conn.execute(text("update programme set slug = 'rwanda'"))
    for day, network, sessions, cost in (
        (date(2026, 10, 31), "63510", 9, "9"),
        (date(2026, 11, 1), "63510", 1000, "2500.5"),
        (date(2026, 11, 30), "63510", 200, "500"),
        (date(2026, 11, 3), "99999", 1, "0.75"),
        (date(2026, 12, 1), "63510", 9, "9"),
    ):
        records.conn.execute(
            text("insert into ussd_cost values (:p, :day, :network, 'RWF', :sessions, :cost)"),
            {"p": records.programme, "day": day, "network": network, "sessions": sessions, "cost": cost},
        )
    records.conn.commit()
    return records


def cost(environment: dict[str, str], month: str) -> Result:
    return CliRunner().invoke(app, ["cost", "--month", month], env=environment)


def test_a_months_dialogues_are_shown_by_network(november: Records, environment: dict[str, str]) -> None:
    said = cost(environment, "2026-11")
    assert said.exit_code == 0, said.output
    lines = [line.split() for line in said.output.splitlines()]
    assert lines[-3:] == [
        ["USSD", "dialogues", "cost"],
        ["MTN", "(63510)", "1,200", "3,000.50", "RWF"],
        ["99999", "1", "0.75", "RWF"],
    ]


def test_a_month_without_any_says_so(november: Records, environment: dict[str, str]) -> None:
    assert "The provider reported no dialogue in this month." in cost(environment, "2026-09").output


def test_the_budget_of_the_month_is_beside_what_is_used(
    november: Records, environment: dict[str, str]
) -> None:
    said = cost(environment, "2026-11").output
    assert "budget 250,000 RWF: used 3,001.25, which is 1 %; left 246,998.75" in said
