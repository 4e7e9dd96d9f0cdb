"""Importing a workbook: all or nothing, twice is once, an edit changes what was edited, every fault is named."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from sqlalchemy import Connection

from sms_app.member_number import with_check_digit
from sms_app.programme.workbook.faults import WorkbookFaults
from sms_app.vault import Vault
from tests.world.workbooks import Book, Import, folder, sound, xlsx

COUNTS = """
select (select count(*) from participant) + (select count(*) from coach) + (select count(*) from household)
  + (select count(*) from phone_number) + (select count(*) from training_group) + (select count(*) from audit_entry)
"""


def faults(store: Import, path: Path) -> list[str]:
    """The faults of a file, each as the office reads it."""
    with pytest.raises(WorkbookFaults) as refused:
        store(path)
    return [str(fault) for fault in refused.value.faults]


def scalar(conn: Connection, statement: str, **values: object) -> object:
    return conn.exec_driver_sql(statement, values).scalar_one()


@pytest.mark.parametrize("write", [xlsx, folder])
def test_a_workbook_starts_a_programme_and_the_second_import_changes_nothing(
    store: Import, owner: Connection, vault: Vault, tmp_path: Path, write
) -> None:
    path = write(tmp_path / ("book.xlsx" if write is xlsx else "book"), sound())
    assert {title: (counts.new, counts.changed) for title, counts in store(path).items()} == {
        title: (len(rows) - 1, 0) for title, rows in sound().items()
    }
    woman = owner.exec_driver_sql("select * from participant where reference = 'W001'").one()
    assert vault.open(bytes(woman.name_sealed), "participant", "name_sealed", woman.id) == "Uwera Mukamana"
    assert vault.open(bytes(woman.initials_sealed), "participant", "initials_sealed", woman.id) == "UM"
    # above the one that the file gives
    assert (woman.list_number, woman.contact, woman.language, woman.pin) == (8, "own", "rw", None)
    assert len(woman.member_number) == 6
    number = owner.exec_driver_sql(
        "select n.id, n.number_sealed from phone_number n join participant_phone l on l.phone_number_id = n.id"
        " where l.participant_id = %(id)s",
        {"id": woman.id},
    ).one()
    assert (
        vault.open(bytes(number.number_sealed), "phone_number", "number_sealed", number.id) == "+250780000002"
    )
    trail = scalar(owner, "select count(*) from audit_entry")
    assert all(not counts.new and not counts.changed for counts in store(path).values())
    assert scalar(owner, "select count(*) from audit_entry") == trail


def test_an_edit_changes_what_was_edited_with_its_history_and_trail(
    store: Import, owner: Connection, tmp_path: Path
) -> None:
    book = sound()
    store(xlsx(tmp_path / "a.xlsx", book))
    before = scalar(owner, "select max(id) from audit_entry")
    book["Groups"].append([2, "woman", "Kigabiro", "Nyagasenyi"])
    book["People"][1][4] = 2
    book["People"][1][9] = "0780000009"
    book["Savings officers"][1][2] = "secretary"
    summary = store(xlsx(tmp_path / "b.xlsx", book))
    assert {title for title, counts in summary.items() if counts.changed} == {"People", "Savings officers"}
    lists = owner.exec_driver_sql(
        "select g.number, m.list_number, m.to_on is null as now from group_membership m"
        " join training_group g on g.id = m.group_id join participant p on p.id = m.participant_id"
        " where p.reference = 'W001' order by g.number"
    ).all()
    assert [tuple(row) for row in lists] == [(1, 8, False), (2, 1, True)]
    phones = "select count(*) from participant_phone l join participant p on p.id = l.participant_id where"
    assert scalar(owner, f"{phones} p.reference = 'W001' and l.to_on is null") == 1
    assert scalar(owner, f"{phones} p.reference = 'W001'") == 2
    offices = "select office, to_on is null as now from savings_officer order by office"
    assert [tuple(row) for row in owner.exec_driver_sql(offices)] == [("chair", False), ("secretary", True)]
    entries = owner.exec_driver_sql(
        "select what, subject from audit_entry where id > %(id)s", {"id": before}
    ).all()
    assert sorted(tuple(row) for row in entries) == [
        ("import_add", "training_group"),
        ("import_change", "participant"),
        ("import_change", "savings_officer"),
        ("import_people", "programme"),
    ]


def _with_twelve_faults() -> Book:
    book = sound()
    people = book["People"]
    people[0].append("Shoe size")
    people[1][0] = "W002"  # row 2 is row 3's key
    people[2][9] = "12345"  # no number
    people[3][3] = "boy"  # no role
    people.append(["W003", 18, "", "woman", 9, 0, "H009", "", "own", "", "31/2/2026", "maybe"])
    book["Kin"].append(["W001", "husband of", "W009"])
    book["Sessions"].append([1, "18/3/2026", "25:00", "16:00", "Kigabiro", "Late"])
    book["Savings groups"][1][5] = "two hundred"
    book["Weather"] = [["Day"], ["Monday"]]
    return book


def test_twelve_kinds_of_faults_are_all_named_and_nothing_is_stored(
    store: Import, owner: Connection, tmp_path: Path
) -> None:
    said = faults(store, xlsx(tmp_path / "a.xlsx", _with_twelve_faults()))
    for place in (
        "A sheet with an unknown name, sheet 12: no sheet is called so",
        "People, row 1, column M: the sheet has no such column",
        "People, row 3, Reference: expected each only once, and row 2 is the same",
        "People, row 3, Phone: expected a telephone number",
        "People, row 4, Role: expected one of woman, man, leader",
        "People, row 5, Name: expected a value, and the cell is empty",
        "People, row 5, Member number: expected",
        "People, row 5, Group number: expected one that the sheet Groups has",
        "People, row 5, Household: expected one that the sheet Households has",
        "People, row 5, Enrolled on: expected a date",
        "People, row 5, Amounts by phone: expected yes or no",
        "People, row 5, Phone: expected a number",
        "Kin, row 3, Of whom: expected one that the sheet People has",
        "Sessions, row 3, Starts: expected an hour",
        "Savings groups, row 2, Share value: expected a whole number",
    ):
        assert any(fault.startswith(place) for fault in said), (place, said)
    assert scalar(owner, COUNTS) == 0


def test_a_man_tied_to_women_of_both_arms_is_refused_naming_both_rows(
    store: Import, owner: Connection, tmp_path: Path
) -> None:
    book = sound()
    book["Kin"].append(["M001", "brother of", "W002"])
    (said,) = faults(store, xlsx(tmp_path / "a.xlsx", book))
    assert said.startswith("Kin, row 3, Person: expected women of one arm only")
    assert "the sheet People, row 4" in said
    assert scalar(owner, COUNTS) == 0
    # what is stored counts as well
    store(xlsx(tmp_path / "b.xlsx", sound()))
    (said,) = faults(store, xlsx(tmp_path / "c.xlsx", {"Kin": [book["Kin"][0], book["Kin"][2]]}))
    assert "what is stored" in said


def test_lost_leading_zeros_are_told(store: Import, tmp_path: Path) -> None:
    book = sound()
    book["People"].append(["0012", "", "Keza Teta", "woman", "", "", "", "", "", "", "2026-01-05", ""])
    book["People"].append([12, "", "Gatesi Teta", "woman", "", "", "", "", "", "", "2026-01-05", ""])
    book["People"].append(
        ["W4", int(with_check_digit(1234)), "Izere Teta", "woman", *[""] * 6, "2026-01-05", ""]
    )
    said = faults(store, xlsx(tmp_path / "a.xlsx", book))
    assert [fault.partition(":")[0] for fault in said] == [
        "People, row 6, Reference",
        "People, row 7, Member number",
    ]


def test_what_is_given_never_changes_hands(store: Import, tmp_path: Path) -> None:
    book = sound()
    store(xlsx(tmp_path / "a.xlsx", book))
    book["People"][1][5] = 7  # W002's list number
    book["People"][2][1] = with_check_digit(55555)
    said = faults(store, xlsx(tmp_path / "b.xlsx", book))
    assert [fault.partition(":")[0] for fault in said] == [
        "People, row 2, List number",
        "People, row 3, Member number",
    ]


def test_an_arm_is_corrected_with_a_reason_and_its_history_stays(
    store: Import, owner: Connection, tmp_path: Path
) -> None:
    store(xlsx(tmp_path / "a.xlsx", sound()))
    book: Book = {"Households": [["Household", "Arm", "Assigned on"], ["H002", "A", "2026-01-05"]]}
    assert faults(store, xlsx(tmp_path / "b.xlsx", book)) == [
        "Households, row 2, Why the arm was corrected: expected why the arm that is stored is replaced"
    ]
    book["Households"][0].append("Why the arm was corrected")
    book["Households"][1].append("typed wrongly")
    store(xlsx(tmp_path / "c.xlsx", book))
    assert scalar(owner, "select count(*) from arm_assignment where replaces is not null") == 1


def test_a_stop_is_never_lifted_by_an_import(store: Import, owner: Connection, tmp_path: Path) -> None:
    store(xlsx(tmp_path / "a.xlsx", sound()))
    stop: Book = {"Phones": [["Phone", "Messages stopped on"], ["0780000002", "2026-03-01"]]}
    store(xlsx(tmp_path / "b.xlsx", stop))
    stop["Phones"][1][1] = ""
    store(xlsx(tmp_path / "c.xlsx", stop))
    assert scalar(owner, "select count(*) from phone_number where stopped_on = '2026-03-01'") == 1


@pytest.mark.parametrize(
    ("sheet", "row", "place"),
    [
        ("Sessions", [1, "9/3/2026", "14:00", "16:00", "Kigabiro", "Past"], "Sessions, row 3, Day"),
        ("Sessions", [1, "22/3/2026", "14:00", "16:00", "Kigabiro", "Sunday"], "Sessions, row 3, Day"),
        ("Sessions", [1, "18/3/2026", "14:00", "13:00", "Kigabiro", "Short"], "Sessions, row 3, Ends"),
        ("Sessions", [1, "18/3/2026", "14:00", "16:00", "Isange", "Banned"], "Sessions, row 3, Place"),
        ("Sessions", [1, "18/3/2026", "14:00", "16:00", "K" * 31, "Long"], "Sessions, row 3, Place"),
        (
            "Consents",
            ["W001", "surveys", "yes", "1", "rw", "oral", "", "2026-01-05", "coach"],
            "Consents, row 3, Witness",
        ),
        ("Savings officers", ["Ikimina 1", "M001", "chair"], "Savings officers, row 3, Person"),
        ("Kin", ["W001", "husband of", "W002"], "Kin, row 3, Is"),
        ("Coaches", ["C02", "Ganza Manzi", "0780000001"], "Coaches, row 3, Phone"),
    ],
)
def test_a_row_that_can_not_be_is_named(
    store: Import, tmp_path: Path, sheet: str, row: list, place: str
) -> None:
    book = sound()
    book[sheet].append(row)
    (said,) = faults(store, xlsx(tmp_path / "a.xlsx", book))
    assert said.startswith(place + ": "), said


def test_no_two_sessions_of_a_day_have_the_same_check_in_code(
    store: Import, owner: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even when every draw gives the lowest code that may be drawn."""
    monkeypatch.setattr(secrets, "randbelow", lambda _n: 0)
    monkeypatch.setattr(secrets, "choice", lambda codes: codes[0])
    book = sound()
    store(xlsx(tmp_path / "a.xlsx", book))
    for group in (2, 3):
        book["Groups"].append([group, "woman", "Kigabiro", "Nyagasenyi"])
        book["Sessions"].append([group, "17/3/2026", "14:00", "16:00", "Nyagasenyi", "Savings"])
    book["Sessions"].append([3, "18/3/2026", "14:00", "16:00", "Nyagasenyi", "Savings"])
    store(xlsx(tmp_path / "b.xlsx", book))
    codes = owner.exec_driver_sql(
        "select s.starts_at::date as day, g.number, s.check_in_code from training_session s"
        " join training_group g on g.id = s.group_id order by 1, 2"
    ).all()
    assert [(row.day.day, row.number, row.check_in_code) for row in codes] == [
        (17, 1, "1000"),
        (17, 2, "1001"),
        (17, 3, "1002"),
        (18, 3, "1000"),
    ]
