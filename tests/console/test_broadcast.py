"""Broadcasts in the console: from whom for to what became of it. Nothing goes that was not seen, and nothing twice."""

from __future__ import annotations

import gzip
import re
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from sms_app.console.broadcast.forms import AudienceForm
from sms_app.messaging import outbox
from sms_app.messaging.broadcasts import confirming
from tests.world.broadcasting import (
    SHOWN,
    TEXTS,
    begin,
    confirm,
    prepare,
    second_officer,
    send,
    statuses,
)
from tests.world.programme import COAST, add_programme
from tests.world.staff_console import StaffWorld, sign_in
from tests.world.staff_pages import People
from tests.world.times import NOW

# --- from whom for to undo


def test_nothing_leaves_before_the_count_is_typed_and_ten_minutes_are_over(
    world: StaffWorld, people: People
) -> None:
    browser = world.browser("officer")
    draft = prepare(browser)
    page = browser.get(draft).text
    assert "3 numbers get it" in page
    assert "texts to the number are stopped" in page
    assert "Group 1: no. 4" in page
    assert "Group 1: no. 5" in page
    assert "36 RWF" in page
    assert statuses(world) == []
    before = world.time.now
    broadcast = confirm(browser, draft, 3).location
    assert re.fullmatch(r"/broadcast/[0-9a-f-]{36}", broadcast)
    assert statuses(world) == [("cancelled", 1), ("planned", 3)]
    ((due,),) = world.values("select min(due_at) from message where status = 'planned'")
    assert isinstance(due, datetime)
    assert due >= before + timedelta(minutes=10)
    assert ("console:officer@example.org", "make_broadcast", "broadcast") in world.trail()
    outbox.release(world.owner, world.programme, before + timedelta(minutes=9, seconds=59))
    world.owner.commit()
    assert statuses(world) == [("cancelled", 1), ("planned", 3)]


def test_only_who_made_a_proposal_sends_it(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    draft = prepare(browser)
    shown = SHOWN.search(browser.get(draft).text)
    assert shown
    loaded, now = world.console.programmes[world.programme].loaded, world.time.now
    with world.console.engine.begin() as conn:
        typed = confirming.Confirmation(shown[1], "3")
        id_ = UUID(draft.rpartition("/")[2])
        proposal = confirming.confirm(conn, loaded, id_, typed, "console:another@example.org", now)
    assert proposal.state == "open"
    assert statuses(world) == []


def test_undo_means_that_nobody_gets_it(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    broadcast = send(browser)
    assert "Nothing has left yet" in browser.get(broadcast).text
    assert browser.post(f"{broadcast}/cancel", broadcast).location == broadcast
    assert "Undone: nobody got it." in browser.get(broadcast).text
    assert statuses(world) == [("cancelled", 4)]
    # a second click does nothing
    assert browser.post(f"{broadcast}/cancel", "/broadcast").location == broadcast
    assert world.trail().count(("console:officer@example.org", "cancel_broadcast", "broadcast")) == 1


def test_a_double_submit_and_back_after_sending_send_nothing_twice(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    draft = prepare(browser)
    shown = SHOWN.search(browser.get(draft).text)
    assert shown
    first = browser.post(draft, shown=shown[1], count=3)
    again = browser.post(draft, "/broadcast/new", shown=shown[1], count=3)
    assert first.location == again.location
    assert world.values("select count(*) from broadcast") == [(1,)]
    # back, and the pages of the draft lead to what became of it
    assert browser.get(draft).location == first.location
    assert browser.get(f"{draft}/texts").location == draft
    reply = browser.post(f"{draft}/texts", "/broadcast/new", **{**TEXTS, "text_rw": "Ubundi"})
    assert reply.location == f"{draft}?done=settled"
    id_ = draft.rpartition("/")[2]
    assert browser.post("/broadcast/new", key=id_, roles="man").location == f"{draft}?done=settled"
    assert browser.post(f"{draft}/discard", "/broadcast/new").location == f"{draft}?done=settled"
    assert world.values("select roles from broadcast") == [(["woman"],)]


def test_the_same_words_to_the_same_people_go_again_only_when_asked(
    world: StaffWorld, people: People
) -> None:
    browser = world.browser("officer")
    send(browser)
    draft = prepare(browser)
    reply = confirm(browser, draft, 3)
    assert (reply.status_code, "same words for the same people" in reply.text) == (409, True)
    assert world.values("select count(*) from broadcast") == [(1,)]
    assert confirm(browser, draft, 3, again=1).location
    assert world.values("select count(*) from broadcast") == [(2,)]


@pytest.mark.parametrize("count", ["4", "", "three", "-3", "33"])
def test_another_count_sends_nothing(world: StaffWorld, people: People, count: str) -> None:
    browser = world.browser("officer")
    reply = confirm(browser, prepare(browser), count)
    assert (reply.status_code, "what you typed is not how many" in reply.text) == (400, True)
    assert world.values("select count(*) from broadcast") == [(0,)]


def test_an_audience_that_changed_since_it_was_shown_is_shown_again(
    world: StaffWorld, people: People
) -> None:
    browser = world.browser("officer")
    draft = prepare(browser)
    shown = SHOWN.search(browser.get(draft).text)
    assert shown
    people.woman()
    world.owner.commit()
    for count in (3, 4):
        reply = browser.post(draft, "/broadcast/new", shown=shown[1], count=count)
        assert (reply.status_code, "is not what you saw" in reply.text) == (409, True)
        assert "4 numbers get it" in reply.text
    assert world.values("select count(*) from broadcast") == [(0,)]
    assert confirm(browser, draft, 4).location


def test_one_number_for_another_is_a_change_too(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    draft = prepare(browser)
    shown = SHOWN.search(browser.get(draft).text)
    assert shown
    people.woman()
    world.owner.exec_driver_sql("update participant set left_on = enrolled_on where list_number = 1")
    world.owner.commit()
    reply = browser.post(draft, "/broadcast/new", shown=shown[1], count=3)
    assert (reply.status_code, "is not what you saw" in reply.text) == (409, True)


def test_a_text_that_changed_in_another_window_is_shown_again(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    draft = prepare(browser)
    shown = SHOWN.search(browser.get(draft).text)
    assert shown
    browser.post(f"{draft}/texts", **{**TEXTS, "text_rw": "Ejo saa tatu. Murakoze."})
    reply = browser.post(draft, "/broadcast/new", shown=shown[1], count=3)
    assert (reply.status_code, "Ejo saa tatu" in reply.text) == (409, True)
    assert world.values("select count(*) from broadcast") == [(0,)]


# --- whom for


def test_an_audience_has_no_arm_no_absence_and_no_savings(world: StaffWorld, people: People) -> None:
    with world.app.test_request_context():
        assert set(AudienceForm()._fields) == {"roles", "groups", "sectors", "languages", "contacts"}
    page = world.browser("officer").get("/broadcast/new").text
    named = set(re.findall(r'name="([a-z_]+)"', page)) - {"csrf_token", "viewport"}
    assert named == {"key", "form_page", "roles", "groups", "languages", "contacts"}
    # what is sent besides is not read
    draft = begin(world.browser("officer"), arms="A", absent="2")
    assert draft
    columns = world.values(
        "select column_name from information_schema.columns"
        " where table_name in ('broadcast_proposal', 'saved_audience')"
    )
    assert not {name for (name,) in columns if re.search("arm|absen|sav|attend", str(name))}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"roles": ""}, "Choose from the lists only"),
        ({"roles": "everybody"}, "Choose from the lists only"),
        ({"roles": ["woman", "coach"]}, "A text to coaches goes to them alone: make another"),
        ({"roles": "coach", "languages": "rw"}, "chosen by group and sector only"),
        ({"roles": "woman", "groups": "99"}, "Choose from the lists only"),
        ({"roles": "woman", "groups": "x"}, "Choose from the lists only"),
        ({"roles": "woman", "contacts": "none"}, "Choose from the lists only"),
        ({}, "Choose at least one"),
    ],
)
def test_a_choice_that_is_none_is_said(
    world: StaffWorld, people: People, fields: dict[str, object], said: str
) -> None:
    browser = world.browser("officer")
    reply = browser.post("/broadcast/new", key=uuid4(), **fields)
    assert (reply.status_code, said in reply.text) == (400, True)
    assert world.values("select count(*) from broadcast_proposal") == [(0,)]


def test_language_and_kind_of_contact_choose_people(world: StaffWorld, people: People) -> None:
    people.woman(language="en", contact="household")
    world.owner.commit()
    browser = world.browser("officer")
    for fields, count in (
        ({"languages": "en"}, 1),
        ({"languages": ["en", "rw"]}, 4),
        ({"contacts": "household"}, 1),
        ({"contacts": "own"}, 0),
    ):
        page = browser.get(f"{begin(browser, **fields)}/texts").text
        assert f"{count} number{'s' if count != 1 else ''} get" in page.replace("gets", "get")


def test_an_audience_that_nobody_is_in_is_said_and_not_sent(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    draft = begin(browser, roles="leader")
    browser.post(f"{draft}/texts", **TEXTS)
    page = browser.get(draft).text
    assert "Nobody would get it" in page
    assert not SHOWN.search(page)
    assert browser.post(draft, "/broadcast/new", shown="0", count=0).status_code == 409
    assert world.values("select count(*) from broadcast") == [(0,)]


# --- the text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ejo → saa tatu", "<code>→</code> (character 5 of the text):\nwrite instead <code>-&gt;</code>"),
        ("Muraho 😀", "<code>😀</code> (character 8 of the text):\nleave it out"),
        ("Muraho {name}", "<code>{name}</code>: everybody would read this as it stands"),
        ("about v-i-o-l-e-n-c-e", "No text may have &#34;violen&#34; in it"),
        ("a" * 460, "It makes 4 text messages; at most 3 may go."),
        ("", "Write this text: it is needed."),
    ],
)
def test_a_text_that_may_not_go_is_marked_and_kept(
    world: StaffWorld, people: People, text: str, said: str
) -> None:
    browser = world.browser("officer")
    draft = begin(browser)
    reply = browser.post(f"{draft}/texts", **{**TEXTS, "text_rw": text})
    assert (reply.status_code, said in reply.text) == (400, True), reply.text
    page = browser.get(f"{draft}/texts").text
    assert f"\n{text}</textarea>" in page
    assert not SHOWN.search(browser.get(draft).text)
    assert world.values("select count(*) from broadcast") == [(0,)]


def test_a_text_is_drawn_while_it_is_written_and_stored_nowhere(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    draft = begin(browser)
    reply = browser.post(
        f"{draft}/look", f"{draft}/texts", language="rw", numbers=3, text_rw="<b>’Ejo’</b>\r\nSaa tatu"
    )
    assert "&lt;b&gt;&#39;Ejo&#39;&lt;/b&gt;\nSaa tatu</p>" in reply.text
    assert "1 text message: 21 characters, 139 more fit." in reply.text
    assert "3 numbers: 36 RWF" in reply.text
    assert "<html" not in reply.text
    assert world.values("select count(*) from broadcast_proposal_text") == [(0,)]
    assert browser.post(f"{draft}/look", f"{draft}/texts", language="xx").status_code == 404


def test_texts_are_sealed(world: StaffWorld, people: People) -> None:
    prepare(world.browser("officer"))
    rows = world.values("select text_sealed from broadcast_proposal_text")
    assert len(rows) == 2
    assert not any(b"Muraho" in bytes(text) for (text,) in rows)  # type: ignore[arg-type]


def test_the_script_is_kept_by_the_browser_under_an_address_of_its_own(
    world: StaffWorld, people: People
) -> None:
    browser = world.browser("officer")
    address = re.search(
        r'src="(/broadcast/script\.js\?v=[0-9a-f]+)"', browser.get(f"{begin(browser)}/texts").text
    )
    assert address
    reply = browser.get(address[1])
    assert (reply.headers["Content-Encoding"], "immutable" in reply.headers["Cache-Control"]) == (
        "gzip",
        True,
    )
    assert b"data-look" in gzip.decompress(reply.data)
    assert len(reply.data) < 3_000


# --- when


def test_it_goes_at_an_hour_that_was_chosen(world: StaffWorld, people: People) -> None:
    send(world.browser("officer"), when="later", day="2026-03-13", hour="10:00")
    ((due,),) = world.values("select date_trunc('second', min(due_at)) from message")
    assert str(due.astimezone().astimezone(NOW.tzinfo))[:16] == "2026-03-13 08:00"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"when": "later"}, "Give the day and the hour"),
        ({"when": "later", "day": "2026-02-30", "hour": "10:00"}, "Give the day and the hour"),
        ({"when": "later", "day": "2026-03-10", "hour": "10:00"}, "This hour is past"),
        ({"when": "some day"}, "Choose when it goes"),
    ],
)
def test_an_hour_that_is_none_is_said_and_the_texts_are_kept(
    world: StaffWorld, people: People, fields: dict[str, object], said: str
) -> None:
    browser = world.browser("officer")
    draft = begin(browser)
    reply = browser.post(f"{draft}/texts", **{**TEXTS, **fields})
    assert (reply.status_code, said in reply.text, "Murakoze" in reply.text) == (400, True, True)


def test_quiet_hours_move_it_and_the_check_says_so(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    # a Sunday
    page = browser.get(prepare(browser, when="later", day="2026-03-15", hour="10:00")).text
    assert "Nothing may go at 15/03 10:00, so it goes at 16/03 08:00." in page


# --- whose


def test_an_open_draft_is_its_officer_s_alone(world: StaffWorld, people: People) -> None:
    draft = prepare(world.browser("officer"))
    other = second_officer(world)
    for address in (draft, f"{draft}/texts", f"{draft}/audience"):
        assert other.get(address).status_code == 404
    for address in (draft, f"{draft}/texts", f"{draft}/discard", f"{draft}/send-back"):
        assert other.post(address, "/broadcast/new", shown="0", count=3, **TEXTS).status_code == 404
    id_ = draft.rpartition("/")[2]
    assert other.post("/broadcast/new", key=id_, roles="man").status_code == 404
    assert world.values("select roles, made_by from broadcast_proposal") == [
        (["woman"], "console:officer@example.org")
    ]


def test_what_is_of_another_programme_is_not_found(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    draft, broadcast = prepare(browser, text_rw="Ubundi"), send(browser)
    other = add_programme(world.owner, COAST)
    world.owner.exec_driver_sql("update broadcast_proposal set programme_id = %(p)s", {"p": other})
    world.owner.exec_driver_sql("update broadcast set programme_id = %(p)s", {"p": other})
    world.owner.commit()
    for address in (draft, f"{draft}/texts", broadcast):
        assert browser.get(address).status_code == 404
    for what in ("pause", "resume", "cancel"):
        assert browser.post(f"{broadcast}/{what}", "/broadcast/new").status_code == 404
    assert browser.post(draft, "/broadcast/new", shown="0", count=3).status_code == 404
    assert browser.get("/broadcast/drafts/x").status_code == 404
    # not by the beginning of an id either
    assert browser.get(broadcast[:-1]).status_code == 404
    assert world.values("select cancelled_at, paused_at from broadcast") == [(None, None)]


def test_a_form_of_a_session_that_ended_sends_nothing(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    draft = prepare(browser)
    shown = SHOWN.search(browser.get(draft).text)
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(draft).text)
    assert shown
    assert token
    world.time.pass_(minutes=16)
    reply = browser.send(draft, csrf_token=token[1], shown=shown[1], count=3)
    assert (reply.status_code, reply.location) == (303, "/")
    assert world.values("select count(*) from broadcast") == [(0,)]
    sign_in(browser, world.given["officer"])
    # what was prepared is there
    assert draft in browser.get("/broadcast").text
    assert "Muraho! Murakoze." in browser.get(draft).text


def test_names_with_markup_in_a_text_are_escaped(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    broadcast = send(browser, text_rw="<script>alert(1)</script>")
    for page in (broadcast, "/broadcast"):
        assert "<script>alert" not in browser.get(page).text
    assert "&lt;script&gt;alert(1)" in browser.get(broadcast).text
