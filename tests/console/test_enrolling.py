"""Enrolling somebody: what follows is shown first, and one form enrols one person."""

from __future__ import annotations

import pytest

from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import People, key_of

ADDRESS = "/people/new"
FIELDS = {
    "name": "Keza Aline",
    "role": "woman",
    "group": "1",
    "number": "0780 000 101",
    "contact": "household",
    "language": "rw",
    "born_in": "1990",
    "reference": "W77",
    "household": "H12",
    "relation": "woman",
    "village": "Sibagire",
}
STORED = """
select p.reference, p.role, p.list_number, p.contact, p.language, p.birth_year, h.reference, h.village, l.relation
from participant p left join household_link l on l.participant_id = p.id left join household h on h.id = l.household_id
where p.list_number > 1
"""


@pytest.fixture
def key(world: StaffWorld) -> str:
    """The key of a form, and a woman in group 1 on the same number."""
    People(world).woman()
    world.records.training_group(2, role="man")
    world.owner.commit()
    return key_of(world.browser("officer").get(ADDRESS).text)


def test_somebody_is_enrolled_once(world: StaffWorld, key: str) -> None:
    browser = world.browser("officer")
    shown = browser.post(ADDRESS, **FIELDS, key=key).text
    for said in (
        "On the list of group 1 with number 2.",
        "1 other person is reached on this number too.",
        "Household H12 is new",
        "No text goes there before a consent",
        "<dd>Keza Aline</dd>",
        f'name="key" value="{key}"',
    ):
        assert said in shown
    assert world.values(STORED) == []
    first = browser.post(ADDRESS, **FIELDS, key=key, confirm="yes")
    again = browser.post(ADDRESS, **FIELDS, key=key, confirm="yes")
    assert (first.status_code, first.location) == (again.status_code, again.location)
    assert world.values(STORED) == [("W77", "woman", 2, "household", "rw", 1990, "H12", "Sibagire", "woman")]
    page = browser.get(first.location).text
    assert ("Enrolled." in page, "Keza Aline" in page) == (True, True)
    assert world.values("select count(*) from audit_entry where what = 'enrol'") == [(1,)]
    assert "Keza" not in str(world.values("select * from audit_entry"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "This is needed."),
        ({"name": "K" * 81}, "This is too long."),
        ({"role": "child"}, "read: choose or type it again."),
        ({"number": "12"}, "This is no telephone number"),
        ({"born_in": "1890"}, "This is no year of birth"),
        ({"born_in": "old"}, "read: choose or type it again."),
        ({"household": ""}, "A village is a household"),
        ({"household": "H 12"}, "Letters and digits without spaces"),
        ({"key": "x"}, "Mend what is marked."),
        ({"group": "9"}, "There is no group with this number."),
    ],
)
def test_a_fault_is_marked_and_what_was_typed_stays(
    world: StaffWorld, key: str, wrong: dict[str, str], said: str
) -> None:
    reply = world.browser("officer").post(ADDRESS, **{**FIELDS, "key": key, **wrong}, confirm="yes")
    assert (reply.status_code, said in reply.text, 'value="W77"' in reply.text) == (400, True, True)
    assert world.values(STORED) == []


def test_what_the_rules_refuse_is_said(world: StaffWorld, key: str) -> None:
    browser = world.browser("officer")
    for wrong, said in (
        ({"group": "2"}, "Group 2 is for another role."),
        ({"reference": "00018"}, "Somebody else has this reference."),
    ):
        reply = browser.post(ADDRESS, **{**FIELDS, **wrong}, key=key, confirm="yes")
        assert (reply.status_code, said in reply.text) == (409, True)
    assert world.values(STORED) == []


def test_a_name_with_markup_is_escaped(world: StaffWorld, key: str) -> None:
    shown = world.browser("officer").post(ADDRESS, **{**FIELDS, "name": "<b>Keza</b>"}, key=key).text
    assert ("&lt;b&gt;Keza" in shown, "<b>Keza" in shown) == (True, False)
