"""The calendar: what it shows, and changes that are shown with who is told what, when, before they are made."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from sms_app.messaging.eligibility import REASONS
from sms_app.messaging.reminders import corrections
from sms_app.messaging.wording import render
from sms_app.programme.loaded import LoadedProgramme
from tests.world.console import Browser
from tests.world.messages import dues
from tests.world.staff_console import StaffWorld, counted_on
from tests.world.staff_pages import People
from tests.world.times import NOW, TODAY, at

SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')
THURSDAY = at(12, 14)
MOVE = {"what": "move", "day": "2026-03-13", "hour": "15:00"}


@pytest.fixture
def session(world: StaffWorld) -> UUID:
    """A session of group 1 tomorrow at two."""
    made = world.records.session(THURSDAY, title="Rights <b>")
    world.owner.commit()
    return made


def tell(
    world: StaffWorld,
    people: People,
    session: UUID,
    starts_at: datetime = THURSDAY,
    status: str = "delivered",
    **values: object,
) -> UUID:
    """A woman whose number was told that the session takes place."""
    woman = people.woman(**values)  # type: ignore[arg-type]
    phone = world.owner.exec_driver_sql(
        "select phone_number_id from participant_phone where participant_id = %(p)s", {"p": woman}
    ).scalar_one()
    went = None if status in {"planned", "queued"} else NOW - timedelta(hours=1)
    world.records.message(
        phone,
        woman,
        rule="session_tomorrow",
        at=NOW - timedelta(hours=1),
        subject_id=session,
        gathering_id=session,
        occasion=str(uuid4()),
        status=status,
        sent_at=went,
        claimed_at=went,
        told_starts_at=went and starts_at,
        told_place=went and "Kigabiro",
        told_cancelled=went and False,
    )
    return woman


def shown(browser: Browser, session: UUID, **fields: object) -> tuple[str, str]:
    """The page that shows what a change would do, and what confirms it."""
    reply = browser.post(f"/calendar/sessions/{session}", **fields)
    assert reply.status_code == 200, reply.text
    return unescape(reply.text), SEEN.findall(reply.text)[0]


def confirm(browser: Browser, session: UUID, seen: str, **fields: object) -> TestResponse:
    return browser.post(f"/calendar/sessions/{session}", seen=seen, **fields)


def row(world: StaffWorld) -> tuple[object, ...]:
    (stored,) = world.values("select starts_at, place, cancelled_at is not null from training_session")
    return stored


def loaded(world: StaffWorld) -> LoadedProgramme:
    return world.console.programmes[world.programme].loaded


def test_a_week_has_its_sessions_meetings_days_off_and_texts_of_rules(
    world: StaffWorld, session: UUID
) -> None:
    records = world.records
    savings = records.savings_group(name="Ikimina <4>", check_in_weekday=2)
    records.planned_meeting(savings, at(13, 9))
    records.session(at(10, 10), "2222", cancelled_at=NOW)
    world.owner.commit()
    page = unescape(world.browser("supervisor").get("/calendar").text)
    assert "Week of 09/03 to 15/03" in page
    assert re.search(rf'href="/calendar/sessions/{session}">14:00 Group 1</a>', page)
    assert "09:00 Meeting of Ikimina <4>" in page
    assert "10:00 <s>Group 1</s></a>" in page
    assert "cancelled" in page
    assert "no sessions on this weekday" in page
    # by the rules: the day before at four, three hours before; her coach; the check-in of the savings group
    for text in (
        "16:00 reminder before the session or meeting",
        "11:00 reminder on the day of the session or meeting",
        "15:00 to the coach: the next session",
        "10:00 request to dial on the check-in day",
    ):
        assert text in page
    assert "programme.yaml, messages: rules" in page
    # a name with markup is escaped
    assert "Ikimina <4>" not in world.browser("officer").get("/calendar").text


def test_a_moved_session_is_shown_where_it_was_and_where_it_is(world: StaffWorld, session: UUID) -> None:
    browser = world.browser("officer")
    _, seen = shown(browser, session, **MOVE)
    confirm(browser, session, seen, **MOVE)
    page = unescape(browser.get("/calendar").text)
    assert "<s>14:00 Group 1</s></a>" in page
    assert "moved to 13/03 15:00" in page
    assert "15:00 Group 1</a>" in page
    assert "moved from 12/03 14:00" in page


def test_a_week_of_one_group_or_one_coach(world: StaffWorld, session: UUID) -> None:
    records = world.records
    second = records.training_group(2)
    records.session(at(12, 9), "3333", group_id=second)
    coach = records.coach(records.number("+250780000300"), group=second, name="Mukamana")
    world.owner.commit()
    browser = world.browser("officer")
    both = browser.get("/calendar").text
    assert ("Group 1<" in both, "Group 2<" in both) == (True, True)
    for query in ("group=2", f"coach={coach}"):
        only = browser.get(f"/calendar?{query}").text
        assert ("Group 1<" in only, "Group 2<" in only) == (False, True)
        # the next week keeps what was chosen
        assert f"day=2026-03-16&amp;{query}" in only
    assert "Nothing takes place on these days." in browser.get("/calendar?group=9").text
    assert browser.get("/calendar?coach=x").status_code == 404
    assert browser.get("/calendar?day=tomorrow").status_code == 200
    assert browser.get("/calendar?day=9999-12-31").status_code == 200


def test_a_week_of_one_sector(world: StaffWorld, session: UUID) -> None:
    browser = world.browser("officer")
    # of one sector there is nothing to choose
    assert 'name="sector"' not in browser.get("/calendar").text
    world.records.session(at(12, 9), "3333", group_id=world.records.training_group(2, sector="Rusororo"))
    world.owner.commit()
    assert "<option>Rusororo</option>" in browser.get("/calendar").text
    only = browser.get("/calendar?sector=Rusororo").text
    assert ("Group 1<" in only, "Group 2<" in only, "<option selected>Rusororo" in only) == (
        False,
        True,
        True,
    )
    assert "day=2026-03-16&amp;sector=Rusororo" in only
    assert "Nothing takes place on these days." in browser.get("/calendar?sector=Nowhere%00").text


def test_a_crowded_day_is_a_number_and_its_own_page_lists_it(
    world: StaffWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sms_app.console.calendar.days.CROWDED", 5)
    monkeypatch.setattr("sms_app.console.calendar.pages.MAX_OF_DAY", 4)
    for n in range(6):
        world.records.session(at(12, 9), f"{n:04}", group_id=world.records.training_group(n + 2))
    world.records.session(at(13, 9), "7777")
    moved = world.records.session(at(14, 8), "8888")
    world.owner.commit()
    world.owner.exec_driver_sql(
        "update training_session set starts_at = %(to)s, ends_at = %(to)s + interval '2 hours' where id = %(id)s",
        {"to": at(12, 8), "id": moved},
    )
    world.owner.commit()
    browser = world.browser("officer")
    for page in ("/calendar?day=2026-03-12", "/calendar/month?day=2026-03-12"):
        text = unescape(browser.get(page).text)
        assert '<a href="/calendar/day?day=2026-03-12">7 sessions and meetings</a>' in text
        assert (text.count("09:00 Group"), text.count("08:00 Group")) == (1, 1)
    first, second = (unescape(browser.get(f"/calendar/day?day=2026-03-12&page={n}").text) for n in (1, 2))
    assert ("1 to 4 of 7" in first, "5 to 7 of 7" in second) == (True, True)
    assert [f"09:00 Group {n}<" in first for n in range(2, 8)] == [True] * 3 + [False] * 3
    assert [f"09:00 Group {n}<" in second for n in range(2, 8)] == [False] * 3 + [True] * 3
    assert ("page=2" in first, "page=1" in second, "page=3" in second) == (True, True, False)
    # of one group it is not crowded
    assert "09:00 Group 3<" in browser.get("/calendar?day=2026-03-12&group=3").text
    assert browser.get("/calendar/day?day=2026-03-12&page=x").text.count("09:00 Group") == 3


def test_a_month_has_the_first_of_each_day_and_says_how_many_more(world: StaffWorld) -> None:
    for n in range(6):
        world.records.session(at(12, 9), f"{n:04}", group_id=world.records.training_group(n + 2))
    world.owner.commit()
    page = unescape(world.browser("officer").get("/calendar/month?day=2026-03-01").text)
    assert "March 2026" in page
    assert page.count("09:00 Group") == 4
    assert '<a href="/calendar/day?day=2026-03-12">2 more</a>' in page
    # 20 March is a public holiday, and the last Saturday is for community work
    assert 'href="/calendar?day=2026-03-20">Friday 20/03</a></h2>\n<p class="note">day off' in page
    assert 'href="/calendar?day=2026-03-28">Saturday 28/03</a></h2>\n<p class="note">community work' in page
    assert "April 2026" in world.browser("officer").get("/calendar/month?day=2026-04-30").text


def test_a_sessions_page(world: StaffWorld, session: UUID) -> None:
    people, records = People(world), world.records
    came, other = tell(world, people, session), people.woman(phone=False)
    tell(world, people, session, status="planned")
    records.coach(records.number("+250780000300"), name="Mukamana <i>")
    reply = "insert into session_reply values (%(s)s, %(p)s, %(c)s, %(d)s, %(d)s)"
    for woman, coming in ((came, True), (other, False)):
        values = {"s": session, "p": woman, "c": coming, "d": THURSDAY.date()}
        world.owner.exec_driver_sql(reply, values)
    world.owner.commit()
    page = world.browser("supervisor").get(f"/calendar/sessions/{session}").text
    for said in (
        "Thursday 12/03, 14:00 to 16:00",
        "<dd>Kigabiro</dd>",
        "Rights &lt;b&gt;",
        "Mukamana &lt;i&gt;</a>, +250780000300",
        "3 are expected",
        "will come",
        "cannot come",
        "reminder before the session or meeting: 1 delivered",
        "reminder before the session or meeting: 1 planned",
        "to the coach: the roll is missing, if there is no roll by then",
    ):
        assert said in page, said
    assert "Uwase" not in page
    # she sees it, and changes nothing
    assert 'name="what"' not in page
    assert 'name="what"' in world.browser("officer").get(f"/calendar/sessions/{session}").text


def test_a_session_that_is_over_has_its_roll_and_the_list_of_then(world: StaffWorld) -> None:
    people = People(world)
    held = world.records.session(at(10, 14))
    women = [people.woman(phone=False) for _ in range(2)]
    for n, woman in enumerate(women, 1):
        values = {"s": held, "p": woman, "n": n, "d": TODAY}
        world.owner.exec_driver_sql("insert into session_list values (%(s)s, %(p)s, %(n)s)", values)
    world.owner.exec_driver_sql(
        "insert into attendance (training_session_id, participant_id, source, status, assisted, recorded_on)"
        " values (%(s)s, %(p)s, 'coach', 'late', false, %(d)s)",
        {"s": held, "p": women[0], "d": TODAY},
    )
    world.owner.exec_driver_sql(
        "insert into roll (training_session_id, outcome, headcount, taken_on) values (%(s)s, 'held', 1, %(d)s)",
        {"s": held, "d": TODAY},
    )
    people.woman(phone=False)
    world.owner.commit()
    page = world.browser("officer").get(f"/calendar/sessions/{held}").text
    for said in ("1 came", "came late", "2 are expected", "it has begun or is over"):
        assert said in page
    assert 'name="what"' not in page
    assert "roll taken" in world.browser("officer").get("/calendar").text


def test_a_move_is_shown_first_and_made_when_it_is_confirmed(world: StaffWorld, session: UUID) -> None:
    people = People(world)
    for _ in range(2):
        tell(world, people, session)
    tell(world, people, session, consent=False)
    tell(world, people, session, stopped=True)
    tell(world, people, session, status="planned")
    world.owner.commit()
    before, browser = row(world), world.browser("officer")
    page, seen = shown(browser, session, **MOVE)
    for said in (
        "4 numbers were told of it.",
        "2 are told of the change</strong> (list numbers 1*2)",
        "at once",
        "1 (list numbers 3)",
        "1 (list numbers 4)",
        "1 reminder that was not sent yet says what is true then.",
        "Hello! Change: not 12/03. It is Friday 13 March at 15:00, Kigabiro. Thank you.",
        "Muraho! Byahindutse: si 12/03.",
        "What 2 numbers are told",
    ):
        assert said in page, said
    assert row(world) == before
    assert "move" not in [what for _, what, _ in world.trail()]
    reply = confirm(browser, session, seen, **MOVE)
    assert (reply.status_code, reply.location) == (303, f"/calendar/sessions/{session}?done=move")
    assert row(world) == (at(13, 15), "Kigabiro", False)
    assert world.trail()[-1] == ("console:officer@example.org", "move", "training_session")
    assert "It is moved." in browser.get(reply.location).text
    # who was shown is who is told, with these words
    corrections.plan(world.owner, loaded(world), world.time.now)
    planned = dues(world.owner, "kind = 'correction'")
    answers = corrections.compose_correction(world.owner, loaded(world), planned, world.time.now)
    words = {render(loaded(world), "en", answers[due.id]) for due in planned}  # type: ignore[arg-type]
    assert len(planned) == 4
    assert all(said in page for said in words)
    # the same once more does nothing
    again = confirm(browser, session, seen, **MOVE)
    assert (again.status_code, "it is so already" in again.text) == (409, True)
    assert [what for _, what, _ in world.trail()].count("move") == 1


def test_a_preview_that_changed_is_shown_again_and_nothing_is_done(world: StaffWorld, session: UUID) -> None:
    people, browser = People(world), world.browser("officer")
    page, seen = shown(browser, session, **MOVE)
    assert "Nobody was told of it yet" in page
    tell(world, people, session)
    world.owner.commit()
    before = row(world)
    reply = confirm(browser, session, seen, **MOVE)
    assert (reply.status_code, "has changed since you looked" in reply.text) == (409, True)
    assert "1 number was told of it." in reply.text
    assert row(world) == before
    # what is shown then may be confirmed, also some minutes later
    world.time.pass_(minutes=10)
    assert confirm(browser, session, SEEN.findall(reply.text)[0], **MOVE).status_code == 303
    assert row(world)[0] == at(13, 15)


def test_another_hour_cannot_be_confirmed_with_what_was_seen_of_one(world: StaffWorld, session: UUID) -> None:
    browser = world.browser("officer")
    _, seen = shown(browser, session, **MOVE)
    before = row(world)
    assert confirm(browser, session, seen, **{**MOVE, "hour": "16:00"}).status_code == 409
    assert confirm(browser, session, seen, what="cancel").status_code == 409
    assert row(world) == before


def test_in_the_evening_texts_go_in_the_morning(world: StaffWorld, session: UUID) -> None:
    tell(world, People(world), session)
    world.owner.commit()
    browser = world.browser("officer")
    world.time.now = at(11, 20)
    browser = world.browser("officer")
    assert "from 12/03 08:00 on" in shown(browser, session, **MOVE)[0]
    # a cancellation may go earlier on the day itself
    assert "from 12/03 06:00 on" in shown(browser, session, what="cancel")[0]


def test_a_cancellation_and_its_undo(world: StaffWorld, session: UUID) -> None:
    people, records = People(world), world.records
    tell(world, people, session)
    coach = records.number("+250780000300")
    records.coach(coach, name="Mukamana")
    records.message(
        coach,
        kind="coach_gathering",
        rule="coach_tomorrow",
        at=NOW,
        subject_id=session,
        gathering_id=session,
        status="sent",
        sent_at=NOW,
        told_starts_at=THURSDAY,
        told_place="Kigabiro",
        told_cancelled=False,
    )
    world.owner.commit()
    browser = world.browser("officer")
    page, seen = shown(browser, session, what="cancel")
    assert "Thursday 12 March at 14:00 is cancelled." in page
    assert "1 coach is told, about 11/03 11:1" in page
    assert confirm(browser, session, seen, what="cancel").status_code == 303
    assert row(world)[2]
    assert confirm(browser, session, seen, what="cancel").status_code == 409
    page, seen = shown(browser, session, what="restore")
    # nobody was told of the cancellation yet: what they know is true again
    assert "1 number was told last what is true then, and gets no text." in page
    assert confirm(browser, session, seen, what="restore").status_code == 303
    assert not row(world)[2]
    assert [what for _, what, _ in world.trail()][-2:] == ["cancel", "restore"]


def test_what_a_cancellation_told_is_told_otherwise_by_its_undo(world: StaffWorld, session: UUID) -> None:
    tell(world, People(world), session)
    world.owner.exec_driver_sql("update message set told_cancelled = true")
    world.owner.exec_driver_sql("update training_session set cancelled_at = %(n)s", {"n": NOW})
    world.owner.commit()
    page, _ = shown(world.browser("officer"), session, what="restore")
    assert "Hello! Change: Thursday 12 March at 14:00, Kigabiro." in page


def test_a_move_is_undone_by_a_move_back(world: StaffWorld, session: UUID) -> None:
    tell(world, People(world), session)
    world.owner.commit()
    browser = world.browser("officer")
    assert "Undo: move back" not in browser.get(f"/calendar/sessions/{session}").text
    confirm(browser, session, shown(browser, session, **MOVE)[1], **MOVE)
    assert "Undo: move back to 12/03 14:00" in browser.get(f"/calendar/sessions/{session}").text
    page, seen = shown(browser, session, what="back")
    assert "1 number was told last what is true then" in page
    assert confirm(browser, session, seen, what="back").status_code == 303
    assert row(world)[0] == THURSDAY
    # pressed twice, it does not move once more
    assert confirm(browser, session, seen, what="back").status_code == 409
    assert row(world)[0] == THURSDAY
    assert "moved to" not in browser.get("/calendar").text


def test_a_place_and_a_meeting_are_changed_the_same_way(world: StaffWorld) -> None:
    savings = world.records.savings_group(name="Ikimina 4")
    meeting = world.records.planned_meeting(savings, at(13, 9))
    world.owner.commit()
    browser = world.browser("officer")
    place = {"what": "place", "place": "Rwamagana,  Sibagire"}
    page, seen = shown(browser, meeting, **place)
    assert "Rwamagana, Sibagire" in page
    assert confirm(browser, meeting, seen, **place).status_code == 303
    for change in (MOVE, {"what": "cancel"}):
        assert confirm(browser, meeting, shown(browser, meeting, **change)[1], **change).status_code == 303
    stored = "select starts_at, place, cancelled_at is not null from planned_meeting"
    assert world.values(stored) == [(at(13, 15), "Rwamagana, Sibagire", True)]
    assert [subject for _, _, subject in world.trail()][-3:] == ["planned_meeting"] * 3


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({**MOVE, "day": "2026-03-15"}, "that is a day off"),
        ({**MOVE, "hour": "19:00"}, "nobody meets at that hour"),
        ({**MOVE, "day": "2026-03-10"}, "into the past"),
        ({**MOVE, "day": "2026-03-12", "hour": "14:00"}, "it is so already"),
        ({**MOVE, "day": "2026-03-16", "hour": "09:00"}, "another session or meeting at that time"),
        ({**MOVE, "day": "Friday"}, "something is missing"),
        ({**MOVE, "day": "0001-01-01"}, "something is missing"),
        ({"what": "move"}, "something is missing"),
        ({"what": "erase"}, "something is missing"),
        ({}, "something is missing"),
        ({"what": "back"}, "it was not moved"),
        ({"what": "restore"}, "it is so already"),
        ({"what": "place", "place": " "}, "1 to 30 characters"),
        ({"what": "place", "place": "Kwirinda Ihohoterwa"}, "no text may say"),
        ({"what": "place", "place": "Kigali \u4e2d"}, "plain letters"),
    ],
)
def test_an_impossible_change_is_said_and_what_was_typed_stays(
    world: StaffWorld, session: UUID, fields: dict[str, object], said: str
) -> None:
    world.records.session(at(16, 9), "5555")
    world.owner.commit()
    stored = "select starts_at, place, cancelled_at from training_session order by id"
    before = world.values(stored)
    reply = world.browser("officer").post(f"/calendar/sessions/{session}", **fields)
    assert (reply.status_code, said in reply.text) == (400, True)
    if fields.get("hour") and fields["day"] != "Friday":
        assert f'value="{fields["day"]}"' in reply.text
    assert world.values(stored) == before


def test_they_may_meet_on_a_day_off_when_the_officer_says_so(world: StaffWorld, session: UUID) -> None:
    browser, sunday = world.browser("officer"), {**MOVE, "day": "2026-03-15", "anyway": "y"}
    page, seen = shown(browser, session, **sunday)
    assert 'alert-warning">no sessions on this weekday' in page
    assert confirm(browser, session, seen, **sunday).status_code == 303
    assert row(world)[0] == at(15, 15)


def test_what_has_begun_is_not_changed(world: StaffWorld) -> None:
    begun = world.records.session(NOW - timedelta(minutes=5))
    world.owner.commit()
    for fields in (MOVE, {"what": "cancel"}):
        reply = world.browser("officer").post(f"/calendar/sessions/{begun}", **fields)
        assert (reply.status_code, "it has begun or is over" in reply.text) == (400, True)


def test_nobodys_and_another_programmes_gathering_is_not_found(world: StaffWorld, session: UUID) -> None:
    other = world.owner.exec_driver_sql(
        "insert into programme (slug, service_code, country, time_zone, currency, language)"
        " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
    ).scalar_one()
    group = world.records.training_group(9, programme_id=other)
    far = world.records.session(at(12, 9), "9999", group_id=group, programme_id=other)
    world.owner.commit()
    browser = world.browser("officer")
    for id_ in (far, uuid4(), "x", "1"):
        assert browser.get(f"/calendar/sessions/{id_}").status_code == 404
        assert browser.post(f"/calendar/sessions/{id_}", "/calendar", **MOVE).status_code == 404
    assert "Group 9" not in browser.get("/calendar").text
    assert world.values("select starts_at from training_session where id = %(s)s", s=far) == [(at(12, 9),)]


@pytest.mark.parametrize("role", ["supervisor", "administrator", "researcher"])
def test_only_an_officer_changes_the_timetable(world: StaffWorld, session: UUID, role: str) -> None:
    browser = world.browser(role)
    before = row(world)
    assert browser.post(f"/calendar/sessions/{session}", "/account", **MOVE).status_code == 404
    assert browser.get("/calendar/series").status_code == 404
    assert (browser.get("/calendar").status_code == 200) == (role == "supervisor")
    assert row(world) == before


SERIES = {
    "group": 1,
    "weekday": "1",
    "at": "14:00",
    "first": "2026-03-25",
    "weeks": 4,
    "hours": 2,
    "title": "Saving <b>",
    "place": "",
}


def held(world: StaffWorld) -> list[str]:
    query = "select to_char(starts_at at time zone 'Africa/Kigali', 'MM-DD HH24:MI') from training_session order by 1"
    return [str(value) for (value,) in world.values(query)]


def test_a_series_is_shown_first_and_days_off_are_left_out(world: StaffWorld) -> None:
    browser = world.browser("officer")
    page = browser.post("/calendar/series", **SERIES).text
    assert "3 sessions would be planned" in page
    assert "Tuesday 31/03" in page
    # 7 April begins the mourning week
    assert "Left out, a day off:" in page
    assert "Tuesday 07/04, days of quiet" in page
    assert held(world) == []
    seen = SEEN.findall(page)[0]
    reply = browser.post("/calendar/series", seen=seen, **SERIES)
    assert reply.location == "/calendar?day=2026-03-31&group=1&done=series"
    assert held(world) == ["03-31 14:00", "04-14 14:00", "04-21 14:00"]
    assert "The series is planned." in browser.get(reply.location).text
    assert world.values("select distinct title, place from training_session") == [("Saving <b>", "Kigabiro")]
    assert [what for _, what, _ in world.trail()].count("add_session") == 3
    # the same once more adds nothing
    again = browser.post("/calendar/series", seen=seen, **SERIES)
    assert (again.status_code, "0 sessions would be planned" in again.text) == (409, True)
    assert len(held(world)) == 3


def test_a_series_whose_days_changed_meanwhile_is_shown_again(world: StaffWorld) -> None:
    browser = world.browser("officer")
    seen = SEEN.findall(browser.post("/calendar/series", **SERIES).text)[0]
    world.records.session(at(1, 9, month=4), "7777")
    world.owner.commit()
    reply = browser.post("/calendar/series", seen=seen, **SERIES)
    assert (reply.status_code, "has changed since you looked" in reply.text) == (409, True)
    assert "the week has a session on another day" in reply.text
    assert held(world) == ["04-01 09:00"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"group": 9}, "no group with this number"),
        ({"at": "07:00"}, "nobody meets at that hour"),
        ({"at": ""}, "something is missing"),
        ({"first": "soon"}, "something is missing"),
        ({"first": "9999-12-31"}, "something is missing"),
        ({"weeks": 105}, "something is missing"),
        ({"weekday": "8"}, "something is missing"),
        ({"hours": "nan"}, "something is missing"),
        ({"hours": 13}, "something is missing"),
        ({"title": ""}, "something is missing"),
        ({"place": "x" * 31}, "1 to 30 characters"),
    ],
)
def test_an_impossible_series_is_said_and_what_was_typed_stays(
    world: StaffWorld, change: dict[str, object], said: str
) -> None:
    reply = world.browser("officer").post("/calendar/series", **{**SERIES, **change})
    assert (reply.status_code, said in reply.text) == (400, True)
    assert 'value="Saving &lt;b&gt;"' in reply.text or "title" in change
    assert held(world) == []


def test_a_preview_and_a_change_run_few_statements(world: StaffWorld, session: UUID) -> None:
    people = People(world)
    for _ in range(20):
        tell(world, people, session)
    world.owner.commit()
    browser = world.browser("officer")
    browser.get(f"/calendar/sessions/{session}")
    with counted_on(world.console.engine) as statements:
        token = re.findall(r'name="csrf_token" value="([^"]+)"', browser.last.text)[0]
        reply = browser.send(f"/calendar/sessions/{session}", csrf_token=token, **MOVE)
    assert "What 20 numbers are told" in reply.text
    # three to find and lock it, the account, five of the preview, a coach's count and contacts
    assert len(statements) <= 12, statements


def test_every_word_that_is_put_together_is_there(world: StaffWorld) -> None:
    texts = world.console.programmes[world.programme].texts
    words = {
        "why": (*REASONS, "ambiguous", "too_late", "held_quiet", "quiet_hours"),
        "day_off": ("weekday", "period", "holiday", "community_work"),
        "not_held": ("weather", "few_came", "coach_away", "funeral", "place", "other"),
        "language": loaded(world).settings.languages,
        **dict.fromkeys(
            ("calendar_done", "preview", "calendar_confirm"), ("move", "back", "place", "cancel", "restore")
        ),
    }
    for language in ("en", "rw"):
        for prefix, values in words.items():
            assert all(texts.sentence(language, f"{prefix}.{value}") for value in values)
