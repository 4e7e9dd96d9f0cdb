"""Each role's pages in a real browser without scripts: nothing is wider than the window, the keyboard is enough."""

from __future__ import annotations

import os
from collections.abc import Iterator
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
from tests.world.staff_pages import fill, opened

SHOTS = os.environ.get("CONSOLE_SHOTS", "")
"""A folder for pictures of the pages, to look at."""
WIDTHS = {"desk": 1280, "phone": 360}


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def here(database: Database, owner: Connection, vault: Vault) -> Iterator[StaffWorld]:
    """The console of a demo, over http on this machine, with people and what happens to them."""
    with staff_world(database, start_from(owner, vault), vault, secure=False) as made:
        fill(made)
        made.owner.commit()
        yield made


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def sign_in(world: StaffWorld, page: Page, url: str, role: str) -> None:
    """Sign in with the keyboard alone: the first field has the focus."""
    given = world.given[role]
    page.goto(url)
    expect(page.get_by_label("E-mail address")).to_be_focused()
    shoot(page, "sign-in")
    page.keyboard.type(given.email)
    page.keyboard.press("Tab")
    page.keyboard.type(given.password)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code of six digits")).to_be_focused()
    shoot(page, "code")
    world.time.pass_(seconds=30)
    page.keyboard.type(code(given, world.time))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_into_the_window(here: StaffWorld, chrome: Browser, width: str) -> None:
    with serve(here.app) as url:
        for role, addresses in opened(here).items():
            context = chrome.new_context(
                viewport={"width": WIDTHS[width], "height": 700}, java_script_enabled=False
            )
            page, complaints = context.new_page(), []
            page.on("console", lambda message, kept=complaints: kept.append(message.text))
            sign_in(here, page, url, role)
            for address in addresses:
                page.goto(url + address)
                shoot(page, f"{width}-{role}{address.replace('/', '-')}")
                box = page.locator("html").bounding_box()
                assert box
                assert (address, box["width"] <= WIDTHS[width]) == (address, True)
                for part in page.locator("main > *, header").all():
                    inner = part.bounding_box()
                    assert (address, inner is None or inner["x"] + inner["width"] <= WIDTHS[width] + 1) == (
                        address,
                        True,
                    )
            assert complaints == []
            context.close()
