"""A session's roll by the office: entered, not held, corrected with a reason; twice, at once, too early."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from sms_app.programme import roll
from tests.world.console import Browser
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import People
from tests.world.times import NOW, TODAY

BEFORE = NOW - timedelta(hours=3)
OFFICER = "console:officer@example.org"
WORDS = """
select l.list_number, p.status, p.source from session_list l
left join presence p using (training_session_id, participant_id) where training_session_id = %(s)s order by 1
"""


@dataclass
class Sessions:
    """A group of three with a session that is over, one to come, and one that was cancelled."""

    women: list[UUID]
    coach: UUID
    over: UUID
    to_come: UUID
    cancelled: UUID

    @property
    def page(self) -> str:
        return f"/training/sessions/{self.over}"


@pytest.fixture
def group(world: StaffWorld) -> Sessions:
    people, records = People(world), world.records
    women = [people.woman(phone=False) for _ in range(3)]
    coach = records.coach(records.number("+250780000300"), name="Mukamana Claudine")
    sessions = [records.session(BEFORE), records.session(NOW + timedelta(hours=3), "2222")]
    cancelled = records.session(BEFORE - timedelta(days=1), "3333", cancelled_at=BEFORE)
    world.owner.commit()
    return Sessions(women, coach, *sessions, cancelled)


def take(world: StaffWorld, group: Sessions, absent: list[int]) -> None:
    """The coach's roll by phone."""
    came = 3 - len(absent)
    assert roll.store(world.owner, group.coach, group.over, absent, came, NOW, TODAY) == "stored"
    world.owner.commit()


def saw(browser: Browser, page: str) -> str:
    """The roll that the form of a correction carries."""
    field = re.search(r'name="saw" value="([^"]+)"', browser.get(page).text)
    assert field
    return field[1]


def test_a_roll_is_entered_from_who_was_not_there(world: StaffWorld, group: Sessions) -> None:
    browser = world.browser("officer")
    page = browser.get(group.page).text
    assert "no roll yet" in page
    assert "The group&#39;s coach gets the roll by SMS" in page
    fields = {"n2": "absent", "n3": "late", "headcount": "2"}
    reply = browser.post(f"{group.page}/roll", group.page, **fields)
    assert (reply.status_code, reply.location) == (303, f"{group.page}?done=stored")
    assert world.values(WORDS, s=group.over) == [
        (1, "present", "staff"),
        (2, "absent", "staff"),
        (3, "late", "staff"),
    ]
    assert world.values("select coach_id, outcome, headcount, taken_on from roll") == [
        (None, "held", 2, TODAY)
    ]
    assert (OFFICER, "enter_roll", "training_session") in world.trail()
    page = browser.get(reply.location).text
    assert ("2 of 3 came." in page, "Entered by the office" in page) == (True, True)
    # the same form again: nothing is stored twice, and nothing is wrong
    assert browser.post(f"{group.page}/roll", group.page, **fields).status_code == 303
    assert world.trail().count((OFFICER, "enter_roll", "training_session")) == 1


def test_a_count_that_does_not_fit_is_not_stored_and_what_was_typed_stays(
    world: StaffWorld, group: Sessions
) -> None:
    browser = world.browser("officer")
    for count, words in (
        ("3", "so 2 came, and you wrote 3"),
        ("", "in digits"),
        ("-1", "in digits"),
        ("x", "in"),
    ):
        reply = browser.post(f"{group.page}/roll", group.page, n2="excused", headcount=count)
        assert (reply.status_code, words in reply.text) == (400, True)
        assert re.search(r'name="n2" value="excused" checked', reply.text)
        assert f'name="headcount" value="{count}"' in reply.text
    assert world.values("select count(*) from roll") == [(0,)]


def test_of_two_who_enter_a_roll_the_second_sees_the_firsts(world: StaffWorld, group: Sessions) -> None:
    browser = world.browser("officer")
    browser.get(group.page)
    take(world, group, [1])
    reply = browser.post(f"{group.page}/roll", group.page, n2="absent", headcount="2")
    assert reply.status_code == 409
    assert "somebody entered this session meanwhile" in reply.text
    assert re.findall(r'<tr class="changed"><td class="n">(\d)', reply.text) == ["1", "2"]
    assert world.values(WORDS, s=group.over)[0] == (1, "absent", "coach")
    # her marks stand in the form of a correction, to be stored with a reason
    assert re.search(r'name="n2" value="absent" checked', reply.text)
    assert 'action="' + group.page + '/correction"' in reply.text


def test_a_session_was_not_held(world: StaffWorld, group: Sessions) -> None:
    browser, path = world.browser("supervisor"), f"{group.page}/not-held"
    for why in ("", "snow"):
        assert browser.post(path, group.page, why=why).status_code == 400
    for _ in range(2):
        assert browser.post(path, group.page, why="weather").status_code == 303
    assert world.values("select outcome, reason from roll") == [("not_held", "weather")]
    assert (
        world.trail().count(("console:supervisor@example.org", "session_not_held", "training_session")) == 1
    )
    assert browser.post(path, group.page, why="funeral").status_code == 409
    page = browser.get(group.page).text
    assert "weather" in page
    # it was held after all
    reply = browser.post(f"{group.page}/roll", group.page, seen="not_held", headcount="3")
    assert reply.status_code == 303
    assert world.values("select outcome, reason, headcount from roll") == [("held", None, 3)]


def test_a_correction_has_a_reason_and_counts_before_the_coach(world: StaffWorld, group: Sessions) -> None:
    take(world, group, [1, 2])
    browser, path = world.browser("officer"), f"{group.page}/correction"
    before = saw(browser, group.page)
    assert before == "1a,2a,3p"
    fields = {"saw": before, "n1": "late", "n2": "excused", "n3": "present"}
    for reason in ("", "because"):
        reply = browser.post(path, group.page, reason=reason, **fields)
        assert (reply.status_code, "choose why" in reply.text) == (400, True)
        assert re.search(r'name="n1" value="late" checked', reply.text)
    for _ in range(2):
        reply = browser.post(path, group.page, reason="paper", **fields)
        assert (reply.status_code, reply.location) == (303, f"{group.page}?done=stored")
    assert world.values(WORDS, s=group.over) == [
        (1, "late", "staff"),
        (2, "excused", "staff"),
        (3, "present", "coach"),
    ]
    assert world.values("select said, list_numbers, reason, who from roll_correction order by said") == [
        ("excused", [2], "paper", OFFICER),
        ("late", [1], "paper", OFFICER),
    ]
    assert world.trail().count((OFFICER, "correct_roll", "training_session")) == 1
    page = browser.get(group.page).text
    assert "officer@example.org: 1 came late (the list on paper says so)" in page


def test_of_two_who_correct_a_roll_the_second_sees_what_changed(world: StaffWorld, group: Sessions) -> None:
    take(world, group, [1, 2])
    first, second = world.browser("officer"), world.browser("supervisor")
    before = saw(second, group.page)
    path = f"{group.page}/correction"
    assert first.post(path, group.page, saw=before, n1="late", reason="coach").status_code == 303
    reply = second.post(
        path, group.page, saw=before, n1="excused", n2="present", n3="present", reason="paper"
    )
    assert (reply.status_code, "somebody changed this roll meanwhile" in reply.text) == (409, True)
    assert re.findall(r'<tr class="changed"><td class="n">(\d)', reply.text) == ["1"]
    assert "is now: came late" in reply.text
    assert [row[1] for row in world.values(WORDS, s=group.over)] == ["late", "absent", "present"]
    # now she saw it: what she stores counts
    again = re.search(r'name="saw" value="([^"]+)"', reply.text)
    assert again
    assert again[1] == "1l,2a,3p"
    done = second.post(path, group.page, saw=again[1], n1="excused", n2="present", reason="paper")
    assert done.status_code == 303
    assert [row[1] for row in world.values(WORDS, s=group.over)] == ["excused", "present", "present"]


def test_a_correction_of_nothing_or_of_a_broken_form_is_refused(world: StaffWorld, group: Sessions) -> None:
    take(world, group, [1])
    browser, path = world.browser("officer"), f"{group.page}/correction"
    before = saw(browser, group.page)
    for fields in (
        {"saw": before, "reason": "paper"},
        {"saw": before, "reason": "paper", "n1": "absent"},
        {"saw": before, "reason": "paper", "n9": "late", "n2": "there"},
        {"saw": "1z", "reason": "paper", "n1": "late"},
        {"saw": "a" * 20_000, "reason": "paper", "n1": "late"},
        {"reason": "paper", "n1": "late"},
    ):
        assert browser.post(path, group.page, **fields).status_code == 400
    # a number that is not on the list was never seen
    reply = browser.post(path, group.page, saw=f"{before},9p", n9="late", reason="paper")
    assert reply.status_code == 409
    assert world.values("select count(*) from attendance where source = 'staff'") == [(0,)]


def test_nothing_is_stored_before_the_session_began_or_when_it_is_cancelled(
    world: StaffWorld, group: Sessions
) -> None:
    browser = world.browser("officer")
    for session, words in ((group.to_come, "has not begun"), (group.cancelled, "cancelled")):
        page = f"/training/sessions/{session}"
        shown = browser.get(page).text
        assert (words in shown, "<h2>Enter the roll</h2>" in shown) == (True, False)
        for path, fields in (
            ("roll", {"headcount": "0"}),
            ("not-held", {"why": "weather"}),
            ("correction", {"saw": "1p", "n1": "late", "reason": "paper"}),
        ):
            assert (path, browser.post(f"{page}/{path}", page, **fields).status_code) == (path, 409)
    assert world.values("select count(*) from roll") == [(0,)]
    assert world.values("select count(*) from attendance") == [(0,)]


def test_the_page_says_what_else_is_known(world: StaffWorld, group: Sessions) -> None:
    conn = world.owner
    conn.exec_driver_sql(
        "insert into attendance (training_session_id, participant_id, source, status, assisted, recorded_on)"
        " values (%(s)s, %(p)s, 'self', 'present', false, %(d)s)",
        {"s": group.over, "p": group.women[0], "d": TODAY},
    )
    conn.exec_driver_sql(
        "insert into session_reply values (%(s)s, %(p)s, false, %(d)s, %(d)s)",
        {"s": group.over, "p": group.women[1], "d": TODAY},
    )
    substitute = world.records.coach(
        world.records.number("+250780000301"), world.records.training_group(2), name="<b>Uwera</b>"
    )
    conn.exec_driver_sql(
        "insert into session_substitute values (%(s)s, %(c)s, %(d)s)",
        {"s": group.over, "c": substitute, "d": TODAY},
    )
    conn.commit()
    browser = world.browser("officer")
    page = browser.get(group.page).text
    for words in ("checked in by phone", "said that she can&#39;t come", "&lt;b&gt;Uwera&lt;/b&gt;"):
        assert words in page
    assert world.trail().count((OFFICER, "view", "participant")) == 3
    take(world, group, [])
    assert "Entered by Mukamana Claudine" in browser.get(group.page).text


def test_another_programmes_session_is_not_there(world: StaffWorld, group: Sessions) -> None:
    other = world.owner.exec_driver_sql(
        "insert into programme (slug, service_code, country, time_zone, currency, language)"
        " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
    ).scalar_one()
    world.owner.exec_driver_sql(
        "update training_session set programme_id = %(o)s where id = %(s)s", {"o": other, "s": group.over}
    )
    world.owner.commit()
    browser = world.browser("officer")
    assert browser.get(group.page).status_code == 404
    assert browser.post(f"{group.page}/roll", "/inbox", headcount="3").status_code == 404
    assert browser.post(f"{group.page}/not-held", "/inbox", why="weather").status_code == 404
    assert world.values("select count(*) from roll") == [(0,)]
    assert world.values("select count(*) from session_list") == [(0,)]
