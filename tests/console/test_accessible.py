"""Every page in a real browser: axe finds nothing serious, nothing is wider than a small telephone, the keyboard shows
where it is, and paper has no buttons.

A page that several roles may open is looked at as the first of them, and as each of them with `make prove`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import Connection

from sms_app.console.access import ROLES
from sms_app.vault import Vault
from tests.world.app import serve
from tests.world.browser import chromium
from tests.world.databases import Database
from tests.world.programme import start_from
from tests.world.staff_browser import sign_in
from tests.world.staff_console import StaffWorld, staff_world
from tests.world.staff_pages import coach_of, fill, member_of, opened
from tests.world.waiting import LONG, PROVES

SERIOUS = {"serious", "critical"}
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 360, "height": 700}
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
# what has the focus: its place among all elements, and whether a line around it shows that
FOCUSED = """() => {
  const here = document.activeElement, line = getComputedStyle(here)
  return {place: [...document.querySelectorAll("*")].indexOf(here), tag: here.tagName, text: here.textContent.trim(),
    shown: parseFloat(line.outlineWidth) >= 2 && line.outlineStyle !== "none"}
}"""
MOST_TABS = 400
pytestmark = LONG


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def here(database: Database, owner: Connection, vault: Vault) -> Iterator[StaffWorld]:
    """The console of a demo, with people and what happens to them."""
    with staff_world(database, start_from(owner, vault), vault, secure=False) as made:
        fill(made)
        made.owner.commit()
        yield made


def looked_at(world: StaffWorld, role: str) -> list[str]:
    """The addresses that are looked at as this role."""
    pages = opened(world)
    earlier = ROLES[: 0 if PROVES else ROLES.index(role)]
    return [address for address in pages[role] if not any(address in pages[other] for other in earlier)]


@contextmanager
def window(chrome: Browser, size: dict[str, int]) -> Iterator[Page]:
    """A window in which axe may run: the pages themselves allow no script."""
    context = chrome.new_context(viewport=size, bypass_csp=True)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def faults(page: Page) -> list[str]:
    """What axe calls serious or critical, with the element."""
    violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in violations
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("role", ROLES)
def test_axe_finds_nothing_serious_and_nothing_is_too_wide(
    here: StaffWorld, chrome: Browser, role: str
) -> None:
    addresses = [*looked_at(here, role), "/nothing-there"]
    with serve(here.app) as url:
        for size in (WIDE, NARROW):
            with window(chrome, size) as page:
                page.goto(url)
                assert ("sign-in", faults(page)) == ("sign-in", [])
                sign_in(here, page, url, role)
                for address in addresses:
                    page.goto(url + address)
                    assert (address, size["width"], faults(page)) == (address, size["width"], [])
                    assert (address, page.evaluate(FITS)) == (address, True)


@pytest.mark.parametrize("role", ROLES)
def test_the_keyboard_goes_through_each_page_in_its_order_and_shows_where_it_is(
    here: StaffWorld, chrome: Browser, role: str
) -> None:
    with serve(here.app) as url, window(chrome, WIDE) as page:
        sign_in(here, page, url, role)
        for address in looked_at(here, role):
            page.goto(url + address)
            places = tabbed(page, address)
            # some pages begin in a field, and Tab comes to the menu after the last element
            first = places.index(min(places))
            assert (address, places[first:] + places[:first]) == (address, sorted(places))


def tabbed(page: Page, address: str) -> list[int]:
    """The places of the elements that Tab goes to, one after the other, until it leaves the page."""
    places: list[int] = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["tag"] == "BODY" or focused["place"] in places:
            return places
        assert (address, focused["text"], focused["shown"]) == (address, focused["text"], True)
        places.append(focused["place"])
    return places


def test_the_first_tab_offers_to_skip_the_menu(here: StaffWorld, chrome: Browser) -> None:
    with serve(here.app) as url, window(chrome, WIDE) as page:
        sign_in(here, page, url, "officer")
        page.goto(f"{url}/today")
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED)["text"] == "Skip to the content"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.getElementById('main').contains(document.activeElement)")


def test_paper_has_no_menu_and_no_buttons_and_whole_tables(here: StaffWorld, chrome: Browser) -> None:
    with serve(here.app) as url, window(chrome, NARROW) as page:
        sign_in(here, page, url, "officer")
        page.emulate_media(media="print")
        for address in opened(here)["officer"]:
            page.goto(url + address)
            assert (address, page.locator("header:visible, button:visible").count()) == (address, 0)
            assert (address, page.locator("h1:visible").count()) == (address, 1)
            for box in page.locator(".table-responsive:visible").all():
                assert box.evaluate("box => getComputedStyle(box).overflowX") == "visible"


def test_axe_finds_nothing_serious_where_numbers_are_typed_and_lists_go_by_pages(
    here: StaffWorld, chrome: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages of a programme with very many groups."""
    for limit, many in {
        "people.choosing.MAX_OFFERED": 0,
        "people.coaches.ON_A_PAGE": 1,
        "broadcast.forms.MAX_CHECKBOXES": 0,
        "calendar.days.CROWDED": 0,
        "calendar.pages.MAX_OF_DAY": 1,
        "inbox.pages.MOST": 1,
        "inbox.pages.ON_A_PAGE": 1,
        "today.pages.ON_A_PAGE": 1,
    }.items():
        monkeypatch.setattr(f"sms_app.console.{limit}", many)
    member, coach = member_of(here), coach_of(here)
    addresses = (
        *("/people/new", f"/people/{member}/move", f"/coaches/{coach}/group", "/coaches", "/broadcast/new"),
        *("/calendar", "/calendar/month", "/calendar/day", "/inbox", "/inbox?matter=questions&page=2"),
        *("/today/rolls", "/today/stopped?page=2"),
    )
    with serve(here.app) as url:
        for size in (WIDE, NARROW):
            with window(chrome, size) as page:
                sign_in(here, page, url, "officer")
                for address in addresses:
                    page.goto(url + address)
                    assert (address, size["width"], faults(page)) == (address, size["width"], [])
                    assert (address, page.evaluate(FITS)) == (address, True)
