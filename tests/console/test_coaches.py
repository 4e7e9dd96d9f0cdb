"""Coaches: the list, and each change of one."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import key_of
from tests.world.times import TODAY

CODE = re.compile(r'id="code">(\d{4})<')
RUNS = """
select g.number, k.to_on from group_coach k join coach c on c.id = k.coach_id join training_group g on g.id = k.group_id
where c.code = 'C1' order by g.number
"""


@pytest.fixture
def coach(world: StaffWorld) -> UUID:
    """Coach C1 of group 1, and a group 2 without a coach."""
    made = world.records.coach(world.records.number("+250780000300"), name="Mukamana Claudine")
    world.owner.exec_driver_sql("update coach set code = 'C1' where id = %(c)s", {"c": made})
    world.records.training_group(2)
    world.owner.commit()
    return made


def do(world: StaffWorld, change: str, done: str, **fields: object) -> str:
    """See what a change does, then make it; gives the check page."""
    browser, address = world.browser("officer"), f"/coaches/C1/{change}"
    shown = browser.post(address, **fields).text
    reply = browser.post(address, **fields, confirm="yes")
    assert (reply.status_code, reply.location) == (303, f"/coaches/C1?done={done}")
    assert browser.get(reply.location).status_code == 200
    return shown


def test_coaches_are_listed_with_phones_and_groups(world: StaffWorld, coach: UUID) -> None:
    for role, changes in (("officer", True), ("supervisor", False)):
        browser = world.browser(role)
        page = browser.get("/coaches").text
        for said in ("Mukamana Claudine", "+250780000300", 'href="/coaches/C1"'):
            assert said in page
        assert ("/coaches/new" in page, "/coaches/C1/number" in browser.get("/coaches/c1").text) == (
            changes,
            changes,
        )
    assert world.browser("researcher").get("/coaches").status_code == 404
    assert world.browser("officer").get("/coaches/C9").status_code == 404
    who = "console:supervisor@example.org"
    assert (who, "view", "coach") in world.trail()


def test_a_coach_is_added_once(world: StaffWorld, coach: UUID) -> None:
    browser = world.browser("officer")
    fields = {"name": "Uwera", "number": "0780000301", "key": key_of(browser.get("/coaches/new").text)}
    assert "The code is C2." in browser.post("/coaches/new", **fields).text
    for _ in range(2):
        reply = browser.post("/coaches/new", **fields, confirm="yes")
        assert reply.location == "/coaches/C2?done=coach_new"
    assert world.values("select code from coach order by code") == [("C1",), ("C2",)]
    other = {"name": "Keza", "number": "0780000300", "key": key_of(browser.get("/coaches/new").text)}
    refused = browser.post("/coaches/new", **other, confirm="yes")
    assert (refused.status_code, "a number tells which coach dials" in refused.text) == (409, True)
    assert browser.post("/coaches/new", **{**other, "name": ""}).status_code == 400
    assert browser.post("/coaches/new", **{**other, "code": "C 1!"}).status_code == 400


def test_groups_of_a_coach_begin_and_end(world: StaffWorld, coach: UUID) -> None:
    assert "runs group 2" in do(world, "group", "coach_group", group="2")
    assert "Group 1 has no active coach then" in do(world, "group-ends", "coach_group_ends", group="1")
    assert world.values(RUNS) == [(1, TODAY), (2, None)]
    browser = world.browser("officer")
    assert browser.post("/coaches/C1/group", group="2", confirm="yes").status_code == 400


def test_a_coachs_number_suspension_and_pin(world: StaffWorld, coach: UUID) -> None:
    shown = do(world, "number", "coach_number", number="0780 000 302")
    assert ("everyone&#39;s menu is shown" in shown, "+250780000300" in shown) == (True, True)
    assert "gets no text" in do(world, "number", "coach_number", number="")
    browser = world.browser("officer")
    assert browser.post("/coaches/C1/number", number="12").status_code == 400
    assert CODE.search(browser.post("/coaches/C1/pin", present="y").text)
    assert browser.post("/coaches/C1/pin").status_code == 400
    assert "stay the coach&#39;s until it is ended: 1." in do(world, "suspend", "coach_suspend")
    assert world.values("select suspended_on from coach") == [(TODAY,)]
    for change in ("suspend", "pin"):
        assert browser.get(f"/coaches/C1/{change}").status_code == 404
    do(world, "restore", "coach_restore")
    assert browser.get("/coaches/C1/restore").status_code == 404
    assert world.values("select suspended_on from coach") == [(None,)]
