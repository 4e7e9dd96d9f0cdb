"""How much of a month's budget is used."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import Connection

from sms_app.messaging import budget
from sms_app.messaging.cost import CostRow, DialogueSum
from sms_app.programme.settings import Programme
from sms_app.vault import Vault
from tests.world.people import rwanda

TEXTS = (
    CostRow("told", None, 1, 1, Decimal(12), Decimal("10.5"), "RWF", 0),
    CostRow("other currency", None, 1, 1, Decimal(12), Decimal(1), "USD", 0),
    CostRow("not told", None, 2, 2, Decimal(24), None, None, 0),
    CostRow("told, and cost nothing", None, 1, 1, Decimal(12), Decimal(0), "RWF", 0),
)
DIALOGUES = (DialogueSum("RWF", Decimal("3.5")), DialogueSum("USD", Decimal(2)))


@pytest.fixture
def settings(conn: Connection, vault: Vault) -> Programme:
    return rwanda(conn, vault)[0].settings


def with_budget(settings: Programme, limit: int | None) -> Programme:
    return replace(settings, messages=replace(settings.messages, budget=limit))


def test_what_was_charged_counts_and_the_estimate_where_nothing_was_told(settings: Programme) -> None:
    used = budget.used(with_budget(settings, 60), TEXTS, DIALOGUES)
    assert (used.texts, used.dialogues, used.cost) == (Decimal("46.5"), Decimal("3.5"), Decimal(50))
    assert (used.left, used.percent, used.warning) == (Decimal(10), 83, "near")
    assert used.other == [DialogueSum("USD", Decimal(2))]


@pytest.mark.parametrize(
    ("limit", "percent", "warning"),
    [(63, 79, ""), (62, 80, "near"), (50, 100, "near"), (49, 102, "over"), (None, 0, "")],
)
def test_it_warns_above_four_fifths_and_above_all_of_it(
    settings: Programme, limit: int | None, percent: int, warning: str
) -> None:
    used = budget.used(with_budget(settings, limit), TEXTS, DIALOGUES)
    assert (used.percent, used.warning) == (percent, warning)


def test_a_programme_without_a_budget_uses_none_of_it(settings: Programme) -> None:
    assert budget.used(with_budget(settings, None), TEXTS, ()).left == 0
