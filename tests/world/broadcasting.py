"""What the tests of broadcasts in the console share: the steps of an officer."""

from __future__ import annotations

import re

from werkzeug.test import TestResponse

from sms_app.accounts.secret import Secret
from sms_app.console.accounts import store
from sms_app.console.settings import NAME
from tests.world.console import Browser
from tests.world.databases import CONSOLE_SECRET
from tests.world.staff_console import PASSWORD, StaffWorld, sign_in
from tests.world.staff_pages import key_of

SHOWN = re.compile(r'name="shown" value="([0-9a-f]+)"')
TEXTS = {"text_rw": "Muraho! Murakoze.", "text_en": "Hello! Thank you.", "when": "now"}


def begin(browser: Browser, **fields: object) -> str:
    """Choose whom it is for; gives the draft's address."""
    key = key_of(browser.get("/broadcast/new").text)
    reply = browser.post("/broadcast/new", key=key, **{"roles": "woman", **fields})
    assert reply.location == f"/broadcast/drafts/{key}/texts", reply.text
    return f"/broadcast/drafts/{key}"


def prepare(browser: Browser, **fields: object) -> str:
    """Go on to the check; gives the draft's address."""
    draft = begin(browser)
    reply = browser.post(f"{draft}/texts", **{**TEXTS, **fields})
    assert reply.location == draft, reply.text
    return draft


def confirm(browser: Browser, draft: str, count: object, **fields: object) -> TestResponse:
    """Type the count on the page of the check."""
    shown = SHOWN.search(browser.get(draft).text)
    assert shown
    return browser.post(draft, shown=shown[1], count=count, **fields)


def send(browser: Browser, count: int = 3, **fields: object) -> str:
    """A broadcast that was confirmed; its address."""
    reply = confirm(browser, prepare(browser, **fields), count)
    assert reply.location, reply.text
    return str(reply.location)


def statuses(world: StaffWorld) -> list[tuple[object, ...]]:
    return world.values("select status, count(*) from message group by 1 order by 1")


def second_officer(world: StaffWorld) -> Browser:
    """A browser of another officer of the programme."""
    with world.console.engine.begin() as conn:
        given = store.add(
            conn,
            Secret(CONSOLE_SECRET, NAME),
            world.programme,
            "second@example.org",
            "officer",
            "en",
            "test",
            world.time.now,
            world.time.now.date(),
            PASSWORD,
        )
    browser = world.browser()
    sign_in(browser, given)
    return browser
