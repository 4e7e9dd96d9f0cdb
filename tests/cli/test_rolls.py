"""`sms-app rolls`, as staff type it."""

from datetime import timedelta

import pytest
from click.testing import Result
from sqlalchemy import Connection, text
from typer.testing import CliRunner

from sms_app import clock
from sms_app.cli.rolls import app
from sms_app.vault import Vault
from tests.world.coaching import Coaching, coaching
from tests.world.programme import start_from
from tests.world.records import Records


def missing(environment: dict[str, str]) -> Result:
    return CliRunner().invoke(app, ["missing"], env=environment)


def past(house: Coaching, days: int) -> str:
    """The hour of a session that was days ago, in Kigali."""
    now = clock.now().astimezone(house.programme.calendar.zone)
    return f"{now - timedelta(days=days):%Y-%m-%d} 09:00"


def test_sessions_without_a_roll_are_listed_the_oldest_first(
    records: Records, environment: dict[str, str]
) -> None:
    house = coaching(records)
    person = house.woman(1)
    old, new, done = (house.session(past(house, days)) for days in (9, 2, 5))
    house.roll(new, "self", present=(1,))
    house.roll(done, absent=(1,))
    house.conn.commit()
    found = missing(environment)
    assert found.exit_code == 0, found.output
    assert found.output.splitlines() == [
        f"group 1    {past(house, 9)}  code 4821  Mukamana +250780009001  not reminded",
        f"group 1    {past(house, 2)}  code 4821  Mukamana +250780009001  not reminded",
    ]
    assert str(person) not in found.output
    assert str(old) not in found.output


def test_groups_whose_coach_gets_no_text_are_named(records: Records, environment: dict[str, str]) -> None:
    house = coaching(records)
    house.conn.execute(text("update coach set phone_number_id = null"))
    house.conn.commit()
    assert missing(environment).output.splitlines() == [
        "Every session that is over has its roll.",
        "group 1    gets no texts for its coach: a coach without a number (Mukamana without a phone)",
    ]


@pytest.fixture
def rwanda(owner: Connection, vault: Vault) -> Records:
    """The programme of the flows folder, which the office's commands load."""
    return start_from(owner, vault)


def correct(environment: dict[str, str], *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["correct", *words, "--by", "office"], env=environment)
    return done.exit_code, done.output


def test_the_office_corrects_a_roll_after_the_seven_days_and_its_word_counts(
    rwanda: Records, environment: dict[str, str]
) -> None:
    house = coaching(rwanda)
    for n in (1, 2, 3):
        house.woman(n)
    session = house.session(past(house, 20))
    house.roll(session, absent=(1, 2), present=(3,))
    house.roll(session, "self", present=(1,))
    house.conn.commit()
    listed = CliRunner().invoke(app, ["contradictions"], env=environment).output
    assert "number 1  absent on the roll" in listed
    day = past(house, 20).split()[0]
    assert correct(environment, "1", day, "late", "1, 2") == (0, f"Group 1, {day} 09:00: 1, 2 late.\n")
    assert correct(environment, "1", day, "excused", "2")[0] == 0
    present = (
        "select l.list_number, v.status, v.source from presence v join session_list l using (participant_id)"
    )
    rows = house.conn.execute(text(f"{present} where v.training_session_id = :s order by 1"), {"s": session})
    assert [tuple(row) for row in rows] == [
        (1, "late", "staff"),
        (2, "excused", "staff"),
        (3, "present", "coach"),
    ]
    audited = "select who, what from audit_entry where subject_id = :s"
    assert set(house.conn.execute(text(audited), {"s": str(session)})) == {("office", "correct_roll")}
    listed = CliRunner().invoke(app, ["contradictions"], env=environment).output
    assert listed == "No roll contradicts a check-in.\n"


def test_what_the_office_cannot_correct_says_why(rwanda: Records, environment: dict[str, str]) -> None:
    house = coaching(rwanda)
    house.woman(1)
    held, not_held = house.session(past(house, 20)), house.session(past(house, 30))
    house.session(past(house, -2))
    later = past(house, 20).replace("09:00", "15:00")
    house.conn.execute(
        text(
            "insert into roll (training_session_id, outcome, reason, taken_on)"
            " values (:s, 'not_held', 'weather', '2026-01-05')"
        ),
        {"s": not_held},
    )
    house.conn.commit()
    day = past(house, 20).split()[0]
    for words, why in (
        (("1", day, "there", "1"), "`there` is none of"),
        (("1", day, "late", "1,1"), "are no list numbers"),
        (("1", day, "late", "0"), "are no list numbers"),
        (("1", day, "late", "2"), "not on this session's list"),
        (("2", day, "late", "1"), "no session then"),
        (("1", day, "late", "1", "--at", "10:00"), "no session then"),
        (("1", day, "late", "1", "--at", "ten"), "is no hour"),
        (("1", "yesterday", "late", "1"), "is not a day"),
        (("1", past(house, 30).split()[0], "late", "1"), "was not held"),
        (("1", past(house, -2).split()[0], "late", "1"), "has not begun"),
    ):
        code, output = correct(environment, *words)
        assert (code, why in output) == (1, True), output
    assert house.conn.execute(text("select count(*) from attendance")).scalar_one() == 0
    house.conn.rollback()
    house.session(later)
    house.conn.commit()
    assert "2 sessions on that day" in correct(environment, "1", day, "late", "1")[1]
    assert correct(environment, "1", day, "late", "1", "--at", "09:00")[0] == 0
    held_rows = text("select count(*) from attendance where training_session_id = :s")
    assert house.conn.execute(held_rows, {"s": held}).scalar_one() == 1
