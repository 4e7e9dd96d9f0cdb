"""Training groups: the list, and adding one."""

from __future__ import annotations

import pytest

from sms_app.console.people import groups
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import key_of
from tests.world.times import TODAY

ADDRESS = "/groups/new"
FIELDS = {"role": "man", "sector": "Kigabiro", "place": "Sibagire", "number": "", "coach": "c1"}
GROUPS = "select number, role, sector, place from training_group order by number"


@pytest.fixture
def key(world: StaffWorld) -> str:
    """The key of a form, in a programme with group 1 and its coach C1."""
    made = world.records.coach(world.records.number("+250780000300"), name="Mukamana <b>Claudine")
    world.owner.exec_driver_sql("update coach set code = 'C1' where id = %(c)s", {"c": made})
    world.owner.commit()
    return key_of(world.browser("officer").get(ADDRESS).text)


def test_groups_are_listed_with_their_coaches(world: StaffWorld, key: str) -> None:
    world.records.training_group(2)
    world.owner.commit()
    for role, changes in (("officer", True), ("supervisor", False)):
        page = world.browser(role).get("/groups").text
        for said in ("Mukamana &lt;b&gt;Claudine", "+250780000300", "no coach", 'href="/training/2"'):
            assert said in page
        assert (ADDRESS in page) == changes
    assert ("console:supervisor@example.org", "view", "coach") in world.trail()
    assert 'href="/groups"' in world.browser("supervisor").get("/people").text


def test_a_page_has_so_many_groups(world: StaffWorld, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "ON_A_PAGE", 2)
    for number in (2, 3, 5):
        world.records.training_group(number)
    world.owner.commit()
    browser = world.browser("officer")
    first, second = browser.get("/groups").text, browser.get("/groups?after=2").text
    assert ("/training/2" in first, "/training/3" in first, "/groups?after=2" in first) == (True, False, True)
    assert ("/training/2" in second, "/training/5" in second, "/groups?after=5" in second) == (
        False,
        True,
        False,
    )
    assert "/training/1" in browser.get("/groups?after=x").text


def test_a_group_is_added_once_with_its_coach(world: StaffWorld, key: str) -> None:
    browser = world.browser("officer")
    shown = browser.post(ADDRESS, **FIELDS, key=key).text
    for said in ("It is group 2.", "Mukamana &lt;b&gt;Claudine (C1) runs group 2", "No text tells"):
        assert said in shown
    assert world.values(GROUPS) == [(1, "woman", "Kigabiro", "Kigabiro")]
    for _ in range(2):
        reply = browser.post(ADDRESS, **FIELDS, key=key, confirm="yes")
        assert (reply.status_code, reply.location) == (303, "/groups?done=group_new")
    assert world.values(GROUPS)[1:] == [(2, "man", "Kigabiro", "Sibagire")]
    coached = (
        "select from_on from group_coach k join training_group g on g.id = k.group_id where g.number = 2"
    )
    assert world.values(coached) == [(TODAY,)]
    assert "The group is added." in browser.get(reply.location).text
    who = "console:officer@example.org"
    assert [what for by, what, _ in world.trail() if by == who and what.endswith("group")] == [
        "add_group",
        "coach_group",
    ]


def test_without_a_coach_the_page_says_so(world: StaffWorld, key: str) -> None:
    fields = {**FIELDS, "coach": "", "number": "40", "key": key}
    shown = world.browser("officer").post(ADDRESS, **fields).text
    assert ("It is group 40." in shown, "Group 40 has no active coach then" in shown) == (True, True)


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"role": "child"}, 400, "Mend what is marked."),
        ({"sector": "Nowhere"}, 400, "Mend what is marked."),
        ({"sector": ""}, 400, '<option value=""></option>'),
        ({"place": ""}, 400, "This is needed."),
        ({"place": "x" * 31}, 400, "This is too long."),
        ({"place": "Gbv house"}, 409, "a word that no text may say"),
        ({"number": "1000"}, 400, "from 1 to 999"),
        ({"number": "x"}, 400, "Mend what is marked."),
        ({"number": "1"}, 409, "There is a group 1 already."),
        ({"coach": "C<9"}, 409, "There is no coach C&lt;9"),
        ({"key": "x"}, 400, "Mend what is marked."),
    ],
)
def test_what_can_not_be_is_said_and_nothing_is_stored(
    world: StaffWorld, key: str, wrong: dict[str, str], status: int, said: str
) -> None:
    reply = world.browser("officer").post(ADDRESS, **{**FIELDS, "key": key, **wrong}, confirm="yes")
    assert (reply.status_code, said in reply.text) == (status, True)
    # what was typed is still there
    assert 'value="Sibagire"' in reply.text or "place" in wrong
    assert len(world.values(GROUPS)) == 1


def test_another_programmes_groups_and_coaches_are_not_here(world: StaffWorld, key: str) -> None:
    """The same key, which is another programme's group, adds nothing there."""
    other = world.other_programme()
    theirs = world.records.training_group(7, programme_id=other)
    world.owner.exec_driver_sql("update coach set programme_id = %(o)s", {"o": other})
    world.owner.commit()
    browser = world.browser("officer")
    assert "/training/7" not in browser.get("/groups").text
    reply = browser.post(ADDRESS, **FIELDS, key=key, confirm="yes")
    assert (reply.status_code, "There is no coach c1" in reply.text) == (409, True)
    for confirm in ({}, {"confirm": "yes"}):
        fields = {**FIELDS, "coach": "", "key": theirs, **confirm}
        assert browser.post(ADDRESS, ADDRESS, **fields).status_code == 404
    assert world.values(GROUPS)[1:] == [(7, "woman", "Kigabiro", "Kigabiro")]
