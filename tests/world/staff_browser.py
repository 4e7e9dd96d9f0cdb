"""What the tests of the console's pages in a real browser share: the widths, pictures to look at, and the sign-in."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.world.staff_console import StaffWorld, code

SHOTS = os.environ.get("CONSOLE_SHOTS", "")
"""A folder for pictures of the pages, to look at."""
WIDTHS = {"desk": 1280, "phone": 360}


def shoot(page: Page, name: str) -> None:
    """Take a picture, if there is a folder for it."""
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
