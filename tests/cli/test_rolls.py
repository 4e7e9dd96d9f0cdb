"""`sms-app rolls`, as staff type it."""

from datetime import timedelta

from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from sms_app import clock
from sms_app.cli.rolls import app
from tests.world.coaching import Coaching, coaching
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
