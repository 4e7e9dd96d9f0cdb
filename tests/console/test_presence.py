"""A PIN that is opened and a new number that is confirmed, while she is there."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest

from sms_app.member_number import with_check_digit
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import People
from tests.world.times import NOW

FIRST = with_check_digit(1)
PIN, NUMBER = f"/people/{FIRST}/pin", f"/people/{FIRST}/new-number"
CODE = re.compile(r'id="code">(\d{4})<')


@pytest.fixture
def woman(world: StaffWorld) -> UUID:
    made = People(world).woman()
    world.owner.commit()
    return made


def test_a_pin_is_opened_only_with_her_and_the_code_is_shown_once(world: StaffWorld, woman: UUID) -> None:
    browser = world.browser("officer")
    refused = browser.post(PIN)
    assert (refused.status_code, CODE.search(refused.text)) == (400, None)
    assert world.values("select count(*) from pin_opening") == [(0,)]
    shown = CODE.search(browser.post(PIN, present="y").text)
    assert shown
    ((holder, code, by, used, lasts),) = world.values(
        "select holder_id, code, opened_by, used, expires_at - %(now)s from pin_opening", now=world.time.now
    )
    assert (holder, by, used, lasts) == (woman, "console:officer@example.org", False, timedelta(minutes=10))
    vault = world.records.vault
    assert isinstance(code, bytes | memoryview)
    assert vault.pin_matches(woman, shown[1], bytes(code), "opening")
    # neither a later visit nor the trail has it
    assert CODE.search(browser.get(PIN).text) is None
    assert shown[1] not in str(world.values("select who, what, subject, subject_id from audit_entry"))
    assert world.values("select count(*) from audit_entry where what = 'open_pin'") == [(1,)]


def test_a_new_number_is_hers_after_the_code_of_her_phone(world: StaffWorld, woman: UUID) -> None:
    world.records.claim(woman, "+250780000177", "4321", NOW + timedelta(hours=1))
    world.owner.commit()
    browser = world.browser("officer")
    assert browser.post(NUMBER, code="4321").status_code == 400
    assert browser.post(NUMBER, code="43", present="y").status_code == 400
    wrong = browser.post(NUMBER, code="1234", present="y", confirm="yes")
    assert (wrong.status_code, "No phone shows this code" in wrong.text) == (409, True)
    shown = browser.post(NUMBER, code="4321", present="y").text
    for said in (
        "+250780000177 is her number.",
        "+250780000101 is no number of hers any more.",
        "A text goes to it within some minutes",
    ):
        assert said in shown
    assert world.values("select count(*) from message") == [(0,)]
    assert browser.post(NUMBER, code="4321", present="y", confirm="yes").status_code == 303
    assert browser.post(NUMBER, code="4321", present="y", confirm="yes").status_code == 409
    assert world.values("select kind, people, status from message") == [("number_test", [woman], "planned")]
    page = browser.get(f"/people/{FIRST}?done=new_number").text
    assert ("The number is hers now." in page, "+250780000177" in page, "+250780000101" in page) == (
        True,
        True,
        False,
    )


def test_of_who_left_no_pin_is_opened_and_no_number_confirmed(world: StaffWorld, woman: UUID) -> None:
    world.records.claim(woman, "+250780000177", "4321", NOW + timedelta(hours=1))
    world.owner.exec_driver_sql(
        "update participant set left_on = enrolled_on, left_reason = 'moved', group_id = null, list_number = null"
    )
    world.owner.commit()
    browser = world.browser("officer")
    for address in (PIN, NUMBER):
        assert browser.get(address).status_code == 404
        reply = browser.post(address, "/people", present="y", code="4321", confirm="yes")
        assert reply.status_code == 404
    assert world.values("select count(*) from pin_opening") == [(0,)]
