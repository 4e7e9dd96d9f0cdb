"""Attendance by group and week, and a group's people by session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest

from sms_app.console.training import heat
from sms_app.programme.attendance import GroupWeek
from tests.world.staff_console import StaffWorld, counted_on
from tests.world.staff_pages import People, roll_of
from tests.world.times import MONDAY, NOW, TODAY

LAST_WEEK = NOW - timedelta(weeks=1)
"""A Wednesday; its week begins on 2 March."""


@dataclass
class Term:
    """Four women, and sessions of three weeks: the first with a roll, the second without one, this week's to come."""

    women: list[UUID]
    held: UUID
    missing: UUID


@pytest.fixture
def term(world: StaffWorld) -> Term:
    people, records = People(world), world.records
    women = [people.woman(phone=False) for _ in range(4)]
    coach = records.coach(records.number("+250780000300"), name="Mukamana")
    held, missing = records.session(LAST_WEEK), records.session(NOW - timedelta(hours=5), "2222")
    records.session(NOW + timedelta(days=1), "3333")
    roll_of(world, held, coach, [2])
    world.owner.commit()
    return Term(women, held, missing)


def cells(page: str) -> list[str]:
    """What stands in the cells of a group's row."""
    row = re.search(r'<tr><th scope="row"><a href="/training/1">1</a></th>(.*?)</tr>', page, re.DOTALL)
    assert row
    return [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row[1])]


def test_each_cell_has_its_percentage_and_its_class(world: StaffWorld, term: Term) -> None:
    page = world.browser("researcher").get("/training").text
    assert cells(page) == ["75*", *[""] * 11, "75", "?"]
    assert '<td class="w2"><a href="/training/1?week=2026-03-02">75</a></td>' in page
    assert '<td class="w-missing"><a href="/training/1?week=2026-03-09">?</a></td>' in page
    assert "Uwase" not in page


def test_a_year_is_shown_and_earlier_weeks(world: StaffWorld, term: Term) -> None:
    browser = world.browser("officer")
    page = browser.get("/training?span=year").text
    assert len(cells(page)) == 53
    # the term is no longer among the weeks before
    earlier = re.search(r'href="(/training\?[^"]+)">Earlier weeks', page)
    assert earlier
    page = browser.get(earlier[1].replace("&amp;", "&")).text
    assert cells(page) == [""] * 53
    assert "Later weeks" in page
    assert "Later weeks" not in browser.get("/training?span=year&week=2099-01-01").text
    assert cells(browser.get("/training?week=tomorrow").text)[-1] == "?"


def test_groups_are_on_pages_and_of_a_sector(world: StaffWorld, term: Term) -> None:
    for number in range(2, 45):
        world.records.training_group(number, sector="Muhazi" if number == 44 else "Kigabiro")
    world.owner.commit()
    browser = world.browser("officer")
    page = browser.get("/training").text
    assert page.count('<th scope="row"><a href="/training/') == 25
    more = re.search(r'href="(/training\?[^"]+)">More groups', page)
    assert more
    page = browser.get(more[1].replace("&amp;", "&")).text
    assert page.count('<th scope="row"><a href="/training/') == 19
    page = browser.get("/training?sector=Muhazi").text
    assert re.findall(r'<th scope="row"><a href="/training/(\d+)', page) == ["44"]
    assert "There is no such group." in browser.get("/training?sector=<b>").text


def test_a_page_of_a_year_of_many_groups_is_small(world: StaffWorld) -> None:
    records = world.records
    groups = [records.training_group(number) for number in range(2, 40)]
    for group in groups:
        for week in range(1, 52):
            records.session(NOW - timedelta(weeks=week), group_id=group)
    world.owner.commit()
    browser = world.browser("officer")
    for address in ("/training", "/training?span=year"):
        with counted_on(world.console.engine) as statements:
            reply = browser.get(address)
        assert (address, len(reply.data) < 100_000, len(statements) <= 10) == (address, True, True)


def test_a_group_has_its_people_by_session_with_names_for_who_may_see_them(
    world: StaffWorld, term: Term
) -> None:
    page = world.browser("officer").get("/training/1?week=2026-03-02").text
    assert "Uwase 2" in page
    assert ">3/4</td>" in page
    assert f'href="/training/sessions/{term.held}"' in page
    assert str(term.missing) not in page
    assert page.count('<td class="m-absent">A</td>') == 1
    seen = world.trail().count(("console:officer@example.org", "view", "participant"))
    assert seen == 4
    page = world.browser("researcher").get("/training/1").text
    assert ("Uwase" in page, "/people/" in page, "/training/sessions/" in page) == (False, False, False)
    assert re.findall(r'<th scope="row">(\d)</th>', page) == ["1", "2", "3", "4"]
    assert ("console:researcher@example.org", "view", "participant") not in world.trail()


def test_who_left_the_group_is_last_with_her_number_of_then(world: StaffWorld, term: Term) -> None:
    world.owner.exec_driver_sql(
        "update participant set left_on = %(day)s, left_reason = 'moved' where id = %(p)s",
        {"day": TODAY, "p": term.women[0]},
    )
    world.owner.commit()
    page = world.browser("administrator").get("/training/1").text
    assert re.findall(r'<th scope="row">(\(?\d\)?)</th>', page) == ["2", "3", "4", "(1)"]


def test_another_programmes_group_is_not_there(world: StaffWorld, term: Term) -> None:
    other = world.owner.exec_driver_sql(
        "insert into programme (slug, service_code, country, time_zone, currency, language)"
        " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
    ).scalar_one()
    world.records.training_group(7, programme_id=other)
    world.owner.commit()
    browser = world.browser("officer")
    assert [browser.get(f"/training/{n}").status_code for n in ("7", "0", "x", "9999999")] == [404] * 4
    assert "/training/7" not in browser.get("/training").text


@pytest.mark.parametrize(
    ("came", "listed", "text", "level"),
    [
        (90, 100, "90", "w0"),
        (179, 200, "90", "w0"),
        (89, 100, "89", "w1"),
        (4, 5, "80", "w1"),
        (13, 20, "65", "w2"),
        (1, 2, "50", "w3"),
        (49, 100, "49", "w4"),
        (0, 3, "0", "w4"),
    ],
)
def test_a_percentage_has_its_class(came: int, listed: int, text: str, level: str) -> None:
    week = GroupWeek(UUID(int=1), MONDAY, 1, 1, 0, listed, came)
    assert heat.cell([week]) == heat.Cell(text, level)


def test_a_week_without_a_percentage_says_why() -> None:
    def week(sessions: int, held: int, not_held: int, listed: int = 0) -> GroupWeek:
        return GroupWeek(UUID(int=1), MONDAY, sessions, held, not_held, listed, listed)

    assert heat.cell([]) == heat.NOTHING
    assert heat.cell([week(1, 0, 1)]).text == "-"
    assert heat.cell([week(2, 0, 1)]).text == "?"
    assert heat.cell([week(2, 1, 0, 5)]) == heat.Cell("100", "w0", missing=True)
    assert heat.weeks(date(2026, 3, 9), "quarter")[0] == date(2025, 12, 15)
