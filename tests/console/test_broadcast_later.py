"""Broadcasts after the first officer: the second one, progress, weekly ones, kept audiences."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Connection, create_engine, pool

from sms_app.config import sqlalchemy_url
from sms_app.console.settings import ConsoleProgramme
from sms_app.messaging import outbox
from sms_app.messaging.broadcasts import confirming, proposals, weekly
from sms_app.messaging.broadcasts.confirming import Confirmation
from sms_app.programme.loaded import LoadedProgramme
from tests.world.broadcasting import SHOWN, TEXTS, begin, confirm, prepare, second_officer, send, statuses
from tests.world.databases import Database
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import People
from tests.world.times import NOW, at


@pytest.fixture
def limited(world: StaffWorld, people: People) -> LoadedProgramme:
    """The programme in which a broadcast to more than two numbers needs a second officer."""
    programme = world.console.programmes[world.programme]
    loaded = programme.loaded
    messages = replace(loaded.settings.messages, second_officer_above=2)
    loaded = replace(loaded, settings=replace(loaded.settings, messages=messages))
    world.console.programmes[world.programme] = ConsoleProgramme(loaded, programme.texts)  # type: ignore[index]
    return loaded


# --- the second officer


def test_above_the_limit_a_second_officer_approves(world: StaffWorld, limited: LoadedProgramme) -> None:
    browser, other = world.browser("officer"), second_officer(world)
    draft = prepare(browser)
    assert "It goes to more than 2 numbers" in browser.get(draft).text
    assert confirm(browser, draft, 3).location == draft
    assert "It waits for a second officer" in browser.get(draft).text
    assert (statuses(world), world.values("select state from broadcast_proposal")) == ([], [("waiting",)])
    # who made it can't approve it, in whatever way
    assert "Approve and send" not in browser.get(draft).text
    assert browser.post(draft, "/broadcast/new", shown="0", count=3).location == draft
    assert statuses(world) == []
    assert "Waits for a second officer" in other.get("/broadcast").text
    assert confirm(other, draft, 2).status_code == 400
    broadcast = confirm(other, draft, 3).location
    assert broadcast.startswith("/broadcast/")
    assert world.values("select made_by, approved_by from broadcast") == [
        ("console:officer@example.org", "console:second@example.org")
    ]
    ((due,),) = world.values("select min(due_at) from message where status = 'planned'")
    assert due >= world.time.now + timedelta(minutes=10)
    page = other.get(broadcast).text
    assert "second@example.org" in page
    trail = world.trail()
    assert ("console:officer@example.org", "ask_approval", "broadcast_proposal") in trail
    assert ("console:second@example.org", "approve_broadcast", "broadcast_proposal") in trail


def test_her_own_is_not_approved_whoever_asks(
    world: StaffWorld, limited: LoadedProgramme, owner: Connection
) -> None:
    browser = world.browser("officer")
    draft = prepare(browser)
    confirm(browser, draft, 3)
    ((id_,),) = world.values("select id from broadcast_proposal")
    with world.console.engine.begin() as conn, pytest.raises(confirming.OwnApproval):
        confirming.approve(
            conn, limited, id_, Confirmation("", "3"), "console:officer@example.org", world.time.now
        )
    with world.console.engine.connect() as conn, pytest.raises(Exception, match="approval"):
        conn.exec_driver_sql("update broadcast_proposal set approved_by = made_by")


def test_of_two_officers_who_approve_at_once_one_counts(
    world: StaffWorld, limited: LoadedProgramme, database: Database
) -> None:
    browser, other = world.browser("officer"), second_officer(world)
    draft = prepare(browser)
    confirm(browser, draft, 3)
    shown = SHOWN.search(other.get(draft).text)
    assert shown
    ((id_,),) = world.values("select id from broadcast_proposal")
    engine = create_engine(sqlalchemy_url(database.console), poolclass=pool.NullPool)
    together = Barrier(2)

    def approve(who: str) -> str:
        together.wait()
        try:
            with engine.begin() as conn:
                confirming.approve(conn, limited, id_, Confirmation(shown[1], "3"), who, world.time.now)
        except confirming.Settled:
            return "settled"
        return "approved"

    with ThreadPoolExecutor(2) as threads:
        outcomes = sorted(threads.map(approve, ("console:second@example.org", "console:third@example.org")))
    assert outcomes == ["approved", "settled"]
    assert world.values("select count(*) from broadcast") == [(1,)]
    # and the page of whoever was too late says so
    reply = other.post(draft, "/broadcast/new", shown=shown[1], count=3)
    assert reply.location == f"{draft}?done=settled"


def test_a_second_officer_sends_it_back_with_words(world: StaffWorld, limited: LoadedProgramme) -> None:
    browser, other = world.browser("officer"), second_officer(world)
    draft = prepare(browser)
    confirm(browser, draft, 3)
    assert other.post(f"{draft}/send-back", draft).location == "/broadcast?done=sent_back"
    assert "Another officer did not approve it" in browser.get("/broadcast").text
    assert "Another officer did not approve it" in browser.get(f"{draft}/texts").text
    assert confirm(browser, draft, 3).location == draft
    assert browser.post(f"{draft}/send-back", draft).location == f"{draft}/texts"
    assert statuses(world) == []


def test_at_the_limit_one_officer_is_enough(world: StaffWorld, limited: LoadedProgramme) -> None:
    world.owner.exec_driver_sql("update participant set left_on = enrolled_on where list_number = 1")
    world.owner.commit()
    assert send(world.browser("officer"), 2).startswith("/broadcast/")


# --- progress


def settle(world: StaffWorld, status: str, many: int, **values: object) -> None:
    """Some messages of the broadcast have become this."""
    world.owner.exec_driver_sql(
        "update message set status = %(status)s, reason = %(reason)s, sent_at = %(sent_at)s, segments = 1,"
        " cost = %(cost)s, currency = %(currency)s where id in (select id from message where status in"
        " ('planned', 'queued') limit %(many)s)",
        {
            "status": status,
            "many": many,
            "reason": None,
            "sent_at": NOW,
            "cost": None,
            "currency": None,
            **values,
        },
    )
    world.owner.commit()


def test_the_page_shows_what_became_of_it_and_what_it_cost(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    broadcast = send(browser)
    world.time.pass_(minutes=12)
    settle(world, "delivered", 1, cost=15, currency="RWF")
    settle(world, "failed", 1, reason="user_is_inactive", sent_at=None)
    page = browser.get(broadcast).text
    assert "Progress: going" in page
    assert "3 of 4 numbers are settled" in page
    assert (
        "on the phone: 1, sent, no report yet: 0, perhaps sent: 0, waits: 1, did not arrive: 1, not sent: 1"
        in page
    )
    assert "the phone is off or the number is not in use" in page
    assert "12 RWF (1 text message)" in page
    assert "15.00 RWF" in page
    assert 'data-refresh="3000"' in page
    settle(world, "sent", 1)
    page = browser.get(broadcast).text
    # a report may still come
    assert ("Progress: over" in page, "data-refresh" in page, "Pause" in page) == (True, True, False)
    world.owner.exec_driver_sql("update message set status = 'delivered' where status = 'sent'")
    world.owner.commit()
    page = browser.get(broadcast).text
    assert ("Progress: over" in page, "data-refresh" in page) == (True, False)
    row = browser.get("/broadcast").text
    assert "<td>over</td>" in row


def test_pause_go_on_and_cancel(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    broadcast = send(browser)
    world.time.pass_(minutes=12)
    for what, said in (("pause", "Progress: paused"), ("resume", "Progress: going")):
        for _ in range(2):
            assert browser.post(f"{broadcast}/{what}", broadcast).location == broadcast
        assert said in browser.get(broadcast).text
        assert world.trail().count(("console:officer@example.org", f"{what}_broadcast", "broadcast")) == 1
    settle(world, "sent", 1)
    browser.post(f"{broadcast}/cancel", broadcast)
    page = browser.get(broadcast).text
    assert "Cancelled. It had gone to 1 number before." in page
    assert statuses(world) == [("cancelled", 3), ("sent", 1)]
    assert browser.post(f"{broadcast}/resume", "/broadcast/new").location == broadcast
    assert statuses(world) == [("cancelled", 3), ("sent", 1)]


def test_who_waits_for_the_next_day_is_shown(world: StaffWorld, people: People) -> None:
    person = people.woman()
    for hours in (1, 2):
        people.text(person, "delivered", NOW - timedelta(hours=hours))
    world.owner.commit()
    page = world.browser("officer")
    page = page.get(prepare(page)).text
    assert "1 number waits until 12/03 08:00" in page
    assert "(Group 1: no. 6)" in page
    assert "4 numbers get it" in page


def test_sending_that_is_stopped_is_said(world: StaffWorld, people: People) -> None:
    world.owner.exec_driver_sql("update sending_switch set stopped = true, reason = 'test'")
    world.owner.commit()
    browser = world.browser("officer")
    draft = prepare(browser)
    assert "All sending is stopped at the moment" in browser.get(draft).text


# --- each week


def test_a_weekly_broadcast_is_made_again_each_week_until_it_is_stopped(
    world: StaffWorld, people: People, database: Database
) -> None:
    browser = world.browser("officer")
    send(browser, when="weekly", day="2026-03-12", hour="10:00")
    assert "the next one goes at 19/03 10:00" in browser.get("/broadcast").text
    loaded = world.console.programmes[world.programme].loaded
    engine = create_engine(sqlalchemy_url(database.worker), poolclass=pool.NullPool)

    def make(now: object) -> int:
        with engine.begin() as conn:
            return weekly.make_due(conn, loaded, now)  # type: ignore[arg-type]

    assert make(at(18, 9, 59)) == 0
    people.woman()
    world.owner.commit()
    assert (make(at(18, 10)), make(at(18, 10, 1))) == (1, 0)
    assert world.values("select recipients from broadcast order by made_at") == [(3,), (4,)]
    hours = world.values(
        "select (min(due_at) at time zone 'Africa/Kigali')::text from message group by subject_id order by 1"
    )
    assert [str(hour)[:16] for (hour,) in hours] == ["2026-03-12 10:00", "2026-03-19 10:00"]
    # a clock that was down leaves a week out
    assert make(at(1, 9, month=4)) == 1
    assert world.values("select count(*) from broadcast") == [(3,)]
    ((id_,),) = world.values("select id from broadcast_proposal")
    assert second_officer(world).post(f"/broadcast/drafts/{id_}/stop", "/broadcast").location == "/broadcast"
    assert "stopped by an officer" in browser.get("/broadcast").text
    assert make(at(8, 9, month=4)) == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("update participant set left_on = enrolled_on", "nobody"),
        ("update phone_number set language = 'en'", "no_text"),
    ],
)
def test_a_weekly_broadcast_that_can_not_go_stops_and_says_why(
    world: StaffWorld, people: People, change: str, reason: str
) -> None:
    browser = world.browser("officer")
    send(browser, when="weekly", day="2026-03-12", hour="10:00", text_en="")
    world.owner.exec_driver_sql(change)
    loaded = world.console.programmes[world.programme].loaded
    assert weekly.make_due(world.owner, loaded, at(18, 10)) == 0
    world.owner.commit()
    assert world.values("select state, reason from broadcast_proposal") == [("stopped", reason)]
    texts = world.console.programmes[world.programme].texts
    assert texts.render("en", f"stopped.{reason}", {}) in browser.get("/broadcast").text.replace("&#39;", "'")


def test_a_weekly_broadcast_that_grew_above_the_limit_stops(
    world: StaffWorld, limited: LoadedProgramme, people: People
) -> None:
    world.owner.exec_driver_sql("update participant set left_on = enrolled_on where list_number = 1")
    world.owner.commit()
    send(world.browser("officer"), 2, when="weekly", day="2026-03-12", hour="10:00")
    people.woman()
    assert weekly.make_due(world.owner, limited, at(18, 10)) == 0
    world.owner.commit()
    assert world.values("select state, reason from broadcast_proposal") == [("stopped", "above_limit")]


def test_undo_of_a_weekly_one_says_that_it_goes_on(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    broadcast = send(browser, when="weekly", day="2026-03-12", hour="10:00")
    browser.post(f"{broadcast}/cancel", broadcast)
    assert "This goes each week: the next one at 19/03 10:00." in browser.get(broadcast).text


# --- kept audiences


def test_an_audience_is_kept_under_a_name_and_chosen_again(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    draft = begin(browser, groups="1", languages="rw")
    assert browser.post(f"{draft}/keep", f"{draft}/texts", name="<Group> 1").location
    assert browser.post(f"{draft}/keep", f"{draft}/texts", name="<Group> 1").status_code == 409
    for name in ("", "x" * 41):
        assert browser.post(f"{draft}/keep", f"{draft}/texts", name=name).status_code == 400
    page = browser.get("/broadcast/new").text
    assert "&lt;Group&gt; 1" in page
    ((id_,),) = world.values("select id from saved_audience")
    page = browser.get(f"/broadcast/new?saved={id_}").text
    for chosen in ("roles-woman", "groups-1", "languages-rw"):
        assert (
            f'id="{chosen}" name="{chosen.partition("-")[0]}" value="{chosen.partition("-")[2]}" checked'
            in page
        )
    assert browser.get(f"/broadcast/new?saved={draft.rpartition('/')[2]}").status_code == 404
    browser.post(f"/broadcast/audiences/{id_}/forget", "/broadcast/new")
    assert world.values("select count(*) from saved_audience") == [(0,)]


def test_what_is_forgotten_after_thirty_days(world: StaffWorld, people: People) -> None:
    browser = world.browser("officer")
    prepare(browser)
    send(browser, when="weekly", day="2026-03-12", hour="10:00")
    outbox.forget(world.owner, NOW + timedelta(days=31))
    world.owner.commit()
    assert world.values("select state from broadcast_proposal") == [("weekly",)]
    assert world.values("select count(*) from broadcast_proposal_text") == [(2,)]


def test_texts_that_are_typed_stay_when_only_the_phone_is_asked_for(
    world: StaffWorld, people: People
) -> None:
    browser = world.browser("officer")
    draft = begin(browser)
    reply = browser.post(f"{draft}/texts", **TEXTS, look="1")
    assert reply.location == f"{draft}/texts#phones"
    assert "Muraho! Murakoze.</textarea>" in browser.get(f"{draft}/texts").text
    loaded = world.console.programmes[world.programme].loaded
    ((id_,),) = world.values("select id from broadcast_proposal")
    assert proposals.find(world.owner, loaded, id_).texts["en"] == "Hello! Thank you."
