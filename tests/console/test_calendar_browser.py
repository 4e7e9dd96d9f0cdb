"""A session is moved with its texts in a real browser, by keyboard alone and without scripts. At 360 px a week is a
list."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import Connection

from sms_app.messaging.reminders import corrections
from sms_app.vault import Vault
from tests.world.app import serve
from tests.world.browser import chromium
from tests.world.databases import Database
from tests.world.programme import start_from
from tests.world.staff_console import StaffWorld, code, staff_world
from tests.world.staff_pages import People
from tests.world.times import NOW, at

SHOTS = os.environ.get("CONSOLE_SHOTS", "")
"""A folder for pictures of the pages, to look at."""
MOST_TABS = 120


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def here(database: Database, owner: Connection, vault: Vault) -> Iterator[StaffWorld]:
    """A console over http on this machine, with a week of three groups and a session that women were told of."""
    with staff_world(database, start_from(owner, vault), vault, secure=False) as made:
        week(made)
        made.owner.commit()
        yield made


def week(world: StaffWorld) -> None:
    people, records = People(world), world.records
    records.coach(records.number("+250780000300"), name="Mukamana Claudine")
    session = records.session(at(12, 14), title="Saving and borrowing")
    for n in range(5):
        told(world, session, people.woman(consent=n != 3))
    for n, day in ((2, 10), (3, 13)):
        group = records.training_group(n)
        records.session(at(day, 9 + n), f"{n}111", group_id=group, cancelled_at=NOW if n == 3 else None)
    records.planned_meeting(records.savings_group(name="Ikimina Abahuje", check_in_weekday=2), at(14, 9))


def told(world: StaffWorld, session: UUID, woman: UUID) -> None:
    phone = world.owner.exec_driver_sql(
        "select phone_number_id from participant_phone where participant_id = %(p)s", {"p": woman}
    ).scalar_one()
    world.records.message(
        phone,
        woman,
        rule="session_tomorrow",
        at=NOW - timedelta(hours=1),
        subject_id=session,
        gathering_id=session,
        occasion=str(uuid4()),
        status="delivered",
        sent_at=NOW - timedelta(hours=1),
        claimed_at=NOW - timedelta(hours=1),
        told_starts_at=at(12, 14),
        told_place="Kigabiro",
        told_cancelled=False,
    )


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until this has the focus."""
    handle = wanted.element_handle()
    for _ in range(MOST_TABS):
        if page.evaluate("wanted => document.activeElement === wanted", handle):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not get there")


def enter(page: Page, wanted: Locator) -> None:
    tab_to(page, wanted)
    page.keyboard.press("Enter")


def sign_in(world: StaffWorld, page: Page, url: str) -> None:
    given = world.given["officer"]
    page.goto(url)
    page.keyboard.type(given.email)
    page.keyboard.press("Tab")
    page.keyboard.type(given.password)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code of six digits")).to_be_focused()
    world.time.pass_(seconds=30)
    page.keyboard.type(code(given, world.time))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_session_is_moved_with_its_texts_by_keyboard_alone(here: StaffWorld, chrome: Browser) -> None:
    with serve(here.app) as url:
        context = chrome.new_context(
            viewport={"width": 1280, "height": 700}, java_script_enabled=False, locale="en-US"
        )
        page = context.new_page()
        sign_in(here, page, url)
        enter(page, page.get_by_role("link", name="Calendar"))
        expect(page.get_by_role("heading", name="Week of 09/03 to 15/03")).to_be_visible()
        shoot(page, "desk-week")
        enter(page, page.get_by_role("link", name="14:00 Group 1"))
        expect(page.get_by_text("reminder before the session or meeting: 5 delivered")).to_be_visible()
        shoot(page, "desk-session")
        tab_to(page, page.get_by_label("New day"))
        page.keyboard.type("03132026")
        tab_to(page, page.get_by_label("Hour"))
        page.keyboard.type("0300PM")
        enter(page, page.get_by_role("button", name="Move: show what happens"))
        expect(page.get_by_role("heading", name="Move it?")).to_be_visible()
        expect(page.get_by_text("4 are told of the change")).to_be_visible()
        expect(page.get_by_text("Hello! Change: not 12/03. It is Friday 13 March at 15:00")).to_be_visible()
        shoot(page, "desk-move")
        enter(page, page.get_by_role("button", name="Yes, move it"))
        expect(page.get_by_role("status")).to_have_text("It is moved. The texts go by themselves.")
        # the clock's next tick plans the texts, and the page has them
        loaded = here.console.programmes[here.programme].loaded
        corrections.plan(here.owner, loaded, here.time.now)
        here.owner.commit()
        page.reload()
        expect(page.get_by_text("correction: moved, changed or cancelled: 5 planned")).to_be_visible()
        shoot(page, "desk-moved")
        enter(page, page.get_by_role("link", name="To the week"))
        expect(page.get_by_text("moved to 13/03 15:00")).to_be_visible()
        shoot(page, "desk-week-moved")
        context.close()


def test_at_360_pixels_a_week_is_a_list(here: StaffWorld, chrome: Browser) -> None:
    with serve(here.app) as url:
        context = chrome.new_context(viewport={"width": 360, "height": 700}, java_script_enabled=False)
        page = context.new_page()
        sign_in(here, page, url)
        page.goto(f"{url}/calendar")
        boxes = [box for day in page.locator("li.day").all() if (box := day.bounding_box())]
        assert len(boxes) > 3
        # one below the other, each as wide as the window, empty days left out
        assert all(box["x"] == boxes[0]["x"] and box["width"] > 300 for box in boxes)
        assert all(later["y"] >= box["y"] + box["height"] for box, later in pairwise(boxes))
        shoot(page, "phone-week")
        for name, path in (("month", "/calendar/month"), ("series", "/calendar/series")):
            page.goto(url + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            shoot(page, f"phone-{name}")
        page.goto(f"{url}/calendar")
        page.get_by_role("link", name="14:00 Group 1").click()
        shoot(page, "phone-session")
        page.get_by_role("button", name="Cancel it").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        shoot(page, "phone-cancel")
        page.goto(f"{url}/calendar/series")
        page.get_by_label("Group", exact=True).fill("1")
        page.get_by_label("Topic").fill("Speaking in public")
        page.get_by_label("From this day on").fill("2026-03-25")
        page.get_by_role("button", name="Show what would be planned").click()
        expect(page.get_by_text("would be planned").first).to_be_visible()
        shoot(page, "phone-series-planned")
        context.close()
