"""The whole way in the running service: she asks by phone, and a caseworker opens it in a browser, from the disk."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pyotp
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from sms_app.folder import read_env
from sms_app.private import outcome_code, sealing
from sms_app.simulator.phone.network import Network, new_call
from tests.world.up import BARE, COMMAND, Up

KIGALI = ZoneInfo("Africa/Kigali")
TUESDAY = 1
ASK = ("3", "3", "1", "1", "1", "1")
DO_NOT_CALL = ("3", "3", "4", "1")
COUNT = "select count(*) from private.request"
AN_EARLIER_REWRITE = "update heartbeat set beat_at = beat_at - interval '11 minutes' where name = 'rewrite'"


@dataclass
class Service:
    """`sms-app up`, on a Tuesday at 09:30 in Kigali."""

    up: Up
    env: dict[str, str]
    offset: timedelta

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def dial(self, phone: str, keys: tuple[str, ...]) -> str:
        """A dialogue; gives its last screen."""
        network = Network(self.env["WEB_URL"], self.env["CALLBACK_SECRET"])
        call, reply = network.hop(new_call(self.env[phone], self.env["SERVICE_CODE"]))
        for key in keys:
            call, reply = network.hop(call.typed(key))
        return reply.screen

    def move_requests(self) -> None:
        """A clock's tick as it is eleven minutes after the last rewrite."""
        with psycopg.connect(self.env["DATABASE_URL"]) as conn:
            conn.execute(AN_EARLIER_REWRITE)
        offset = {"SMS_APP_TIME_OFFSET_S": str(int(self.offset.total_seconds()))}
        subprocess.run(
            [COMMAND, "clock", "--once"], env=BARE | self.env | offset, check=True, capture_output=True
        )

    def login(self, number: int) -> tuple[str, str, str, str]:
        email, password, secret, passphrase = self.env[f"DEMO_LOGIN_CASEWORKER_{number}"].split(" ", 3)
        return email, password, secret, passphrase


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    real = datetime.now(UTC)
    local = real.astimezone(KIGALI)
    day = local.date() + timedelta(days=7 + (TUESDAY - local.weekday()) % 7)
    moment = datetime(day.year, day.month, day.day, 9, 30, tzinfo=KIGALI)
    offset = timedelta(seconds=int((moment - real).total_seconds()))
    place = tmp_path_factory.mktemp("whole") / "data"
    up = Up(place, {"SMS_APP_TIME_OFFSET_S": str(int(offset.total_seconds()))}).start()
    yield Service(up, read_env(place), offset)
    up.stop()


@pytest.fixture
def context(browser, service) -> Iterator[BrowserContext]:
    context = browser.new_context(accept_downloads=True, viewport={"width": 1024, "height": 600})
    context.clock.install(time=service.now)
    yield context
    context.close()


def sign_in(context: BrowserContext, service: Service, number: int) -> Page:
    email, password, secret, _ = service.login(number)
    console = context.new_page()
    console.goto(service.env["SUPPORT_URL"])
    console.get_by_label("E-mail address").fill(email)
    console.get_by_label("Password").fill(password)
    console.get_by_role("button", name="Next").click()
    console.get_by_label("Code").fill(pyotp.TOTP(secret).now())
    console.get_by_role("button", name="Sign in").click()
    return console


def download(console: Page, service: Service, to: Path) -> Path:
    with console.expect_download() as downloading:
        # a navigation to an attachment is a download
        console.evaluate(f"location.href = '{service.env['SUPPORT_URL']}/download'")
    name = downloading.value.suggested_filename
    assert re.fullmatch(r"requests-\d{4}-\d\d-\d\d\.json", name)
    downloading.value.save_as(to / name)
    return to / name


def open_page(context: BrowserContext, service: Service, file: Path, number: int) -> Page:
    page = context.new_page()
    page.goto(Path(service.env["SUPPORT_PAGE"]).as_uri())
    page.locator("#download").set_input_files(file)
    page.locator("#passphrase").fill(service.login(number)[3])
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.locator("#requests-heading")).to_be_visible()
    return page


def rows(service: Service) -> int:
    with psycopg.connect(service.env["DATABASE_URL"]) as conn:
        ((count,),) = conn.execute(COUNT).fetchall()
    return count


def test_a_request_by_phone_is_opened_by_a_caseworker_and_then_closed_by_do_not_call(
    service: Service, context: BrowserContext, tmp_path: Path
):
    number = service.env["DEMO_PHONE_WOMAN_1"]
    assert service.dial("DEMO_PHONE_WOMAN_1", ASK).startswith("Murakoze.")
    service.move_requests()
    assert rows(service) >= 1
    console = sign_in(context, service, 1)
    page = open_page(context, service, download(console, service, tmp_path), 1)
    page.locator("[data-id]").first.click()
    assert number[4:] not in re.sub(r"\D", "", page.content())
    page.get_by_role("checkbox", name="I have read this").check()
    page.get_by_role("button", name="Show the number").click()
    expect(page.locator("#number")).to_have_text(f"+250 {number[4:7]} {number[7:10]} {number[10:]}")
    id_ = page.locator("[data-id]").first.get_attribute("data-id") or ""
    page.close()

    taken = outcome_code.code(sealing.from_text(id_), "T")
    console.goto(f"{service.env['SUPPORT_URL']}/outcomes")
    console.locator("#codes").fill(taken)
    console.get_by_role("button", name="Record").click()
    expect(console.locator(".answers")).to_contain_text(taken)
    expect(console.locator(".refused")).to_have_count(0)

    assert service.dial("DEMO_PHONE_WOMAN_1", DO_NOT_CALL) == "Murakoze."
    service.move_requests()
    page = open_page(context, service, download(console, service, tmp_path), 1)
    page.locator(f'[data-id="{id_}"]').click()
    expect(page.locator("#detail-heading")).to_contain_text("Do not call")
    assert number[4:] not in re.sub(r"\D", "", page.content())


def test_every_server_secret_and_the_whole_database_do_not_open_a_wrapped_key(service: Service):
    """The demo's own file has the caseworkers' secrets; the service's processes never read it."""
    secrets = {value for name, value in service.env.items() if name.startswith("SMS_APP_")}
    words = [service.login(number)[3] for number in (1, 2)]
    with psycopg.connect(service.env["DATABASE_URL"]) as conn:
        stored = str(conn.execute("select wrapped_key, email, password from private.caseworker").fetchall())
    for passphrase in words:
        assert passphrase not in stored
        assert not any(passphrase in secret for secret in secrets)


def test_nothing_in_the_log_or_the_logs_of_the_servers_names_a_request(service: Service):
    numbers = {number[4:] for name, number in service.env.items() if name.startswith("DEMO_PHONE_")}
    logs = [service.up.said, *(path.read_text(errors="replace") for path in service.up.place.glob("*.log"))]
    for text in logs:
        assert not [
            word for word in (*numbers, "inbox", "do_not_call", "envelope", "Ntimumpamagare") if word in text
        ]


def test_the_folder_of_the_demo_is_private(service: Service):
    for name in ("demo-support.json", "env", "support-page.html"):
        assert os.stat(service.up.place / name).st_mode & 0o077 == 0
