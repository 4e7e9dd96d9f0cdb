"""`sms-app people enrol, move, leave, return, merge, number, consent, show, find`, as the office types them."""

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from sms_app import models
from sms_app.cli.people import app
from sms_app.member_number import with_check_digit
from tests.world.office_commands import Run, runner, trail
from tests.world.records import Records
from tests.world.times import TODAY

FIRST, SECOND = with_check_digit(1), with_check_digit(2)


@pytest.fixture
def run(environment: dict[str, str], records: Records) -> Run:
    return runner(app, environment, records)


def test_somebody_is_enrolled_moved_leaves_and_returns(records: Records, run: Run) -> None:
    records.participant(1)
    records.add(
        models.TrainingGroup,
        programme_id=records.programme,
        number=2,
        role="woman",
        sector="Kigabiro",
        place="Sibagire",
    )
    said = run("enrol", "Uwase Marie", "--group", "1", "--phone", "0780000001", "--by", "Keza")
    assert said.exit_code == 0, said.output
    assert "Group 1, list number 2." in said.output
    assert "consent to messages" in said.output
    member = said.output.split()[2].rstrip(".")
    assert run("move", member, "--group", "2").output == f"{member}: group 2, list number 1.\n"
    assert "left" in run("leave", member, "--reason", "moved").output
    assert "list number 3" in run("return", member, "--group", "1").output
    assert trail(records) == [
        ("Keza", "enrol"),
        ("Keza", "give_number"),
        ("office", "move_group"),
        ("office", "leave"),
        ("office", "come_back"),
    ]


def test_somebody_changes_her_household(records: Records, run: Run) -> None:
    records.participant(1)
    said = run("household", FIRST, "H12", "--relation", "woman", "--village", "Sibagire").output
    assert said == f"{FIRST} is in household H12.\nHousehold H12 is new: it has no arm yet.\n"
    again = run("household", FIRST, "H12", "--relation", "woman")
    assert (again.exit_code, "already" in again.output) == (1, True)
    assert run("household", FIRST, "H13", "--relation", "aunt").exit_code == 1
    assert run("household", FIRST).exit_code == 1
    assert run("household", FIRST, "--none").output == f"{FIRST} is in no household.\n"
    assert run("household", FIRST, "--none").exit_code == 1


def test_two_numbers_of_one_person_are_merged(records: Records, run: Run) -> None:
    records.participant(1), records.participant(2)
    assert run("merge", FIRST, "--into", SECOND).output.startswith(f"{FIRST} is {SECOND} from now on.")
    refused = run("move", FIRST, "--group", "1")
    assert refused.exit_code == 1
    assert f"merged into {SECOND}" in refused.output


def test_numbers_and_consents_are_entered(records: Records, run: Run) -> None:
    records.participant(1)
    assert run("number", FIRST, "0780000001", "--contact", "neighbour").output == "The number is entered.\n"
    assert run("number", FIRST, "--none").output == f"{FIRST} is reached on no number.\n"
    assert run("number", FIRST).exit_code == 1
    words = ("consent", FIRST, "messages", "--version", "2", "--how", "oral", "--taken-by", "Keza")
    refused = run(*words, "--given").output
    assert "An oral consent needs a witness: name her with --witness." in refused
    assert "day to come" in run(*words, "--given", "--witness", "M.", "--on", "2026-03-05").output
    assert (
        "`fr` is not a language of the programme: choose rw or en."
        in run(*words, "--withdrawn", "--language", "fr").output
    )
    long = (
        "consent",
        FIRST,
        "messages",
        "--version",
        "2" * 21,
        "--how",
        "written",
        "--taken-by",
        "Keza",
        "--given",
    )
    assert "The version: expected at most 20 characters." in run(*long).output
    assert run(*words, "--given", "--witness", "M.", "--on", "2026-03-03").exit_code == 0
    assert run(*words, "--withdrawn").exit_code == 0
    rows = records.conn.execute(
        text("select given, version, language, how, witness from consent order by taken_on")
    )
    assert [tuple(row) for row in rows] == [
        (True, "2", "rw", "oral", "M."),
        (False, "2", "rw", "oral", None),
    ]


@pytest.mark.parametrize("command", ["move", "leave", "number"])
def test_an_unknown_member_number_is_said(records: Records, run: Run, command: str) -> None:
    more = {"move": ["--group", "1"], "leave": ["--reason", "moved"], "number": ["--none"]}[command]
    said = run(command, "999999", *more)
    assert (said.exit_code, said.output) == (1, "No participant has the member number 999999.\n")


def test_somebody_is_shown_and_found(records: Records, run: Run) -> None:
    person = records.participant(1, contact="own")
    records.participant(2)
    phone = records.number("+250780000001")
    records.add(models.ParticipantPhone, participant_id=person, phone_number_id=phone, from_on=TODAY)
    records.add(
        models.Consent,
        participant_id=person,
        purpose="messages",
        given=True,
        version="1",
        language="rw",
        how="written",
        taken_by="coach",
        taken_on=TODAY,
    )
    shown = run("show", FIRST).output
    for part in (
        "Uwase 1",
        "group 1, list number 1",
        "+250780000001",
        "consent to messages: given",
        "PIN: none",
    ):
        assert part in shown
    assert run("find", "0780 000 001").output.startswith(FIRST)
    assert run("find", "uwase").output.count("Uwase") == 2
    assert run("find", FIRST).output.startswith(FIRST)
    assert "Nobody" in run("find", "Keza").output
    assert trail(records)[0] == ("office", "show")


def test_somebody_is_erased_when_her_number_is_given_twice(records: Records, run: Run) -> None:
    records.participant(1, "Uwase Marie")
    records.participant(2)
    said = run("erase", FIRST)
    assert (said.exit_code, "Nothing was changed. To erase:" in said.output) == (0, True), said.output
    wrong = run("erase", FIRST, "--confirm", SECOND)
    assert (wrong.exit_code, "nothing was erased" in wrong.output) == (1, True)
    assert run("erase", FIRST, "--confirm", FIRST, "--by", "Keza").output.endswith(f"{FIRST} is erased.\n")
    assert "was erased on" in run("erase", FIRST, "--confirm", FIRST).output
    assert trail(records) == [("Keza", "erase")]
    assert "(erased)" in run("show", FIRST).output


def test_one_persons_copy_has_her_amounts_and_nobody_elses(
    records: Records, run: Run, tmp_path: Path
) -> None:
    woman = records.participant(1, "Uwase Marie")
    records.participant(2, "Keza Solange")
    cycle = records.cycle(woman)
    records.counted(records.meeting(cycle, confirmed_by="office"), cycle, woman, 600, 3)
    file = tmp_path / "her.xlsx"
    said = run("export", str(file), "--person", FIRST)
    assert said.exit_code == 0, said.output
    assert file.stat().st_mode & 0o777 == 0o600
    book = CalamineWorkbook.from_path(str(file))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert "600" in sheets["Savings entries"][1]
    assert ("Uwase Marie" in str(sheets), "Keza Solange" in str(sheets)) == (True, False)
    assert run("export", str(tmp_path / "folder"), "--person", FIRST).exit_code == 1
    assert run("export", str(file), "--person", "999").exit_code == 1
    assert trail(records)[0] == ("office", "export_person")
