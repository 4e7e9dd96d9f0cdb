"""Import of people: the faults, the preview, the same file once more, and nothing twice."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from sms_app.console.people import import_jobs, import_work, importing
from sms_app.console.request import MemoryRequest
from sms_app.programme import locks
from sms_app.programme.workbook import sheet_xml
from tests.world.console import Browser
from tests.world.imports import COUNT, confirmation, people, send, workbook
from tests.world.staff_console import StaffWorld
from tests.world.workbooks import sound


@pytest.fixture
def officer(world: StaffWorld) -> Browser:
    # the group that the world has would be in the way of the workbook's
    world.owner.exec_driver_sql("delete from training_group")
    world.owner.commit()
    return world.browser("officer")


def test_a_file_is_looked_at_then_stored_with_its_count(
    world: StaffWorld, officer: Browser, tmp_path: Path
) -> None:
    file = workbook(tmp_path, sound())
    preview = send(officer, file)
    assert preview.status_code == 200
    assert "This file would enrol 3 people" in preview.text
    assert "Uwera Mukamana" in preview.text
    assert people(world) == 0
    done = send(officer, file, **confirmation(preview.text))
    assert done.location == f"{importing.PATH}?done={COUNT.search(preview.text)[1]}"  # type: ignore[index]
    assert "rows were stored" in officer.get(done.location).text
    assert people(world) == 3
    trail = world.trail()
    who = "console:officer@example.org"
    assert (who, "preview_import", "programme") in trail
    assert (who, "import_people", "programme") in trail
    assert trail.count((who, "import_add", "participant")) == 3


def test_a_double_submit_and_the_back_button_store_nothing_twice(
    world: StaffWorld, officer: Browser, tmp_path: Path
) -> None:
    file = workbook(tmp_path, sound())
    confirmed = confirmation(send(officer, file).text)
    send(officer, file, **confirmed)
    again = send(officer, file, **confirmed)
    assert (again.status_code, people(world)) == (409, 3)
    assert "What is stored has changed since you looked." in again.text
    assert "all of it is stored already" in again.text
    assert "all of it is stored already" in send(officer, file).text


def test_a_fault_stores_nothing_and_says_its_place_and_not_the_cell(
    world: StaffWorld, officer: Browser, tmp_path: Path
) -> None:
    book = sound()
    book["People"][1][9], book["Kin"][1][2] = "not a Number7", "W999"
    page = send(officer, workbook(tmp_path, book))
    assert page.status_code == 400
    for said in (
        "2 faults. Nothing was stored.",
        '<td>People</td><td class="n">2</td><td>Phone</td><td>expected a telephone number',
        '<td>Kin</td><td class="n">2</td><td>Of whom</td><td>expected one that the sheet People has',
    ):
        assert said in page.text
    assert "Number7" not in page.text
    assert people(world) == 0


def test_another_programmes_groups_are_not_in_this_one(
    world: StaffWorld, officer: Browser, tmp_path: Path
) -> None:
    other = world.owner.exec_driver_sql(
        "insert into programme (slug, service_code, country, time_zone, currency, language)"
        " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
    ).scalar_one()
    world.owner.exec_driver_sql(
        "insert into training_group (id, programme_id, number, role, sector, place)"
        " values (gen_random_uuid(), %(p)s, 1, 'woman', 'Hills', 'Hills')",
        {"p": other},
    )
    world.owner.commit()
    book = sound()
    del book["Groups"]
    page = send(officer, workbook(tmp_path, book))
    assert (page.status_code, people(world)) == (400, 0)
    assert "expected one that the sheet Groups has, and it has none" in page.text


def test_a_wrong_count_or_another_file_is_not_stored(
    world: StaffWorld, officer: Browser, tmp_path: Path
) -> None:
    file, other = workbook(tmp_path, sound()), sound()
    other["People"][1][2] = "Uwera Keza"
    preview = send(officer, file).text
    wrong = send(officer, file, **confirmation(preview, "7"))
    assert (wrong.status_code, "is not the number of rows" in wrong.text) == (409, True)
    changed = send(officer, workbook(tmp_path, other), **confirmation(preview))
    assert (changed.status_code, "not the file that you looked at" in changed.text) == (409, True)
    assert people(world) == 0


def test_what_changed_since_the_preview_is_shown_first(
    world: StaffWorld, officer: Browser, tmp_path: Path
) -> None:
    file = workbook(tmp_path, sound())
    confirmed = confirmation(send(officer, file).text)
    smaller = sound()
    smaller.pop("Consents")
    other = workbook(tmp_path, smaller)
    send(officer, other, **confirmation(send(officer, other).text))
    late = send(officer, file, **confirmed)
    assert (late.status_code, "has changed since you looked" in late.text) == (409, True)
    assert world.values("select count(*) from consent") == [(0,)]


def test_csv_files_are_read_as_sheets(world: StaffWorld, officer: Browser) -> None:
    files = [
        ("people.csv", b"Reference,Name,Role,Enrolled on\nW1,Uwera Keza,woman,2026-01-05\n"),
        ("households.csv", b"Household\nH1\n"),
    ]
    preview = send(officer, *files)
    assert "This file would enrol 1 person" in preview.text
    assert send(officer, *files, **confirmation(preview.text)).status_code == 303
    assert people(world) == 1


def _bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", b" " * (import_work.LIMITS.unpacked + 1))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bomb.xlsx", _bomb, sheet_xml.BOMB),
        ("a.pdf", lambda: b"%PDF-1.7 nothing", "This is not an .xlsx workbook"),
        ("a.xlsx", lambda: b"", "The file is empty."),
        ("large.csv", lambda: b"a" * (import_work.LIMITS.file + 1), "at most 8 MB are read"),
        ("people.csv", lambda: b"\xff\xfe\xfd", "expected the encoding UTF-8"),
    ],
)
def test_what_is_no_workbook_is_refused_in_words(
    world: StaffWorld, officer: Browser, name: str, content: Callable[[], bytes], said: str
) -> None:
    page = send(officer, (name, content()))
    assert (page.status_code, said in page.text, "Nothing was stored." in page.text) == (400, True, True)


def test_a_body_over_the_limit_is_refused_in_words(world: StaffWorld, officer: Browser) -> None:
    page = send(officer, ("a.xlsx", b"a" * (importing.MAX_BODY_BYTES + 1)))
    assert (page.status_code, "at most 8 MB are read" in page.text) == (413, True)


def test_no_file_and_a_mixture_are_refused(world: StaffWorld, officer: Browser, tmp_path: Path) -> None:
    assert "No file was chosen." in send(officer).text
    both = send(officer, workbook(tmp_path, sound()), ("people.csv", b"Reference\n"))
    assert "Choose one .xlsx workbook, or CSV files only" in both.text


def test_an_uploaded_file_is_never_on_a_disk(
    world: StaffWorld, officer: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Werkzeug puts a file of more than 500 kB into a temporary one, unless it is told not to."""

    def refused(*_about: object, **_more: object) -> None:
        raise AssertionError("a temporary file was made")

    for name in ("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile", "mkstemp", "mkdtemp"):
        monkeypatch.setattr(f"tempfile.{name}", refused)
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refused)
    assert world.app.request_class is MemoryRequest
    rows = "".join(f"W{n},Uwera Keza {n},woman,2026-01-05\n" for n in range(20_000))
    asked = send(officer, ("people.csv", f"Reference,Name,Role,Enrolled on\n{rows}".encode()))
    assert import_jobs.run_next(world.console)
    page = officer.get(asked.location)
    assert "This file would enrol 20000 people" in page.text
    assert len(page.data) < 100_000


def test_a_name_with_markup_is_escaped(world: StaffWorld, officer: Browser, tmp_path: Path) -> None:
    book = sound()
    book["People"][1][2] = "<b>Uwera</b>"
    page = send(officer, workbook(tmp_path, book)).text
    assert ("&lt;b&gt;Uwera" in page, "<b>Uwera" in page) == (True, False)


def test_the_empty_workbook_explains_each_sheet(world: StaffWorld, officer: Browser) -> None:
    reply = officer.get(f"{importing.PATH}/people.xlsx")
    assert reply.content_type == importing.XLSX
    book = CalamineWorkbook.from_filelike(io.BytesIO(reply.data))
    assert book.sheet_names[:2] == ["Read me", "Coaches"]


def test_who_imports_while_somebody_else_does_is_told_to_wait(
    world: StaffWorld, officer: Browser, tmp_path: Path
) -> None:
    """The page waits four seconds for the lock."""
    locks.lock_people(world.owner, world.programme)
    page = send(officer, workbook(tmp_path, sound()))
    world.owner.rollback()
    assert (page.status_code, "Somebody else changes people just now." in page.text) == (503, True)
