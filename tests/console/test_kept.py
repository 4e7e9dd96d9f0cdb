"""What was typed when the session had ended comes back after the sign-in, and is not sent by itself."""

from __future__ import annotations

import re
from html import unescape

import pytest

from sms_app.console import kept
from sms_app.console.kept import MAX_BYTES, may_be_kept
from tests.world.console import TOKEN, Browser
from tests.world.staff_console import HOME, StaffWorld, code
from tests.world.staff_pages import People

WORDS = 'Uwase "<b>" & Mukamana'
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the first form of `main`."""
    return {name: unescape(value) for name, value in HIDDEN.findall(page.partition("<main")[2])}


def search_too_late(world: StaffWorld, browser: Browser, **fields: object) -> str:
    """Look for somebody 16 minutes after the page was opened; gives the page that answers."""
    form = hidden(browser.get("/people").text)
    world.time.pass_(minutes=16)
    reply = browser.send("/people", **{**form, "looked_for": WORDS, **fields})
    assert reply.status_code == 403
    return reply.text


def sign_in_again(world: StaffWorld, browser: Browser, page: str, role: str) -> str:
    """Sign in on a page that has a sealed form; gives what comes then, or where it leads."""
    given = world.given[role]
    reply = browser.send("/", **hidden(page), email=given.email, password=given.password)
    assert reply.status_code == 200
    world.time.pass_(seconds=30)
    last = browser.send("/", **hidden(reply.text), code=code(given, world.time))
    return last.location or last.text


def test_what_was_typed_comes_back_and_nothing_is_done(world: StaffWorld) -> None:
    browser = world.browser("officer")
    page = search_too_late(world, browser)
    assert "Your session had ended. Nothing was saved." in page
    assert WORDS not in unescape(page)
    shown = sign_in_again(world, browser, page, "officer")
    assert "Nothing was saved: the session had ended" in shown
    assert 'value="Uwase &quot;&lt;b&gt;&quot; &amp; Mukamana"' in shown
    assert world.values("select count(*) from audit_entry where what = 'find'") == [(0,)]
    # the page is a page as every other: its form is sent with its own token
    reply = browser.send("/people", **hidden(shown), looked_for=WORDS)
    assert (reply.status_code, "Nobody was found." in reply.text) == (200, True)
    assert "Nothing was saved" not in browser.get("/people").text


def test_a_wrong_password_and_a_wrong_code_lose_nothing(world: StaffWorld) -> None:
    browser, given = world.browser("officer"), world.given["officer"]
    page = search_too_late(world, browser)
    page = browser.send("/", **hidden(page), email=given.email, password="wrong").text
    page = browser.send("/", **hidden(page), email=given.email, password=given.password).text
    page = browser.send("/", **hidden(page), code="000000").text
    world.time.pass_(seconds=30)
    shown = browser.send("/", **hidden(page), code=code(given, world.time)).text
    assert "Uwase &quot;" in shown


def test_another_account_and_a_later_day_see_nothing(world: StaffWorld) -> None:
    browser = world.browser("officer")
    page = search_too_late(world, browser)
    assert sign_in_again(world, browser, page, "supervisor") == HOME
    browser = world.browser("officer")
    page = search_too_late(world, browser)
    world.time.pass_(minutes=31)
    assert sign_in_again(world, browser, page, "officer") == HOME


def test_a_page_opened_meanwhile_in_another_window_does_not_lose_it(world: StaffWorld) -> None:
    """The other window shows the sign-in page, or somebody has signed in there already."""
    browser = world.browser("officer")
    form = hidden(browser.get("/people").text)
    world.time.pass_(minutes=16)
    assert browser.get("/inbox").location == "/"
    reply = browser.send("/people", **form, looked_for=WORDS)
    assert "Uwase &quot;" in sign_in_again(world, browser, reply.text, "officer")
    browser.send("/people", **form, looked_for=WORDS)
    reply = browser.send("/people", **form, looked_for="Mutesi")
    assert (reply.status_code, 'value="Mutesi"' in reply.text) == (400, True)
    assert world.values("select count(*) from audit_entry where what = 'find'") == [(0,)]


def test_what_is_too_long_or_not_from_the_page_is_not_kept(world: StaffWorld) -> None:
    for fields in (
        {"looked_for": "x" * MAX_BYTES},
        {kept.PAGE: "https://example.org/"},
        {kept.PAGE: "//example.org/people"},
        {kept.PAGE: ""},
    ):
        browser = world.browser("officer")
        form = hidden(browser.get("/people").text)
        world.time.pass_(minutes=16)
        reply = browser.send("/people", **{**form, "looked_for": WORDS, **fields})
        assert (reply.status_code, reply.location) == (303, "/")
    # without the page's token, and by a stranger
    browser = world.browser("officer")
    world.time.pass_(minutes=16)
    assert browser.send("/people", looked_for=WORDS, form_page="/people").location == "/"
    assert world.browser().send("/people", looked_for=WORDS, form_page="/people").location == "/"


@pytest.mark.parametrize("page", ["/nothing-there", "/trail", "/people/9999"])
def test_a_page_that_is_not_hers_leads_to_the_first_page(world: StaffWorld, page: str) -> None:
    browser = world.browser("officer")
    shown = search_too_late(world, browser, form_page=page)
    assert sign_in_again(world, browser, shown, "officer") == HOME


def test_a_made_up_sealed_form_is_nothing(world: StaffWorld) -> None:
    browser, given = world.browser(), world.given["officer"]
    token = TOKEN.search(browser.get("/").text)
    assert token
    for made_up in ("x", "é", "AAAA" * 30, kept.PAGE):
        page = browser.send(
            "/", csrf_token=token[1], kept=made_up, email=given.email, password=given.password
        )
        world.time.pass_(seconds=30)
        reply = browser.send("/", **{**hidden(page.text), "code": code(given, world.time)})
        assert reply.location == HOME
        token = TOKEN.search(world_page(browser))
        assert token


def world_page(browser: Browser) -> str:
    """The sign-in page, after signing out."""
    browser.post("/sign-out", "/account")
    return browser.get("/").text


def test_of_who_never_signed_in_nothing_is_kept(world: StaffWorld) -> None:
    browser = world.browser()
    token = TOKEN.search(browser.get("/").text)
    assert token
    reply = browser.send("/people", csrf_token=token[1], looked_for=WORDS, form_page="/people")
    assert (reply.status_code, reply.location) == (303, "/")


def test_signing_out_keeps_nothing(world: StaffWorld) -> None:
    browser = world.browser("officer")
    form = hidden(browser.get("/people").text)
    browser.post("/sign-out", "/account")
    assert browser.send("/people", **form, looked_for=WORDS).location == "/"


def test_passwords_codes_and_tokens_are_never_kept() -> None:
    names = (
        "password",
        "new_password",
        "old",
        "new",
        "again",
        "code",
        "pin",
        "her-pin",
        "csrf_token",
        "kept",
    )
    assert [name for name in names if may_be_kept(name)] == []
    assert all(map(may_be_kept, ("looked_for", "opinion", "text_rw", "number")))


def test_each_form_says_on_which_page_it_stands(world: StaffWorld) -> None:
    People(world).woman()
    world.owner.commit()
    browser = world.browser("officer")
    assert hidden(browser.get("/people?x=1").text)[kept.PAGE] == "/people?x=1"
    # after a form with results or faults it is the page that it came from
    reply = browser.send("/people", **hidden(browser.get("/people").text), looked_for="Uwase")
    assert hidden(reply.text)[kept.PAGE] == "/people"
