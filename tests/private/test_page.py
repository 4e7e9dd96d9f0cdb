"""The page in a real Chromium, opened from the disk: from a sealed download to a number, and what it refuses."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import Page, expect

from sms_app.private import outcome_code, roster, sealing, wrapping
from sms_app.private.sealing import RECOVERY_SLOT
from tests.world.support import (
    AMINA,
    BEATA,
    NOW,
    OTHER,
    PROGRAMME,
    RECIPIENTS,
    RECOVERY_KEY,
    ROSTER_KEY,
    TODAY,
    WOMAN,
    Caseworker,
    as_file,
    call,
    do_not_call,
    download,
    nothing,
    outcome,
    public,
    row,
    seconds,
    setup_file,
    signed_roster,
    typed_phone,
)

NUMBER = "+250 780 001 001"


def choose(page: Page, text: str, words: str = AMINA.passphrase) -> None:
    page.locator("#download").set_input_files(as_file(text))
    page.locator("#passphrase").fill(words)
    page.get_by_role("button", name="Open", exact=True).click()


def opened(page: Page, *rows: object, **changes: object) -> None:
    choose(page, download(*rows, **changes))
    expect(page.locator("#requests-heading")).to_be_visible()


def pick(page: Page, sealed: dict[str, object]) -> None:
    page.locator(f'[data-id="{sealed["id"]}"]').click()


def code_of(sealed: dict[str, object], letter: str) -> str:
    return outcome_code.code(sealing.from_text(sealed["id"]), letter)


def shows_number(page: Page) -> None:
    page.get_by_role("checkbox", name="I have read this").check()
    page.get_by_role("button", name="Show the number").click()


def has_no_number(page: Page) -> bool:
    """No number of the requests is in the page, its source or a field, grouped or not."""
    content = page.content() + page.evaluate(
        "() => [...document.querySelectorAll('input, textarea')].map((field) => field.value).join()"
    )
    digits = re.sub(r"\D", "", content)
    return all(number[-9:] not in digits for number in (WOMAN, OTHER))


def fault(page: Page, sentence: str) -> None:
    expect(page.locator("#fault")).to_contain_text(sentence)
    expect(page.locator("#requests")).to_be_hidden()


def test_a_sealed_request_is_opened_step_by_step(page: Page):
    request = row(call())
    opened(page, request)
    assert page.locator("#passphrase").input_value() == ""
    pick(page, request)
    detail = page.locator("#detail")
    expect(detail).to_contain_text("Sector: Kigabiro.")
    expect(detail).to_contain_text("If she is under 18: tell the child protection officer.")
    expect(detail).to_contain_text("She says that only she answers this phone")
    expect(detail).to_contain_text("No voicemail, no text message, no messenger.")
    expect(detail).to_contain_text("0788 000 000")
    assert "A man asks" not in detail.inner_text()
    expect(page.get_by_role("button", name="Show the number")).to_have_count(0)
    assert has_no_number(page)
    page.get_by_role("checkbox", name="I have read this").check()
    assert has_no_number(page)
    page.get_by_role("button", name="Show the number").click()
    expect(page.locator("#number")).to_have_text(NUMBER)
    expect(page.get_by_role("cell", name=code_of(request, "R"))).to_be_visible()
    assert page.locator("a[href^='tel:']").count() == 0


def test_the_number_goes_when_another_request_is_chosen(page: Page):
    request, other = row(call()), row(do_not_call(0, OTHER))
    opened(page, request, other)
    pick(page, request)
    shows_number(page)
    expect(page.locator("#number")).to_have_text(NUMBER)
    pick(page, other)
    expect(page.locator("#detail")).to_contain_text("Do not call")
    assert has_no_number(page)


def test_a_do_not_call_shows_no_number_and_closes_the_request(page: Page):
    request, refusal = row(typed_phone(OTHER)), row(do_not_call(1, OTHER))
    opened(page, request, refusal)
    for sealed, letter in ((refusal, "D"), (request, "X")):
        pick(page, sealed)
        expect(page.locator("#detail-heading")).to_contain_text("Do not call")
        expect(page.locator("td.code")).to_have_text([code_of(sealed, letter)])
        assert has_no_number(page)


@pytest.mark.parametrize("letter", ["D", "E"])
def test_what_closed_a_phone_holds_after_the_programme_changed_its_bands(page: Page, letter: str):
    yesterday = TODAY - timedelta(days=1)
    before = row(call(-24 * 60, band="05:00-08:00"), [outcome(letter, on=yesterday)])
    # from another phone: the woman's own later request would lift a "do not call again"
    again = row(call(1, dialled_from=OTHER, who_answers="other_phone"))
    opened(page, before, again, bands=["08:00-11:00"])
    expect(page.locator(".warning")).to_have_count(0)
    pick(page, again)
    expect(page.locator("#detail-heading")).to_contain_text(
        {"D": "Do not call", "E": "Meet in person"}[letter]
    )
    assert has_no_number(page)


def test_kin_in_her_sector_hands_over_and_the_number_is_never_in_the_page(page: Page):
    request = row(call(sectors=("Muhazi",)))
    opened(page, request)
    pick(page, request)
    expect(page.locator("#detail")).to_contain_text("You have relatives in this sector.")
    expect(page.locator("td.code")).to_have_text([code_of(request, "H")])
    expect(page.get_by_role("button", name="Show the number")).to_have_count(0)
    assert has_no_number(page)


def test_outside_her_band_the_number_is_not_in_the_page_and_a_sentence_says_when(page: Page):
    request = row(call(band="11:00-14:00"))
    opened(page, request)
    pick(page, request)
    expect(page.locator("#detail-heading")).to_contain_text("Not now")
    page.get_by_role("checkbox", name="I have read this").check()
    expect(page.locator("#detail")).to_contain_text("It may be called on 11/03/2027, 11:00-14:00.")
    assert has_no_number(page)


def test_on_a_day_off_the_number_is_not_in_the_page(page: Page):
    request = row(call())
    opened(page, request, days_off=[TODAY.isoformat()])
    pick(page, request)
    page.get_by_role("checkbox", name="I have read this").check()
    expect(page.locator("#detail")).to_contain_text("It may be called on 12/03/2027")
    assert has_no_number(page)


def test_after_her_date_the_number_is_not_in_the_page(page: Page):
    request = row(call(until=TODAY - timedelta(days=1)))
    opened(page, request)
    pick(page, request)
    expect(page.locator("#detail")).to_contain_text("The date until which she agreed to a call is past.")
    expect(page.get_by_role("checkbox")).to_have_count(0)
    assert has_no_number(page)


def test_a_request_that_a_colleague_took_is_not_revealed(page: Page):
    request = row(call(), [outcome("T", by="2")])
    opened(page, request)
    pick(page, request)
    expect(page.locator("#detail")).to_contain_text("A colleague has taken this request, or another")
    expect(page.get_by_role("checkbox")).to_have_count(0)
    assert has_no_number(page)


def test_the_number_goes_at_the_end_of_the_band(page: Page):
    request = row(call(band="09:00-09:31"))
    opened(page, request)
    pick(page, request)
    shows_number(page)
    expect(page.locator("#number")).to_have_text(NUMBER)
    page.clock.run_for(30_000)
    page.mouse.move(5, 5)
    page.mouse.move(9, 9)
    page.clock.run_for(31_000)
    expect(page.locator("#detail")).to_contain_text("The number is hidden now.")
    assert has_no_number(page)


def test_the_number_is_not_shown_from_a_download_that_has_grown_old(page: Page):
    request = row(call())
    opened(page, request, made=seconds(NOW) - 290)
    pick(page, request)
    page.get_by_role("checkbox", name="I have read this").check()
    page.clock.run_for(15_000)
    page.get_by_role("button", name="Show the number").click()
    expect(page.locator("#fault")).to_contain_text("older than five minutes")
    assert has_no_number(page)


def test_a_number_that_is_shown_goes_when_its_download_has_grown_old(page: Page):
    request = row(call())
    opened(page, request)
    pick(page, request)
    shows_number(page)
    expect(page.locator("#number")).to_have_text(NUMBER)
    # the download was made a minute before
    for turn in range(5):
        page.clock.run_for(30_000)
        page.mouse.move(5 + turn, 5)
    expect(page.locator("#number")).to_have_text(NUMBER)
    for turn in range(4):
        page.clock.run_for(30_000)
        page.mouse.move(50 + turn, 5)
    expect(page.locator("#fault")).to_contain_text("older than five minutes")
    expect(page.locator("#detail")).to_be_visible()
    assert has_no_number(page)


def test_a_download_from_a_clock_that_is_ahead_shows_no_number_for_longer(page: Page):
    request = row(call())
    opened(page, request, made=seconds(NOW) + 240)
    pick(page, request)
    shows_number(page)
    expect(page.locator("#number")).to_have_text(NUMBER)
    for turn in range(11):
        page.clock.run_for(30_000)
        page.mouse.move(5 + turn, 5)
    expect(page.locator("#fault")).to_contain_text("older than five minutes")
    assert has_no_number(page)


@pytest.mark.parametrize("event", ["visibilitychange", "focus", "pageshow", "resume", "pointermove", "tick"])
def test_after_a_sleep_the_first_event_of_any_kind_clears_it(page: Page, event):
    request = row(call())
    opened(page, request)
    pick(page, request)
    shows_number(page)
    expect(page.locator("#number")).to_have_text(NUMBER)
    page.clock.pause_at(NOW + timedelta(seconds=50))
    page.clock.set_system_time(NOW + timedelta(hours=1))
    expect(page.locator("#number")).to_have_text(NUMBER)
    if event == "tick":
        page.clock.run_for(1_000)
    else:
        target = "window" if event in ("focus", "pageshow") else "document"
        page.evaluate(f"() => {target}.dispatchEvent(new Event('{event}'))")
    fault(page, "Cleared after 60 seconds without input.")
    assert has_no_number(page)


def test_a_clock_that_is_set_back_clears_it(page: Page):
    opened(page, row(call()))
    page.clock.set_system_time(NOW - timedelta(minutes=30))
    page.evaluate("() => window.dispatchEvent(new Event('focus'))")
    fault(page, "Cleared after 60 seconds without input.")


def test_a_typed_phone_always_gets_the_words_for_someone_else(page: Page):
    request = row(typed_phone(OTHER))
    opened(page, request)
    pick(page, request)
    # nobody knows in which sector the other phone is
    expect(page.locator("#detail")).to_contain_text("The sector is not certain.")
    page.get_by_role("checkbox", name="A colleague has confirmed").check()
    expect(page.locator("#detail")).to_contain_text("speak as to someone else, whoever answers")


def test_a_man_who_asks_goes_the_programmes_way(page: Page):
    request = row(call(role="man"))
    opened(page, request)
    pick(page, request)
    expect(page.locator("#detail")).to_contain_text("A man asks: give him 3512.")


@pytest.mark.parametrize(
    ("sectors", "sentence"),
    [
        ((), "It may be any of: Kigabiro, Muhazi, Musha."),
        (("Kigabiro", "Musha"), "People of several sectors use this phone: Kigabiro, Musha."),
    ],
)
def test_when_the_sector_is_not_certain_a_colleague_confirms_first(page: Page, sectors, sentence):
    request = row(call(sectors=sectors))
    opened(page, request)
    pick(page, request)
    expect(page.locator("#detail")).to_contain_text(sentence)
    expect(page.get_by_role("checkbox")).to_have_count(1)
    page.get_by_role("checkbox", name="A colleague has confirmed").check()
    shows_number(page)
    expect(page.locator("#number")).to_have_text(NUMBER)


def altered(sealed: dict[str, object], place: int) -> dict[str, object]:
    envelope = bytearray(sealing.from_text(sealed["envelope"]))
    envelope[place] ^= 1
    return {**sealed, "envelope": sealing.to_text(bytes(envelope))}


def test_rows_that_do_not_open_are_counted_and_a_colleague_confirms_each_call(page: Page):
    request = row(call())
    foreign = row(do_not_call(5), recipients={1: BEATA.public, RECOVERY_SLOT: public(RECOVERY_KEY)})
    short = {**row(call(2)), "id": "AAAA"}
    broken = {"id": "??", "envelope": "AA", "outcomes": []}
    opened(page, request, altered(row(call(1)), 200), foreign, short, broken, "nothing at all", None)
    expect(page.locator("#requests")).to_contain_text("Could not be opened, and not shown: 6.")
    expect(page.locator("[data-id]")).to_have_count(1)
    pick(page, request)
    expect(page.locator("#detail")).to_contain_text("whether one of them says")
    expect(page.get_by_role("checkbox")).to_have_count(1)


class Forged:
    """What a dialogue would never make. Its `encode` is all that sealing needs."""

    def __init__(self, **changes: object) -> None:
        self.values = json.loads(call().encode()) | changes

    def encode(self) -> bytes:
        return json.dumps(self.values).encode().ljust(320)


@pytest.mark.parametrize("kind", ["call", "do_not_call", "nothing"])
def test_a_forged_row_closes_the_page_to_nobody(page: Page, kind):
    """Who breaks into the web process could seal anything."""
    request = row(call())
    opened(page, request, row(Forged(kind=kind, at=10**17)), row(Forged(number="<b>0788999999</b>")))
    expect(page.locator("#requests")).to_contain_text("Could not be opened, and not shown: 2.")
    expect(page.locator("[data-id]")).to_have_count(1)
    pick(page, request)
    page.get_by_role("checkbox", name="A colleague has confirmed").check()
    shows_number(page)
    expect(page.locator("#number")).to_have_text(NUMBER)


def test_a_forged_row_with_the_id_of_a_withheld_one_shows_neither(page: Page):
    """Who breaks into the server could seal a row of his own under the id of one whose number is withheld."""
    withheld = row(call(sectors=("Muhazi",)))
    forged = row(call(number=OTHER, dialled_from=OTHER), id_=sealing.from_text(withheld["id"]))
    opened(page, withheld, forged)
    expect(page.locator("#requests")).to_contain_text("Could not be opened, and not shown: 2.")
    expect(page.locator("[data-id]")).to_have_count(0)


def test_a_row_that_comes_again_under_another_spelling_of_its_id_is_not_shown_twice(page: Page):
    """Two bits of the last character of a row id say nothing."""
    request = row(call())
    id_ = str(request["id"])
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    again = [id_[:-1] + alphabet[alphabet.index(id_[-1]) + bits] for bits in (1, 2, 3)]
    opened(page, request, *({**request, "id": spelling} for spelling in again))
    expect(page.locator("#requests")).to_contain_text("Could not be opened, and not shown: 3.")
    expect(page.locator("[data-id]")).to_have_count(1)


def test_fillers_are_not_shown_and_one_code_closes_them_with_requests_long_past(page: Page):
    past = row(call(until=TODAY - timedelta(days=31)))
    empty = [row(nothing()) for _ in range(3)]
    opened(page, row(call()), past, *empty)
    expect(page.locator("[data-id]")).to_have_count(2)
    code = page.locator("#closing").input_value()
    rows = [sealing.from_text(sealed["id"]) for sealed in (past, *empty)]
    assert code == outcome_code.closing(rows)
    assert outcome_code.parse_closing(code) == sorted(map(outcome_code.prefix, rows))
    page.get_by_label("Empty entries").focus()
    assert page.evaluate("() => getSelection().toString()") == code


FAULTS = {
    "wrong words": (download(), BEATA.passphrase, "These words do not open your key."),
    "old": (download(made=seconds(NOW) - 301), None, "older than five minutes"),
    "from the future": (
        download(made=seconds(NOW) + 360),
        None,
        "Check the date and the time of this computer",
    ),
    "another programme": (download(programme="tanzania"), None, "belongs to another programme"),
    "no key": (download(wrapped_key=None), None, "Your account has no key yet."),
    "a set-up file": (setup_file(), None, "This is the file for setting up a key."),
    "no JSON": ("PK\3\4", None, "This file is no download of requests."),
    "other JSON": ('{"format": 2}', None, "This file is no download of requests."),
    "null": ("null", None, "This file is no download of requests."),
    "no rows": (download(requests=None), None, "This file is no download of requests."),
    "no days off": (download(days_off=None), None, "This file is no download of requests."),
    "no bands": (download(bands=["mornings"]), None, "This file is no download of requests."),
    "wrong sectors": (download(sectors=[1, None]), None, "This file is no download of requests."),
    "no time zone": (download(time_zone="Mars/Base"), None, "This file is no download of requests."),
    "another time zone": (download(time_zone="Asia/Tokyo"), None, "another time zone than this page"),
    "another key": (download(public_key="AAAA"), None, "These words do not open your key."),
}


@pytest.mark.parametrize("case", FAULTS)
def test_each_fault_is_one_clear_sentence(page: Page, case):
    text, words, sentence = FAULTS[case]
    choose(page, text, words or AMINA.passphrase)
    fault(page, sentence)
    assert page.locator("#passphrase").input_value() == ""


@pytest.mark.parametrize("made", [-300, 300])
def test_a_download_of_five_minutes_is_opened(page: Page, made):
    # on a busy machine a second passes before it is opened
    page.clock.set_fixed_time(NOW)
    opened(page, row(call()), made=seconds(NOW) + made)


def test_the_words_are_hidden_as_they_are_typed_unless_she_wants_to_see_them(page: Page):
    hidden = "(input) => getComputedStyle(input).webkitTextSecurity"
    assert page.locator("#passphrase").evaluate(hidden) == "disc"
    page.get_by_role("checkbox", name="Show the words as I type").check()
    assert page.locator("#passphrase").evaluate(hidden) == "none"
    hide(page)
    assert page.locator("#passphrase").evaluate(hidden) == "disc"


def test_without_a_file_it_says_so(page: Page):
    page.locator("#passphrase").fill("words")
    page.get_by_role("button", name="Open", exact=True).click()
    fault(page, "Choose the file first.")


def test_without_webcrypto_it_says_so(browser, page_file):
    page = browser.new_page()
    page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined })")
    page.goto(page_file.as_uri())
    expect(page.locator("#fault")).to_contain_text("can't open sealed requests")
    expect(page.locator("#open-form")).to_be_hidden()
    page.close()


@contextmanager
def server() -> Iterator[tuple[str, list[str]]]:
    """A server that answers anything, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}", asked
        http.shutdown()
        thread.join()


REACH = """async (url) => {
    const tries = [
        () => fetch(url + "/fetch"),
        () => new Promise((yes, no) => {
            const image = document.body.appendChild(new Image());
            image.onload = yes; image.onerror = no; image.src = url + "/image"; }),
        () => new Promise((yes, no) => {
            const script = document.head.appendChild(document.createElement("script"));
            script.onload = yes; script.onerror = no; script.src = url + "/script"; }),
        () => new Promise((yes, no) => {
            const socket = new WebSocket(url.replace("http", "ws") + "/socket");
            socket.onopen = yes; socket.onerror = no; }),
        () => new Promise((yes, no) => {
            const request = new XMLHttpRequest();
            request.onload = yes; request.onerror = no; request.open("GET", url + "/xhr"); request.send(); }),
    ];
    const results = await Promise.allSettled(tries.map((each) => each()));
    return results.map((result) => result.status); }"""


def test_nothing_leaves_the_page_whatever_its_script_would_try(page: Page, complaints: list[str]):
    with server() as (url, asked):
        assert page.evaluate(REACH, url) == ["rejected"] * 5
        page.evaluate("(url) => navigator.sendBeacon(url + '/beacon', 'x')", url)
        refused = [text for text in complaints if "Content Security Policy" in text]
        assert len(refused) >= 5
        complaints.clear()
        assert asked == []


def test_the_page_itself_asks_for_nothing_but_its_file(page: Page):
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.reload()
    opened(page, row(call()), row(nothing()), roster=signed_roster())
    assert requests == [page.url]


def test_it_is_cleared_after_sixty_seconds_without_input(page: Page):
    request = row(call())
    opened(page, request)
    pick(page, request)
    shows_number(page)
    expect(page.locator("#number")).to_have_text(NUMBER)
    page.clock.run_for(59_000)
    expect(page.locator("#number")).to_have_text(NUMBER)
    page.keyboard.press("Tab")
    page.clock.run_for(59_000)
    expect(page.locator("#number")).to_have_text(NUMBER)
    page.clock.run_for(2_000)
    fault(page, "Cleared after 60 seconds without input.")
    assert has_no_number(page)
    assert page.locator("#requests").inner_html() == ""


def test_after_a_sleep_the_first_key_clears_it(page: Page):
    """While a laptop sleeps, no timer runs."""
    request = row(call())
    opened(page, request)
    pick(page, request)
    shows_number(page)
    page.clock.set_system_time(NOW + timedelta(minutes=3))
    page.keyboard.press("Tab")
    fault(page, "Cleared after 60 seconds without input.")
    assert has_no_number(page)


def hide(page: Page) -> None:
    page.evaluate(
        """() => { Object.defineProperty(document, "hidden", { value: true, configurable: true });
                   document.dispatchEvent(new Event("visibilitychange")); }"""
    )


def test_it_is_cleared_when_it_is_hidden(page: Page):
    opened(page, row(call()))
    page.locator("#passphrase").evaluate("(input) => { input.value = 'some words'; }")
    hide(page)
    fault(page, "Cleared because the page was hidden.")
    assert page.locator("#requests").inner_html() == ""
    assert page.locator("#passphrase").input_value() == ""
    assert page.locator("#download").input_value() == ""


def test_it_shows_nothing_when_it_was_hidden_while_it_opened(page: Page):
    choose(page, download(row(call())))
    hide(page)
    expect(page.locator("body[aria-busy]")).to_have_count(0)
    fault(page, "Cleared because the page was hidden.")
    assert page.locator("#requests").inner_html() == ""


def test_it_says_that_it_works_while_it_opens(page: Page):
    page.evaluate(
        """() => { window.said = []; const line = document.getElementById("working");
                   new MutationObserver(() => said.push(line.textContent)).observe(line, { childList: true }); }"""
    )
    opened(page, row(call()))
    expect(page.locator("#working")).to_be_empty()
    assert page.evaluate("() => said") == ["Working. Many requests take some seconds.", ""]


def test_the_back_button_shows_nothing(page: Page, page_file):
    request = row(call())
    opened(page, request)
    pick(page, request)
    shows_number(page)
    page.goto("about:blank")
    page.go_back()
    expect(page.locator("#open-form")).to_be_visible()
    expect(page.locator("#requests")).to_be_hidden()
    assert has_no_number(page)
    assert page.evaluate("() => history.state") is None


def test_nothing_is_printed(page: Page):
    request = row(call())
    opened(page, request)
    pick(page, request)
    shows_number(page)
    expect(page.locator("#number")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator("#number")).to_be_hidden()
    expect(page.locator("h1")).to_be_hidden()
    shown = "() => [...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).display !== 'none').length"
    assert page.evaluate(shown) == 0


def test_nothing_is_kept_in_the_browser(page: Page):
    opened(page, row(call()))
    assert page.context.cookies() == []
    assert page.evaluate("() => [localStorage.length, sessionStorage.length]") == [0, 0]
    assert page.locator("input:not([autocomplete=off]), textarea:not([autocomplete=off])").count() == 0


def test_no_other_script_in_the_page_can_name_what_it_has(browser, page_file, library):
    page = browser.new_page()
    page.goto(page_file.as_uri())
    names = "() => Object.getOwnPropertyNames(window).sort()"
    assert page.evaluate(names) == library.evaluate(names)
    assert page.evaluate("() => typeof PINS + typeof opening + typeof openRows") == "undefined" * 3
    page.close()


def test_it_is_used_by_keyboard_alone(page: Page):
    request = row(call())
    page.locator("#download").set_input_files(as_file(download(request)))
    page.locator("#passphrase").focus()
    page.keyboard.type(AMINA.passphrase)
    page.keyboard.press("Enter")
    expect(page.locator("#requests-heading")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#detail-heading")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name="I have read this")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#number")).to_have_text(NUMBER)


def test_every_field_has_a_label(page: Page):
    opened(page, row(call(sectors=())), row(nothing()), roster=signed_roster())
    page.locator("[data-id]").click()
    page.get_by_role("checkbox", name="A colleague has confirmed").check()
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("input, textarea")]
            .filter((field) => !field.labels.length || !field.labels[0].textContent.trim()).map((field) => field.id)"""
    )
    assert unnamed == []


def test_it_speaks_kinyarwanda(page: Page):
    request = row(call())
    page.get_by_role("button", name="Ikinyarwanda").click()
    assert page.evaluate("() => document.documentElement.lang") == "rw"
    page.locator("#download").set_input_files(as_file(download(request)))
    page.locator("#passphrase").fill(AMINA.passphrase)
    page.get_by_role("button", name="Fungura").click()
    pick(page, request)
    expect(page.locator("#detail")).to_contain_text("Umurenge: Kigabiro.")
    page.get_by_role("button", name="English").click()
    expect(page.locator("#detail")).to_contain_text("Sector: Kigabiro.")


def make_key(page: Page, kin: str = "Musha") -> str:
    page.locator("#setup-file").set_input_files(as_file(setup_file(caseworker="3"), "caseworker-3.json"))
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("checkbox", name=kin).check()
    page.get_by_role("button", name="Make seven words").click()
    words = " ".join(page.locator(".words li").all_inner_texts())
    assert len(words.split()) == 7
    page.get_by_role("button", name="I have written them down").click()
    expect(page.locator(".words")).to_have_count(0)
    return words


def test_a_caseworker_makes_her_key(page: Page):
    words = make_key(page)
    page.get_by_label("Type the seven words").fill(words.upper())
    page.get_by_role("button", name="Check, and make the key").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save key-3.json").click()
    assert saved.value.suggested_filename == "key-3.json"
    text = saved.value.path().read_text()
    assert page.get_by_label("Or copy this text").input_value() == text
    file = json.loads(text)
    raw = sealing.from_text(file["public_key"])
    key, kin = wrapping.unwrap(file["wrapped_key"], raw, words, PROGRAMME, "3")
    assert (file["caseworker"], public(key), kin) == ("3", raw, ("Musha",))
    assert page.locator("#fingerprint").inner_text().replace(" ", "") == sealing.fingerprint(raw).hex()
    assert words not in " ".join(page.locator("body").all_inner_texts()).lower()
    opens_with_it(page, Caseworker("3", kin, words, key), file)


def opens_with_it(page: Page, caseworker: Caseworker, file: dict[str, object]) -> None:
    """The key that the page made opens what Python sealed to it."""
    page.get_by_role("button", name="Close and clear").click()
    request = row(call(), recipients={2: caseworker.public})
    text = download(request, caseworker=caseworker, wrapped_key=file["wrapped_key"])
    choose(page, text, caseworker.passphrase)
    pick(page, request)
    shows_number(page)
    expect(page.locator("#number")).to_have_text(NUMBER)


def test_words_typed_wrongly_make_no_key(page: Page):
    words = make_key(page)
    page.get_by_label("Type the seven words").fill(words[:-1])
    page.get_by_role("button", name="Check, and make the key").click()
    expect(page.locator("#fault")).to_contain_text("These are not the seven words.")
    assert page.get_by_label("Type the seven words").input_value() == ""
    expect(page.get_by_role("link")).to_have_count(0)


def test_setting_up_is_cleared_too(page: Page):
    make_key(page)
    hide(page)
    assert page.locator("#setup").inner_html() == ""
    expect(page.locator("#setup-form")).to_be_visible()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (download(), "This file is no set-up file."),
        ("no", "This file is no set-up file."),
        (setup_file(programme="tanzania"), "belongs to another programme"),
        (setup_file(sectors=[]), "The sectors in this set-up file can't be read."),
        (setup_file(sectors=[1, None]), "The sectors in this set-up file can't be read."),
        (setup_file(sectors=["Kigabiro", " "]), "The sectors in this set-up file can't be read."),
        (setup_file(sectors={"0": "Kigabiro"}), "The sectors in this set-up file can't be read."),
    ],
)
def test_other_files_set_nothing_up(page: Page, text, sentence):
    page.locator("#setup-file").set_input_files(as_file(text))
    page.get_by_role("button", name="Begin").click()
    fault(page, sentence)


CARINE = Caseworker("3")


def look_at_roster(page: Page) -> None:
    page.get_by_text("A new caseworker").click()
    page.get_by_role("button", name="Look at the roster").click()


def test_all_rows_are_sealed_again_for_a_new_caseworker_with_the_same_content(page: Page):
    requests = [call(), do_not_call(5, OTHER), nothing()]
    sealed = [row(request) for request in requests]
    foreign = row(call(2), recipients={1: BEATA.public})
    keys = (AMINA.public, BEATA.public, CARINE.public)
    gone = sealing.to_text(sealing.fingerprint(BEATA.public))
    opened(page, *sealed, foreign, roster=signed_roster(*keys), withdrawn=[gone])
    look_at_roster(page)
    place = page.locator("#reseal")
    expect(place).to_contain_text("version 2")
    expect(place).to_contain_text("Caseworker 2, withdrawn, gets nothing:")
    expect(place).to_contain_text(sealing.fingerprint(CARINE.public).hex()[:4])
    expect(page.get_by_role("button", name="Seal again")).to_be_disabled()
    page.get_by_role("checkbox", name="the same as on the paper").check()
    page.get_by_role("button", name="Seal again").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save resealed-2027-03-11.json").click()
    file = json.loads(saved.value.path().read_text())
    assert (file["format"], file["programme"]) == (1, PROGRAMME)
    assert {entry["id"] for entry in file["requests"]} == {entry["id"] for entry in sealed}
    by_id = {entry["id"]: sealing.from_text(entry["envelope"]) for entry in file["requests"]}
    for entry, request in zip(sealed, requests, strict=True):
        id_, envelope = sealing.from_text(entry["id"]), by_id[entry["id"]]
        assert len(envelope) == sealing.ENVELOPE_BYTES
        for slot, key in ((0, AMINA.key), (2, CARINE.key), (RECOVERY_SLOT, RECOVERY_KEY)):
            assert sealing.open_slot(envelope, slot, id_, PROGRAMME, key) == request
        with pytest.raises(sealing.SealError):
            sealing.open_slot(envelope, 1, id_, PROGRAMME, BEATA.key)


def unsigned() -> str:
    file = json.loads(signed_roster())
    file["roster"] = file["roster"].replace('"version":2', '"version":3')
    return json.dumps(file)


def signed_by(key, **changes) -> str:
    values = roster.Roster(PROGRAMME, 2, date(2027, 8, 1), {"1": AMINA.public}, public(RECOVERY_KEY))
    signed = roster.sign(values, key, TODAY)
    if not changes:
        return signed
    document = json.loads(json.loads(signed)["roster"]) | changes
    return resigned(json.dumps(document), key)


def resigned(document: str, key) -> str:
    """A file with any document, signed all the same, as no command would."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    r, s = decode_dss_signature(key.sign(roster.SIGNED_AS + document.encode(), ECDSA(SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return json.dumps({"roster": document, "signature": sealing.to_text(signature)})


ONE_KEY = {"caseworker": "1", "key": sealing.to_text(AMINA.public)}
ROSTERS = {
    "altered": (unsigned(), "is not signed by the key that this page knows"),
    "of another signer": (signed_by(RECOVERY_KEY), "is not signed by the key that this page knows"),
    "no roster": ("{}", "is not signed by the key that this page knows"),
    "of another programme": (signed_by(ROSTER_KEY, programme="tanzania"), "belongs to another programme"),
    "of another recovery key": (
        signed_by(ROSTER_KEY, recovery=sealing.to_text(BEATA.public)),
        "names another recovery key",
    ),
    "expired": (signed_by(ROSTER_KEY, expires="2027-03-11"), "has expired"),
    "for too long": (signed_by(ROSTER_KEY, expires="2027-09-12"), "more than six months"),
    "with a key twice": (
        signed_by(ROSTER_KEY, keys=[ONE_KEY, {**ONE_KEY, "caseworker": "2"}]),
        "a wrong key",
    ),
    "without keys": (signed_by(ROSTER_KEY, keys=[]), "a wrong key"),
    "with a key that is no point": (
        signed_by(ROSTER_KEY, keys=[{"caseworker": "1", "key": sealing.to_text(b"\4" + b"\1" * 64)}]),
        "a wrong key",
    ),
}


@pytest.mark.parametrize("case", ROSTERS)
def test_another_roster_seals_nothing_again(page: Page, case):
    text, sentence = ROSTERS[case]
    opened(page, row(call()), roster=text)
    look_at_roster(page)
    expect(page.locator("#fault")).to_contain_text(sentence)
    expect(page.locator("#reseal")).to_be_empty()


def test_without_a_roster_nothing_is_sealed_again(page: Page):
    opened(page, row(call()))
    expect(page.get_by_text("A new caseworker")).to_have_count(0)


def test_each_recipient_opens_the_download_that_was_made_for_her(page: Page):
    request = row(call(), recipients=RECIPIENTS)
    choose(page, download(request, caseworker=BEATA), BEATA.passphrase)
    pick(page, request)
    shows_number(page)
    expect(page.locator("#number")).to_have_text(NUMBER)
