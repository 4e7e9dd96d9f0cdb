"""What a hostile or a broken client sends: every part of every address, and every field of forms, with values that no
page of ours sends. Nothing fails in the server, and no markup reaches a page as it was sent."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.world.console import TOKEN, Browser
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import (
    broadcast_of,
    fill,
    first_of,
    gathering_of,
    key_of,
    member_of,
    opened,
    proposal_of,
)

PACKAGE = Path(__file__).parents[2] / "sms_app" / "console"
MARKUP = "\"'><script>alert(1)</script>{{7*7}}"
DAYS = ("0001-01-01", "9999-12-31", "0001-01", "9999-12", "0000-00-00", "2000-01-01", "2099-12-31")
ODD = (
    "",
    "\0",
    MARKUP,
    "\u202eabc\u200b",
    "-1",
    "9" * 30,
    "1e999",
    "\u0663",
    "%",
    "x" * 9000,
    "\r\nSet-Cookie: a=b",
)
WORST = ("\0", MARKUP, "-1", "9" * 30, "x" * 9000)
NOBODY = "00000000-0000-0000-0000-000000000000"
ASKED = {
    "/": ("step",),
    "/today/cost": ("month",),
    "/today/rolls": ("page",),
    "/today/stopped": ("page",),
    "/inbox": ("done", "page"),
    "/calendar": ("day", "group", "coach", "sector", "done", "page"),
    "/calendar/month": ("day", "group", "coach", "sector", "done"),
    "/calendar/meeting": ("group",),
    "/calendar/sessions/": ("done",),
    "/reach": ("from",),
    "/training": ("span", "sector", "after", "week"),
    "/training/1": ("week", "last"),
    "/training/sessions/": ("done",),
    "/meetings": ("after", "done"),
    "/people/import": ("done",),
    "/people/": ("done", "into"),
    "/coaches": ("page",),
    "/coaches/": ("done",),
    "/groups": ("after", "done"),
    "/broadcast": ("done",),
    "/broadcast/new": ("saved",),
    "/trail": ("who", "before"),
}
"""What pages ask of an address, by the beginning of the page's."""


def is_sound(reply: TestResponse) -> bool:
    """Whether the server did not fail, and nothing of MARKUP is a tag."""
    return reply.status_code < 500 and b"<script>alert" not in reply.data


@pytest.mark.parametrize("role", ["officer", "administrator"])
def test_what_an_address_asks_for(world: StaffWorld, role: str) -> None:
    fill(world)
    world.owner.commit()
    browser, unsound = world.browser(role), []
    for page in opened(world)[role]:
        starts = [start for start in ASKED if page.startswith(start) and (start != "/" or page == "/")]
        for name in ASKED[max(starts, key=len)] if starts else ():
            for value in (*DAYS, *ODD):
                reply = browser.client.get(
                    page, query_string={name: value}, environ_base={"REMOTE_ADDR": "192.0.2.7"}
                )
                if not is_sound(reply):
                    unsound.append((page, name, value[:20]))
    assert unsound == []


def test_the_list_of_what_addresses_ask_for_is_whole() -> None:
    asked = {
        name
        for path in PACKAGE.rglob("*.*")
        if path.suffix in {".py", ".html"}
        for name in re.findall(r"""request\.args\.get\(["'](\w+)["']""", path.read_text())
    }
    assert asked == {name for names in ASKED.values() for name in names}


def test_ids_and_numbers_in_addresses(world: StaffWorld) -> None:
    browser, unsound = world.browser("officer"), []
    token = TOKEN.search(browser.get("/account").text)
    assert token
    for rule in world.app.url_map.iter_rules():
        if "<" not in rule.rule:
            continue
        for value in (*ODD[1:], NOBODY, "{" + NOBODY + "}", f"urn:uuid:{NOBODY}", "%2f", "a/b", "..", ";"):
            path = re.sub(r"<\w+>", quote(value, safe="").replace("\\", r"\\"), rule.rule)
            for method in sorted({"GET", "POST"} & set(rule.methods or ())):
                data = {"csrf_token": token[1]} if method == "POST" else None
                reply = browser.client.open(
                    path, method=method, data=data, environ_base={"REMOTE_ADDR": "192.0.2.7"}
                )
                if not is_sound(reply) or reply.status_code == 200:
                    unsound.append((rule.rule, method, value[:20], reply.status_code))
    # the drawing of a text looks at no draft
    assert {rule for rule, *_ in unsound} <= {"/broadcast/drafts/<draft>/look"}


def forms_of(world: StaffWorld, browser: Browser) -> dict[str, dict[str, str]]:
    """Forms, filled in so that they are taken, by address."""
    member, draft, session = member_of(world), proposal_of(world), gathering_of(world)
    over = first_of(world, "select id from training_session where check_in_code = '1111'")
    question = first_of(world, "select id from dispute order by about limit 1")
    cycle = first_of(world, "select id from cycle")
    people = f"/people/{member}"
    consent = {
        "purpose": "messages",
        "given": "yes",
        "version": "1",
        "language": "rw",
        "how": "oral",
        "witness": "Keza",
    }
    consent |= {
        "taken_by": "Uwera",
        "taken_on": "2026-03-10",
        "given_by": "herself",
        "asked_alone": "unknown",
    }
    enrol = {
        "name": "Keza",
        "role": "woman",
        "group": "1",
        "language": "rw",
        "contact": "own",
        "relation": "other",
    }
    enrol |= {
        "number": "0780000999",
        "born_in": "1990",
        "reference": "R1",
        "household": "H1",
        "village": "Muhazi",
    }
    series = {"group": "1", "first": "2026-03-12", "weekday": "3", "at": "14:00", "weeks": "2", "hours": "2"}
    return {
        "/": {"email": "a@example.org", "password": "x", "code": "1", "kept": "x", "form_page": "/"},
        "/account/language": {"language": "en"},
        "/account/recovery-codes": {"code": "1"},
        "/inbox/attendance": {
            "group": "1",
            "day": "2026-03-09",
            "hour": "11:00",
            "number": "1",
            "said": "present",
        },
        "/inbox/check-ins": {"session": over, "member": "123"},
        f"/inbox/questions/{question}": {"answer": "right"},
        f"/calendar/sessions/{session}": {"what": "move", "day": "2026-03-13", "hour": "15:00", "seen": "x"},
        "/calendar/series": {
            **series,
            "place": "Kigabiro",
            "title": "Rights",
            "twice_a_week": "y",
            "seen": "x",
        },
        f"/training/sessions/{over}/roll": {"headcount": "19", "seen": "", "n1": "absent"},
        f"/training/sessions/{over}/not-held": {"why": "weather"},
        f"/training/sessions/{over}/correction": {"reason": "paper", "saw": "1p,2a", "n1": "absent"},
        f"/meetings/{cycle}": {"entry": NOBODY, "day": "2026-03-10", "total": "3", "n1": "3"},
        "/people": {"looked_for": "Uwase", "form_page": "/people"},
        "/people/new": {**enrol, "key": key_of(browser.get("/people/new").text)},
        f"{people}/consent": {**consent, "key": key_of(browser.get(f"{people}/consent").text)},
        f"{people}/number": {"number": "0780000998", "contact": "own"},
        f"{people}/new-number": {"present": "y", "code": "1234"},
        f"{people}/household": {"household": "H2", "relation": "other", "village": "Muhazi"},
        f"{people}/move": {"group": "1"},
        f"{people}/leave": {"reason": "moved", "savings_too": "y"},
        f"{people}/merge": {"into": "123", "number": "123", "pin_stays": "y"},
        f"{people}/erase": {"number": "1"},
        "/coaches/new": {"name": "Keza", "number": "0780000997", "code": "C9", "key": NOBODY},
        "/broadcast/new": {
            "form": draft,
            "roles": "woman",
            "groups": "1",
            "sectors": "Kigabiro",
            "languages": "rw",
        },
        f"/broadcast/drafts/{draft}/texts": {
            "text_rw": "Muraho",
            "when": "later",
            "day": "2026-03-12",
            "hour": "10:00",
        },
        f"/broadcast/drafts/{draft}/look": {"language": "rw", "text_rw": "Muraho", "numbers": "3"},
        f"/broadcast/drafts/{draft}/keep": {"name": "Women"},
        f"/broadcast/drafts/{draft}": {"shown": "x", "count": "3", "again": "1"},
        f"/broadcast/audiences/{broadcast_of(world)}/forget": {"form_page": "/broadcast"},
    }


def test_fields_of_forms(world: StaffWorld) -> None:
    fill(world)
    world.owner.commit()
    browser, unsound = world.browser("officer"), []
    token = TOKEN.search(browser.get("/account").text)
    assert token
    for address, filled in forms_of(world, browser).items():
        for name in filled:
            for value in (None, *DAYS[:2], *WORST):
                fields = MultiDict({**filled, "csrf_token": token[1], name: value or ""})
                if value is None:
                    del fields[name]
                reply = browser.client.post(address, data=fields, environ_base={"REMOTE_ADDR": "192.0.2.7"})
                if not is_sound(reply):
                    unsound.append((address, name, (value or "left out")[:20], reply.status_code))
    assert unsound == []


@pytest.mark.parametrize("name", ["Keza \u202eenilA", "Keza\u200b Aline", "Keza\0Aline", "\u2066Keza"])
@pytest.mark.parametrize("page", ["/people/new", "/coaches/new"])
def test_a_name_has_no_letter_that_is_not_seen(world: StaffWorld, page: str, name: str) -> None:
    browser = world.browser("officer")
    fields = {"role": "woman", "group": "1", "language": "rw", "contact": "own", "relation": "other"}
    key = key_of(browser.get(page).text)
    reply = browser.post(page, page, **fields, key=key, name=name, confirm="yes")
    assert (reply.status_code, "character that can&#39;t be shown" in reply.text) == (409, True)
    assert world.values("select count(*) from participant") == [(0,)]
