"""Two people, or one person's two windows, at the same moment: what each form does happens once."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from sms_app.member_number import with_check_digit
from sms_app.messaging.broadcasts import confirming
from sms_app.programme import disputes
from tests.world.broadcasting import SHOWN, prepare, second_officer
from tests.world.console import TOKEN, Browser
from tests.world.staff_console import StaffWorld, code
from tests.world.staff_pages import People, key_of
from tests.world.times import NOW, TODAY

FIRST, SECOND = map(with_check_digit, (1, 2))
SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')
KEY = re.compile(r'name="key" value="([^"]+)"')
MANY = 4


def at_once(*forms: Callable[[], TestResponse]) -> list[int]:
    """Send these forms at the same moment; the statuses of the answers, in order."""
    together = Barrier(len(forms), timeout=30)

    def send(form: Callable[[], TestResponse]) -> int:
        together.wait()
        return form().status_code

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(send, forms))


def form(browser: Browser, page: str, path: str, **fields: object) -> Callable[[], TestResponse]:
    """What sends a form, in a window of its own, with the token of a page."""
    client = browser.client.application.test_client()
    name = browser.client.application.config["SESSION_COOKIE_NAME"]
    token = token_of(browser.get(page).text)
    cookie = browser.client.get_cookie(name)
    assert cookie
    client.set_cookie(name, cookie.value)
    window = Browser(client, browser.time, browser.address)
    return lambda: window.send(path, csrf_token=token, **fields)


def same(browser: Browser, path: str, page: str, **fields: object) -> list[int]:
    """The same form several times at once, from windows of one browser."""
    return at_once(*[form(browser, page, path, **fields) for _ in range(MANY)])


def token_of(page: str) -> str:
    """The token of a page's forms."""
    return field(TOKEN, page)


def field(pattern: re.Pattern[str], page: str) -> str:
    """What a page has in a hidden field."""
    match = pattern.search(page)
    assert match, page
    return match[1]


@pytest.mark.parametrize("kind", ["code", "recovery"])
def test_one_code_opens_one_session(world: StaffWorld, kind: str) -> None:
    given = world.given["officer"]
    browsers = [world.browser() for _ in range(MANY)]
    for browser in browsers:
        browser.give_password(given.email, given.password)
    typed = code(given, world.time) if kind == "code" else given.recovery_codes[0]
    statuses = at_once(*[form(browser, "/?step=code", "/", code=typed) for browser in browsers])
    assert sorted(statuses) == [303, 403, 403, 403]
    assert world.values("select count(*) from account_session") == [(1,)]


def test_wrong_passwords_at_once_are_all_counted(world: StaffWorld) -> None:
    email = world.given["officer"].email
    browsers = [world.browser(address=f"192.0.2.{n}") for n in range(8)]
    statuses = at_once(*[form(browser, "/", "/", email=email, password="wrong") for browser in browsers])
    assert sorted(statuses) == [403] * 5 + [429] * 3


def test_a_count_typed_several_times_at_once_sends_once(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    draft = prepare(browser)
    shown = field(SHOWN, browser.get(draft).text)
    assert same(browser, draft, draft, shown=shown, count=3) == [303] * MANY
    assert world.values("select count(*) from broadcast") == [(1,)]


def test_two_drafts_with_the_same_words_at_once_send_once(world: StaffWorld, people: People) -> None:
    forms = []
    for browser in (world.browser("officer"), second_officer(world)):
        draft = prepare(browser)
        forms.append(form(browser, draft, draft, shown=field(SHOWN, browser.get(draft).text), count=3))
    assert sorted(at_once(*forms)) == [303, 409]
    assert world.values("select count(*) from broadcast") == [(1,)]


@pytest.mark.parametrize("thrown_away", ["just before", "at once"])
def test_a_draft_is_sent_or_thrown_away(
    world: StaffWorld, people: People, monkeypatch: pytest.MonkeyPatch, thrown_away: str
) -> None:
    browser = world.browser("officer")
    draft = prepare(browser)
    sent = form(browser, draft, draft, shown=field(SHOWN, browser.get(draft).text), count=3)
    discarded = form(browser, draft, f"{draft}/discard")
    if thrown_away == "just before":
        confirm = confirming.confirm

        def late(*values: object) -> object:
            discarded()
            return confirm(*values)

        monkeypatch.setattr(confirming, "confirm", late)
        assert sent().status_code == 404
    else:
        assert set(at_once(sent, discarded)) <= {303, 404}
    drafts = world.values("select count(*) from broadcast_proposal where state = 'open'")
    assert drafts == [(0,)]


def test_somebody_is_enrolled_once(world: StaffWorld) -> None:
    browser = world.browser("officer")
    fields = {
        "key": key_of(browser.get("/people/new").text),
        "name": "Mukamana Aline",
        "role": "woman",
        "group": "1",
        "language": "rw",
        "contact": "own",
        "relation": "other",
        "number": "0780000155",
        "confirm": "yes",
    }
    assert same(browser, "/people/new", "/people/new", **fields) == [303] * MANY
    assert world.values("select count(*) from participant") == [(1,)]
    assert world.values("select count(*) from participant_phone") == [(1,)]


def test_she_is_erased_once_and_moved_once(world: StaffWorld) -> None:
    people = People(world)
    people.woman()
    world.records.training_group(2)
    world.owner.commit()
    browser = world.browser("officer")
    move = f"/people/{FIRST}/move"
    statuses = same(browser, move, move, group="2", confirm="yes")
    assert (set(statuses) <= {303, 400, 409}, statuses.count(303)) == (True, 1)
    assert same(browser, f"/people/{FIRST}/erase", f"/people/{FIRST}/law", number=FIRST) == [303] * MANY
    assert world.values("select count(*) from erasure") == [(1,)]
    assert [what for _, what, _ in world.trail()].count("erase") == 1


def test_two_records_are_merged_one_way(world: StaffWorld) -> None:
    people = People(world)
    people.woman()
    people.woman()
    world.owner.commit()
    browser = world.browser("officer")
    statuses = at_once(
        form(browser, "/account", f"/people/{FIRST}/merge", into=SECOND, number=SECOND),
        form(browser, "/account", f"/people/{SECOND}/merge", into=FIRST, number=FIRST),
    )
    assert sorted(statuses) == [303, 409]
    assert world.values("select count(*) from participant where merged_into is not null") == [(1,)]


def test_a_coach_and_a_consent_are_added_once(world: StaffWorld) -> None:
    People(world).woman(consent=False)
    world.owner.commit()
    browser = world.browser("officer")
    key = key_of(browser.get("/coaches/new").text)
    fields = {"key": key, "name": "Uwera Jeanne", "number": "0780000190", "confirm": "yes"}
    assert same(browser, "/coaches/new", "/coaches/new", **fields) == [303] * MANY
    assert world.values("select count(*) from coach") == [(1,)]
    path = f"/people/{FIRST}/consent"
    fields = {
        "key": key_of(browser.get(path).text),
        "purpose": "messages",
        "given": "yes",
        "version": "1",
        "language": "rw",
        "how": "written",
        "taken_by": "Uwera",
        "taken_on": TODAY.isoformat(),
        "given_by": "herself",
        "asked_alone": "unknown",
        "confirm": "yes",
    }
    assert same(browser, path, path, **fields) == [303] * MANY
    assert world.values("select count(*) from consent") == [(1,)]


def test_a_session_is_moved_once(world: StaffWorld) -> None:
    session = world.records.session(NOW + timedelta(days=1))
    world.owner.commit()
    browser, page = world.browser("officer"), f"/calendar/sessions/{session}"
    fields = {"what": "move", "day": "2026-03-13", "hour": "15:00"}
    seen = field(SEEN, browser.post(page, **fields).text)
    statuses = same(browser, page, page, **fields, seen=seen)
    assert statuses.count(303) == 1, statuses
    assert world.values("select count(*) from gathering_move") == [(1,)]


def test_a_series_is_planned_once(world: StaffWorld) -> None:
    browser, page = world.browser("officer"), "/calendar/series"
    fields = {"group": "1", "first": "2026-03-12", "weekday": "3", "at": "14:00", "weeks": "3"}
    fields |= {"hours": "2", "place": "Kigabiro", "title": "Rights"}
    seen = field(SEEN, browser.post(page, **fields).text)
    statuses = same(browser, page, page, **fields, seen=seen)
    assert statuses.count(303) == 1, statuses
    assert world.values("select count(*) from training_session") == [(3,)]


def test_a_count_of_a_meeting_is_entered_and_confirmed_once(world: StaffWorld) -> None:
    people = People(world)
    women = [people.woman(phone=False) for _ in range(3)]
    cycle = world.records.cycle(*women)
    world.owner.exec_driver_sql(
        "update savings_member m set list_number = p.list_number from participant p where p.id = m.participant_id"
    )
    world.owner.commit()
    page = f"/meetings/{cycle}"
    officer, supervisor = world.browser("officer"), world.browser("supervisor")

    values = {"day": TODAY.isoformat(), "n1": 1, "n2": 2, "n3": 0, "total": 3}
    statuses = at_once(
        *[
            form(browser, page, page, key=field(KEY, browser.get(page).text), **values)
            for browser in (officer, supervisor)
        ]
    )
    assert sorted(statuses) == [303, 409]
    ((id_, by),) = world.values("select id, entered_by from group_meeting")
    second = supervisor if "officer" in str(by) else officer
    path = f"/meetings/counts/{id_}"
    statuses = same(second, path, page, total="3")
    assert statuses == [303] * MANY
    assert world.values("select sum(shares) from contribution") == [(3,)]


def test_a_count_is_confirmed_or_given_back(world: StaffWorld) -> None:
    people = People(world)
    women = [people.woman(phone=False)]
    cycle = world.records.cycle(*women)
    world.owner.exec_driver_sql("update savings_member m set list_number = 1")
    world.owner.commit()
    page = f"/meetings/{cycle}"
    officer, supervisor, second = world.browser("officer"), world.browser("supervisor"), second_officer(world)
    key = field(KEY, officer.get(page).text)
    officer.post(page, page, key=key, day=TODAY.isoformat(), n1=1, total=1)
    ((id_,),) = world.values("select id from group_meeting")
    path = f"/meetings/counts/{id_}"
    statuses = at_once(form(supervisor, page, path, total="1"), form(second, page, path, answer="give_back"))
    assert statuses.count(303) == 1, statuses
    ledger = world.values("select count(*) from contribution")[0][0]
    assert ledger == int(statuses[0] == 303)


def test_a_roll_is_entered_once(world: StaffWorld) -> None:
    people = People(world)
    for _ in range(3):
        people.woman(phone=False)
    session = world.records.session(NOW - timedelta(hours=3))
    world.owner.commit()
    page = f"/training/sessions/{session}"
    browser = world.browser("officer")
    assert same(browser, f"{page}/roll", page, headcount=2, seen="", n1="absent") == [303] * MANY
    assert world.values("select count(*) from attendance") == [(3,)]


def test_a_question_is_answered_once(world: StaffWorld) -> None:
    woman, question = People(world).woman(), uuid4()
    disputes.raise_dispute(world.owner, question, woman, "shares", TODAY)
    world.owner.commit()
    browser = world.browser("officer")
    statuses = same(browser, f"/inbox/questions/{question}", "/inbox", answer="right")
    assert sorted(statuses) == [303, 409, 409, 409]
    assert [what for _, what, _ in world.trail()].count("answer") == 1
