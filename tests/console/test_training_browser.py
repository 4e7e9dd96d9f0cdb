"""The office enters a roll and corrects it, and two accounts count a meeting, in a real browser without scripts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Connection

from sms_app.vault import Vault
from tests.world.app import serve
from tests.world.browser import chromium
from tests.world.databases import Database
from tests.world.programme import start_from
from tests.world.staff_console import StaffWorld, code, staff_world
from tests.world.staff_pages import fill
from tests.world.times import NOW

SHOTS = os.environ.get("CONSOLE_SHOTS", "")
"""A folder for pictures of the pages, to look at."""


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def here(database: Database, owner: Connection, vault: Vault) -> Iterator[StaffWorld]:
    with staff_world(database, start_from(owner, vault), vault, secure=False) as made:
        fill(made)
        made.owner.commit()
        yield made


def opened_page(world: StaffWorld, chrome: Browser, url: str, role: str, width: int = 1280) -> Page:
    """A page of a new browser window in which this role is signed in."""
    page = chrome.new_context(viewport={"width": width, "height": 800}, java_script_enabled=False).new_page()
    given = world.given[role]
    page.goto(url)
    page.get_by_label("E-mail address").fill(given.email)
    page.get_by_label("Password").fill(given.password)
    page.keyboard.press("Enter")
    world.time.pass_(seconds=30)
    page.get_by_label("Code of six digits").fill(code(given, world.time))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    return page


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def test_a_missing_roll_is_entered_from_the_table_of_weeks_and_corrected(
    here: StaffWorld, chrome: Browser
) -> None:
    with serve(here.app) as url:
        page = opened_page(here, chrome, url, "officer")
        page.get_by_role("link", name="Training").click()
        shoot(page, "heat-map")
        # this week has a session without a roll, two days ago
        page.get_by_role("link", name="?").last.click()
        day = (NOW - timedelta(days=2)).strftime("%d/%m")
        page.get_by_role("link", name=day, exact=True).click()
        expect(page.get_by_role("heading", name="Enter the roll")).to_be_visible()
        page.get_by_label("3 absent", exact=True).check()
        page.get_by_label("7 came late", exact=True).check()
        page.get_by_label("How many of the 20 came").fill("18")
        page.get_by_role("button", name="Store the roll").click()
        expect(page.get_by_role("alert")).to_contain_text("so 19 came, and you wrote 18")
        expect(page.get_by_label("3 absent", exact=True)).to_be_checked()
        shoot(page, "roll-does-not-fit")
        page.get_by_label("How many of the 20 came").fill("19")
        page.get_by_role("button", name="Store the roll").click()
        expect(page.get_by_role("status")).to_contain_text("Stored.")
        page.get_by_label("3 excused", exact=True).check()
        page.get_by_label("Why", exact=True).select_option("paper")
        page.get_by_role("button", name="Store the correction").click()
        expect(page.get_by_text("3 excused (the list on paper says so)")).to_be_visible()
        shoot(page, "roll-corrected")
        page.context.close()


def test_two_accounts_count_a_meeting(here: StaffWorld, chrome: Browser) -> None:
    here.owner.exec_driver_sql("delete from group_meeting")
    here.owner.commit()
    with serve(here.app) as url:
        first = opened_page(here, chrome, url, "officer")
        first.get_by_role("link", name="Savings meetings").click()
        first.get_by_role("link", name="Ikimina").click()
        for n in range(1, 9):
            first.locator(f"#n{n}").fill(str(n % 3))
        first.get_by_label("All shares together").fill("8")
        first.get_by_role("button", name="Enter the count").click()
        expect(first.get_by_role("alert")).to_contain_text("another sum")
        expect(first.locator("#n4")).to_have_value("1")
        shoot(first, "count-differs")
        first.get_by_label("All shares together").fill("9")
        first.get_by_role("button", name="Enter the count").click()
        expect(first.get_by_role("status")).to_contain_text("another account has confirmed it")
        second = opened_page(here, chrome, url, "supervisor")
        second.goto(f"{url}/meetings")
        shoot(second, "counts")
        second.get_by_role("link", name="Confirm it").click()
        second.get_by_label("All shares together").fill("10")
        second.get_by_role("button", name="Confirm the count").click()
        expect(second.get_by_role("alert")).to_contain_text("another sum")
        shoot(second, "sum-differs")
        second.get_by_label("All shares together").fill("9")
        second.get_by_role("button", name="Confirm the count").click()
        expect(second.get_by_role("status")).to_contain_text("in the members' savings now")
        first.context.close()
        second.context.close()


def test_nothing_of_a_roll_is_wider_than_a_phone(here: StaffWorld, chrome: Browser) -> None:
    """A picture of the whole page is as wide as the page scrolls."""
    (row,) = here.values(
        "select training_session_id from roll order by taken_on, training_session_id limit 1"
    )
    with serve(here.app) as url:
        page = opened_page(here, chrome, url, "officer", 360)
        for address in (f"/training/sessions/{row[0]}", "/training", "/training?span=year", "/training/1"):
            page.goto(url + address)
            shoot(page, f"small{address.replace('/', '-')}")
            picture = page.screenshot(full_page=True)
            assert (address, int.from_bytes(picture[16:20], "big")) == (address, 360)
        page.context.close()
