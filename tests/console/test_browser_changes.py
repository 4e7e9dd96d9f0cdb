"""The changes of a person in a real browser without scripts: what follows is read, and then confirmed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Connection

from sms_app.member_number import with_check_digit
from sms_app.vault import Vault
from tests.world.app import serve
from tests.world.browser import chromium
from tests.world.databases import Database
from tests.world.programme import start_from
from tests.world.staff_browser import WIDTHS, shoot, sign_in
from tests.world.staff_console import StaffWorld, staff_world
from tests.world.staff_pages import fill

FIFTH = with_check_digit(5)


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def here(database: Database, owner: Connection, vault: Vault) -> Iterator[StaffWorld]:
    with staff_world(database, start_from(owner, vault), vault, secure=False) as made:
        fill(made)
        made.records.training_group(2)
        made.owner.commit()
        yield made


def fits(page: Page, width: str) -> None:
    """Nothing is wider than the window."""
    box = page.locator("main").bounding_box()
    assert box
    assert box["x"] + box["width"] <= WIDTHS[width] + 1


@pytest.mark.parametrize("width", WIDTHS)
def test_an_officer_moves_enrols_and_opens_a_pin(here: StaffWorld, chrome: Browser, width: str) -> None:
    with serve(here.app) as url:
        context = chrome.new_context(
            viewport={"width": WIDTHS[width], "height": 700}, java_script_enabled=False
        )
        page = context.new_page()
        sign_in(here, page, url, "officer")
        _move(page, url, width)
        _enrol(page, url, width)
        _pin(page, url, width)
        context.close()


def _move(page: Page, url: str, width: str) -> None:
    page.goto(f"{url}/people/{FIFTH}")
    page.get_by_role("link", name="Move to another group").click()
    page.get_by_label("Group").select_option("2")
    shoot(page, f"{width}-move")
    page.get_by_role("button", name="See what follows").click()
    expect(page.get_by_text("On the list of group 2 with number 1.")).to_be_visible()
    shoot(page, f"{width}-move-follows")
    fits(page, width)
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Moved to the other group.")
    shoot(page, f"{width}-moved")
    # what was sent is not in the address, and a reload sends nothing
    page.reload()
    expect(page.get_by_role("status")).to_have_text("Moved to the other group.")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_number_of_a_group_is_typed_where_there_are_many(
    here: StaffWorld, chrome: Browser, width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sms_app.console.people.choosing.MAX_OFFERED", 1)
    with serve(here.app) as url:
        context = chrome.new_context(
            viewport={"width": WIDTHS[width], "height": 700}, java_script_enabled=False
        )
        page = context.new_page()
        sign_in(here, page, url, "officer")
        page.goto(f"{url}/people/{FIFTH}/move")
        page.get_by_label("Group").fill("20")
        page.get_by_role("button", name="See what follows").click()
        expect(page.get_by_text("There is no group with this number.")).to_be_visible()
        fits(page, width)
        page.get_by_label("Group").fill("2")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Group 2, Kigabiro, Kigabiro")).to_be_visible()
        page.get_by_role("button", name="Move", exact=True).click()
        expect(page.get_by_role("status")).to_have_text("Moved to the other group.")
        context.close()


def _enrol(page: Page, url: str, width: str) -> None:
    page.goto(f"{url}/people")
    page.get_by_role("link", name="Enrol somebody").click()
    page.get_by_label("Name").fill("Keza Aline")
    page.get_by_label("woman", exact=True).check()
    page.get_by_role("button", name="See what follows").click()
    fits(page, width)
    shoot(page, f"{width}-enrol-follows")
    page.get_by_role("button", name="Change the form").click()
    expect(page.get_by_label("Name")).to_have_value("Keza Aline")
    page.get_by_label("Phone number").fill("12")
    page.get_by_role("button", name="See what follows").click()
    expect(page.get_by_text("This is no telephone number of the country")).to_be_visible()
    fits(page, width)
    shoot(page, f"{width}-enrol-fault")
    page.get_by_label("Phone number").fill("0780 000 177")
    page.get_by_role("button", name="See what follows").click()
    page.get_by_role("button", name="Enrol", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Enrolled.")


def _pin(page: Page, url: str, width: str) -> None:
    page.goto(f"{url}/people/{FIFTH}/pin")
    page.get_by_label("She is here").check()
    page.get_by_role("button", name="Show the code").click()
    expect(page.locator("#code")).to_be_visible()
    shoot(page, f"{width}-pin")
    for name in ("coaches", f"people/{FIFTH}/consents", f"people/{FIFTH}/consent"):
        page.goto(f"{url}/{name}")
        fits(page, width)
        shoot(page, f"{width}-{name.replace('/', '-')}")
