"""Forms of a programme with very many groups: the number is typed, and what is no such group is said in plain words."""

from __future__ import annotations

import pytest

from sms_app.console.broadcast import forms
from sms_app.console.people import choosing
from sms_app.member_number import with_check_digit
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import People, key_of

FIRST = with_check_digit(1)
MOVE, ENROL, RUNS = f"/people/{FIRST}/move", "/people/new", "/coaches/C1/group"


@pytest.fixture
def browser(world: StaffWorld, monkeypatch: pytest.MonkeyPatch):
    """An officer's; three groups are many. A woman of group 1, which coach C1 runs; group 2, and group 3 for men."""
    monkeypatch.setattr(choosing, "MAX_OFFERED", 1)
    monkeypatch.setattr(forms, "MAX_CHECKBOXES", 2)
    People(world).woman()
    coach = world.records.coach(world.records.number("+250780000300"))
    world.owner.exec_driver_sql("update coach set code = 'C1' where id = %(c)s", {"c": coach})
    world.records.training_group(2)
    world.records.training_group(3, role="man")
    world.owner.commit()
    return world.browser("officer")


@pytest.mark.parametrize("address", [MOVE, ENROL, RUNS])
def test_the_number_of_a_group_is_typed(browser, address: str) -> None:
    page = browser.get(address).text
    assert ('<option value="2"' in page, "Type its number." in page) == (False, True)
    assert '<input class="form-control" id="group" name="group"' in page


def test_the_check_page_says_which_group_it_is(browser) -> None:
    shown = browser.post(MOVE, group=" 2 ").text
    assert "<dd>Group 2, " in shown
    assert browser.post(MOVE, group=" 2 ", confirm="yes").location == f"/people/{FIRST}?done=move"
    fields = {"name": "Keza", "role": "woman", "contact": "own", "language": "rw", "relation": "other"}
    fields["key"] = key_of(browser.get(ENROL).text)
    assert "<dd>In no group</dd>" in browser.post(ENROL, **fields, group="").text
    assert "<dd>Group 2, " in browser.post(ENROL, **fields, group="2").text
    assert "Group 2, " in browser.post(RUNS, group="2").text


@pytest.mark.parametrize(
    ("address", "group", "said"),
    [
        (MOVE, "9", "There is no group with this number."),
        (MOVE, "99999999999", "There is no group with this number."),
        (MOVE, "-1", "There is no group with this number."),
        (MOVE, "x", "read: choose or type it again."),
        (MOVE, "", "This is needed."),
        (MOVE, "3", "This group is for another role."),
        (MOVE, "1", "This is the group of now."),
        (RUNS, "1", "This is the group of now."),
        (RUNS, "9", "There is no group with this number."),
    ],
)
def test_what_is_no_such_group_is_said(browser, address: str, group: str, said: str) -> None:
    reply = browser.post(address, group=group, confirm="yes")
    assert (reply.status_code, said in reply.text) == (400, True)
    assert f'name="group" value="{group}"' in reply.text


def test_a_group_of_another_programme_is_none(world: StaffWorld, browser) -> None:
    other = world.owner.exec_driver_sql(
        "insert into programme (slug, service_code, country, time_zone, currency, language)"
        " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
    ).scalar_one()
    world.owner.exec_driver_sql(
        "update training_group set programme_id = %(o)s where number = 2", {"o": other}
    )
    world.owner.commit()
    assert "There is no group with this number." in browser.post(MOVE, group="2").text


def test_the_groups_of_a_broadcast_are_typed(world: StaffWorld, browser) -> None:
    page = browser.get("/broadcast/new").text
    assert ('id="groups-2"' in page, "Type numbers, such as" in page) == (False, True)
    fields = {"key": page.partition('name="key" value="')[2].partition('"')[0], "roles": "woman"}
    reply = browser.post("/broadcast/new", **fields, groups="1 - 2, 9, x")
    assert (reply.status_code, "There is no such group: 9, x." in reply.text) == (400, True)
    assert 'value="1 - 2, 9, x"' in reply.text
    assert world.values("select groups from broadcast_proposal") == []
    reply = browser.post("/broadcast/new", **fields, groups="1 - 2; 3")
    assert (reply.status_code, world.values("select groups from broadcast_proposal")) == (303, [([1, 2, 3],)])
    draft = reply.location.removesuffix("/texts")
    assert 'value="1-3"' in browser.get(f"{draft}/audience").text


@pytest.mark.parametrize(
    ("written", "chosen", "unknown"),
    [
        ("", [], []),
        ("3, 7,100-120", [3, 7, 100, 110], []),
        ("110–120 3", [3, 110], []),
        ("4-6", [], ["4-6"]),
        ("7-3", [], ["7-3"]),
        ("0 ٣ 1_0", [], ["0", "٣", "1_0"]),
    ],
)
def test_numbers_and_ranges_are_read(written: str, chosen: list[int], unknown: list[str]) -> None:
    assert forms.read_numbers(written, {3, 7, 100, 110}) == (chosen, unknown)


def test_runs_are_written_as_ranges() -> None:
    assert forms.write_numbers([5, 1, 2, 8, 9, 10]) == "1, 2, 5, 8-10"


def test_coaches_are_listed_by_pages_and_looked_for(
    world: StaffWorld, browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sms_app.console.people.coaches.ON_A_PAGE", 2)
    for n, group in ((2, world.records.group), (3, world.records.training_group(4))):
        coach = world.records.coach(group=group)
        world.owner.exec_driver_sql(
            "update coach set code = %(code)s where id = %(c)s", {"code": f"C{n}", "c": coach}
        )
    world.owner.commit()

    def listed(query: str) -> list[int]:
        page = browser.get(f"/coaches{query}").text
        return [n for n in (1, 2, 3) if f'href="/coaches/C{n}"' in page]

    page = browser.get("/coaches").text
    assert ("/coaches?after=C2" in page, listed(""), listed("?after=C2")) == (True, [1, 2], [3])
    assert (listed("?looked_for=c3"), listed("?looked_for=9%00")) == ([3], [])
    assert "No coach has this code" in browser.get("/coaches?looked_for=9").text
    # who runs group 4
    assert listed("?looked_for=4") == [3]
    (seen,) = world.values("select count(*) from audit_entry where what = 'view' and subject = 'coach'")
    # each coach whom a page showed
    assert seen == (2 + 2 + 1 + 1 + 1,)
