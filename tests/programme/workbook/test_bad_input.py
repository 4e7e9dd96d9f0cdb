"""Files that can't be read as a workbook, or would be misread: one clear sentence, and nothing is stored."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import Connection

from sms_app.programme.workbook import archive, files, sheet_xml
from sms_app.programme.workbook.faults import CannotRead, WorkbookFaults
from sms_app.programme.workbook.sheet_xml import SheetReader
from tests.world.workbooks import Import, folder, sound, xlsx


@pytest.fixture
def refused(store: Import, owner: Connection):
    """Import a file that is refused; gives what is said, a line a fault."""

    def run(path: Path) -> list[str]:
        with pytest.raises((CannotRead, WorkbookFaults)) as error:
            store(path)
        assert owner.exec_driver_sql("select count(*) from participant").scalar_one() == 0
        return str(error.value).splitlines()

    return run


def _book(path: Path, fill) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for title, rows in sound().items():
            page = book.add_worksheet(title)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
            fill(book, title, page)
    return path


def test_no_such_file_an_empty_one_and_what_is_no_workbook(refused, tmp_path: Path) -> None:
    assert refused(tmp_path / "a.xlsx") == ["There is no file a.xlsx."]
    (tmp_path / "a.xlsx").touch()
    assert refused(tmp_path / "a.xlsx") == ["a.xlsx is empty."]
    for content in (b"Reference,Name\n", b"PK\x03\x04 and nothing", b"\0" * 5000):
        (tmp_path / "a.xlsx").write_bytes(content)
        assert refused(tmp_path / "a.xlsx") == [sheet_xml.NOT_XLSX]
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as other:
        other.writestr("readme.txt", "a zip of something else")
    assert refused(tmp_path / "a.xlsx") == [sheet_xml.NOT_XLSX]
    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / "empty") == ["The folder has no CSV file."]


def test_a_damaged_workbook_is_refused_whatever_byte_is_wrong(refused, tmp_path: Path) -> None:
    whole = xlsx(tmp_path / "a.xlsx", sound()).read_bytes()
    for cut in range(1, len(whole) - 30, len(whole) // 7):
        (tmp_path / "cut.xlsx").write_bytes(whole[:cut])
        assert refused(tmp_path / "cut.xlsx") == [sheet_xml.NOT_XLSX]


def test_300_mb_are_refused_unread(refused, tmp_path: Path) -> None:
    with (tmp_path / "a.xlsx").open("wb") as file:
        file.truncate(300 * 2**20)
    assert refused(tmp_path / "a.xlsx") == [archive.too_large()]
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.xlsx").rename(tmp_path / "folder" / "people.csv")
    assert refused(tmp_path / "folder") == [archive.too_large()]


def test_a_password_is_told(refused, tmp_path: Path) -> None:
    stream = "EncryptedPackage".encode("utf-16-le")
    (tmp_path / "a.xlsx").write_bytes(archive.COMPOUND_FILE + b"\0" * 1000 + stream + b"\0" * 1000)
    (said,) = refused(tmp_path / "a.xlsx")
    assert "protected by a password" in said


@pytest.mark.parametrize("honest", [True, False], ids=["declared", "lied about"])
def test_a_zip_bomb_is_not_unpacked(refused, tmp_path: Path, monkeypatch, honest: bool) -> None:
    monkeypatch.setattr(archive, "LIMITS", archive.Limits(unpacked=20 * 2**20))
    path = xlsx(tmp_path / "a.xlsx", sound())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet99.xml", b" " * 40 * 2**20)
    if not honest:
        raw = path.read_bytes()
        size = struct.pack("<L", 40 * 2**20)
        assert raw.count(size) == 2
        path.write_bytes(raw.replace(size, struct.pack("<L", 100)))
    assert refused(path) == [sheet_xml.BOMB]


def test_a_cell_at_the_far_corner_does_not_fill_the_memory(refused, tmp_path: Path) -> None:
    def fill(_book, title: str, page) -> None:
        if title == "People":
            page.write(1_048_575, 16_383, "x")

    path = _book(tmp_path / "a.xlsx", fill)
    (said,) = refused(path)
    assert "far away" in said


CORNER = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="122"><c r="XFD122"><v>1</v></c></row>'
"""Two cells of a table of two million."""


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (b"<row>" + b"<c><v>1</v></c>" * 16_384 + b'</row><row r="9999"><c><v>1</v></c></row>', "far away"),
        (b"<row>" + b"<c><v>1</v></c>" * 16_384 + b"</row>" + b"<row><c/></row>" * 2_000, "far away"),
        (b'<row r="1"><c r="a1"/></row><row r="9999"><c r="xfd9999"><v>1</v></c></row>', "far away"),
        (b'<row r="1"><c a="' + b"x" * 300 + b'" r="XFD99999"><v>1</v></c></row>', "far away"),
        (b'<row r="1"><c r="XFE1"><v>1</v></c></row>', "far away"),
        (b'<row r="1"><c r="A1048577"><v>1</v></c></row>', "far away"),
        (b'<row r="1"><c r="A0"><v>1</v></c></row>', "no .xlsx"),
        (b'<row r="99999999"><c><v>1</v></c></row>', "no .xlsx"),
        (b"<a>" * 200 + b"</a>" * 200, "no .xlsx"),
        (b"<c t='e' " * 100, "no .xlsx"),
        (b"<c a='" + b">" * 2**19 + b"'/>", "unpacks"),
        (
            b'</sheetData><mergeCells><mergeCell ref="A1:A2"/>' + b'<mergeCell ref="B1:B2"/>' * 10_000,
            "merged",
        ),
    ],
    ids=[
        *("cells without places", "rows without places", "small letters", "late place", "column", "row"),
        *("row 0", "long row", "depth", "open tags", "long tag", "merged"),
    ],
)
def test_what_makes_a_reader_busy_is_refused_before_it_is_read(
    refused, tmp_path: Path, monkeypatch, rows: bytes, expected: str
) -> None:
    monkeypatch.setattr(archive, "LIMITS", archive.Limits(cells=5_000_000))
    monkeypatch.setattr(files, "CalamineWorkbook", None)
    path = _rewritten(
        xlsx(tmp_path / "a.xlsx", sound()), lambda xml: xml.replace(b"</sheetData>", rows + b"</sheetData>")
    )
    (said,) = refused(path)
    assert expected.replace("no .xlsx", "not an .xlsx") in said


def test_the_cells_of_all_sheets_count_together(refused, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(archive, "LIMITS", archive.Limits(cells=5_000_000))
    path = xlsx(tmp_path / "a.xlsx", sound())
    _rewritten(
        path, lambda xml: re.sub(b"<sheetData>.*</sheetData>", b"<sheetData>" + CORNER + b"</sheetData>", xml)
    )
    (said,) = refused(path)
    assert "far away" in said


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"worksheets/sheet1.xml", b"other/sheet1.xml"),
        (b'r:id="rId1"', b'r:id="rId1" x="' + b"a" * 50_000 + b'"'),
    ],
    ids=["elsewhere", "long"],
)
def test_a_sheet_that_was_not_looked_at_is_not_read(
    refused, tmp_path: Path, before: bytes, after: bytes
) -> None:
    path = xlsx(tmp_path / "a.xlsx", sound())
    with zipfile.ZipFile(path) as book:
        members = {name: book.read(name) for name in book.namelist()}
    members["xl/other/sheet1.xml"] = members["xl/worksheets/sheet1.xml"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, xml in members.items():
            book.writestr(
                name, xml.replace(before, after) if name.startswith(("xl/workbook", "xl/_rels")) else xml
            )
    said = refused(path)
    assert said == [sheet_xml.NOT_XLSX] or any(files.UNSEEN in fault for fault in said), said


def test_cells_without_a_place_are_the_next_of_their_row() -> None:
    reader = SheetReader()
    for part in (
        b'<s><row r="3"><c/><c><f>1</f></c></row><row><c/',
        b'><c r="C7" t="e"/><c><f/></c></row></s>',
    ):
        reader.feed(part)
    seen = reader.seen
    assert (seen.rows, seen.columns, seen.errors) == (7, 4, {(7, 3)})
    assert (seen.formulas, seen.formulas_without_place) == (set(), 2)


def test_of_very_many_formulas_the_places_are_not_kept() -> None:
    reader = SheetReader()
    reader.feed(b"<s><row>" + b"".join(b'<c r="A%d"><f/></c>' % n for n in range(1, 10_011)) + b"</row></s>")
    assert (len(reader.seen.formulas), reader.seen.formulas_without_place) == (10_000, 10)


def test_a_document_type_is_refused(refused, tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", sound())
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("xl/evil.xml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')
    assert refused(path) == [sheet_xml.NOT_XLSX]


def test_formulas_merged_cells_and_hidden_sheets_are_named(refused, tmp_path: Path) -> None:
    def fill(_book, title: str, page) -> None:
        if title == "People":
            page.write_formula("C2", '=CONCATENATE("Uwera ","Mukamana")', value="Uwera Mukamana")
            page.merge_range("D3:D4", "woman")
        if title == "Kin":
            page.hide()

    said = refused(_book(tmp_path / "a.xlsx", fill))
    assert (
        "People, row 2, Name: expected a value, and there is a formula: copy the cells and paste them as values"
        in said
    )
    assert "People, row 3, Role: expected a value in each cell, and cells are merged: unmerge them" in said
    assert "Kin: the sheet is hidden: show it, or delete it" in said


def _rewritten(path: Path, change) -> Path:
    """The workbook with `change` made in the XML of each sheet and of the list of sheets."""
    with zipfile.ZipFile(path) as book:
        members = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, xml in members.items():
            is_sheet = name.startswith(("xl/worksheets/sheet", "xl/workbook.xml"))
            book.writestr(name, change(xml) if is_sheet else xml)
    return path


def test_cells_with_errors_are_named(refused, tmp_path: Path) -> None:
    def fill(_book, title: str, page) -> None:
        if title == "People":
            page.write_formula("J2", "=NA()", value="#N/A")

    def without_formula(xml: bytes) -> bytes:
        return xml.replace(b"<f>NA()</f>", b"")

    path = _book(tmp_path / "a.xlsx", fill)
    assert "People, row 2, Phone: expected a value, and there is an error" in refused(
        _rewritten(path, without_formula)
    )
    assert "People: expected a value, and there is an error" in refused(
        _rewritten(path, lambda xml: xml.replace(b'<c r="J2" ', b"<c "))
    )
    book = sound()
    book["People"][1][9] = "#N/A"
    assert "People, row 2, Phone: expected a value, and there is an error" in refused(
        folder(tmp_path / "book", book)
    )


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        (rb'<c r="C2"', rb"<c r='C2'", "People, row 2, Name"),
        (rb'<c r="C2"', rb"<c", "People"),
        (rb'name="People" sheetId="4"', rb"name='People' sheetId='4'", "People, row 2, Name"),
        (rb'name="People"', rb'name="&#80;eople"', "People, row 2, Name"),
        (rb"</sheetData>", rb"</sheetData><!-- <f>1</f> -->", "People, row 2, Name"),
    ],
)
def test_a_formula_is_seen_however_its_xml_is_written(
    refused, tmp_path: Path, before: bytes, after: bytes, where: str
) -> None:
    def fill(_book, title: str, page) -> None:
        if title == "People":
            page.write_formula("C2", '="Uwera"', value="Uwera")

    def change(xml: bytes) -> bytes:
        return xml.replace(before, after)

    said = [
        fault for fault in refused(_rewritten(_book(tmp_path / "a.xlsx", fill), change)) if "formula" in fault
    ]
    expected = "expected a value, and there is a formula: copy the cells and paste them as values"
    assert said == [f"{where}: {expected}"]


def test_headers_that_are_missing_late_or_there_twice(refused, tmp_path: Path) -> None:
    book = sound()
    book["Coaches"] = book["Coaches"][1:]
    book["Groups"].insert(0, ["Our groups"])
    book["People"].insert(1, book["People"][0])
    book["Kin"][0] = ["Person", "Is", "Is"]
    said = refused(xlsx(tmp_path / "a.xlsx", book))
    assert "Coaches, row 1: expected the columns' titles in row 1: Code, Name, Phone, Suspended on" in said
    assert (
        "Groups, row 1: expected the columns' titles in row 1, and they are in row 2: delete the rows above"
        in said
    )
    assert "People, row 2: expected one row of titles, and there are two: delete this one" in said
    assert "Kin, row 1, Is: the column is there twice" in said
    assert "Kin, row 1, Of whom: expected this column, and the sheet does not have it" in said


def test_swapped_columns_are_named_cell_by_cell(refused, tmp_path: Path) -> None:
    book = sound()
    people = book["People"]
    people[0][8], people[0][9] = people[0][9], people[0][8]
    said = refused(xlsx(tmp_path / "a.xlsx", book))
    assert [fault for fault in said if "Phone: expected a telephone number" in fault]
    assert [fault for fault in said if "Phone is whose: expected one of" in fault]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_csv_in_unicode_is_read(store: Import, owner: Connection, tmp_path: Path, encoding: str) -> None:
    book = sound()
    book["People"][1][2] = "Uwéra Mukamana"
    assert store(folder(tmp_path / "book", book, encoding))["People"].new == 3


def test_csv_in_another_encoding_is_refused_by_file_and_line(refused, tmp_path: Path) -> None:
    book = sound()
    book["People"][1][2] = "Uwéra Mukamana"
    said = refused(folder(tmp_path / "book", book, "cp1252"))
    assert (
        "People.csv: expected the encoding UTF-8, and line 2 is in another one: save it as `CSV UTF-8`"
        in said
    )
    (tmp_path / "book" / "Kin.csv").write_bytes(b'Person,Is\n"W001,husband of\n')
    (tmp_path / "book" / "People.csv").write_bytes(b"")
    said = refused(tmp_path / "book")
    assert "Kin.csv: expected CSV, and a quotation mark is not closed" in said
    assert "People.csv: the file is empty" in said


def test_semicolons_are_read_as_commas_are(store: Import, tmp_path: Path) -> None:
    place = folder(tmp_path / "book", sound())
    for file in place.iterdir():
        file.write_text(file.read_text().replace(",", ";"))
    assert store(place)["People"].new == 3


def test_no_fault_says_what_a_cell_holds(refused, tmp_path: Path) -> None:
    book = sound()
    for row in book["People"][1:]:
        row[3], row[9], row[10] = "Mukamana", "Mukamana", "Mukamana"
    said = "\n".join(refused(xlsx(tmp_path / "a.xlsx", book)))
    assert not re.search("Mukamana|Uwera|78000", said)


def test_what_is_stored_is_unpacked_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("stored", b"x" * 3_000_000)
        packed.writestr("small", zlib.compress(b"y" * 100), zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(path) as packed, path.open("rb") as file:
        for member in packed.infolist():
            assert b"".join(archive._unpacked(file, member)) == packed.read(member)
