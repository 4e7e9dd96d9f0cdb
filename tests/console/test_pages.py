"""What is true of every page: its headers and size, its words, and the statements that it runs."""

from __future__ import annotations

import ast
import gzip
import re
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from sms_app.console.access import ACCESS
from sms_app.texts import catalogue_path, placeholders
from tests.world.console import TOKEN
from tests.world.programme import LOCALES
from tests.world.staff_console import StaffWorld, counted_on
from tests.world.staff_pages import People, fill, opened
from tests.world.times import NOW

PACKAGE = Path(__file__).parents[2] / "sms_app" / "console"
ENDPOINTS = {endpoint for endpoint, _ in ACCESS}
"""What looks like the key of a sentence, and is none."""
MOST_STATEMENTS, MOST_BYTES, MOST_LINES = 10, 100_000, 40
OUR_SCRIPT = re.compile(r'<script src="/broadcast/script\.js\?v=[0-9a-f]{8}" defer></script>')
KEY = re.compile(
    r"""say\(\s*["']([a-z_]+\.[a-z_]+)["']"""
    r"""|["']((?:sign_in|account|problem|menu|inbox|people|calendar|roll|meeting|broadcast|kept)\.[a-z_]+)["']"""
)


def test_every_page_is_small_bare_of_scripts_and_runs_few_statements(world: StaffWorld) -> None:
    people = People(world)
    for _ in range(25):
        people.woman(phone=False)
    world.records.coach(world.records.number("+250780000300"))
    world.records.session(NOW + timedelta(hours=3))
    world.owner.commit()
    for role, pages in opened(world).items():
        browser = world.browser(role)
        for page in pages:
            with counted_on(world.console.engine) as statements:
                reply = browser.get(page)
            assert reply.status_code in {200, 303}
            assert (page, len(statements) <= MOST_STATEMENTS) == (page, True), statements
            assert len(reply.data) < MOST_BYTES
            assert (
                "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'"
                in reply.headers["Content-Security-Policy"]
            )
            has_script = page.startswith(("/broadcast", "/people/import/jobs/"))
            assert ("script-src 'self'" in reply.headers["Content-Security-Policy"]) == has_script
            text = OUR_SCRIPT.sub("", reply.text) if has_script else reply.text
            assert not re.search(r"<script|\bon\w+=|style=|https?://", text)
            assert reply.headers["Cache-Control"] == "no-store"
            assert reply.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_the_style_is_kept_by_the_browser_under_an_address_of_its_own(world: StaffWorld) -> None:
    browser = world.browser()
    address = re.search(r'href="(/style\.css\?v=[0-9a-f]+)"', browser.get("/").text)
    assert address
    reply = browser.get(address[1])
    assert ("immutable" in reply.headers["Cache-Control"], reply.headers["Content-Encoding"]) == (
        True,
        "gzip",
    )
    assert len(reply.data) < 40_000
    assert b".form-control" in gzip.decompress(reply.data)
    # of what the package has besides, nothing is given
    assert world.browser("officer").get("/bootstrap/static/js/bootstrap.min.js").status_code == 404


def test_a_page_is_compressed_for_a_browser_that_takes_it(world: StaffWorld) -> None:
    client = world.browser("officer").client
    base = {"REMOTE_ADDR": "192.0.2.7"}
    plain = client.get("/inbox", environ_base=base)
    small = client.get("/inbox", environ_base=base, headers={"Accept-Encoding": "gzip, br"})
    assert ("Content-Encoding" in plain.headers, small.headers["Content-Encoding"]) == (False, "gzip")
    assert gzip.decompress(small.data)[:200] == plain.data[:200]
    assert len(small.data) < len(plain.data)
    # an answer to a form has what was typed in it
    token = TOKEN.search(client.get("/people", environ_base=base).text)
    assert token
    found = {"csrf_token": token[1], "looked_for": "Uwase"}
    reply = client.post("/people", data=found, environ_base=base, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in reply.headers


def test_the_same_words_and_placeholders_in_both_languages() -> None:
    catalogues = {}
    for language in ("en", "rw"):
        with catalogue_path(LOCALES, language, "console").open("rb") as file:
            catalogues[language] = {m.id: m for m in read_po(file) if m.id}
    english, kinyarwanda = catalogues["en"], catalogues["rw"]
    assert english.keys() == kinyarwanda.keys()

    def used(message) -> set[object]:
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(forms)
        return {placeholder for form in forms for placeholder in placeholders(form)}

    assert [key for key in english if used(english[key]) != used(kinyarwanda[key])] == []
    assert [
        key for key, message in kinyarwanda.items() if "draft" not in " ".join(message.user_comments)
    ] == []


@pytest.mark.parametrize("language", ["en", "rw"])
def test_no_page_lacks_a_sentence_or_shows_a_key(world: StaffWorld, language: str) -> None:
    """With people and matters, and with faults in a form."""
    fill(world)
    world.owner.commit()
    with catalogue_path(LOCALES, language, "console").open("rb") as file:
        keys = {m.id if isinstance(m.id, str) else m.id[0] for m in read_po(file) if m.id}
    like_a_key = re.compile(
        r"\b(?:" + "|".join({key.partition(".")[0] for key in keys}) + r")\.(?!csv)[a-z_]{3,}\b"
    )
    for role, pages in opened(world).items():
        browser = world.browser(role)
        browser.post("/account/language", "/account", language=language)
        for page in (*pages, "/nothing-there"):
            reply = browser.get(page)
            # who is signed in goes on from the sign-in page
            expected = {"/": 303, "/nothing-there": 404}.get(page, 200)
            assert (page, reply.status_code) == (page, expected)
            if expected == 303:
                continue
            words = re.sub(r"<[^>]+>", " ", reply.text)
            assert (page, f'lang="{language}"' in reply.text, like_a_key.findall(words)) == (page, True, [])


def test_every_word_that_a_page_says_is_there_and_no_other() -> None:
    with catalogue_path(LOCALES, "en", "console").open("rb") as file:
        there = {m.id if isinstance(m.id, str) else m.id[0] for m in read_po(file) if m.id}
    files = [*PACKAGE.rglob("*.html"), *PACKAGE.rglob("*.py")]
    said = {a or b for path in files for a, b in KEY.findall(path.read_text())}
    # put together from a word of the database or a route
    prefixes = (
        *("role.", "reason.", "contact.", "language.", "menu.", "figure.", "about.", "status.", "why."),
        *(
            "change.",
            "refused.",
            "about_change.",
            "confirm.",
            "done.",
            "left.",
            "sharing.",
            "field.",
            "follows.",
            "relation.",
            "way.",
            "alone.",
        ),
        *("person.", "consent.", "came.", "dispute.", "answer.", "heard.", "said.", "mismatch."),
        *("weekday.", "month.", "day_off.", "not_held.", "left_out."),
        *("preview.", "calendar_confirm.", "calendar_done."),
        *("letter.", "because.", "did.", "table."),
        *("rule.", "budget.", "audience.", "state.", "outcome.", "when.", "stopped.", "step."),
    )
    by_command = {"account.no_email", "account.no_role", "account.no_language", "account.exists"}
    # the sentences of commands
    assert said - there - ENDPOINTS == by_command
    assert {key for key in there - said if not key.startswith(prefixes)} == set()


def test_no_function_of_the_console_is_longer_than_40_lines() -> None:
    functions = [
        (path.name, node.name, (node.end_lineno or 0) - node.lineno + 1)
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]
    assert [function for function in functions if function[2] > MOST_LINES] == []
