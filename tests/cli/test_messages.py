"""`sms-app messages list`, as staff type it after a day."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from sms_app.cli.main import app
from tests.world.records import Records

Run = Callable[..., Result]
# the first moment of 5 March in Kigali
MIDNIGHT = datetime(2026, 3, 4, 22, tzinfo=UTC)


@pytest.fixture
def run(environment: dict[str, str], records: Records) -> Run:
    """The command, beside a day with three messages and one of the next day."""
    records.conn.execute(text("update programme set slug = 'rwanda'"))
    woman, phone = records.participant(1), records.number("+250788000001")

    def add(
        due: datetime, rule: str, status: str, reason: str | None, *people: UUID, about: UUID | None = None
    ) -> None:
        records.message(
            phone,
            *people,
            at=due,
            rule=rule,
            subject_id=about or uuid4(),
            occasion="x",
            status=status,
            reason=reason,
        )

    add(MIDNIGHT, "day_before", "delivered", None, woman)
    add(MIDNIGHT + timedelta(hours=16), "day_before", "cancelled", "number_stopped", woman)
    add(MIDNIGHT + timedelta(hours=17), "week", "sent", None, about=records.group)
    add(MIDNIGHT + timedelta(days=1), "day_before", "planned", None, woman)
    records.conn.commit()
    return lambda *words: CliRunner().invoke(app, ["messages", "list", *words], env=environment)


def test_a_days_messages_are_counted_and_listed(run: Run) -> None:
    counts = run("--day", "2026-03-05")
    assert [line.split() for line in counts.output.splitlines()] == [
        ["1", "day_before", "cancelled", "number_stopped"],
        ["1", "day_before", "delivered"],
        ["1", "week", "sent"],
    ]
    every = run("--day", "2026-03-05", "--group", "1", "--all").output
    assert every.startswith(counts.output)
    first, _, last = (line.split() for line in every.splitlines()[-3:])
    assert (first[:5], first[-1]) == (["2026-03-05", "00:00", "day_before", "group", "1"], "delivered")
    assert last == ["2026-03-05", "17:00", "week", "group", "1", "coach", "sent"]
    assert "250788" not in every


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--rule", "week"), 1),
        (("--status", "delivered"), 1),
        (("--reason", "number_stopped"), 1),
        (("--group", "2"), 0),
    ],
)
def test_messages_can_be_filtered(run: Run, words: tuple[str, ...], count: int) -> None:
    found = run("--day", "2026-03-05", *words).output
    assert found.count("     1  ") == count
    assert ("No such message" in found) == (count == 0)


@pytest.mark.parametrize("words", [("--day", "9999-12-31"), ("--day", ""), ("--status", "gone")])
def test_what_is_no_day_or_status_is_said(run: Run, words: tuple[str, ...]) -> None:
    found = run(*words)
    assert (found.exit_code, len(found.output.splitlines())) == (1, 1)
