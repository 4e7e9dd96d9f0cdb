"""`sms-app groups`, as the office types it."""

import pytest
from sqlalchemy import text

from sms_app.cli import coaches
from sms_app.cli.groups import app
from tests.world.office_commands import NOON, Run, runner, trail
from tests.world.records import Records


@pytest.fixture
def run(environment: dict[str, str], records: Records) -> Run:
    return runner(app, environment, records)


def test_a_group_is_added_coached_and_listed(records: Records, run: Run, environment: dict[str, str]) -> None:
    runner(coaches.app, environment, records)("add", "Mukamana", "--phone", "0780000001")
    added = run("add", "--role", "man", "--sector", "Kigabiro", "--place", "Sibagire", "--by", "Keza")
    assert added.output == "Group 2.\n"
    assert run("coach", "2", "c1").output == "Coach C1 runs group 2.\n"
    assert run("coach", "2", "C1").output == "Coach C1 runs group 2 already.\n"
    last = run("list").output.splitlines()[-1]
    assert last == (
        "group 2    man     Kigabiro, Sibagire  0 people, last list number 0  Mukamana +250780000001"
    )
    assert run("uncoach", "2", "C1").output == "Coach C1 runs group 2 no more.\n"
    assert run("uncoach", "2", "C1").output == "Coach C1 does not run group 2.\n"
    row = records.conn.execute(text("select from_on, to_on from group_coach")).one()
    assert tuple(row) == (NOON.date(), NOON.date())
    assert trail(records)[2:] == [
        ("Keza", "add_group"),
        ("office", "coach_group"),
        ("office", "uncoach_group"),
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--role", "woman", "--sector", "Nowhere", "--place", "Kigabiro"], "no sector"),
        (["--role", "child", "--sector", "Kigabiro", "--place", "Kigabiro"], "no role"),
        (["--role", "woman", "--sector", "Kigabiro", "--place", "x" * 31], "1 to 30"),
        (["--role", "woman", "--sector", "Kigabiro", "--place", "Gbv house"], "no text may say"),
        (["--role", "woman", "--sector", "Kigabiro", "--place", "K", "--number", "1"], "a group 1 already"),
        (["--role", "woman", "--sector", "Kigabiro", "--place", "K", "--number", "1000"], "1 to 999"),
    ],
)
def test_what_can_not_be_is_refused(records: Records, run: Run, words: list[str], says: str) -> None:
    said = run("add", *words)
    assert said.exit_code == 1
    assert says in said.output
