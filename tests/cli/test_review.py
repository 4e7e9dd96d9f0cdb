"""`sms-app texts review`: sentences go out in a spreadsheet, and come back into the catalogues, checked row by row."""

from __future__ import annotations

import difflib
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from click.testing import Result
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from sms_app.cli.main import app
from sms_app.config import CHECKOUT
from sms_app.engine.checker.catalogue import digest
from sms_app.engine.checker.po_text import Change, changed
from sms_app.texts import is_stale
from tests.world.service import offset_to
from tests.world.times import NOW

ROOT = Path(__file__).parents[2]
TODAY = NOW.astimezone(ZoneInfo("Africa/Kigali")).date()
REVIEWED = {"Verdict": "good", "Your name": "Uwera A", "Day": TODAY}
CORRECTED = REVIEWED | {"Verdict": "corrected"}
PIN = "Andika umubare w'ibanga."

SENTENCES = (CHECKOUT / "locales/rw/LC_MESSAGES/rwanda.po").read_text().count("# draft\nmsgid")


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Flows and catalogues, and the sheet that went out of them."""
    programmes = tmp_path_factory.mktemp("programmes")
    shutil.copytree(ROOT / "flows", programmes / "flows")
    shutil.copytree(ROOT / "locales", programmes / "locales")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(programmes)
        assert review(programmes, "out", "sheet.xlsx").exit_code == 0
    return programmes


@pytest.fixture
def programmes(sent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(sent, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def review(programmes: Path, *words: str) -> Result:
    env = {
        "SMS_APP_FLOWS": str(programmes / "flows"),
        "SMS_APP_LOCALES": str(programmes / "locales"),
        "SMS_APP_TIME_OFFSET_S": str(offset_to(NOW)),
    }
    return CliRunner().invoke(app, ["texts", "review", *words], env=env)


def kinyarwanda(programmes: Path) -> Path:
    return programmes / "locales/rw/LC_MESSAGES/rwanda.po"


def rows(path: Path, page: str = "rw") -> list[list[Any]]:
    book = CalamineWorkbook.from_path(str(path))
    return book.get_sheet_by_name(page).to_python(skip_empty_area=False)  # type: ignore[no-any-return]


def fill(
    programmes: Path,
    typed: Mapping[str, Mapping[str, object]],
    order: Callable[[list[list[Any]]], Any] = lambda r: r,
) -> dict[str, int]:
    """Save the sheet as another spreadsheet would, with cells typed into the rows of some keys; gives rows by key."""
    first, page = rows(programmes / "sheet.xlsx", "Read me first"), rows(programmes / "sheet.xlsx")
    names = page[0]
    for row in page[1:]:
        for name, value in typed.get(row[names.index("Key")], {}).items():
            row[names.index(name)] = value
    page = [names, *order(page[1:])]
    book = xlsxwriter.Workbook(str(programmes / "back.xlsx"), {"strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, cells in (("Read me first", first), ("rw", page)):
        sheet = book.add_worksheet(name)
        for y, row in enumerate(cells):
            for x, value in enumerate(row):
                sheet.write(y, x, value, *([day] if isinstance(value, date) else []))
    book.close()
    return {row[names.index("Key")]: n for n, row in enumerate(page, 1)}


def test_every_sentence_goes_out_with_its_screen_length_place_and_english(programmes: Path) -> None:
    page = rows(programmes / "sheet.xlsx")
    lines = {row[page[0].index("Key")]: dict(zip(page[0], row, strict=True)) for row in page[1:]}
    text = kinyarwanda(programmes).read_text()
    assert list(lines) == re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)
    number = text[: text.index('msgid "training.next"')].count("\n") + 1
    assert lines["training.next"] | {"Sentence": "", "Check": ""} == {
        "Screen": "*801*1*1",
        "English": "Session: {starts:weekday} {starts:date} at {starts:time}, {place}\n1. I will come\n2. I cannot",
        "Sentence": "",
        "Longest": "125 of 160",
        "Verdict": "",
        "Correction": "",
        "Your name": "",
        "Day": "",
        "Remark": "",
        "Reviewed before": "",
        "Place": f"locales/rw/LC_MESSAGES/rwanda.po:{number}",
        "Key": "training.next",
        "Check": "",
    }
    screens = {key: line["Screen"] for key, line in lines.items()}
    assert screens["root.menu"] == "*801"
    assert screens["savings.what_is_wrong"] == "*801*2*2*[PIN]*1"
    assert screens["message.session_today"] == "text by SMS"
    assert screens["weekday.1"] == screens["zero.back"] == "part of a screen or text"
    assert lines["pin.changed"]["Sentence"].endswith(" ")


def test_a_reviewer_sees_a_page_that_explains_and_can_type_only_where_she_should(programmes: Path) -> None:
    book = CalamineWorkbook.from_path(str(programmes / "sheet.xlsx"))
    assert book.sheet_names == ["Read me first", "rw"]
    help_ = "\n".join(str(row[0]) for row in rows(programmes / "sheet.xlsx", "Read me first"))
    assert "such as *801*2*1. Brackets show what to type there" in help_
    with zipfile.ZipFile(programmes / "sheet.xlsx") as package:
        sheet = package.read("xl/worksheets/sheet2.xml").decode()
    for part in (
        "<sheetProtection ",
        'state="frozen"',
        "<autoFilter ",
        'type="list"',
        '"good,corrected,not sure"',
    ):
        assert part in sheet


def test_verdicts_and_corrections_come_back_and_all_else_stays(programmes: Path) -> None:
    path = kinyarwanda(programmes)
    before = path.read_text()
    new = "PIN: {changed_on:date}."
    fill(
        programmes,
        {
            "root.menu": REVIEWED,
            "pin.ask": CORRECTED
            | {"Correction": "Andika PIN.", "Your name": "  Uwera   A ", "Day": f"{TODAY:%d/%m/%Y}"},
            "pin.changed": CORRECTED
            | {"Correction": new, "Day": datetime(TODAY.year, TODAY.month, TODAY.day)},
            "savings.menu": REVIEWED | {"Verdict": "Not sure", "Remark": "?"},
        },
        order=lambda found: found[::-1],
    )
    done = review(programmes, "in", "back.xlsx")
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith(f"good 1, corrected 2, not sure 1, of {SENTENCES} sentences.\n")
    menu = before.partition('msgid "root.menu"\nmsgstr ""\n')[2].partition("\n\n")[0]
    menu = "".join(line.strip('"').replace("\\n", "\n") for line in menu.splitlines())
    marks = {
        text: f"# reviewed: Uwera A {TODAY} {digest((text,))}" for text in (menu, "Andika PIN.", f"{new} ")
    }
    assert [
        line for line in difflib.ndiff(before.splitlines(), path.read_text().splitlines()) if line[0] in "+-"
    ] == [
        "- # draft",
        f"+ {marks[menu]}",
        "- # draft",
        f"+ {marks['Andika PIN.']}",
        f'- msgstr "{PIN}"',
        '+ msgstr "Andika PIN."',
        "- # draft",
        f"+ {marks[f'{new} ']}",
        '- msgstr "Umubare w\'ibanga: {changed_on:date}. "',
        f'+ msgstr "{new} "',
    ]
    assert not is_stale(path)
    assert (
        CliRunner().invoke(app, ["flows", "check", "--flows", "flows", "--locales", "locales"]).exit_code == 0
    )
    assert (
        review(programmes, "out", "next.xlsx", "--drafts").stdout
        == f"next.xlsx: sentences rw {SENTENCES - 3}.\n"
    )
    assert review(programmes, "out", "all.xlsx").stdout == f"all.xlsx: sentences rw {SENTENCES}.\n"
    seen = {row[11]: row[9] for row in rows(programmes / "all.xlsx")[1:]}
    assert (seen["pin.ask"], seen["savings.menu"]) == (f"Uwera A {TODAY}", "")


FAULTS: list[tuple[str, dict[str, object], str]] = [
    ("pin.ask", {"Verdict": "fine"}, "the verdict is one of good, corrected, not sure: not `fine`"),
    ("pin.ask", {"Verdict": ""}, "the verdict is one of good, corrected, not sure: it is empty"),
    ("pin.ask", {"Verdict": "corrected"}, "it says corrected, and there is no correction"),
    ("pin.ask", {"Correction": "Andika PIN."}, "it says good, and there is a correction"),
    (
        "pin.ask",
        CORRECTED | {"Correction": f"{PIN} "},
        "the correction is the sentence as it is: choose good",
    ),
    ("pin.ask", {"Your name": ""}, "the reviewer's name is missing"),
    ("pin.ask", {"Your name": "?"}, "`?` is not a name"),
    ("pin.ask", {"Day": ""}, "the day is missing"),
    ("pin.ask", {"Day": "yesterday"}, "`yesterday` is not a day like"),
    ("pin.ask", {"Day": date(2100, 1, 1)}, "the day 2100-01-01 is in the future"),
    ("pin.ask", {"Day": date(2020, 1, 1)}, "the day 2020-01-01 is before the sheet went out"),
    ("pin.ask", {"Sentence": "Andika PIN."}, "the sentence itself was changed in the sheet"),
    ("pin.ask", {"Check": "00000000"}, "the sentence was changed in the catalogue since the sheet went out"),
    ("pin.ask", {"Key": "pin.asked"}, "there is no sentence `pin.asked` in rw"),
    ("pin.ask", {"Key": "pin.again"}, "`pin.again` is also in row "),
    ("training.next_none", CORRECTED | {"Correction": "Nta somo, {place}."}, "has `{place}`, which the"),
    ("new.code", CORRECTED | {"Correction": "Kode."}, "the correction lacks `{claim}`"),
    ("message.please_dial", CORRECTED | {"Correction": "{service_code} {by:weekday}"}, "lacks `{by:date}`"),
    (
        "new.code",
        CORRECTED | {"Correction": "Kode {claim"},
        "the correction has a brace that is no placeholder",
    ),
    ("pin.ask", CORRECTED | {"Correction": "Andika “PIN”."}, "simple phones cannot show: `“` (U+201C)"),
    ("pin.ask", CORRECTED | {"Correction": "Andika " + "a" * 150}, "is up to 1"),
    (
        "message.number_test",
        CORRECTED | {"Correction": "{service_code}" + " a" * 80},
        "160 fit into one segment",
    ),
    ("pin.ask", CORRECTED | {"Correction": "Andika i-s-a-n-g-e."}, "has the banned stem `isange`"),
    ("pin.ask", CORRECTED | {"Correction": "Type your PIN."}, "is the same in en"),
    (
        "root.menu",
        CORRECTED | {"Correction": "Murakaza neza\n1. Amahugurwa"},
        "prints 1, its block takes 1 2 3 4",
    ),
]


@pytest.mark.parametrize(("key", "typed", "says"), FAULTS, ids=[says[:40] for _, _, says in FAULTS])
def test_each_fault_is_told_by_its_row_and_nothing_is_written(
    programmes: Path, key: str, typed: dict[str, object], says: str
) -> None:
    before = {path: path.read_bytes() for path in programmes.rglob("*.?o")}
    row = fill(programmes, {key: REVIEWED | typed, "other.menu": REVIEWED})
    done = review(programmes, "in", "back.xlsx")
    assert done.exit_code == 1
    place = row.get(str(typed.get("Key", key)), row.get(key))
    found = [line for line in done.stdout.splitlines() if says in line]
    assert found, done.output
    assert re.match(r"sheet rw, row \d+: ", found[0])
    if "Key" not in typed:
        assert found[0].startswith(f"sheet rw, row {place}: ")
    assert "nothing was written" in done.stderr
    assert {path: path.read_bytes() for path in programmes.rglob("*.?o")} == before


def test_the_good_rows_alone_are_written_when_asked_for(programmes: Path) -> None:
    fill(programmes, {"pin.ask": REVIEWED | {"Your name": ""}, "other.menu": REVIEWED})
    done = review(programmes, "in", "back.xlsx", "--good-rows")
    assert done.exit_code == 1
    assert "1 faults: these rows were not written." in done.stderr
    text = kinyarwanda(programmes).read_text()
    assert text.count("# reviewed: ") == 1
    assert re.search(r'# reviewed: Uwera A .*\nmsgid "other.menu"', text)


def test_a_correction_that_makes_other_screens_too_long_is_told_at_its_row(programmes: Path) -> None:
    row = fill(programmes, {"zero.back": CORRECTED | {"Correction": "0. Subira inyuma " + "cyane " * 10}})
    done = review(programmes, "in", "back.xlsx")
    assert f"sheet rw, row {row['zero.back']}: the correction: screen `" in done.stdout


def test_a_sheet_with_nothing_in_it_changes_nothing(programmes: Path) -> None:
    before = kinyarwanda(programmes).read_bytes()
    done = review(programmes, "in", "sheet.xlsx")
    assert (done.exit_code, done.stdout) == (
        0,
        f"good 0, corrected 0, not sure 0, of {SENTENCES} sentences.\n",
    )
    assert kinyarwanda(programmes).read_bytes() == before


def test_what_is_no_sheet_is_said(programmes: Path) -> None:
    (programmes / "words.xlsx").write_text("no spreadsheet")
    book = xlsxwriter.Workbook(str(programmes / "other.xlsx"))
    book.add_worksheet("Accounts")
    book.close()
    assert "cannot be read as a spreadsheet" in review(programmes, "in", "words.xlsx").stderr
    assert "no page `Read me first`" in review(programmes, "in", "other.xlsx").stderr
    assert "cannot be read as a spreadsheet" in review(programmes, "in", "nowhere.xlsx").stderr
    assert "must end in .xlsx" in review(programmes, "out", "sheet.pdf").stderr
    assert (
        "No review in en. Languages to review: rw."
        in review(programmes, "out", "a.xlsx", "--language", "en").stderr
    )


CATALOGUE = """\
# A head that stays.
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

#. for translators
# draft
# another comment
#: place
msgid "a"
msgstr "A"
# draft
msgid ""
"b.long"
msgstr ""
"one\\n"
"two"

msgid "c"
msgstr "say \\"c\\" \\\\"
# last words"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_catalogues_text_changes_only_where_it_should(newline: str) -> None:
    text = CATALOGUE.replace("\n", newline)
    assert changed(text, {}) == text
    found = changed(
        text,
        {
            "a": Change(mark="reviewed: X Y 2026-01-01 00000000"),
            "b.long": Change('say "b" \\'),
            "c": Change("1\n2", "draft"),
        },
    )
    wanted = (
        CATALOGUE.replace("# draft\n# another", "# reviewed: X Y 2026-01-01 00000000\n# another")
        .replace('msgstr ""\n"one\\n"\n"two"', 'msgstr "say \\"b\\" \\\\"')
        .replace('msgid "c"\nmsgstr "say \\"c\\" \\\\"', '# draft\nmsgid "c"\nmsgstr ""\n"1\\n"\n"2"')
    )
    assert found == wanted.replace("\n", newline)
    with pytest.raises(KeyError):
        changed(text, {"d": Change("D")})
    with pytest.raises(ValueError, match="plural"):
        changed('msgid "a"\nmsgid_plural "as"\nmsgstr[0] "A"\nmsgstr[1] "As"\n', {"a": Change("B")})
