"""`sms-app coaches` and `sms-app groups`, as the office types them."""

import pytest
from sqlalchemy import text

from sms_app import models
from sms_app.cli.coaches import app
from sms_app.messaging.coaches.missing import unreached_coaches
from sms_app.programme.coaches import contacts
from tests.world.office_commands import Run, runner, trail
from tests.world.records import Records
from tests.world.times import TODAY


@pytest.fixture
def run(environment: dict[str, str], records: Records) -> Run:
    return runner(app, environment, records)


def test_coaches_are_added_with_the_next_code_and_listed(records: Records, run: Run) -> None:
    assert run("add", "Mukamana", "--phone", "0780000001", "--by", "Keza").output.startswith("Coach C1.")
    assert run("add", "Habimana").output.startswith("Coach C2.")
    assert run("add", "Keza", "--code", "east7").output.startswith("Coach EAST7.")
    lines = run("list").output.splitlines()
    assert lines[0] == "C1  Mukamana  +250780000001  no group  no PIN"
    assert lines[1] == "C2  Habimana  without a number  no group  no PIN"
    assert trail(records)[:2] == [("Keza", "add_coach"), ("Keza", "give_number")]


def test_a_number_is_one_active_coachs(records: Records, run: Run) -> None:
    run("add", "Mukamana", "--phone", "0780000001")
    refused = run("add", "Habimana", "--phone", "0780000001")
    assert (refused.exit_code, "coach `C1`" in refused.output) == (1, True)
    assert records.conn.execute(text("select count(*) from coach")).scalar_one() == 1
    records.conn.commit()
    assert run("suspend", "c1").exit_code == 0
    assert run("add", "Habimana", "--phone", "0780000001").exit_code == 0
    assert "coach `C2`" in run("restore", "C1").output
    assert run("number", "C2", "--none").exit_code == 0
    assert run("restore", "C1").output == "Coach C1 coaches again.\n"


def test_a_suspended_coach_is_nobodys_contact_and_the_plan_hears_of_it(records: Records, run: Run) -> None:
    run("add", "Mukamana", "--phone", "0780000001")
    coach = records.conn.execute(text("select id from coach")).scalar_one()
    records.add(models.GroupCoach, group_id=records.group, coach_id=coach, from_on=TODAY)
    assert unreached_coaches(records.conn, records.programme) == []
    records.conn.execute(text("delete from plan_change"))
    assert run("suspend", "C1").output == "Coach C1 is suspended.\n"
    assert run("suspend", "C1").output == "Coach C1 is suspended already.\n"
    assert records.conn.execute(text("select about from plan_change")).scalars().all() == ["coach"]
    assert contacts(records.conn, records.vault, [records.group])[records.group] == ()
    assert [one.reason for one in unreached_coaches(records.conn, records.programme)] == ["no coach"]
    assert "suspended since 2026-03-04" in run("list").output
    assert run("groups", "C1").output == "group 1\n"
    assert trail(records).count(("office", "suspend_coach")) == 1


def test_the_office_opens_a_coachs_pin_unless_the_coach_is_suspended(records: Records, run: Run) -> None:
    run("add", "Mukamana", "--phone", "0780000001")
    code = run("open-pin", "c1", "--by", "Keza").output.strip()
    assert len(code) == 4
    assert code.isdigit()
    assert trail(records)[-1] == ("Keza", "open_pin")
    run("suspend", "C1")
    refused = run("open-pin", "C1")
    assert refused.exit_code == 1
    assert "No active coach has the code C1: see `sms-app coaches list`." in refused.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["suspend", "C9"], "There is no coach `C9`"),
        (["add", " "], "has a name"),
        (["add", "Keza", "--code", "a b"], "letters and digits"),
        (["add", "Keza", "--phone", "12"], "no telephone number"),
        (["number", "C1"], "Give a number"),
    ],
)
def test_what_can_not_be_is_refused(records: Records, run: Run, words: list[str], says: str) -> None:
    said = run(*words)
    assert said.exit_code == 1
    assert says in said.output
    assert trail(records) == []
