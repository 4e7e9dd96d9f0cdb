"""Every sentence of the console comes from its catalogues, and is there in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from string import Formatter
from uuid import UUID, uuid4

import pytest

from sms_app.private import outcome_code, sealing
from sms_app.private.console import accounts, requests, words
from tests.world.console import EMAILS, PROGRAMME, Browser, World, form_id, give_key, load_roster
from tests.world.times import TODAY

EN, RW = words.SENTENCES["en"], words.SENTENCES["rw"]
SAME_IN_BOTH = {"number"}
MARK = re.compile(r"«[^«»]*»")
SHOWN = re.compile(r"<style>.*?</style>|<[^>]*>", re.DOTALL)
ATTRIBUTES = re.compile(r'(?:aria-label|title|placeholder|alt)="([^"]*)"')
NO_SENTENCE = ("sms-app support audit verify --head", *EMAILS)
"""A command is typed as it is."""
RESULTS = ("RECORDED", "UNKNOWN", "WRONG", "AMBIGUOUS", "MANY")
APPENDED = re.compile(r'(?:audit\.append|_note)\((?:[^()]|\([^()]*\))*?"([a-z_]+)"', re.DOTALL)


def names(sentence: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name)


def test_both_catalogues_have_the_same_sentences_with_the_same_values() -> None:
    assert EN.keys() == RW.keys()
    for key in EN:
        assert names(EN[key]) == names(RW[key]), key
        assert EN[key].strip() == EN[key] != "", key
        # they stand in HTML, also in attributes
        assert not set('<>"') & set(EN[key] + RW[key]), key
        assert key in SAME_IN_BOTH or EN[key] != RW[key], key
    assert RW["note"].startswith("draft: every sentence in this file is a draft")


def test_each_entry_of_the_audit_trail_has_words() -> None:
    console = Path(accounts.__file__).parent
    appended = {what for file in console.glob("*.py") for what in APPENDED.findall(file.read_text())}
    assert appended >= {"sign_in", "sign_out", "download", "outcome", "set_duty", "store_key"}
    assert {f"did_{what}" for what in appended} <= EN.keys()
    assert {f"answer_{getattr(requests, name)}" for name in RESULTS} <= EN.keys()


def states(world: World) -> Iterator[tuple[str, str]]:
    """Every page in each of its states, by name."""
    stranger = world.browser()
    yield "sign-in", stranger.get("/").text
    yield "wrong password", stranger.give_password(EMAILS[0], "wrong").text
    yield "no token", stranger.send("/", email="a", password="b").text
    stranger.give_password(world.people[0].email, world.people[0].password)
    yield "code", stranger.get("/?step=code").text
    yield "wrong code", stranger.give_code("000000").text
    world.time.pass_(minutes=6)
    yield "too late", stranger.give_code("000000").text
    for n in range(6):
        page = world.browser(address=f"192.0.2.{n}").give_password("nobody@example.org", "wrong").text
    yield "locked", page
    browser, colleague = world.browser(signed_in=0), world.browser(signed_in=1)
    yield from own_pages(world, browser, colleague)


def own_pages(world: World, browser: Browser, colleague: Browser) -> Iterator[tuple[str, str]]:
    """The pages of who is signed in."""
    paths = ("/home", "/outcomes", "/duty", "/setup", "/reseal", "/password")
    for path in paths:
        yield f"{path}, new", browser.get(path).text
    yield "download without a key", browser.get("/download").text
    for text in ("", "{", "[]", '{"format": 1}'):
        yield f"key {text}", browser.post("/setup", text=text).text
    key = {"format": 1, "caseworker": "2", "public_key": "", "wrapped_key": {}}
    yield "key of another", browser.post("/setup", text=json.dumps(key)).text
    yield "damaged key", browser.post("/setup", text=json.dumps(key | {"caseworker": "1"})).text
    yield "key file that is no text", browser.post("/setup", text="\udc80".encode("utf-8", "replace")).text
    public = give_key(browser, "1")
    for path in paths:
        yield f"{path}, with a key", browser.get(path).text
    yield "replace?", browser.post("/setup", text="{}").text
    yield from duty_pages(browser, colleague)
    yield from outcome_pages(world, browser, colleague)
    yield from reseal_pages(world, browser)
    yield from password_pages(browser)
    give_key(browser, "1")
    wrapped = {"iv": sealing.to_text(b"i" * 12), "data": sealing.to_text(b"d" * 200)}
    withdrawn = {
        "format": 1,
        "caseworker": "1",
        "public_key": sealing.to_text(public),
        "wrapped_key": wrapped,
    }
    yield "withdrawn key", browser.post("/setup", text=json.dumps(withdrawn), replace="yes").text
    for form in ({}, {"csrf_token": "x"}):
        yield "an earlier form", browser.send("/outcomes", **form).text
    yield "too large", browser.send("/reseal", text="x" * 34_000_000).text
    browser.get("/download")
    world.rewritten(None)
    yield "no download", browser.get("/download").text
    world.rewritten(world.time.now)
    pins = world.console.pins.pop("rwanda")  # type: ignore[attr-defined]
    yield "no roster", browser.get("/download").text
    world.console.pins["rwanda"] = pins  # type: ignore[index]
    world.owner.exec_driver_sql("delete from private.roster")
    load_roster(world.owner, world.programme, world.time.now.date() - timedelta(days=184))
    yield "expired roster", browser.get("/download").text
    browser.post("/end-all", "/password")
    browser.sign_in(world.people[0])
    browser.post("/sign-out", "/home")
    browser.sign_in(world.people[0])
    new = "quite another password"
    browser.post("/password", old=world.people[0].password, new=new, again=new)
    yield "audit", browser.get("/audit").text
    yield from day_off_pages(world, browser)
    phone = add_number(world)
    with world.console.engine.begin() as conn:
        accounts.add(conn, world.console.secret, world.programme, "third@example.org", world.time.now, TODAY)
        accounts.renew(conn, world.console.secret, world.caseworker(1), world.time.now)
        accounts.set_number(conn, world.caseworker(1), phone, world.time.now, TODAY)
        accounts.withdraw(conn, world.caseworker(1), world.time.now, TODAY)
    yield "audit of commands", browser.get("/audit").text


def add_number(world: World) -> UUID:
    id_ = uuid4()
    world.owner.exec_driver_sql(
        "insert into phone_number (id, programme_id, number_sealed, number_index, sharing)"
        " values (%(id)s, %(programme)s, '', '', 'unmarked')",
        {"id": id_, "programme": world.programme},
    )
    world.owner.commit()
    return id_


def day_off_pages(world: World, browser: Browser) -> Iterator[tuple[str, str]]:
    programmes = world.console.programmes
    assert isinstance(programmes, dict)
    programmes["rwanda"] = replace(PROGRAMME, is_working_day=lambda day: False)
    for path in ("/home", "/duty"):
        yield f"{path} on a day off", browser.get(path).text
    yield "signing in on a day off", browser.post("/duty/sign-in", "/duty").text


def duty_pages(browser: Browser, colleague: Browser) -> Iterator[tuple[str, str]]:
    for who, does in (("nobody", None), ("a colleague", colleague), ("you", browser)):
        if does:
            does.post("/duty/rota", "/duty", **{TODAY.isoformat(): "2" if does is colleague else "1"})
            for path in ("/home", "/duty"):
                yield f"{path}, {who} on duty", browser.get(path).text
            does.post("/duty/sign-in", "/duty")
        for path in ("/home", "/duty"):
            yield f"{path}, {who} signed in", browser.get(path).text


def outcome_pages(world: World, browser: Browser, colleague: Browser) -> Iterator[tuple[str, str]]:
    def typed(codes: str, by: Browser = browser) -> str:
        return by.post("/outcomes", codes=codes, form=form_id(by.get("/outcomes").text)).text

    row, taken, closed = (world.request(bytes([n]) * 16) for n in (1, 2, 3))
    typed(outcome_code.code(taken, "T"), colleague)
    yield "nothing typed", typed(" ")
    codes = [outcome_code.code(closed, "X"), outcome_code.code(closed, "R"), outcome_code.code(taken, "R")]
    missing = outcome_code.code(b"m" * 16, "T")
    twins = [world.request(b"twin" + bytes([n]) * 12) for n in (1, 2)]
    codes += [missing, "wrong", outcome_code.code(row, "T"), outcome_code.code(twins[0], "T")]
    yield "answers", typed(" ".join(codes))
    yield "too many", typed(" ".join(["0"] * 2_001))
    yield "many closed", typed(outcome_code.closing([bytes([n]) * 16 for n in range(20, 40)]))
    yield "many recorded", typed(" ".join([outcome_code.code(row, "A")] * 21))


def reseal_pages(world: World, browser: Browser) -> Iterator[tuple[str, str]]:
    envelope = sealing.to_text(bytes((sealing.VERSION,)) + b"n" * (sealing.ENVELOPE_BYTES - 1))
    other_version = sealing.to_text(b"\x09" + b"n" * (sealing.ENVELOPE_BYTES - 1))
    good = {"id": sealing.to_text(world.request()), "envelope": envelope}
    gone = {"id": sealing.to_text(sealing.new_row()), "envelope": envelope}
    for rows in (
        [good, gone],
        [],
        [{}],
        [{"id": "AAAA", "envelope": "AAAA"}],
        [good | {"envelope": other_version}],
    ):
        file = {"format": 1, "programme": "rwanda", "requests": rows}
        yield f"sealed again: {len(rows)}", browser.post("/reseal", text=json.dumps(file)).text
    yield "of another programme", browser.post("/reseal", text='{"format": 1, "programme": "x"}').text


def password_pages(browser: Browser) -> Iterator[tuple[str, str]]:
    own = "a long enough password"
    for old, new, again in (("x", "y", "y"), (own, "y", "z"), (own, "y", "y"), (own, own, own)):
        yield f"password {new}", browser.post("/password", old=old, new=new, again=again).text


def without_sentences(page: str) -> str:
    """The words on a page that come from no catalogue: marks, what a person typed, codes, dates and hashes apart."""
    texts = [SHOWN.sub("\n", page), *ATTRIBUTES.findall(page)]
    left = MARK.sub("", unescape("\n".join(texts)))
    # a sentence in a sentence, as a link is
    left = re.sub(r"«|»", "", MARK.sub("", left))
    for known in NO_SENTENCE:
        left = left.replace(known, "")
    words_left = re.findall(
        r"[A-Za-zÀ-ÿ]{2,}",
        re.sub(r"[0-9A-Z]{5}-[0-9A-Z]{2}|[0-9A-Z]{11}…|\S*\d\S*|\b[0-9a-f]{4}\b", " ", left),
    )
    return " ".join(word for word in words_left if word != "wrong")


def test_no_page_has_a_word_that_is_in_no_catalogue(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a catalogue whose sentences are all marked."""
    said: set[str] = set()

    class Marked(dict[str, str]):
        def __getitem__(self, key: str) -> str:
            said.add(key)
            return f"«{super().__getitem__(key)}»"

    monkeypatch.setitem(words.SENTENCES, "en", Marked(EN))  # type: ignore[arg-type]
    for name, page in states(world):
        names_of_languages = [sentences["language"] for sentences in (EN, RW)]
        for shown in names_of_languages:
            page = page.replace(f">{shown}<", "><")
        assert without_sentences(page) == "", name
    # what no page of this walk said: notes, weekdays of other days, faults of commands
    unsaid = {key for key in EN if key not in said}
    assert unsaid <= {
        "note",
        "language",
        "no_email",
        "known_email",
        "too_many",
        "not_read",
        "own_password",
    } | {"password_once"} | {f"weekday_{n}" for n in range(1, 8)}


def test_every_page_in_kinyarwanda_has_no_sentence_in_english(world: World) -> None:
    english = {EN[key] for key in EN if len(EN[key].split()) > 1 and EN[key] != RW[key]}
    english = {part.strip() for sentence in english for part in re.split(r"\{\w+\}", sentence)}
    english = {part for part in english if " " in part}
    world_browser = world.browser

    def in_kinyarwanda(*args: object, **changes: object) -> Browser:
        browser = Browser(world.app.test_client(), world.time, str(changes.get("address", "192.0.2.7")))
        assert 'lang="rw"' in browser.get("/?language=rw").text
        if (number := changes.get("signed_in")) is not None:
            assert isinstance(number, int)
            browser.sign_in(world.people[number])
        return browser

    world.browser = in_kinyarwanda  # type: ignore[method-assign]
    try:
        for name, page in states(world):
            assert '<html lang="rw">' in page, name
            text = unescape(SHOWN.sub("\n", page))
            assert [part for part in english if part in text] == [], name
    finally:
        world.browser = world_browser  # type: ignore[method-assign]


def test_the_language_stays_through_sign_in_and_out(world: World) -> None:
    browser = world.browser()
    assert '<html lang="en">' in browser.get("/").text
    assert '<html lang="rw">' in browser.get("/?language=rw").text
    assert RW["home_heading"] not in browser.get("/").text
    browser.sign_in(world.people[0])
    assert RW["home_heading"] in browser.get("/home").text
    browser.post("/sign-out", "/home")
    assert f"<h1>{RW['sign_in']}</h1>" in browser.get("/").text
    for wrong in ("xx", "", "../en", "en.json"):
        assert '<html lang="rw">' in browser.get(f"/?language={wrong}").text
    assert '<html lang="en">' in browser.get("/?language=en").text


def test_the_browsers_own_language_is_the_first(world: World) -> None:
    client = world.app.test_client()
    for asked, language in (("rw,en;q=0.8", "rw"), ("rw-RW", "rw"), ("fr", "en"), ("", "en")):
        page = client.get("/", headers={"Accept-Language": asked}).text
        assert f'<html lang="{language}">' in page, asked


def test_the_code_page_stays_the_code_page_in_the_other_language(world: World) -> None:
    browser = world.browser()
    browser.give_password(world.people[0].email, world.people[0].password)
    links = re.findall(r'href="(\?[^"]*language=rw)"', browser.get("/?step=code").text)
    page = browser.get(f"/{unescape(links[0])}").text
    assert RW["code_how"] in unescape(page)


def test_a_strangers_404_is_the_same_whatever_language_was_chosen(world: World) -> None:
    first, second = world.app.test_client(), world.app.test_client()
    second.get("/?language=rw")
    assert first.get("/home").data == second.get("/home?language=en").data
