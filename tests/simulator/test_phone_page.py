"""The phone page in a real Chromium: pressed and typed as a person would, with the dialogue in the database."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import create_engine, pool

from sms_app import clock
from sms_app.config import Config, sqlalchemy_url
from sms_app.programme.installation import StartRefused
from sms_app.programme.settings import load_programme
from sms_app.simulator.demo import callers
from sms_app.simulator.phone.inbox import Inbox, NoInbox
from sms_app.simulator.phone.network import Network
from sms_app.simulator.phone.page import Callers, create_app
from sms_app.simulator.phone.running import Phone
from sms_app.simulator.provider.running import Provider
from sms_app.vault import Vault
from tests.world.app import COACH, CODE, SHARED, WOMAN, application, counts, populate, serve
from tests.world.browser import chromium
from tests.world.databases import CALLBACK_SECRET, KEYS, METRICS_TOKEN, Database
from tests.world.programme import RWANDA
from tests.world.provider import API_KEY, provider
from tests.world.up import BARE, COMMAND

KIGALI = ZoneInfo("Africa/Kigali")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def stand_in() -> Iterator[Provider]:
    """The provider, whose messages the page shows."""
    with provider() as found:
        yield found


@pytest.fixture
def web(config: Config, demo_database: Database, vault: Vault, stand_in: Provider) -> Iterator[str]:
    """The service's address; the stand-in's reports go there."""
    populate(demo_database, vault)
    with application(replace(config, demo=True)) as app, serve(app) as url:
        stand_in.serves(url)
        yield url


@pytest.fixture
def phone(
    web: str, demo_database: Database, vault: Vault, stand_in: Provider, tmp_path: Path
) -> Iterator[Phone]:
    """The page's server, with the file of callers that `up` writes."""
    programme = load_programme(RWANDA)
    engine = create_engine(sqlalchemy_url(demo_database.owner), poolclass=pool.NullPool)
    with engine.connect() as conn:
        (id_,) = conn.exec_driver_sql("select id from programme").scalars()
        callers.write(tmp_path / "people.json", [programme], callers.callers(conn, vault, programme, id_))
    found = Callers.read(tmp_path / "people.json")
    running = Phone(
        Network(web, CALLBACK_SECRET), Inbox(stand_in.url, CALLBACK_SECRET), found, clock.now
    ).start()
    yield running
    running.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console said."""
    return []


@pytest.fixture
def page(browser: Browser, phone: Phone, complaints: list[str]) -> Iterator[Page]:
    """The phone, ready; whatever the browser complains of fails the test."""
    page = browser.new_page(base_url=phone.url)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/")
    expect(page.locator("#number")).to_have_value(WOMAN)
    yield page
    page.close()
    assert complaints == []


@pytest.fixture
def client(web: str, stand_in: Provider) -> FlaskClient:
    """The page's application without a browser."""
    found = Callers([CODE], KIGALI, [{"number": WOMAN}])
    inbox = Inbox(stand_in.url, CALLBACK_SECRET)
    return create_app(Network(web, CALLBACK_SECRET), inbox, found, clock.now).test_client()


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
    for keys, screen, count in (
        ("2", "Ubwizigame", "119/160"),
        ("1", "andika amafaranga", "55/160"),
        ("2000", "2,000 Frw", "69/160"),
        ("1", "Murakoze.", "9/160"),
    ):
        press(page, keys)
        green(page)
        shows(page, screen, count)
    with psycopg.connect(database.owner) as conn:
        assert conn.execute("select amount, source from contribution").fetchall() == [(2000, "member")]
        assert conn.execute("select sessions from ussd_cost").fetchall() == [(1,)]


def test_a_saving_by_the_keyboard_is_in_the_database(page: Page):
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


def test_redial_dials_the_last_code_again(page: Page):
    page.keyboard.type("*801*2#")
    page.keyboard.press("Enter")
    shows(page, "Ubwizigame", "119/160")
    page.get_by_role("button", name="Red key").click()
    expect(page.locator("#soft-left")).to_have_text("Redial")
    green(page)
    expect(page.locator("#typed")).to_have_text("*801*2#")
    green(page)
    shows(page, "Ubwizigame", "119/160")


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


def test_the_callers_are_listed_to_choose_from(page: Page):
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
    shows(page, "Ubwizigame", "119/160")


def text(stand_in: Provider, number: str, words: str) -> None:
    """The service sends a message."""
    form = {"username": stand_in.username, "to": number, "message": words, "from": "PROGRAMME"}
    requests.post(f"{stand_in.url}/version1/messaging", data=form, headers={"apiKey": API_KEY}, timeout=5)


def test_what_arrived_is_shown_newest_first_and_while_one_looks(page: Page, stand_in: Provider):
    expect(page.locator("#no-messages")).to_have_text("No messages.")
    for words in ("Muraho! Turakwibutsa.", "<b>Murakoze.</b>"):
        text(stand_in, WOMAN, words)
    text(stand_in, SHARED, "Others read this.")
    expect(page.locator("#messages li p")).to_have_text(["<b>Murakoze.</b>", "Muraho! Turakwibutsa."])
    expect(page.locator("#messages li").first).to_contain_text("PROGRAMME")
    expect(page.locator("#messages li").first).to_contain_text("16/160")
    expect(page.locator("#envelope")).to_have_text("✉ 2")
    page.locator("#person").select_option(index=1)
    expect(page.locator("#messages li p")).to_have_text(["Others read this."])
    stand_in.faults.final = {SHARED: "Failed UserIsInactive"}
    text(stand_in, SHARED, "This does not arrive.")
    stand_in.wait_reported()
    text(stand_in, WOMAN, "This does.")
    expect(page.locator("#messages li p")).to_have_text(["Others read this."])
    page.locator("#person").select_option(index=0)
    expect(page.locator("#messages li p").first).to_have_text("This does.")


def test_a_reply_reaches_the_service(page: Page, database: Database):
    page.locator("#reply-text").fill("STOP")
    page.keyboard.press("Enter")
    expect(page.locator("#reply-said")).to_have_text("Sent.")
    expect(page.locator("#reply-text")).to_have_value("")
    assert stopped(database) == [WOMAN]


def test_a_stop_at_the_network_reaches_the_service(page: Page, database: Database):
    page.get_by_role("button", name="STOP at the network").click()
    expect(page.locator("#reply-said")).to_have_text("Sent.")
    assert stopped(database) == [WOMAN]


def stopped(database: Database) -> list[str]:
    vault = Vault.parse(KEYS)
    with psycopg.connect(database.owner) as conn:
        rows = conn.execute(
            "select id, number_sealed from phone_number where stopped_on is not null"
        ).fetchall()
    return [vault.open(sealed, "phone_number", "number_sealed", id_) for id_, sealed in rows]


def test_a_reply_that_nobody_takes_is_said(page: Page, stand_in: Provider):
    stand_in.serves("http://127.0.0.1:1")
    page.locator("#reply-text").fill("STOP")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#reply-said")).to_have_text("Not sent: no network.")
    expect(page.locator("#reply-text")).to_have_value("STOP")


def test_a_reply_from_what_is_no_number_and_without_a_provider_is_said(page: Page, stand_in: Provider):
    page.locator("#number").fill("0780")
    page.locator("#reply-text").fill("STOP")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#reply-said")).to_contain_text("write the number as")
    page.get_by_role("button", name="STOP at the network").click()
    expect(page.locator("#reply-said")).to_contain_text("write the number as")
    stand_in.close()
    reply = page.request.post("/phone/reply", data={"number": WOMAN, "text": "STOP"})
    assert "does not answer" in reply.json()["why"]


def test_it_opens_on_someone_who_has_messages_and_shows_the_services_hour(page: Page, stand_in: Provider):
    text(stand_in, COACH, "Muraho!")
    page.reload()
    expect(page.locator("#number")).to_have_value(COACH)
    expect(page.locator("#person option")).to_have_text([re.compile(f"^✉ .*{re.escape(COACH)}$")])
    # both hours of this test, in case a minute ended
    before = f"{datetime.now(KIGALI):%H:%M}"
    shown = page.request.get("/phone/messages?number=x").json()["time"]
    assert shown in {before, f"{datetime.now(KIGALI):%H:%M}"}
    expect(page.locator("#clock")).to_have_text(re.compile(r"^\d\d:\d\d$"))


def test_a_provider_that_goes_away_is_said(page: Page, stand_in: Provider):
    text(stand_in, WOMAN, "Muraho!")
    expect(page.locator("#messages li")).to_have_count(1)
    stand_in.close()
    expect(page.locator("#no-messages")).to_contain_text("Messages can't be shown")
    expect(page.locator("#reply")).to_be_hidden()


@pytest.mark.parametrize(
    "url",
    ["", "http://127.0.0.1:1", "https://127.0.0.1:1", "https://api.example.org", "http://192.0.2.1"],
)
def test_the_secret_goes_to_no_other_machine(url: str):
    with pytest.raises(NoInbox):
        Inbox(url, CALLBACK_SECRET).of(WOMAN)


def test_a_provider_that_is_not_ours_has_no_inbox():
    with serve(Flask("other")) as url, pytest.raises(NoInbox):
        Inbox(url, CALLBACK_SECRET).of(WOMAN)


def test_it_fits_a_small_screen(page: Page):
    page.set_viewport_size({"width": 390, "height": 844})
    for selector in (".phone", "#group", '[data-key="#"]', "#reply-text"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_no_secret_reaches_the_page(client: FlaskClient):
    call = client.post("/phone/dial", json={"number": WOMAN, "dialled": "*801#"})
    for path in (
        "/phone",
        "/phone/people",
        "/phone/messages?number=%2B250780000001",
        "/phone/static/phone.js",
        "/phone/static/phone.css",
    ):
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
        {"Origin": "http://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "elsewhere.example"},
        {"X-Forwarded-For": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
    ],
)
def test_only_a_page_of_this_machine_may_ask(client: FlaskClient, headers: dict[str, str]):
    assert client.get("/phone/people").status_code == 200
    assert client.get("/phone/people", headers=headers).status_code == 404


def test_what_is_no_call_is_400(client: FlaskClient, database: Database):
    good = {"session_id": "s", "number": WOMAN, "service_code": "*801#", "text": "", "hops": 0}
    bad = [
        None,
        [],
        {},
        {"call": good},
        {"call": {**good, "hops": "0"}, "input": "1"},
        {"call": {}, "input": "1"},
        {"call": {**good, "url": "x"}, "input": "1"},
        {"call": good, "input": "1" * 161},
        {"call": {**good, "text": 1}, "input": "1"},
    ]
    for asked in bad:
        assert client.post("/phone/answer", json=asked).status_code == 400, asked
    assert client.post("/phone/answer", data={"input": "1"}).status_code == 400
    assert counts(database, "ussd_dialogue") == {"ussd_dialogue": 0}


def test_of_the_callers_file_only_a_good_one_is_read(tmp_path: Path):
    file = tmp_path / "people.json"
    callers.write(file, [], [])
    assert Callers.read(file) == Callers([], ZoneInfo("UTC"), [])
    assert file.stat().st_mode & 0o077 == 0
    for text in ("", "[]", "{}", '{"codes": [], "time_zone": "Nowhere", "people": []}'):
        file.write_text(text)
        with pytest.raises(ValueError, match=r"."):
            Callers.read(file)


def test_without_a_demo_no_page_is_served(tmp_path: Path):
    env = {**BARE, "SMS_APP_CALLBACK_SECRET": CALLBACK_SECRET}
    command = [COMMAND, "phone", "--people", str(tmp_path / "x")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "The phone page is for a demo" in done.stderr


def test_real_people_have_no_phone_page(config: Config, database: Database, vault: Vault):
    populate(database, vault)
    for demo in (False, True):
        with (
            pytest.raises(StartRefused, match="unset SMS_APP_PHONE_URL"),
            application(replace(config, phone_url="http://127.0.0.1:1", demo=demo)),
        ):
            raise AssertionError
