"""`sms-app up` starts the console, prints its address and a sign-in, and its accounts work on this machine."""

from __future__ import annotations

import re
from pathlib import Path

import pyotp
import requests

from sms_app.folder import read_env
from tests.world.console import TOKEN
from tests.world.up import Up

LOGINS = ("ADMINISTRATOR", "OFFICER", "OFFICER_2", "SUPERVISOR", "RESEARCHER")


def signed_in(url: str, login: str) -> requests.Session:
    """A browser that signed in as the variable says: e-mail address, password, second factor's secret."""
    email, password, secret = login.split(" ")
    browser = requests.Session()

    def post(page: str, **fields: str) -> requests.Response:
        token = TOKEN.search(browser.get(f"{url}{page}").text)
        assert token
        return browser.post(f"{url}/", data={"csrf_token": token[1], **fields})

    post("/", email=email, password=password)
    assert "Sign out" in post("/?step=code", code=pyotp.TOTP(secret).now()).text
    return browser


def test_up_prints_the_console_and_each_demo_account_signs_in(tmp_path: Path) -> None:
    up = Up(tmp_path / "data").start()
    try:
        env = read_env(up.place)
        url = env["CONSOLE_URL"]
        assert re.search(
            rf"^console {re.escape(url)}  .*{re.escape(env['DEMO_LOGIN_OFFICER'])}$", up.said, re.MULTILINE
        )
        assert {f"DEMO_LOGIN_{name}" for name in LOGINS} <= env.keys()
        officer = signed_in(url, env["DEMO_LOGIN_OFFICER"])
        for page in ("/today", "/today/texts/sent", "/today/rolls", "/today/cost", "/inbox", "/reach"):
            reply = officer.get(url + page)
            assert (page, reply.status_code, reply.url) == (page, 200, url + page)
        group = re.search(r'href="(/reach/[0-9a-f-]+)"', officer.get(f"{url}/reach").text)
        assert group is None or officer.get(url + group[1]).status_code == 200
        assert signed_in(url, env["DEMO_LOGIN_ADMINISTRATOR"]).get(f"{url}/trail").status_code == 200
        assert signed_in(url, env["DEMO_LOGIN_RESEARCHER"]).get(f"{url}/inbox").status_code == 404
        # the public process has none of it
        assert requests.get(f"{env['WEB_URL']}/today").status_code == 404
    finally:
        up.stop()
