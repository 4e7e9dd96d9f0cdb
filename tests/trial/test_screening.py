"""The screening log: counts by day and village, whose totals add up."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from sms_app.cli.screening import app
from tests.world.exports import read_csv
from tests.world.office_commands import Run, trail
from tests.world.records import Records

COUNTS = ("--seen", "10", "--excluded", "poor=3", "--excluded", "age=2", "--refused", "1", "--enrolled", "4")
HEADER = "day,village,seen,excluded_age,excluded_lives_here,excluded_poor,excluded_time,refused,enrolled"


@pytest.fixture
def run(command) -> Iterator[Run]:
    return command(app)


def _add(run: Run, *words: str, day: str = "2026-02-20", village: str = "Bugingo"):
    return run("add", "--day", day, "--village", village, *words)


def _log(run: Run) -> list[str]:
    return run("list").output.splitlines()


def test_counts_are_stored_listed_and_in_the_trail(run: Run, records: Records) -> None:
    said = _add(run, *COUNTS, "--by", "Keza")
    assert said.exit_code == 0, said.output
    assert _log(run) == ["2026-02-20  Bugingo               seen 10, age 2, poor 3, refused 1, enrolled 4"]
    assert _add(run, *COUNTS).output.startswith("Stored already")
    assert trail(records) == [("Keza", "add_screening")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ("--seen", "10", "--refused", "1", "--enrolled", "4"),
            "10 were seen, and 0 excluded, 1 refused and 4",
        ),
        (("--seen", "1", "--refused", "2", "--enrolled", "-1"), "a count is a whole number from 0 to 99,999"),
        (
            ("--seen", "3", "--excluded", "tall=3", "--refused", "0", "--enrolled", "0"),
            "there is no criterion `tall`; the criteria are age, lives_here, poor, time",
        ),
        (
            ("--seen", "3", "--excluded", "age=three", "--refused", "0", "--enrolled", "0"),
            "`age=three` is no criterion with its count: write it like poor=3.",
        ),
        (
            (
                "--seen",
                "3",
                "--excluded",
                "age=1",
                "--excluded",
                "age=2",
                "--refused",
                "0",
                "--enrolled",
                "0",
            ),
            "The criterion `age` is there twice.",
        ),
    ],
)
def test_counts_that_can_not_be_are_refused(run: Run, records: Records, words, expected: str) -> None:
    said = _add(run, *words)
    assert said.exit_code == 1
    assert expected in said.output
    assert _log(run) == ["Nobody was screened yet."]
    assert trail(records) == []


def test_a_day_to_come_and_a_village_without_name_are_refused(run: Run) -> None:
    # the command runs on 4 March
    assert "the day is to come" in _add(run, *COUNTS, day="2026-03-05").output
    assert _add(run, *COUNTS, day="2026-03-04").exit_code == 0
    assert "A screening has its village." in _add(run, *COUNTS, village=" ").output
    assert "at most 30 characters" in _add(run, *COUNTS, village="B" * 31).output


def test_a_correction_asks_and_is_in_the_trail(run: Run, records: Records) -> None:
    assert _add(run, *COUNTS).exit_code == 0
    more = ("--seen", "12", "--excluded", "age=5", "--refused", "3", "--enrolled", "4")
    # nobody answers
    refused = _add(run, *more)
    assert refused.exit_code == 1
    assert "Other counts are stored: seen 10, age 2, poor 3, refused 1, enrolled 4." in refused.output
    assert "seen 10" in _log(run)[0]
    said = _add(run, *more, "--yes")
    assert said.output.startswith("Corrected")
    # what the correction does not say is excluded by nothing any more
    assert _log(run) == ["2026-02-20  Bugingo               seen 12, age 5, refused 3, enrolled 4"]
    assert [what for _, what in trail(records)] == ["add_screening", "correct_screening"]


def test_a_village_is_the_same_in_small_and_capital_letters(run: Run) -> None:
    assert _add(run, *COUNTS).exit_code == 0
    assert (
        "Other counts are stored"
        in _add(run, "--seen", "1", "--refused", "1", "--enrolled", "0", village="BUGINGO").output
    )
    assert _add(run, *COUNTS, day="2026-02-21", village="bugingo").exit_code == 0
    assert [line.split()[1] for line in _log(run)] == ["Bugingo", "Bugingo"]


def test_an_export_is_imported_again_as_it_is(run: Run, records: Records, tmp_path: Path) -> None:
    path = tmp_path / "screening.csv"
    assert _add(run, *COUNTS).exit_code == 0
    assert _add(run, "--seen", "2", "--refused", "0", "--enrolled", "2", village="=Cyimbazi").exit_code == 0
    assert run("export", str(path)).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().splitlines()[0] == HEADER
    assert read_csv(path)[0]["village"] == "'=Cyimbazi"
    assert run("import", str(path)).output == "0 new, 0 corrected, 2 the same.\n"
    records.conn.exec_driver_sql("delete from screening_exclusion")
    records.conn.exec_driver_sql("delete from screening")
    assert run("import", str(path)).output == "2 new, 0 corrected, 0 the same.\n"
    again = tmp_path / "again.csv"
    assert run("export", str(again)).exit_code == 0
    assert again.read_bytes() == path.read_bytes()
    assert [what for _, what in trail(records)].count("export_screening") == 2


def test_an_import_with_corrections_asks_for_all_of_it(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "screening.csv"
    assert _add(run, *COUNTS).exit_code == 0
    path.write_text(f"{HEADER}\n20/2/2026,Bugingo,10,,,5,,1,4\n2026-02-21,Cyimbazi,1,,,,,1,0\n")
    refused = run("import", str(path))
    assert refused.exit_code == 1
    assert "Other counts are stored for 1 of the rows." in refused.output
    assert len(_log(run)) == 1
    assert run("import", str(path), "--yes").output == "1 new, 1 corrected, 0 the same.\n"
    assert _log(run)[0].endswith("seen 10, poor 5, refused 1, enrolled 4")


def test_every_fault_of_a_file_is_told_by_its_row(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "screening.csv"
    rows = [
        "2026-02-20,Bugingo,10,2,,3,,1,4",
        "2026-02-20,BUGINGO,0,,,,,0,0",
        "2026-02-21,Cyimbazi,10,2,,3,,1,5",
        "soon,Cyimbazi,x,,,,,0,0",
        "2026-02-22,,0,,,,,0",
        "2026-03-05,Cyimbazi,,,,,,0,0",
    ]
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    said = run("import", str(path))
    assert said.exit_code == 1
    for fault in (
        "screening.csv, row 3, village: expected each day and village once, and row 2 is the same",
        "screening.csv, row 4: 10 were seen, and 5 excluded, 1 refused and 5 enrolled make 11",
        "screening.csv, row 5, day: expected a date",
        "screening.csv, row 5, seen: expected a whole number",
        "screening.csv, row 6: expected 9 cells, and there are 8",
        "screening.csv, row 7, seen: expected a value",
        "Nothing was stored.",
    ):
        assert fault in said.output, said.output
    assert _log(run) == ["Nobody was screened yet."]


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (HEADER.replace("excluded_poor", "excluded_tall"), "row 1: a column is not known"),
        (HEADER.replace("excluded_poor", "excluded_age"), "row 1, excluded_age: the column is there twice"),
        (HEADER.replace(",refused", ""), "row 1, refused: expected this column"),
    ],
)
def test_a_file_has_the_columns_of_an_export(run: Run, tmp_path: Path, header: str, fault: str) -> None:
    path = tmp_path / "screening.csv"
    path.write_text(f"{header}\n")
    said = run("import", str(path))
    assert said.exit_code == 1
    assert fault in said.output
    assert "There is no file" in run("import", str(tmp_path / "other.csv")).output


def test_the_summary_adds_everything_up(run: Run, records: Records) -> None:
    assert _add(run, *COUNTS).exit_code == 0
    assert _add(run, *COUNTS, day="2026-02-21").exit_code == 0
    assert _add(run, "--seen", "5", "--refused", "0", "--enrolled", "5", village="Cyimbazi").exit_code == 0
    in_arm, without = records.participant(1), records.participant(2)
    records.participant(3, role="man")
    records.assign(records.household(in_arm), records.arm("A"))
    assert without
    lines = [line.split() for line in run("summary").output.splitlines()]
    assert lines[0] == ["seen", "25", "in", "2", "villages", "on", "2", "days"]
    assert [line[:2] for line in lines[1:8]] == [
        ["excluded", "10"],
        ["age", "4"],
        ["lives_here", "0"],
        ["poor", "6"],
        ["time", "0"],
        ["refused", "2"],
        ["enrolled", "13"],
    ]
    assert lines[8:] == [
        ["women", "on", "record", "2"],
        ["arm", "A", "1", "of", "1", "households"],
        ["no", "arm", "yet", "1", "of", "0", "households"],
    ]


def test_a_criterion_that_only_the_log_has_stays(run: Run, records: Records, tmp_path: Path) -> None:
    assert _add(run, *COUNTS).exit_code == 0
    records.conn.exec_driver_sql("update screening_exclusion set criterion = 'gone' where criterion = 'age'")
    assert "gone 2" in _log(run)[0]
    assert "no criterion of programme.yaml any more" in run("summary").output
    path = tmp_path / "screening.csv"
    assert run("export", str(path)).exit_code == 0
    assert read_csv(path)[0]["excluded_gone"] == "2"
    assert run("import", str(path)).output == "0 new, 0 corrected, 1 the same.\n"
