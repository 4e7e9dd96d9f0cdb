"""The inbox: each matter has an answer, which the functions of the commands store; twice is once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from sms_app import models
from sms_app.console.inbox.pages import MATTERS, MOST, ON_A_PAGE
from sms_app.programme import disputes, follow_ups, roll
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import People
from tests.world.times import KIGALI, NOW, TODAY

BEFORE = NOW - timedelta(hours=3)


@dataclass
class Matters:
    """What waits: a question, an absence of who checked in herself, a follow-up, and a reply that she can't come."""

    women: list[UUID]
    session: UUID
    question: UUID
    follow_up: UUID


@pytest.fixture
def matters(world: StaffWorld) -> Matters:
    people, records = People(world), world.records
    women = [people.woman(phone=False, list_number=n) for n in (1, 2, 3)]
    coach = records.coach(records.number("+250780000300"), name="Mukamana")
    session = records.session(BEFORE)
    conn = world.owner
    conn.exec_driver_sql(
        "insert into attendance (training_session_id, participant_id, source, status, assisted, recorded_on)"
        " values (%(s)s, %(p)s, 'self', 'present', false, %(d)s)",
        {"s": session, "p": women[0], "d": TODAY},
    )
    conn.exec_driver_sql(
        "insert into session_reply values (%(s)s, %(p)s, false, %(d)s, %(d)s)",
        {"s": session, "p": women[1], "d": TODAY},
    )
    assert roll.store(conn, coach, session, [1, 2], 1, NOW, TODAY) == "stored"
    question = uuid4()
    disputes.raise_dispute(conn, question, women[2], "attendance", TODAY - timedelta(days=3))
    follow_up = records.add(
        models.FollowUp,
        participant_id=women[2],
        training_session_id=session,
        reason="absent_twice",
        raised_on=TODAY,
    )
    conn.commit()
    return Matters(women, session, question, follow_up)


def row(number: int, **changes: object) -> dict[str, object]:
    """What the form of a number on the session's list sends."""
    at = BEFORE.astimezone(KIGALI)
    return {"group": 1, "day": at.date(), "hour": f"{at:%H:%M}", "number": number, **changes}


def test_the_page_has_each_matter_by_list_number_and_no_name(world: StaffWorld, matters: Matters) -> None:
    page = world.browser("officer").get("/inbox").text
    assert "Group 1, no. 3</strong>: the attendance is not right" in page
    assert "since 3 days" in page
    assert "The roll says absent." in page
    assert page.count("Group 1, no. 2") == 1
    assert "Uwase" not in page


def test_a_question_is_answered_once(world: StaffWorld, matters: Matters) -> None:
    browser, path = world.browser("officer"), f"/inbox/questions/{matters.question}"
    reply = browser.post(path, "/inbox", answer="right")
    assert reply.location == "/inbox?done=stored"
    assert "Stored." in browser.get(reply.location).text
    assert world.values("select answer from dispute") == [("right",)]
    assert ("console:officer@example.org", "answer", "dispute") in world.trail()
    second = browser.post(path, "/inbox", answer="corrected")
    assert (second.status_code, "somebody answered it meanwhile" in second.text) == (409, True)
    assert world.values("select answer from dispute") == [("right",)]
    assert "No question is open." in browser.get("/inbox").text


def test_a_mismatch_is_settled_by_the_office_s_word(world: StaffWorld, matters: Matters) -> None:
    browser = world.browser("supervisor")
    assert browser.post("/inbox/attendance", "/inbox", said="absent", **row(1)).location
    present = "select status, source from presence where participant_id = %(p)s"
    assert world.values(present, p=matters.women[0]) == [("absent", "staff")]
    assert "Every check-in matches its roll." in browser.get("/inbox").text
    # and it can be said again
    assert browser.post("/inbox/attendance", "/inbox", said="late", **row(1)).location
    assert world.values(present, p=matters.women[0]) == [("late", "staff")]
    assert ("console:supervisor@example.org", "correct_roll", "training_session") in world.trail()


def test_who_said_that_she_cannot_come_is_excused(world: StaffWorld, matters: Matters) -> None:
    browser = world.browser("officer")
    assert browser.post("/inbox/attendance", "/inbox", said="excused", **row(2)).location
    assert "Nobody said that she can&#39;t come." in browser.get("/inbox").text


def test_a_reply_to_a_session_that_has_not_begun_waits(world: StaffWorld, matters: Matters) -> None:
    session = world.records.session(NOW + timedelta(hours=5), "7777")
    world.owner.exec_driver_sql(
        "insert into session_reply values (%(s)s, %(p)s, false, %(d)s, %(d)s)",
        {"s": session, "p": matters.women[0], "d": TODAY},
    )
    world.owner.commit()
    browser = world.browser("officer")
    assert "not begun: her coach knows how many" in browser.get("/inbox").text
    at = (NOW + timedelta(hours=5)).astimezone(KIGALI)
    reply = browser.post("/inbox/attendance", "/inbox", said="excused", **row(1, hour=f"{at:%H:%M}"))
    assert reply.status_code == 409
    assert world.values("select count(*) from attendance where source = 'staff'") == [(0,)]


def test_a_follow_up_is_closed_once_with_what_was_heard(world: StaffWorld, matters: Matters) -> None:
    browser, path = world.browser("officer"), f"/inbox/follow-ups/{matters.follow_up}"
    assert browser.post(path, "/inbox", heard="comes_again").location
    assert world.values("select answer, closed_on from follow_up") == [("comes_again", TODAY)]
    assert browser.post(path, "/inbox", heard="not_found").status_code == 409
    assert world.values("select answer from follow_up") == [("comes_again",)]
    assert world.trail().count(("console:officer@example.org", "close_follow_up", "follow_up")) == 1


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/inbox/questions/{question}", {}),
        ("/inbox/questions/{question}", {"answer": "maybe"}),
        ("/inbox/follow-ups/{follow_up}", {"heard": "<b>"}),
        ("/inbox/attendance", row(1, said="there")),
        ("/inbox/attendance", row(0, said="late")),
        ("/inbox/attendance", row(1, said="late", day="yesterday")),
        ("/inbox/attendance", {"said": "late"}),
    ],
)
def test_what_is_no_answer_is_not_stored(
    world: StaffWorld, matters: Matters, path: str, fields: dict[str, object]
) -> None:
    path = path.format(question=matters.question, follow_up=matters.follow_up)
    reply = world.browser("officer").post(path, "/inbox", **fields)
    assert (reply.status_code, "choose one of the answers" in reply.text) == (400, True)
    assert world.values("select count(*) from attendance where source = 'staff'") == [(0,)]


def test_another_programmes_matters_are_not_shown_and_not_answered(
    world: StaffWorld, matters: Matters
) -> None:
    other = world.owner.exec_driver_sql(
        "insert into programme (slug, service_code, country, time_zone, currency, language)"
        " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
    ).scalar_one()
    world.owner.exec_driver_sql("update participant set programme_id = %(p)s, group_id = null", {"p": other})
    world.owner.commit()
    browser = world.browser("officer")
    page = browser.get("/inbox").text
    assert ("No question is open." in page, "without an answer" in page) == (True, True)
    assert browser.post(f"/inbox/questions/{matters.question}", "/inbox", answer="right").status_code == 409
    assert (
        browser.post(f"/inbox/follow-ups/{matters.follow_up}", "/inbox", heard="not_found").status_code == 409
    )
    assert browser.post("/inbox/questions/x", "/inbox", answer="right").status_code == 404


def test_an_empty_inbox_says_that_nothing_waits(world: StaffWorld) -> None:
    page = world.browser("officer").get("/inbox").text
    for said in ("No question is open.", "Every check-in matches", "without an answer", "Nobody said that"):
        assert said in page


def test_every_code_of_an_answer_has_its_words(world: StaffWorld) -> None:
    texts = next(iter(world.console.programmes.values())).texts
    codes = {
        "answer": disputes.ANSWERS,
        "dispute": disputes.ABOUT,
        "heard": follow_ups.HEARD,
        "said": roll.STATUSES,
        "mismatch": ("absent", "excused", "not_held"),
    }
    for language in ("en", "rw"):
        for prefix, values in codes.items():
            assert all(texts.sentence(language, f"{prefix}.{value}") for value in values)


def test_a_check_in_that_matches_nobody_is_dealt_with_once(world: StaffWorld, matters: Matters) -> None:
    values = {"s": matters.session, "d": TODAY}
    world.owner.exec_driver_sql("insert into unmatched_check_in values (%(s)s, '99999', %(d)s)", values)
    world.owner.commit()
    browser = world.browser("officer")
    page = browser.get("/inbox").text
    assert ("99999" in page, "Ask the coach who it was" in page) == (True, True)
    fields = {"session": matters.session, "member": "99999"}
    assert browser.post("/inbox/check-ins", "/inbox", **fields).location == "/inbox?done=stored"
    assert "99999" not in browser.get("/inbox").text
    assert browser.post("/inbox/check-ins", "/inbox", **fields).status_code == 409
    assert world.values(
        "select who, subject, subject_id from audit_entry where what = 'settle_check_in'"
    ) == [("console:officer@example.org", "training_session", str(matters.session))]
    for bad in ({"session": "x"}, {"member": ""}, {"member": "9" * 41}):
        assert browser.post("/inbox/check-ins", "/inbox", **{**fields, **bad}).status_code == 400
    other = world.owner.exec_driver_sql(
        "insert into programme (slug, service_code, country, time_zone, currency, language)"
        " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
    ).scalar_one()
    world.owner.exec_driver_sql("insert into unmatched_check_in values (%(s)s, '99999', %(d)s)", values)
    world.owner.exec_driver_sql("update training_session set programme_id = %(p)s", {"p": other})
    world.owner.commit()
    assert browser.post("/inbox/check-ins", "/inbox", **fields).status_code == 409


def test_a_long_inbox_shows_its_oldest_matters_first_and_all_by_pages(world: StaffWorld) -> None:
    people, many = People(world), ON_A_PAGE + 3
    for n in range(many):
        day = TODAY - timedelta(days=n)
        disputes.raise_dispute(world.owner, uuid4(), people.woman(phone=False), "shares", day)
    world.owner.commit()
    browser, form = world.browser("officer"), 'action="/inbox/questions/'
    page = browser.get("/inbox").text
    assert (page.count(form), f"({many})" in page, f"Show all ({many})" in page) == (MOST, True, True)
    assert (f"since {many - 1} days" in page, "since 3 days" in page) == (True, False)
    first, second = (browser.get(f"/inbox?matter=questions&page={n}").text for n in (1, 2))
    assert (first.count(form), second.count(form)) == (ON_A_PAGE, 3)
    assert ("page=2" in first, "page=0" in first, "page=3" in second, "page=1" in second) == (
        True,
        False,
        False,
        True,
    )
    assert ("since 2 days" in second, "Absent twice" in second) == (True, False)
    for strange in ("page=x", "page=0", "page=99999"):
        assert browser.get(f"/inbox?matter=questions&{strange}").text.count(form) == ON_A_PAGE
    assert browser.get("/inbox?matter=questions&page=999").text.count(form) == 0
    assert "Absent twice" in browser.get("/inbox?matter=nothing").text


@pytest.mark.parametrize("matter", MATTERS)
def test_an_answer_on_the_page_of_one_matter_leads_back_there(
    world: StaffWorld, matters: Matters, matter: str
) -> None:
    browser, at = world.browser("officer"), f"/inbox?matter={matter}&page=1"
    assert browser.get(at).status_code == 200
    reply = browser.post(f"/inbox/questions/{matters.question}", at, answer="right", form_page=at)
    assert reply.location == f"/inbox?done=stored&matter={matter}"
    page = browser.get(reply.location).text
    assert ("Stored." in page, "Back to all that waits" in page) == (True, True)
