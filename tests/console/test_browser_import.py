"""In a browser without scripts, an officer imports a workbook with faults, mends it, and then erases somebody."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Connection

from sms_app.console.people import import_jobs
from sms_app.member_number import with_check_digit
from sms_app.vault import Vault
from tests.world.app import serve
from tests.world.browser import chromium
from tests.world.databases import Database
from tests.world.programme import start_from
from tests.world.staff_console import StaffWorld, code, staff_world
from tests.world.staff_pages import People
from tests.world.workbooks import sound, xlsx

SHOTS = os.environ.get("CONSOLE_SHOTS", "")
"""A folder for pictures of the pages, to look at."""
WIDTHS = {"desk": 1280, "phone": 360}


class Officer:
    """An officer at a window of some width."""

    def __init__(self, world: StaffWorld, page: Page, url: str, width: str) -> None:
        self.world, self.page, self.url, self.width = world, page, url, width
        given = world.given["officer"]
        page.goto(url)
        page.get_by_label("E-mail address").fill(given.email)
        page.get_by_label("Password").fill(given.password)
        page.keyboard.press("Enter")
        world.time.pass_(seconds=30)
        page.get_by_label("Code of six digits").fill(code(given, world.time))
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    def look(self, name: str) -> None:
        """Nothing is wider than the window."""
        if SHOTS:
            self.page.screenshot(path=Path(SHOTS) / f"{self.width}-{name}.png", full_page=True)
        for part in self.page.locator("html, main > *").all():
            box = part.bounding_box()
            assert (name, box is None or box["x"] + box["width"] <= WIDTHS[self.width] + 1) == (name, True)


@pytest.mark.parametrize("width", WIDTHS)
def test_import_with_faults_then_without_then_erase(
    database: Database, owner: Connection, vault: Vault, tmp_path: Path, width: str
) -> None:
    with (
        staff_world(database, start_from(owner, vault), vault, secure=False) as world,
        serve(world.app) as url,
        chromium() as chrome,
    ):
        People(world).woman()
        world.owner.commit()
        officer = Officer(world, _window(chrome, width), url, width)
        _import(officer, tmp_path)
        _erase(officer)


def _window(chrome: Browser, width: str) -> Page:
    size = {"width": WIDTHS[width], "height": 700}
    return chrome.new_context(viewport=size, java_script_enabled=False).new_page()  # type: ignore[arg-type]


def _import(officer: Officer, tmp_path: Path) -> None:
    page, book = officer.page, sound()
    book["Groups"][1][0] = 2
    for sheet in ("Group coaches", "Savings groups", "Sessions"):
        for row in book[sheet][1:]:
            row[row.index(1)] = 2
    for person in book["People"][1:3]:
        person[4] = 2
    right = xlsx(tmp_path / "right.xlsx", book)
    book["People"][1][9], book["People"][2][3], book["Kin"][1][2] = "078 12", "lady", "W999"
    book["Sessions"][1][2] = "late"
    wrong = xlsx(tmp_path / "wrong.xlsx", book)
    page.goto(f"{officer.url}/people")
    page.get_by_role("link", name="Import people from a file").click()
    officer.look("import")
    page.get_by_label("The file").set_input_files(wrong)
    page.get_by_role("button", name="Look at what it would change").click()
    expect(page.get_by_role("heading", name="4 faults. Nothing was stored.")).to_be_visible()
    officer.look("import-faults")
    page.get_by_label("The file").set_input_files(right)
    page.get_by_role("button", name="Look at what it would change").click()
    expect(page.get_by_role("heading", name="This file would enrol 3 people")).to_be_visible()
    page.get_by_text("Who would be enrolled").click()
    officer.look("import-preview")
    label = page.get_by_text("the number of rows that are new or changed").last.inner_text()
    page.get_by_label("The same file").set_input_files(right)
    page.get_by_label("Type").fill(label.split()[1].rstrip(","))
    page.get_by_role("button", name="Store all of it").click()
    expect(page.get_by_role("status")).to_contain_text("rows were stored")
    officer.look("import-done")


def _erase(officer: Officer) -> None:
    page, member = officer.page, with_check_digit(1)
    page.goto(f"{officer.url}/people/{member}")
    officer.look("person")
    page.get_by_role("link", name="Merge two records").click()
    officer.look("merge")
    page.goto(f"{officer.url}/people/{member}/law")
    officer.look("law")
    page.get_by_label(f"Type {member}").fill(member)
    page.get_by_role("button", name="Erase her for good").click()
    expect(page.get_by_role("status")).to_contain_text("was erased")
    officer.look("erased")
    ((erased,),) = officer.world.values("select count(*) from erasure")
    assert erased == 1


@pytest.mark.parametrize("script", [True, False])
def test_a_large_file_is_followed_to_its_end(
    database: Database,
    owner: Connection,
    vault: Vault,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: bool,
) -> None:
    """By the page's own script, and without JavaScript by its link."""
    monkeypatch.setattr(import_jobs, "FROM_BYTES", 0)
    with (
        staff_world(database, start_from(owner, vault), vault, secure=False) as world,
        serve(world.app) as url,
        chromium() as chrome,
    ):
        page = chrome.new_context(java_script_enabled=script).new_page()
        officer = Officer(world, page, url, "desk")
        wrong = sound()
        wrong["People"][1][9] = "078 12"
        page.goto(f"{officer.url}/people/import")
        page.get_by_label("The file").set_input_files(xlsx(tmp_path / "wrong.xlsx", wrong))
        page.get_by_role("button", name="Look at what it would change").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        assert import_jobs.run_next(world.console)
        if not script:
            page.get_by_role("link", name="Look again").click()
        expect(page.get_by_role("heading", name=re.compile("fault.* Nothing was stored"))).to_be_visible()
        expect(page.get_by_role("progressbar")).to_have_count(0)
