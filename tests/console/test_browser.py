"""Each role's pages in a real browser without scripts: nothing is wider than the window, the keyboard is enough."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Connection

from sms_app.vault import Vault
from tests.world.app import serve
from tests.world.browser import chromium
from tests.world.databases import Database
from tests.world.programme import start_from
from tests.world.staff_browser import WIDTHS, shoot, sign_in
from tests.world.staff_console import StaffWorld, staff_world
from tests.world.staff_pages import fill, opened


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
