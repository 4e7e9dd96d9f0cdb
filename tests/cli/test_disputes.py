"""`sms-app disputes`, as staff type it."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from sms_app import clock
from sms_app.cli.disputes import app
from sms_app.programme import disputes
from tests.world.programme import COAST, add_programme
from tests.world.records import Records

Run = Callable[..., Result]


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Give a command its words."""
    return lambda *words: CliRunner().invoke(app, list(words), env={**environment, "USER": "office"})


@pytest.fixture
def raised(records: Records) -> UUID:
    """What the twelfth on the list said ten days ago of her loan."""
    person, id_ = records.participant(12), uuid4()
    records.cycle(person)
    today = clock.now().astimezone().date()
    disputes.raise_dispute(records.conn, id_, person, "loan", today - timedelta(days=10))
    records.conn.commit()
    return id_


def day(records: Records, column: str) -> str:
    return str(records.conn.execute(text(f"select {column} from dispute")).scalar_one())


def test_it_is_said_when_her_coach_raised_it_with_her(records: Records, run: Run, raised: UUID) -> None:
    assert "with her coach" not in run("list").output
    records.conn.execute(text("update dispute set assisted = true"))
    records.conn.commit()
    assert "loan (Ikimina), with her coach" in run("list").output


def test_an_open_dispute_is_listed_without_name_or_number(records: Records, run: Run, raised: UUID) -> None:
    said = run("list")
    assert said.exit_code == 0, said.output
    handle = str(raised)[:8]
    (line,) = said.output.splitlines()
    assert line.split() == [
        handle,
        day(records, "raised_on"),
        line.split()[2],
        "days",
        "group",
        "1",
        "no.",
        "12",
        "loan",
        "(Ikimina)",
    ]
    assert line.split()[2] in {"9", "10", "11"}
    assert "Uwase" not in said.output
    assert "+250" not in said.output


def test_an_answered_dispute_is_listed_only_with_all(records: Records, run: Run, raised: UUID) -> None:
    said = run("answer", str(raised)[:8], "right", "--by", "Keza")
    assert said.exit_code == 0, said.output
    assert said.output.startswith(
        f"group 1 no. 12, loan, {day(records, 'raised_on')}: answered `right`. She can read it behind her PIN until"
    )
    assert run("list").output == "No dispute is open.\n"
    assert run("list", "--all").output.strip().endswith(f"{day(records, 'closed_on')} right")
    assert records.conn.execute(text("select who, what from audit_entry")).one() == ("Keza", "answer")


def test_what_a_person_types_wrong_is_said(records: Records, run: Run, raised: UUID) -> None:
    for words, part in (
        (
            ("answer", "00000000", "right"),
            "There is no dispute `00000000`: `sms-app disputes list` shows them.",
        ),
        (("answer", str(raised)[:8], "wrong"), "`wrong` is no answer: it is one of corrected, right, ask."),
        (("answer", "", "right"), "Type at least 4 characters"),
        (("list", "--group", "44"), "There is no group `44`"),
    ):
        said = run(*words)
        assert (said.exit_code, part in said.output) == (1, True), said.output
    run("answer", str(raised), "ask")
    said = run("answer", str(raised), "ask")
    assert said.exit_code == 1
    assert "say --again" in said.output
    assert run("answer", str(raised), "corrected", "--again").exit_code == 0


def test_who_is_on_no_list_is_told_by_her_member_number(records: Records, run: Run) -> None:
    person = records.participant(3, group_id=None, list_number=None)
    disputes.raise_dispute(records.conn, uuid4(), person, "attendance", clock.now().date())
    records.conn.commit()
    assert "member 00034" in run("list").output


def test_with_two_programmes_one_must_be_named(records: Records, run: Run, raised: UUID) -> None:
    add_programme(records.conn, COAST)
    records.conn.commit()
    assert run("list").output == "Say which programme with --programme: coast, hills.\n"
    assert run("list", "--programme", "coast").output == "No dispute is open.\n"


def test_with_no_programme_it_is_said(environment: dict[str, str], run: Run) -> None:
    assert run("list").output == "There is no programme yet.\n"
