"""`sms-app sessions series`, as the office types it."""

import pytest
from sqlalchemy import text

from sms_app.cli.sessions import app
from tests.world.office_commands import Run, runner, trail
from tests.world.records import Records

SERIES = (
    "series",
    "--group",
    "1",
    "--weekday",
    "tue",
    "--at",
    "14:00",
    "--from",
    "2026-03-25",
    "--weeks",
    "4",
)


@pytest.fixture
def run(environment: dict[str, str], records: Records) -> Run:
    return runner(app, environment, records)


def held(records: Records) -> list[str]:
    query = "select to_char(starts_at at time zone 'Africa/Kigali', 'MM-DD HH24:MI') from training_session order by 1"
    return list(records.conn.execute(text(query)).scalars())


def test_every_tuesday_but_on_days_off_and_again_nothing(records: Records, run: Run) -> None:
    said = run(*SERIES, "--by", "Keza")
    assert said.exit_code == 0, said.output
    # 7 April begins the mourning week
    assert held(records) == ["03-31 14:00", "04-14 14:00", "04-21 14:00"]
    assert said.output.splitlines() == [
        "Group 1: 3 sessions, 2026-03-31 to 2026-04-21, added.",
        "  Tue 2026-04-07: left out, a day off",
    ]
    assert trail(records) == [("Keza", "add_session")] * 3
    row = records.conn.execute(
        text(
            "select place, ends_at - starts_at = interval '2 hours', check_in_code from training_session limit 1"
        )
    ).one()
    assert (row[0], row[1], len(row[2])) == ("Kigabiro", True, 4)
    again = run(*SERIES).output.splitlines()
    assert again[0] == "Group 1: nothing added."
    assert len(again) == 5
    assert len(held(records)) == 3


def test_what_was_moved_or_called_off_is_not_added_again(records: Records, run: Run) -> None:
    run(*SERIES)
    conn = records.conn
    conn.execute(
        text(
            "update training_session set starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day'"
            " where starts_at < '2026-04-01'"
        )
    )
    conn.execute(
        text("update training_session set cancelled_at = '2026-03-05' where starts_at > '2026-04-20'")
    )
    said = run(*SERIES).output
    assert "2026-03-31: left out, the week has a session on another day" in said
    assert "2026-04-21: there already" in said
    assert len(held(records)) == 3
    assert "1 session," in run(*SERIES, "--twice-a-week").output


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("--weekday", "noday"), "no weekday"),
        (("--at", "25:00"), "no hour"),
        (("--at", "07:00"), "from 08:00 to 18:00"),
        (("--from", "someday"), "is not a day"),
        (("--group", "9"), "no group 9"),
        (("--place", "x" * 31), "1 to 30"),
    ],
)
def test_what_can_not_be_is_refused(records: Records, run: Run, change: tuple[str, str], says: str) -> None:
    said = run(*SERIES, *change)
    assert said.exit_code == 1
    assert says in said.output
    assert held(records) == []
