"""Consents with their papers: the list, and entering one."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from sms_app.member_number import with_check_digit
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import People, key_of
from tests.world.times import TODAY

FIRST = with_check_digit(1)
ADDRESS = f"/people/{FIRST}/consent"
FIELDS = {
    "purpose": "messages",
    "given": "no",
    "version": "2",
    "language": "rw",
    "how": "oral",
    "witness": "Mukamana",
    "taken_by": "Keza",
    "taken_on": TODAY.isoformat(),
    "given_by": "herself",
    "asked_alone": "unknown",
}
STORED = """
select purpose, given, version, language, how, witness, taken_by, taken_on, given_by, asked_alone from consent
where version = '2'
"""


@pytest.fixture
def woman(world: StaffWorld) -> UUID:
    people = People(world)
    made = people.woman()
    people.waiting_text(made)
    world.owner.commit()
    return made


def test_a_consent_is_entered_once_with_its_paper(world: StaffWorld, woman: UUID) -> None:
    browser = world.browser("officer")
    form = browser.get(ADDRESS).text
    key = key_of(form)
    assert f'value="{TODAY.isoformat()}"' in form
    shown = browser.post(ADDRESS, **FIELDS, key=key).text
    for said in ("No text goes to her any more.", "Texts that wait for her now:", "<dd>Mukamana</dd>"):
        assert said in shown
    assert world.values(STORED) == []
    for _ in range(2):
        reply = browser.post(ADDRESS, **FIELDS, key=key, confirm="yes")
        assert (reply.status_code, reply.location) == (303, f"/people/{FIRST}?done=consent")
    assert world.values(STORED) == [
        ("messages", False, "2", "rw", "oral", "Mukamana", "Keza", TODAY, "herself", None)
    ]
    assert world.values("select count(*) from audit_entry where what = 'enter_consent'") == [(1,)]
    page = world.browser("supervisor").get(f"/people/{FIRST}/consents").text
    assert ("Mukamana" in page, "withdrawn" in page, f'href="{ADDRESS}"' in page) == (True, True, False)


def test_what_counts_is_shown(world: StaffWorld, woman: UUID) -> None:
    browser = world.browser("officer")
    key = key_of(browser.get(ADDRESS).text)
    before = {**FIELDS, "given": "no", "taken_on": "2019-01-01", "key": key}
    assert "Another entry counts" in browser.post(ADDRESS, **before).text
    survey = {**FIELDS, "purpose": "surveys", "given": "yes", "key": key}
    assert "No text comes or ends by this." in browser.post(ADDRESS, **survey).text
    check_in = {**FIELDS, "purpose": "check_in", "given": "yes", "key": key}
    assert "The weekly check-in goes to her" in browser.post(ADDRESS, **check_in).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"given": "yes", "witness": " "}, "An oral consent needs a witness."),
        ({"taken_on": (TODAY + timedelta(days=1)).isoformat()}, "This day has not come yet."),
        ({"taken_on": "soon"}, "read: choose or type it again."),
        ({"given_by": "guardian"}, "On this only her own word counts."),
        ({"purpose": "approach_man", "given": "yes"}, "Her man is asked only if she was asked alone."),
        ({"purpose": "spying"}, "read: choose or type it again."),
        ({"version": ""}, "This is needed."),
        ({"how": ""}, "This is needed."),
    ],
)
def test_a_fault_is_marked_and_nothing_is_stored(
    world: StaffWorld, woman: UUID, wrong: dict[str, str], said: str
) -> None:
    browser = world.browser("officer")
    key = key_of(browser.get(ADDRESS).text)
    reply = browser.post(ADDRESS, **{**FIELDS, "key": key, **wrong}, confirm="yes")
    assert (reply.status_code, said in reply.text, 'value="Keza"' in reply.text) == (400, True, True)
    assert world.values(STORED) == []
