"""A broadcast in a real browser, by the keyboard alone, with our script and without: from whom for to its delivery,
which a worker sends to the provider's stand-in; with undo, and with a second officer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import Connection

from sms_app.accounts.secret import Secret
from sms_app.config import Config
from sms_app.console.accounts import store
from sms_app.console.accounts.store import Credentials
from sms_app.console.settings import NAME, ConsoleProgramme
from sms_app.vault import Vault
from tests.world.app import application, serve
from tests.world.browser import chromium
from tests.world.databases import CONSOLE_SECRET, Database
from tests.world.programme import start_from
from tests.world.service import Service, offset_to
from tests.world.staff_console import PASSWORD, StaffWorld, code, staff_world
from tests.world.staff_pages import People

SHOTS = os.environ.get("CONSOLE_SHOTS", "")
"""A folder for pictures of the pages, to look at."""
MOST_TABS = 120
WOMEN, REACHED = 10, 8


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def here(running: Service, database: Database, owner: Connection, vault: Vault) -> Iterator[StaffWorld]:
    """The console of a demo beside the service, with women of whom two get no text."""
    with staff_world(database, start_from(owner, vault), vault, secure=False, at=running.at) as made:
        people = People(made)
        for n in range(WOMEN):
            people.woman(phone=n != 4, stopped=n == 7, language="en" if n % 3 == 1 else "rw")
        made.owner.commit()
        yield made


@contextmanager
def page_of(chrome: Browser, world: StaffWorld, url: str, given: Credentials, script: bool) -> Iterator[Page]:
    """A page of an officer who is signed in."""
    context = chrome.new_context(viewport={"width": 1280, "height": 800}, java_script_enabled=script)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    expect(page.get_by_label("E-mail address")).to_be_focused()
    keys(page, given.email + "\t")
    keys(page, given.password + "\n")
    expect(page.get_by_label("Code of six digits")).to_be_focused()
    world.time.pass_(seconds=30)
    keys(page, code(given, world.time) + "\n")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    yield page
    # the browser reports the check of a text that may not go
    assert [said for said in complaints if "400 (BAD REQUEST)" not in said] == []
    context.close()


def keys(page: Page, typed: str) -> None:
    """Type; at its end a tab or the end of a line is the key."""
    page.keyboard.type(typed.rstrip("\t\n"))
    for end, key in (("\t", "Tab"), ("\n", "Enter")):
        if typed.endswith(end):
            page.keyboard.press(key)


def go_to(page: Page, target: Locator, key: str = "") -> None:
    """Press the tab key until it has the focus, and then another key."""
    expect(target.first).to_be_visible()
    for _ in range(MOST_TABS):
        if target.first.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(target.first).to_be_focused()
    if key:
        page.keyboard.press(key)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def shoot(page: Page, name: str) -> None:
    """A picture of a page as it is, and one on a small phone."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"broadcast-{name}.png", full_page=True)
        page.set_viewport_size({"width": 360, "height": 700})
        page.screenshot(path=Path(SHOTS) / f"broadcast-{name}-small.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 800})


def write(page: Page, script: bool) -> None:
    """From the menu to the check: the women, a text in each language, and a character that not every phone shows."""
    go_to(page, page.get_by_role("link", name="Broadcast", exact=True), "Enter")
    go_to(page, page.get_by_role("link", name="New broadcast"), "Enter")
    go_to(page, page.get_by_label("women"), "Space")
    shoot(page, "audience")
    go_to(page, button(page, "Go on"), "Enter")
    go_to(page, page.get_by_label("Text in Kinyarwanda"))
    page.keyboard.type("Muraho! Turakwibutsa: ejo saa tatu, Kigabiro. Murakoze.")
    go_to(page, page.get_by_label("Text in English"))
    page.keyboard.type("Hello! Tomorrow → 09:00, Kigabiro. Thank you.")
    if not script:
        go_to(page, button(page, "Show it on the phone"), "Enter")
    expect(page.locator("#phone_rw .bubble")).to_have_text(
        "Muraho! Turakwibutsa: ejo saa tatu, Kigabiro. Murakoze."
    )
    expect(page.locator("#phone_en mark")).to_have_text("→")
    expect(page.locator("#phone_en .fault")).to_contain_text("write instead ->")
    shoot(page, "texts")
    go_to(page, button(page, "Go on to the check"), "Enter")
    expect(page.get_by_role("alert")).to_contain_text("It can't go like this")
    go_to(page, page.get_by_label("Text in English"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Hello! Tomorrow at 09:00, Kigabiro. Thank you.")
    go_to(page, button(page, "Go on to the check"), "Enter")
    expect(page.get_by_role("heading", name="Check and send")).to_be_visible()
    expect(page.get_by_text(f"{REACHED} numbers get it")).to_be_visible()


def confirm(page: Page, name: str) -> None:
    """Type the count, and press the button."""
    go_to(page, page.get_by_label("Type how many numbers get it"))
    page.keyboard.type(str(REACHED))
    go_to(page, button(page, name), "Enter")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_broadcast_from_its_audience_to_its_delivery(
    here: StaffWorld, chrome: Browser, running: Service, config: Config, script: bool
) -> None:
    with (
        application(config) as web,
        serve(web) as web_url,
        serve(here.app) as url,
        page_of(chrome, here, url, here.given["officer"], script) as page,
    ):
        write(page, script)
        shoot(page, "check")
        confirm(page, "Send")
        expect(page.get_by_role("heading", name="Nothing has left yet")).to_be_visible()
        if script:
            expect(page.locator("[data-left]")).to_have_text("10:00")
        shoot(page, "undo")
        go_to(page, button(page, "Undo: nobody gets it"), "Enter")
        expect(page.get_by_text("Undone: nobody got it.")).to_be_visible()
        running.tick()
        assert running.provider.messages == []

        write(page, script)
        confirm(page, "Send")
        expect(page.get_by_role("heading", name="Nothing has left yet")).to_be_visible()
        send_what_is_due(here, running, web_url)
        if not script:
            go_to(page, page.get_by_role("link", name="Look again"), "Enter")
        expect(page.get_by_role("heading", name="Progress: over")).to_be_visible()
        expect(page.get_by_role("img", name=f"on the phone: {REACHED}")).to_be_visible()
        expect(page.get_by_role("row", name=f"delivered {REACHED}")).to_be_visible()
        shoot(page, "delivery")
        assert len(running.provider.messages) == REACHED
        # back after sending leads to what became of it, and nothing goes twice
        page.go_back()
        page.reload()
        assert here.values("select count(*) from broadcast") == [(2,)]
        go_to(page, page.get_by_role("link", name="Broadcast", exact=True), "Enter")
        shoot(page, "overview")


def send_what_is_due(world: StaffWorld, running: Service, web_url: str) -> None:
    """Eleven minutes later the clock ticks, a worker sends, and the provider reports."""
    world.time.pass_(minutes=11)
    running.env["SMS_APP_TIME_OFFSET_S"] = str(offset_to(world.time.now))
    running.provider.serves(web_url)
    running.provider.faults.reports = True
    running.tick()
    running.do("worker", "--burst")
    running.provider.wait_reported()


def test_a_second_officer_approves_what_is_above_the_limit(
    here: StaffWorld, chrome: Browser, running: Service
) -> None:
    limit(here, REACHED - 1)
    second = second_account(here)
    with serve(here.app) as url:
        with page_of(chrome, here, url, here.given["officer"], True) as page:
            write(page, True)
            expect(page.get_by_text("a second officer must approve it")).to_be_visible()
            confirm(page, "Ask a second officer")
            expect(page.get_by_role("heading", name="It waits for a second officer")).to_be_visible()
            expect(button(page, "Approve and send")).to_have_count(0)
        assert here.values("select count(*) from message") == [(0,)]
        with page_of(chrome, here, url, second, True) as page:
            go_to(page, page.get_by_role("link", name="Broadcast", exact=True), "Enter")
            shoot(page, "waiting")
            go_to(page, page.get_by_role("link", name="women; all groups"), "Enter")
            expect(page.get_by_role("heading", name="Approve it")).to_be_visible()
            shoot(page, "approve")
            confirm(page, "Approve and send")
            expect(page.get_by_role("heading", name="Nothing has left yet")).to_be_visible()
            expect(page.get_by_text(second.email).last).to_be_visible()
    assert here.values("select count(*) from message where status = 'planned'") == [(REACHED,)]


def limit(world: StaffWorld, above: int) -> None:
    """Let the programme ask for a second officer above a count of numbers."""
    programme = world.console.programmes[world.programme]
    settings = programme.loaded.settings
    messages = replace(settings.messages, second_officer_above=above)
    loaded = replace(programme.loaded, settings=replace(settings, messages=messages))
    world.console.programmes[world.programme] = ConsoleProgramme(loaded, programme.texts)  # type: ignore[index]


def second_account(world: StaffWorld) -> Credentials:
    """Another officer of the programme."""
    now = world.time.now
    values = (world.programme, "second@example.org", "officer", "en", "test", now, now.date(), PASSWORD)
    with world.console.engine.begin() as conn:
        return store.add(conn, Secret(CONSOLE_SECRET, NAME), *values)
