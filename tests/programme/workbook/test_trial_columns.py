"""The workbook's columns for the trial: birth years, villages, nominated men, guardians, and asked alone."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.trial_settings import TrialSettings
from sms_app.programme.workbook import importing
from sms_app.programme.workbook.export import export
from sms_app.programme.workbook.faults import WorkbookFaults
from sms_app.programme.workbook.whole_files import WholeFiles
from tests.world.times import NOW
from tests.world.workbooks import Book, Import, sound, xlsx


@pytest.fixture
def refused(store: Import, tmp_path: Path):
    """The faults of a book; none when it is stored."""

    def run(book: Book) -> list[str]:
        try:
            store(xlsx(tmp_path / "refused.xlsx", book))
        except WorkbookFaults as error:
            return [str(fault) for fault in error.faults]
        return []

    return run


def _with(book: Book, sheet: str, title: str, **by_row: object) -> Book:
    """The book with one more column; `r1` is the first row below the titles."""
    book[sheet][0].append(title)
    for number, row in enumerate(book[sheet][1:], 1):
        row += [""] * (len(book[sheet][0]) - 1 - len(row)) + [by_row.get(f"r{number}", "")]
    return book


def _unassigned() -> Book:
    book = sound()
    for row in book["Households"][1:]:
        row[1:] = ["", ""]
    return book


def _consent(purpose: str, given: str, given_by: str = "", alone: str = "") -> list[str]:
    return ["W001", purpose, given, "1", "rw", "written", "", "2026-01-06", "coach", given_by, alone]


def _consents(*rows: list[str]) -> Book:
    book = sound()
    book["Consents"][0] += ["Given by", "Asked alone"]
    book["Consents"] += rows
    return book


def _all(conn: Connection, statement: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in conn.exec_driver_sql(statement)]


def test_years_and_villages_are_stored_and_an_empty_cell_leaves_them(
    store: Import, staff: Connection, tmp_path: Path
) -> None:
    book = _with(
        _with(sound(), "People", "Born in", r1=1990, r3="1985"), "Households", "Village", r1="Bugingo"
    )
    store(xlsx(tmp_path / "one.xlsx", book))
    people = "select reference, birth_year from participant order by reference"
    assert _all(staff, people) == [("M001", 1985), ("W001", 1990), ("W002", None)]
    store(xlsx(tmp_path / "two.xlsx", _with(sound(), "People", "Born in", r2=2009)))
    assert _all(staff, people) == [("M001", 1985), ("W001", 1990), ("W002", 2009)]
    store(xlsx(tmp_path / "three.xlsx", _with(sound(), "Households", "Village", r2="Cyimbazi")))
    villages = "select reference, village from household order by reference"
    assert _all(staff, villages) == [("H001", "Bugingo"), ("H002", "Cyimbazi")]
    # a new village is no new assignment
    assert _all(staff, "select count(*) from arm_assignment") == [(2,)]


@pytest.mark.parametrize(
    ("year", "expected"), [(1899, "from 1900"), (2027, "not in the future"), ("x", "whole")]
)
def test_a_year_that_can_not_be_is_named(refused, year: object, expected: str) -> None:
    (fault,) = refused(_with(sound(), "People", "Born in", r1=year))
    assert fault.startswith("People, row 2, Born in: expected a")
    assert expected in fault


def test_a_nomination_is_stored_and_a_later_one_is_a_row_of_its_own(
    store: Import, refused, staff: Connection, tmp_path: Path
) -> None:
    book = _with(
        _with(_unassigned(), "People", "Nominated man", r1="husband"), "People", "Nominated on", r1="6/1/2026"
    )
    store(xlsx(tmp_path / "one.xlsx", book))
    store(xlsx(tmp_path / "one.xlsx", book))
    rows = "select relation, nominated_on::text, recorded_by from nomination order by entry"
    assert _all(staff, rows) == [("husband", "2026-01-06", "office")]
    later = _with(_unassigned(), "People", "Nominated man", r1="brother")
    store(xlsx(tmp_path / "two.xlsx", later))
    assert [row[0] for row in _all(staff, rows)] == ["husband", "brother"]
    assert not any(
        counts.new or counts.changed for counts in store(xlsx(tmp_path / "two.xlsx", later)).values()
    )
    back = _with(
        _with(_unassigned(), "People", "Nominated man", r1="none"), "People", "Nominated on", r1="5/1/2026"
    )
    assert refused(back) == [
        "People, row 2, Nominated on: expected a day that is not before the one that is stored"
    ]


def test_a_nomination_comes_before_the_arm(store: Import, refused, tmp_path: Path) -> None:
    # the arms of the file are of 5 January
    late = _with(
        _with(sound(), "People", "Nominated man", r1="husband"), "People", "Nominated on", r1="6/1/2026"
    )
    assert refused(late) == [
        "People, row 2, Nominated on: expected a day that is not after her household's assignment to an arm"
    ]
    in_time = _with(
        _with(sound(), "People", "Nominated man", r1="husband"), "People", "Nominated on", r1="4/1/2026"
    )
    assert refused(in_time) == []
    assert refused(in_time) == []
    assert refused(_with(sound(), "People", "Nominated man", r1="father")) == [
        "People, row 2, Nominated man: expected what is stored: her household has its arm already"
    ]


def test_a_nomination_is_a_womans_and_has_a_man(refused) -> None:
    assert refused(_with(_unassigned(), "People", "Nominated man", r3="husband")) == [
        "People, row 4, Nominated man: expected an empty cell: only a woman nominates"
    ]
    assert refused(_with(_unassigned(), "People", "Nominated on", r1="4/1/2026")) == [
        "People, row 2, Nominated man: expected whom she nominated on that day"
    ]
    (fault,) = refused(_with(_unassigned(), "People", "Nominated man", r1="uncle"))
    assert "expected one of husband, father, brother, none" in fault


def test_an_arm_waits_for_nominations_only_where_the_programme_requires_it(
    staff: Connection, loaded: LoadedProgramme, tmp_path: Path
) -> None:
    strict = replace(
        loaded, settings=replace(loaded.settings, trial=TrialSettings(nominations_required=True))
    )

    def faults(programme: LoadedProgramme, book: Book) -> list[str]:
        rows, wrong = importing.read(xlsx(tmp_path / "book.xlsx", book), programme)
        try:
            importing.store(staff, programme, rows, wrong, "office", NOW)
        except WorkbookFaults as error:
            return [str(fault) for fault in error.faults]
        finally:
            staff.rollback()
        return []

    nominated = _with(
        _with(sound(), "People", "Nominated man", r1="none"), "People", "Nominated on", r1="4/1/2026"
    )
    expected = "expected no arm yet: a woman of the household has nominated nobody"
    assert faults(strict, sound()) == [f"Households, row {row}, Arm: {expected}" for row in (2, 3)]
    assert faults(strict, nominated) == [f"Households, row 3, Arm: {expected}"]
    assert faults(loaded, sound()) == []
    assert faults(strict, _unassigned()) == []


def test_a_yes_to_approaching_her_man_says_that_she_was_asked_alone(refused) -> None:
    expected = "Consents, row 3, Asked alone: expected yes: a man is approached only if she was asked alone"
    for alone in ("", "no"):
        assert refused(_consents(_consent("approach man", "yes", "", alone))) == [expected]
    assert refused(_consents(_consent("approach man", "yes", "herself", "yes"))) == []
    assert refused(_consents(_consent("approach man", "no", "", "no"))) == []


def test_a_guardians_word_is_for_three_purposes(refused, staff: Connection) -> None:
    assert refused(_consents(_consent("messages", "yes", "guardian"))) == [
        "Consents, row 3, Given by: expected the person's own word: a guardian's does not count here"
    ]
    assert refused(_consents(_consent("research", "yes"), _consent("research", "yes", "guardian"))) == []
    rows = "select given_by from consent where purpose = 'research' order by 1"
    assert _all(staff, rows) == [("guardian",), ("herself",)]


def test_a_file_of_before_finds_the_consents_that_are_stored(
    store: Import, staff: Connection, tmp_path: Path
) -> None:
    store(xlsx(tmp_path / "new.xlsx", _consents(_consent("approach man", "yes", "herself", "yes"))))
    old = sound()
    old["Consents"].append(_consent("approach man", "yes")[:-2])
    summary = store(xlsx(tmp_path / "old.xlsx", old))
    assert (summary["Consents"].new, summary["Consents"].changed, summary["Consents"].same) == (0, 0, 2)
    assert _all(staff, "select count(*) from consent") == [(2,)]


def test_an_export_of_it_is_imported_and_changes_nothing(
    store: Import, staff: Connection, loaded: LoadedProgramme, tmp_path: Path
) -> None:
    book = _consents(
        _consent("approach man", "yes", "herself", "yes"),
        _consent("research", "yes", "guardian", "no"),
        _consent("research", "yes"),
    )
    _with(_with(book, "People", "Born in", r1=2009), "Households", "Village", r1="=Bugingo")
    _with(_with(book, "People", "Nominated man", r1="none"), "People", "Nominated on", r1="4/1/2026")
    store(xlsx(tmp_path / "book.xlsx", book))
    exported = tmp_path / "exported.xlsx"
    with WholeFiles() as files:
        export(staff, files, loaded, exported, True, "office", NOW)
        staff.commit()
    summary = store(exported)
    assert summary["Consents"].same == 4
    assert not any(counts.new or counts.changed for counts in summary.values())
