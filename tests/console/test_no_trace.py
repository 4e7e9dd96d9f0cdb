"""Women ask for help by phone, in real dialogues: no page of the console changes, for any role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Connection, create_engine, pool

from sms_app.config import sqlalchemy_url
from sms_app.console.access import ROLES
from sms_app.vault import Vault
from tests.world.console import Browser
from tests.world.databases import build_once
from tests.world.demo import load
from tests.world.dialogue import NOW, World, opened_world
from tests.world.records import Records
from tests.world.staff_console import StaffWorld, staff_world
from tests.world.staff_pages import opened
from tests.world.wall import Wall, switch_on

ASK = ("3", "3", "1", "1", "1", "1")
DO_NOT_CALL = ("3", "3", "4", "1")
OUT = ("4", "3", "0", "0", "0", "0")
"""As many hops, none of them in help."""
DEMO = "sms_app_demo_template"
TRAIL_SHEET = "Done to her row"
CHANGING = re.compile(r'name="(?:csrf_token|key)" value="[^"]+"')
"""A form's token, and its key, the id of the row that it adds: they are new each time."""


@pytest.fixture
def world(template: str, server_urls: dict[str, str], vault: Vault) -> Iterator[World]:
    """A copy of the demo programme."""

    def fill(url: str) -> None:
        with create_engine(sqlalchemy_url(url), poolclass=pool.NullPool).begin() as conn:
            load(conn, vault, NOW.date())

    build_once(server_urls, DEMO, fill, template)
    with opened_world(server_urls, DEMO, vault) as made:
        yield made


def test_who_asked_for_help_leaves_no_trace_on_any_page(world: World, vault: Vault) -> None:
    """The same console before the dialogues, after dialogues that stay out of help, and after requests."""
    wall = Wall()
    switch_on(world, wall)
    asks = world.phone("woman_1")["member"]
    with console_of(world, vault) as console:
        for phone in ("woman_1", "man_1", "stranger"):
            world.dial(world.phone(phone)["number"], *OUT)
        browsers = {role: console.browser(role) for role in ROLES}
        before, copied = pages(console, browsers, asks), copy_of(browsers["officer"], asks)
        for phone, keys in (("woman_1", ASK), ("man_1", DO_NOT_CALL), ("stranger", ASK)):
            assert world.dial(world.phone(phone)["number"], *keys)[-1].startswith(("CON", "END"))
        assert wall.requests(world)
        after = pages(console, browsers, asks)
        assert copy_of(browsers["officer"], asks) == copied
    assert before.keys() == after.keys()
    assert [page for page in before if before[page] != after[page]] == []


@contextmanager
def console_of(world: World, vault: Vault) -> Iterator[StaffWorld]:
    """The console of the demo programme, at the time of the dialogues."""
    (programme,) = world.conversation.programmes.values()
    with world.owner.connect() as conn:
        records = Records(conn, vault, programme.id, group_of(conn))
        with staff_world(world.database, records, vault, at=world.now) as console:
            yield console


def group_of(conn: Connection) -> UUID:
    return conn.exec_driver_sql("select id from training_group order by number limit 1").scalar_one()


def copy_of(browser: Browser, member: str) -> list[list[list[object]]]:
    """The copy that a person may have of her data, without what was done to her row: that it was made."""
    content = browser.post(f"/people/{member}/copy", f"/people/{member}/law").data
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names if name != TRAIL_SHEET]


def pages(console: StaffWorld, browsers: dict[str, Browser], member: str) -> dict[tuple[str, str], str]:
    """Every page of every role, and a person's own. The trail has who looked, so it is looked at without the console's
    own entries."""
    seen = {}
    hers = [f"/people/{member}", f"/people/{member}/law", f"/people/{member}/merge"]
    for role, addresses in opened(console).items():
        for address in (*addresses, *hers):
            text = CHANGING.sub("", browsers[role].get(address).text)
            seen[role, address] = "" if address == "/trail" else text
    trail = console.values(
        "select who, what, subject, subject_id from audit_entry where who not like 'console:%%'"
    )
    seen["", "the audit trail"] = str(trail)
    return seen
