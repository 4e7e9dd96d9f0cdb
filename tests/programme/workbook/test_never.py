"""What an import never does: the first workbook, imported once more, undoes nothing that was done since."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection

from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.workbook import importing
from sms_app.programme.workbook.faults import WorkbookFaults
from tests.world.times import NOW
from tests.world.workbooks import Book, Import, sound, xlsx


@pytest.fixture
def refused(store: Import, tmp_path: Path):
    """Import a book that is refused; gives its faults, each as the office reads it."""

    def run(book: Book) -> list[str]:
        with pytest.raises(WorkbookFaults) as error:
            store(xlsx(tmp_path / "refused.xlsx", book))
        return [str(fault) for fault in error.value.faults]

    return run


def _dated() -> Book:
    """The sound book with the columns of the days on which something ends, all of them empty."""
    book = sound()
    for sheet, columns in {
        "Coaches": ["Suspended on"],
        "Kin": ["Since", "Until"],
        "Group coaches": ["Since", "Until"],
        "Savings members": ["Since", "Until"],
        "Savings officers": ["Since", "Until"],
    }.items():
        book[sheet][0] += columns
        for row in book[sheet][1:]:
            row += ["2026-01-05", ""][-len(columns) :]
    return book


def test_what_ended_by_command_stays_ended_until_a_later_first_day(
    store: Import, refused, owner: Connection, tmp_path: Path
) -> None:
    path = xlsx(tmp_path / "a.xlsx", _dated())
    store(path)
    owner.exec_driver_sql("update coach set suspended_on = '2026-02-01'")
    for table in ("kinship", "group_coach", "savings_member", "savings_officer"):
        owner.exec_driver_sql(f"update {table} set to_on = '2026-02-01'")
    owner.commit()
    assert all(not counts.new and not counts.changed for counts in store(path).values())
    ended = "select count(*) from coach where suspended_on is not null"
    assert owner.exec_driver_sql(ended).scalar_one() == 1
    book = _dated()
    book["Savings officers"][1][2] = "secretary"
    assert refused(book) == [
        "Savings officers, row 2, Since: expected the first day: the office before has ended"
    ]
    for sheet in ("Group coaches", "Savings members", "Savings officers"):
        book[sheet][1][-2] = "2026-02-02"
    summary = store(xlsx(tmp_path / "b.xlsx", book))
    assert {title for title, counts in summary.items() if counts.changed} == {
        "Group coaches",
        "Savings members",
        "Savings officers",
    }
    days = owner.exec_driver_sql("select from_on::text, to_on::text from group_coach order by 1").all()
    assert [tuple(row) for row in days] == [("2026-01-05", "2026-02-01"), ("2026-02-02", None)]
    members = owner.exec_driver_sql("select list_number, to_on is null from savings_member order by 1").all()
    assert [tuple(row) for row in members] == [(1, False), (2, False), (3, True)]


def test_a_number_that_ended_is_not_linked_again(
    store: Import, refused, owner: Connection, tmp_path: Path
) -> None:
    store(xlsx(tmp_path / "a.xlsx", sound()))
    book = sound()
    book["People"][1][9] = "0780000009"
    store(xlsx(tmp_path / "b.xlsx", book))
    assert refused(sound()) == [
        "People, row 2, Phone: expected another number: this one ended, and an import brings none back"
    ]
    assert store(xlsx(tmp_path / "b.xlsx", book))["People"].changed == 0


def test_what_she_chose_is_not_taken_back(store: Import, refused, owner: Connection, tmp_path: Path) -> None:
    book = sound() | {"Phones": [["Phone", "Used by"], ["0780000002", "private"]]}
    store(xlsx(tmp_path / "a.xlsx", book))
    owner.exec_driver_sql("update participant set amounts_by_phone = false where reference = 'W001'")
    owner.exec_driver_sql("update phone_number set sharing = 'marked_shared'")
    owner.commit()
    only_she = "expected what is stored: only she or her coach changes this"
    assert refused(book) == [
        f"People, row 2, Amounts by phone: {only_she}",
        f"Phones, row 2, Used by: {only_she}",
    ]


def test_a_group_has_people_of_its_role_only(store: Import, refused, tmp_path: Path) -> None:
    book = sound()
    book["People"][3][4] = 1
    assert refused(book) == ["People, row 4, Group number: expected a group for this role"]
    store(xlsx(tmp_path / "a.xlsx", sound()))
    groups = sound()["Groups"]
    groups[1][1] = "man"
    assert refused({"Groups": groups}) == [
        "Groups, row 2, For: expected the role of the people who are in the group"
    ]


def test_a_coachs_number_is_compared_with_those_stored_and_without_suspended_ones(
    store: Import, refused, owner: Connection, tmp_path: Path
) -> None:
    store(xlsx(tmp_path / "a.xlsx", sound()))
    book: Book = {"Coaches": [["Code", "Name", "Phone"], ["C02", "Ganza Manzi", "0780000001"]]}
    assert refused(book) == ["Coaches, row 2, Phone: expected a number of its own, and what is stored has it"]
    owner.exec_driver_sql("update coach set suspended_on = '2026-02-01'")
    owner.commit()
    assert store(xlsx(tmp_path / "b.xlsx", book))["Coaches"].new == 1


def test_what_she_changes_while_an_import_runs_stays(
    store: Import, staff: Connection, loaded: LoadedProgramme, owner: Connection, tmp_path: Path
) -> None:
    """Everything is read, then she changes it all on her phone, then the import stores."""
    book = sound() | {"Phones": [["Phone", "Used by"], ["0780000002", "private"]]}
    store(xlsx(tmp_path / "a.xlsx", sound()))
    book["People"][1][2] = "Uwera Mukamana Rose"
    steps = []

    def tick() -> None:
        steps.append(1)
        if len(steps) == 1:
            owner.exec_driver_sql(
                "update phone_number set stopped_on = '2026-03-01', language = 'en', sharing = 'marked_shared'"
            )
            owner.exec_driver_sql(
                "update participant set amounts_by_phone = false, language = 'en', contact = 'household'"
            )
            owner.commit()

    rows, faults = importing.read(xlsx(tmp_path / "b.xlsx", book), loaded)
    importing.store(staff, loaded, rows, faults, "office", NOW, tick)
    staff.commit()
    phone = owner.exec_driver_sql(
        "select distinct stopped_on::text, language, sharing from phone_number"
    ).one()
    assert tuple(phone) == ("2026-03-01", "en", "marked_shared")
    woman = "select amounts_by_phone, language, contact from participant where reference = 'W001'"
    assert tuple(owner.exec_driver_sql(woman).one()) == (False, "en", "household")


def test_a_number_that_goes_takes_whose_it_is_with_it(
    store: Import, owner: Connection, tmp_path: Path
) -> None:
    store(xlsx(tmp_path / "a.xlsx", sound()))
    book = sound()
    book["People"][1][8:10] = ["", ""]
    book["People"][2][8:10] = ["", "0780000009"]
    store(xlsx(tmp_path / "b.xlsx", book))
    contacts = "select contact from participant where role = 'woman' order by reference"
    assert owner.exec_driver_sql(contacts).scalars().all() == ["none", "own"]


def test_a_cancelled_session_and_a_moved_one_stay_so(
    store: Import, refused, owner: Connection, tmp_path: Path
) -> None:
    book = sound()
    book["Sessions"][0].append("Cancelled")
    book["Sessions"][1].append("no")
    store(xlsx(tmp_path / "a.xlsx", book))
    owner.exec_driver_sql("update training_session set cancelled_at = now()")
    owner.commit()
    assert refused(book) == [
        "Sessions, row 2, Cancelled: expected yes: an import brings no cancelled session back"
    ]
    book["Sessions"][1][-1] = ""
    assert store(xlsx(tmp_path / "b.xlsx", book))["Sessions"].changed == 0
    owner.exec_driver_sql(
        "update training_session set cancelled_at = null, starts_at = starts_at + interval '1 day',"
        " ends_at = ends_at + interval '1 day'"
    )
    owner.commit()
    (said,) = refused(book)
    assert said.startswith("Sessions, row 2, Day: expected the group's other session of that week beside it")
    book["Sessions"].append([1, "18/3/2026", "14:00", "16:00", "Kigabiro", "Rights in the home", ""])
    assert store(xlsx(tmp_path / "c.xlsx", book))["Sessions"].new == 1


def test_a_coachs_code_is_the_same_in_small_and_capital_letters(
    store: Import, owner: Connection, tmp_path: Path
) -> None:
    book = sound()
    book["Coaches"][1][0] = "c01"
    book["Group coaches"][1][1] = "C01"
    store(xlsx(tmp_path / "a.xlsx", book))
    assert owner.exec_driver_sql("select code from coach").scalars().all() == ["C01"]
    owner.exec_driver_sql("update coach set code = 'c01'")
    owner.commit()
    assert all(
        not counts.new and not counts.changed for counts in store(xlsx(tmp_path / "a.xlsx", book)).values()
    )


@pytest.mark.parametrize(
    ("sheet", "column", "value", "expected"),
    [
        ("Groups", 0, 0, "from 1 to 999"),
        ("Groups", 0, 1000, "from 1 to 999"),
        ("People", 5, 1000, "from 1 to 999"),
        ("People", 1, "1234567897", "a member number"),
        ("Savings members", 2, 0, "from 1 to 999"),
        ("Savings groups", 5, 100_000, "from 1 to 99,999"),
        ("Savings groups", 6, 100, "from 0 to 99"),
    ],
)
def test_a_number_has_its_bounds(refused, sheet: str, column: int, value: object, expected: str) -> None:
    book = sound()
    book[sheet][1][column] = value
    assert any(said.startswith(f"{sheet}, row 2") and expected in said for said in refused(book))


def test_no_fault_quotes_a_title(refused) -> None:
    book = sound() | {"Mukamana": [["Day"]]}
    book["People"][0] += [""] * 16 + ["Uwera 0780000002"]
    said = refused(book)
    assert [fault.partition(": ")[0] for fault in said] == [
        "A sheet with an unknown name, sheet 12",
        "People, row 1, column AC",
    ]


def test_a_move_has_no_day_of_before(store: Import, refused, owner: Connection, tmp_path: Path) -> None:
    book = sound()
    book["People"][0].append("In the group since")
    for row, since in zip(book["People"][1:], ("2026-01-12", "", ""), strict=True):
        row.append(since)
    store(xlsx(tmp_path / "a.xlsx", book))
    book["Groups"].append([2, "woman", "Kigabiro", "Nyagasenyi"])
    book["People"][1][4] = 2
    assert refused(book) == [
        "People, row 2, In the group since: expected an empty cell, or the day of the move"
    ]
    book["People"][1][-1] = "2026-03-02"
    path = xlsx(tmp_path / "b.xlsx", book)
    assert store(path)["People"].changed == 1
    assert store(path)["People"].changed == 0


def test_what_would_be_left_out_is_a_fault(refused) -> None:
    book = sound()
    book["Households"][0].append("Why the arm was corrected")
    book["Households"].append(["H003", "", "", "typed wrongly"])
    book["People"][0].append("In the group since")
    book["People"][3].append("2026-01-12")
    book["Savings groups"].append(["Ikimina 2", "", "", "", "", 200, 5])
    assert refused(book) == [
        "Households, row 4, Arm: expected the arm, since there is a reason for one",
        "People, row 4, Group number: expected the group of that day",
        "Savings groups, row 3, Most shares: expected that `Saves in` says shares beside it",
        "Savings groups, row 3, Share value: expected that `Saves in` says shares beside it",
    ]


def test_who_leaves_by_import_has_no_phone_and_no_office(
    store: Import, refused, owner: Connection, tmp_path: Path
) -> None:
    store(xlsx(tmp_path / "a.xlsx", sound()))
    book = sound()
    book["People"][0] += ["Left on", "Why left"]
    for row in book["People"][1:]:
        row += ["", ""]
    book["People"][1][-2:] = ["2026-03-02", "moved"]
    assert refused(book) == ["People, row 2, Phone: expected an empty cell, since the person has left"]
    book["People"][1][8:10] = ["", ""]
    path = xlsx(tmp_path / "b.xlsx", book)
    store(path)
    for table in ("savings_officer", "participant_phone"):
        open_rows = (
            f"select count(*) from {table} t join participant p on p.id = t.participant_id"
            " where p.reference = 'W001' and t.to_on is null"
        )
        assert owner.exec_driver_sql(open_rows).scalar_one() == 0
    assert all(not counts.new and not counts.changed for counts in store(path).values())
