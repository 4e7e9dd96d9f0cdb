"""`sms-app sessions`, as staff type it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from sms_app import clock, models
from sms_app.cli.sessions import app
from tests.records import Records

Run = Callable[..., Result]
# a Wednesday on which every test may hold a session
NOON = datetime(2026, 3, 4, 10, tzinfo=UTC)


@pytest.fixture
def run(environment: dict[str, str], records: Records) -> Run:
    """Give a command its words, on 4 March 2026."""
    records.conn.execute(text("update programme set slug = 'rwanda'"))
    offset = str(int((NOON - clock.now()).total_seconds()))

    def give(*words: str) -> Result:
        records.conn.commit()
        env = {**environment, "USER": "office", "SMS_APP_TIME_OFFSET_S": offset}
        return CliRunner().invoke(app, list(words), env=env)

    return give


@pytest.fixture
def session(records: Records) -> UUID:
    return records.session(NOON + timedelta(days=1))


def row(records: Records) -> tuple:
    query = "select starts_at, ends_at - starts_at, place, cancelled_at is not null from training_session"
    return tuple(records.conn.execute(text(query)).one())


def trail(records: Records) -> list[tuple]:
    return [tuple(one) for one in records.conn.execute(text("select who, what, subject from audit_entry"))]


def test_a_session_is_moved_cancelled_restored_and_placed(records: Records, run: Run, session: UUID) -> None:
    two = timedelta(hours=2)
    assert run("move", str(session), "2026-03-07 14:00").exit_code == 0
    assert row(records) == (datetime(2026, 3, 7, 12, tzinfo=UTC), two, "Kigabiro", False)
    assert run("cancel", str(session)).exit_code == 0
    assert row(records)[3]
    assert run("restore", str(session)).exit_code == 0
    assert run("place", str(session), "Rwamagana,  Sibagire", "--by", "Keza").exit_code == 0
    assert row(records)[2:] == ("Rwamagana, Sibagire", False)
    assert trail(records) == [
        *(("office", what, "training_session") for what in ("move", "cancel", "restore")),
        ("Keza", "place", "training_session"),
    ]  # fmt: skip


def test_a_meeting_is_planned_and_listed_with_the_sessions(records: Records, run: Run, session: UUID) -> None:
    records.add(models.SavingsGroup, programme_id=records.programme, name="Ikimina 4")
    said = run("plan-meeting", "Ikimina 4", "2026-03-06 15:00", "--place", "Kigabiro")
    assert said.exit_code == 0
    listed = run("list").output.splitlines()
    assert [line.split("  ", 1)[1] for line in listed] == [
        "2026-03-05 12:00-14:00  group 1        Kigabiro", "2026-03-06 15:00-17:00  Ikimina 4      Kigabiro",
    ]  # fmt: skip
    assert said.output.strip() in listed[1]
    assert trail(records) == [("office", "plan_meeting", "planned_meeting")]
    assert run("cancel", said.output.strip()).exit_code == 0
    assert run("list").output.count("cancelled") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("move", "2026-03-08 14:00"), "Say --anyway"), (("move", "2026-03-03 14:00"), "into the past"),
        (("move", "Saturday"), "write it as"), (("place", " "), "1 to 30 characters"),
        (("place", "x" * 31), "1 to 30 characters"),
    ],
)  # fmt: skip
def test_what_can_not_be_is_said(
    records: Records, run: Run, session: UUID, words: tuple[str, ...], said: str
) -> None:
    before = row(records)
    found = run(words[0], str(session), *words[1:])
    assert found.exit_code == 1
    assert said in found.output
    assert (row(records), trail(records)) == (before, [])


def test_an_unknown_session_or_savings_group_is_said(run: Run) -> None:
    assert "There is no session" in run("cancel", str(uuid4())).output
    assert "No savings group" in run("plan-meeting", "X", "2026-03-06 15:00", "--place", "Kigabiro").output
    assert "Nothing takes place." in run("list").output
