"""A caseworker signs in, downloads, records and signs out in a real browser, with the keyboard."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Connection

from sms_app.private import outcome_code, sealing
from sms_app.vault import Vault
from tests.world.app import serve
from tests.world.browser import chromium
from tests.world.console import World, console_world
from tests.world.databases import Database
from tests.world.programme import stored_rwanda

SHOTS = os.environ.get("CONSOLE_SHOTS", "")
"""A folder for pictures of the pages, to look at."""


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def here(database: Database, owner: Connection, vault: Vault) -> Iterator[World]:
    """The console of a demo: over http on this machine."""
    programme = stored_rwanda(owner, vault).id
    owner.commit()
    with console_world(database, programme, secure=False) as made:
        made.make_ready()
        yield made


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def test_a_caseworkers_day(here: World, chrome: Browser, tmp_path: Path) -> None:
    person, row = here.people[0], here.request()
    with serve(here.app) as url:
        context = chrome.new_context(viewport={"width": 1024, "height": 600}, accept_downloads=True)
        page, complaints = context.new_page(), []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(url)
        shoot(page, "1-sign-in")
        # the first field has the focus: no mouse is needed
        expect(page.get_by_label("E-mail address")).to_be_focused()
        page.keyboard.type(person.email)
        page.keyboard.press("Tab")
        page.keyboard.type(person.password)
        page.keyboard.press("Enter")
        expect(page.get_by_label("Code")).to_be_focused()
        shoot(page, "2-code")
        page.keyboard.type(person.code(here.time.now))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="What to do now")).to_be_visible()
        shoot(page, "3-home-new")
        set_up(page, tmp_path)
        shoot(page, "4-setup")
        page.get_by_role("link", name="Home").click()
        page.get_by_role("button", name="I am on duty today").click()
        shoot(page, "5-duty")
        page.get_by_label("Thursday 12/03/2026").select_option("2")
        page.get_by_role("button", name="Save the rota").click()
        expect(page.get_by_label("Thursday 12/03/2026")).to_have_value("2")
        page.get_by_role("link", name="Home").click()
        shoot(page, "6-home")
        with page.expect_download() as begun:
            page.get_by_role("link", name="Download the requests").click()
        file = json.loads(begun.value.path().read_text())
        assert begun.value.suggested_filename == "requests-2026-03-11.json"
        assert [entry["id"] for entry in file["requests"]] == [sealing.to_text(row)]
        page.get_by_role("link", name="Outcomes", exact=True).first.click()
        expect(page.get_by_label("Codes from the page")).to_be_focused()
        page.keyboard.type(f"{outcome_code.code(row, 'T')} 00000-XX")
        page.get_by_role("button", name="Record").click()
        expect(page.locator("ul.answers li").first).to_have_text(f"{outcome_code.code(row, 'T')} recorded.")
        expect(page.locator("ul.answers li").last).to_contain_text("this is a wrong code")
        shoot(page, "7-outcomes")
        for name in ("Seal again", "Audit", "Account"):
            page.get_by_role("link", name=name).click()
            shoot(page, f"8-{name}")
        page.goto(f"{url}/nothing")
        shoot(page, "9-not-found")
        page.goto(f"{url}/home")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.go_back()
        expect(page.get_by_text("Not found.")).to_be_visible()
        context.close()
    # the only complaint is about the address that is not there
    assert [line for line in complaints if "404" not in line] == []


def set_up(page: Page, folder: Path) -> None:
    """Give the console a key as the page on the disk makes it."""
    key = folder / "key-1.json"
    public = sealing.public_bytes(sealing.new_key().public_key())
    wrapped = {"iv": sealing.to_text(b"i" * 12), "data": sealing.to_text(b"d" * 200)}
    values = {"format": 1, "caseworker": "1", "public_key": sealing.to_text(public), "wrapped_key": wrapped}
    key.write_text(json.dumps(values))
    page.get_by_role("link", name="Set up").first.click()
    with page.expect_download() as begun:
        page.get_by_role("link", name="Download caseworker-1.json").click()
    assert json.loads(begun.value.path().read_text())["caseworker"] == "1"
    page.get_by_label("File", exact=True).set_input_files(key)
    page.get_by_role("button", name="Store the key").click()
    expect(page.get_by_role("heading", name="You have a key")).to_be_visible()
