"""The phone page in a real Chromium: pressed and typed as a person would, with the dialogue in the database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sms_app.config import Config
from sms_app.vault import Vault
from tests.conftest import CALLBACK_SECRET, KEYS, METRICS_TOKEN, Database
from tests.serving import COACH, SHARED, WOMAN, application, counts, populate, serve

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail("No Chromium found: install your system's package 'chromium', or run `make setup`.")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*QUIET, *sandbox])
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console said."""
    return []


@pytest.fixture
def page(browser: Browser, app: Flask, complaints: list[str]) -> Iterator[Page]:
    """The phone, ready; whatever the browser complains of fails the test."""
    with serve(app) as url:
        page = browser.new_page(base_url=url)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/")
        expect(page.locator("#number")).to_have_value(WOMAN)
        yield page
        page.close()
    assert complaints == []


def press(page: Page, keys: str) -> None:
    for key in keys:
        page.locator(f'.pad [data-key="{key}"]').click()


def green(page: Page) -> None:
    page.get_by_role("button", name="Green key").click()


def shows(page: Page, screen: str, count: str) -> None:
    expect(page.locator("#count")).to_have_text(count)
    expect(page.locator("#screen")).to_contain_text(screen)


def test_a_saving_by_the_keys_is_in_the_database(page: Page, database: Database):
    press(page, "*801#")
    green(page)
    shows(page, "Murakaza neza", "85/160")
    for keys, screen, count in (("2", "Ubwizigame", "107/160"), ("1", "andika amafaranga", "55/160"),
                                ("2000", "2,000 Frw", "57/160"), ("1", "Murakoze.", "9/160")):  # fmt: skip
        press(page, keys)
        green(page)
        shows(page, screen, count)
    with psycopg.connect(database.owner) as conn:
        assert conn.execute("select amount, source from contribution").fetchall() == [(2000, "member")]
        assert conn.execute("select sessions from ussd_cost").fetchall() == [(1,)]


def test_by_the_keyboard(page: Page):
    page.keyboard.type("*802")
    page.keyboard.press("Backspace")
    page.keyboard.type("1#")
    page.keyboard.press("Enter")
    shows(page, "Murakaza neza", "85/160")
    page.keyboard.type("two")
    expect(page.locator("#typed")).to_have_text("two")
    page.keyboard.press("Enter")
    shows(page, "Wahisemo nabi.", "100/160")
    page.keyboard.press("Escape")
    expect(page.locator("#screen")).to_have_text("Dial *801#")


def test_redial_and_a_direct_dial(page: Page):
    page.keyboard.type("*801*2#")
    page.keyboard.press("Enter")
    shows(page, "Ubwizigame", "107/160")
    page.get_by_role("button", name="Red key").click()
    expect(page.locator("#soft-left")).to_have_text("Redial")
    green(page)
    expect(page.locator("#typed")).to_have_text("*801*2#")
    green(page)
    shows(page, "Ubwizigame", "107/160")


def test_hanging_up_tells_the_service(page: Page, database: Database):
    page.keyboard.type("*801#")
    page.keyboard.press("Enter")
    shows(page, "Murakaza neza", "85/160")
    with page.expect_response("**/phone/hang-up"):
        page.keyboard.press("Escape")
    assert counts(database, "ussd_event_seen") == {"ussd_event_seen": 1}


def test_an_unknown_code_is_the_networks_own_words(page: Page):
    page.keyboard.type("*999#")
    page.keyboard.press("Enter")
    shows(page, "Connection problem or invalid MMI code.", "")
    page.keyboard.press("Enter")
    expect(page.locator("#screen")).to_have_text("Dial *801#")


def test_who_is_calling(page: Page):
    groups = page.locator("#group option").all_text_contents()
    assert groups == ["Women 1: Kigabiro", "Coaches", "Someone else"]
    people = page.locator("#person option").all_text_contents()
    assert [person.rpartition(" ")[2] for person in people] == [WOMAN, SHARED, SHARED]
    page.locator("#person").select_option(index=1)
    expect(page.locator("#number")).to_have_value(SHARED)
    expect(page.locator("#about")).to_contain_text("one of 2 on this number")
    page.locator("#group").select_option("Coaches")
    expect(page.locator("#number")).to_have_value(COACH)
    page.locator("#group").select_option("Someone else")
    page.locator("#number").fill("+250780000077")
    page.locator("#number").blur()
    page.keyboard.type("*801#")
    page.keyboard.press("Enter")
    shows(page, "Murakaza neza", "85/160")


def test_a_hop_without_network_can_be_sent_again(page: Page, complaints: list[str]):
    page.keyboard.type("*801#")
    page.keyboard.press("Enter")
    shows(page, "Murakaza neza", "85/160")
    page.keyboard.type("2")
    page.route("**/phone/answer", lambda route: route.fulfill(status=503))
    page.keyboard.press("Enter")
    expect(page.locator("#screen")).to_contain_text("No network.")
    page.unroute("**/phone/answer")
    assert "503" in complaints.pop()
    page.keyboard.press("Enter")
    shows(page, "Ubwizigame", "107/160")


def test_it_fits_a_small_screen(page: Page):
    page.set_viewport_size({"width": 390, "height": 844})
    for selector in (".phone", "#group", '[data-key="#"]'):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_no_secret_reaches_the_page(client: FlaskClient):
    call = client.post("/phone/dial", json={"number": WOMAN, "dialled": "*801#"})
    for path in ("/phone", "/phone/people", "/phone/static/phone.js", "/phone/static/phone.css"):
        with client.get(path) as reply:
            assert reply.status_code == 200
            policy, text = reply.headers["Content-Security-Policy"], reply.text + call.text
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        for secret in (CALLBACK_SECRET, METRICS_TOKEN, KEYS.split(":")[1][:43]):
            assert secret not in text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "elsewhere.example"},
        {"X-Forwarded-For": "203.0.113.9"}, {"Forwarded": "for=203.0.113.9"},
    ],
)  # fmt: skip
def test_only_a_page_of_this_machine_may_ask(client: FlaskClient, headers: dict[str, str]):
    assert client.get("/phone/people").status_code == 200
    assert client.get("/phone/people", headers=headers).status_code == 404


def test_what_is_no_call_is_400(client: FlaskClient, database: Database):
    good = {"session_id": "s", "number": WOMAN, "service_code": "*801#", "text": "", "hops": 0}
    bad = [None, [], {}, {"call": good}, {"call": {**good, "hops": "0"}, "input": "1"}, {"call": {}, "input": "1"},
           {"call": {**good, "url": "x"}, "input": "1"}, {"call": good, "input": "1" * 161},
           {"call": {**good, "text": 1}, "input": "1"}]  # fmt: skip
    for asked in bad:
        assert client.post("/phone/answer", json=asked).status_code == 400, asked
    assert client.post("/phone/answer", data={"input": "1"}).status_code == 400
    assert counts(database, "ussd_dialogue") == {"ussd_dialogue": 0}


def test_real_people_are_not_listed(config: Config, database: Database, vault: Vault):
    populate(database, vault)
    with application(replace(config, phone=True, demo=False)) as app:
        assert app.test_client().get("/phone/people").json == []
