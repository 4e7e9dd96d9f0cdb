"""`sms-app people`, as a coach's office types it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from sms_app import clock
from sms_app.cli.people import app
from sms_app.member_number import with_check_digit
from tests.world.programme import COAST, add_programme
from tests.world.records import Records
from tests.world.times import TODAY

NUMBER = "+250788000001"
MEMBER = with_check_digit(1)
Run = Callable[..., Result]


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Give a command its words."""
    return lambda *words: CliRunner().invoke(app, list(words), env={**environment, "USER": "office"})


@pytest.fixture
def woman(records: Records) -> Records:
    """A woman whose phone shows 4821."""
    records.claim(records.participant(1), NUMBER, "4821", clock.now() + timedelta(minutes=10))
    records.conn.commit()
    return records


def _trail(records: Records) -> list[tuple[str, str]]:
    return [tuple(row) for row in records.conn.execute(text("select who, what from audit_entry"))]


def test_open_pin_prints_the_code_and_nothing_else(woman: Records, run: Run) -> None:
    said = run("open-pin", MEMBER, "--by", "Keza")
    assert said.exit_code == 0
    code = said.output.strip()
    row = woman.conn.execute(text("select holder_id, code from pin_opening")).one()
    assert woman.vault.pin_matches(row.holder_id, code, bytes(row.code), "opening")
    assert _trail(woman) == [("Keza", "open_pin")]


def test_without_by_the_login_name_is_in_the_trail(woman: Records, run: Run) -> None:
    run("open-pin", MEMBER)
    assert _trail(woman) == [("office", "open_pin")]


def test_an_unknown_member_number_is_said(woman: Records, run: Run) -> None:
    for words in (("open-pin", with_check_digit(2)), ("confirm-number", "4821", "--member", "99999")):
        said = run(*words)
        assert (said.exit_code, said.output) == (1, "No participant has this member number.\n")
    assert _trail(woman) == []


def test_confirm_number_says_so_without_the_number(woman: Records, run: Run) -> None:
    said = run("confirm-number", "4821", "--member", MEMBER, "--by", "Keza")
    assert (said.exit_code, said.output) == (0, "The number is hers now.\n")
    assert (
        woman.conn.execute(text("select count(*) from participant_phone where to_on is null")).scalar_one()
        == 1
    )
    assert _trail(woman) == [("Keza", "confirm_number")]


def test_a_wrong_code_confirms_nothing_and_says_what_to_do(woman: Records, run: Run) -> None:
    said = run("confirm-number", "4822", "--member", MEMBER)
    assert said.exit_code == 1
    assert "dial again" in said.output
    assert woman.conn.execute(text("select count(*) from participant_phone")).scalar_one() == 0


def test_with_two_programmes_one_must_be_named(woman: Records, run: Run) -> None:
    add_programme(woman.conn, COAST)
    woman.conn.commit()
    said = run("open-pin", MEMBER)
    assert (said.exit_code, said.output) == (1, "Say which programme with --programme: coast, hills.\n")
    assert run("open-pin", MEMBER, "--programme", "hills").exit_code == 0
    said = run("open-pin", MEMBER, "--programme", "valley")
    assert (said.exit_code, said.output) == (1, "There is no programme `valley` in the database.\n")


def test_without_a_programme_nothing_can_be_done(environment: dict[str, str], run: Run) -> None:
    said = run("open-pin", MEMBER)
    assert (said.exit_code, said.output) == (1, "There is no programme yet.\n")


def test_a_confirmed_number_is_tested_at_once(woman: Records, run: Run) -> None:
    assert run("confirm-number", "4821", "--member", MEMBER).exit_code == 0
    row = woman.conn.execute(text("select kind, status, due_at, expires_at from message")).one()
    assert (row.kind, row.status, row.expires_at - row.due_at) == (
        "number_test",
        "planned",
        timedelta(hours=1),
    )


def test_resume_messages_lets_texts_reach_her_number_again(woman: Records, run: Run) -> None:
    assert run("resume-messages", MEMBER).output == "She has no number.\n"
    run("confirm-number", "4821", "--member", MEMBER)
    number = woman.number("+250788000002", stopped_on=TODAY)
    woman.conn.execute(text("update phone_number set stopped_on = '2026-03-11'"))
    woman.conn.commit()
    said = run("resume-messages", MEMBER, "--by", "Keza")
    assert (said.exit_code, said.output) == (0, "Texts reach her numbers again.\n")
    stopped = woman.conn.execute(
        text("select id, resumed_at is null from phone_number where stopped_on is not null")
    )
    assert stopped.all() == [(number, True)]
    assert _trail(woman)[-1] == ("Keza", "resume_messages")
    assert run("resume-messages", with_check_digit(2)).output == "No participant has this member number.\n"
