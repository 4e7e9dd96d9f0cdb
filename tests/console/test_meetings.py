"""A savings meeting's count: entered by one account, confirmed by another, both blind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from sms_app.programme import meeting
from tests.world.console import Browser
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import People, key_of
from tests.world.times import MONDAY, TODAY

LEDGER = "select amount, shares, source, week_of from contribution order by amount"


@dataclass
class Group:
    """A savings group of three with an open cycle, in which a share is worth 200."""

    women: list[UUID]
    cycle: UUID

    @property
    def page(self) -> str:
        return f"/meetings/{self.cycle}"


def made(world: StaffWorld, mode: str = "shares") -> Group:
    people = People(world)
    women = [people.woman(phone=False) for _ in range(3)]
    cycle = world.records.cycle(*women, mode=mode)
    world.owner.exec_driver_sql(
        "update savings_member m set list_number = p.list_number from participant p where p.id = m.participant_id"
    )
    if mode == "free":
        world.owner.exec_driver_sql("update cycle set share_value = 1")
    world.owner.commit()
    return Group(women, cycle)


@pytest.fixture
def group(world: StaffWorld) -> Group:
    return made(world)


def form(
    browser: Browser, group: Group, *values: object, total: object, **changes: object
) -> dict[str, object]:
    """The fields of a count with these values for the numbers from 1 on."""
    key = key_of(browser.get(group.page).text)
    lines = {f"n{n}": value for n, value in enumerate(values, 1)}
    return {"key": key, "day": TODAY.isoformat(), **lines, "total": total, **changes}


def entered(world: StaffWorld, group: Group) -> str:
    """A count of 1, 2 and 0 shares that the officer entered; the address of its confirmation."""
    browser = world.browser("officer")
    reply = browser.post(group.page, group.page, **form(browser, group, 1, 2, 0, total=3))
    assert (reply.status_code, reply.location) == (303, "/meetings?done=entered")
    (row,) = world.values("select id from group_meeting")
    return f"/meetings/counts/{row[0]}"


def test_one_account_enters_and_another_confirms(world: StaffWorld, group: Group) -> None:
    address = entered(world, group)
    assert world.values("select entered_by, entered_on, confirmed_on from group_meeting") == [
        ("console:officer@example.org", TODAY, None)
    ]
    assert world.values("select count(*) from contribution") == [(0,)]
    assert "You entered it" in world.browser("officer").get("/meetings").text
    second = world.browser("supervisor")
    assert f'href="{address}"' in second.get("/meetings").text
    for _ in range(2):
        reply = second.post(address, "/meetings/" + str(group.cycle), total="3")
        assert (reply.status_code, reply.location) == (303, "/meetings?done=confirmed")
    assert world.values(LEDGER) == [
        (0, 0, "meeting", MONDAY),
        (200, 1, "meeting", MONDAY),
        (400, 2, "meeting", MONDAY),
    ]
    assert world.values("select confirmed_by, confirmed_on from group_meeting") == [
        ("console:supervisor@example.org", TODAY)
    ]
    assert world.values("select count(*) from meeting_line") == [(0,)]
    trail = [(who, what) for who, what, subject in world.trail() if subject == "group_meeting"]
    assert trail == [
        ("console:officer@example.org", "enter_meeting"),
        ("console:supervisor@example.org", "confirm_meeting"),
    ]


def test_who_entered_a_count_cannot_confirm_it_or_give_it_back(world: StaffWorld, group: Group) -> None:
    address, browser = entered(world, group), world.browser("officer")
    assert "somebody else confirms it" in browser.get(address).text
    for fields in ({"total": "3"}, {"answer": "give_back"}):
        reply = browser.post(address, "/meetings/" + str(group.cycle), **fields)
        assert (reply.status_code, "you entered this count" in reply.text) == (409, True)
    assert world.values("select count(*) from contribution") == [(0,)]
    assert world.values("select count(*) from meeting_line") == [(3,)]


def test_a_sum_that_differs_is_said_to_differ_and_no_more(world: StaffWorld, group: Group) -> None:
    address, second = entered(world, group), world.browser("supervisor")
    for total in ("4", "600"):
        reply = second.post(address, address, total=total)
        assert (reply.status_code, "another sum" in reply.text) == (409, True)
        # the page shows neither sum
        assert not re.search(rf'value="{total}"|\b600\b', reply.text)
    assert second.post(address, address, total="three").status_code == 400
    assert world.values("select count(*) from contribution") == [(0,)]
    answers = [what for _, what, subject in world.trail() if subject == "group_meeting"]
    assert answers == ["enter_meeting", "sum_differs", "sum_differs"]
    assert second.post(address, address, answer="give_back").location == "/meetings?done=given_back"
    assert world.values("select count(*) from group_meeting") == [(0,)]
    assert second.get(address).status_code == 404
    # the officer enters it anew
    entered(world, group)


def test_lines_that_do_not_fit_are_not_stored_and_stay_in_the_form(world: StaffWorld, group: Group) -> None:
    browser = world.browser("officer")
    for values, changes, status, words in (
        ((1, 2, 0), {"total": 4}, 409, "come to another sum"),
        ((1, 2, ""), {"total": 3}, 400, "write a number for 3"),
        ((1, "x", 0), {"total": 1}, 400, "write a number for 2"),
        ((1, 2, 0), {"total": "-"}, 400, "write the day"),
        ((1, 2, 0), {"total": 3, "day": "soon"}, 400, "write the day"),
        ((1, 2, 0), {"total": 3, "key": "x"}, 400, "write the day"),
        ((1, 6, 0), {"total": 7}, 409, "at most 5 shares"),
        ((1, 2, 0), {"total": 3, "day": TODAY + timedelta(days=1)}, 409, "not to come"),
        ((1, 2, 0), {"total": 3, "day": MONDAY - timedelta(days=1)}, 409, "not before 09/03"),
        ((1, 2, 9 * 10**18), {"total": 3}, 400, "write a number for 3"),
    ):
        reply = browser.post(group.page, group.page, **form(browser, group, *values, **changes))
        assert (words, reply.status_code, words in reply.text) == (words, status, True)
        assert f'name="n1" value="{values[0]}"' in reply.text
    assert world.values("select count(*) from group_meeting") == [(0,)]
    assert world.values("select count(*) from meeting_line") == [(0,)]


def test_the_same_form_twice_is_one_count_and_another_one_of_the_day_is_refused(
    world: StaffWorld, group: Group
) -> None:
    browser = world.browser("officer")
    fields = form(browser, group, 1, 2, 0, total=3)
    for _ in range(2):
        assert browser.post(group.page, group.page, **fields).status_code == 303
    assert world.values("select count(*) from group_meeting") == [(1,)]
    reply = browser.post(group.page, group.page, **form(browser, group, 5, 2, 0, total=7))
    assert (reply.status_code, "entered already" in reply.text) == (409, True)
    assert world.values("select sum(shares) from meeting_line") == [(3,)]


def test_a_count_that_is_entered_by_phone_stays_there(world: StaffWorld, group: Group) -> None:
    conn = world.owner
    conn.exec_driver_sql("update savings_group set training_group_id = %(g)s", {"g": world.records.group})
    coach = world.records.coach(world.records.number("+250780000300"))
    actor = meeting.coach(conn, coach, group.cycle)
    assert meeting.enter(conn, actor, uuid4(), {1: 3}, TODAY) == "kept"
    conn.commit()
    browser = world.browser("officer")
    reply = browser.post(group.page, group.page, **form(browser, group, 1, 1, 1, total=3))
    assert (reply.status_code, "by phone" in reply.text) == (409, True)
    total = meeting.total(conn, group.cycle, TODAY)
    assert total is not None
    assert meeting.finish(conn, actor, uuid4(), total.shares, total.amount, TODAY) == "finished"
    conn.commit()
    (row,) = world.values("select id from group_meeting")
    address = f"/meetings/counts/{row[0]}"
    assert f'href="{address}"' not in browser.get("/meetings").text
    assert browser.post(address, group.page, total="5").status_code == 409
    assert world.values("select count(*) from contribution") == [(0,)]


def test_an_officer_of_the_group_may_confirm_what_an_account_entered(world: StaffWorld, group: Group) -> None:
    entered(world, group)
    world.owner.exec_driver_sql(
        "insert into savings_officer (id, savings_group_id, participant_id, office, from_on)"
        " select gen_random_uuid(), savings_group_id, %(p)s, 'chair', %(d)s from cycle",
        {"p": group.women[0], "d": MONDAY},
    )
    actor = meeting.officer(world.owner, group.women[0])
    waits = meeting.waiting(world.owner, actor)
    assert waits is not None
    assert (waits.shares, waits.amount, waits.own) == (3, 600, False)
    done = meeting.answer(world.owner, group.women[0], waits.id, True, 3, 600, TODAY)
    assert done == "confirmed"


def test_a_group_that_saves_freely_counts_amounts(world: StaffWorld) -> None:
    group = made(world, "free")
    browser = world.browser("officer")
    fields = form(browser, group, "1,500", "2 000", "0", total="3.500")
    assert browser.post(group.page, group.page, **fields).status_code == 303
    (row,) = world.values("select id from group_meeting")
    second = world.browser("supervisor")
    assert second.post(f"/meetings/counts/{row[0]}", total="3500").status_code == 303
    assert [row[:2] for row in world.values(LEDGER)] == [(0, None), (1500, None), (2000, None)]


def test_a_list_that_changed_meanwhile_is_not_counted_halfway(world: StaffWorld, group: Group) -> None:
    browser = world.browser("officer")
    fields = form(browser, group, 1, 2, 0, total=3)
    world.owner.exec_driver_sql(
        "update savings_member set list_number = 7 where participant_id = %(p)s", {"p": group.women[2]}
    )
    world.owner.commit()
    reply = browser.post(group.page, group.page, **fields)
    assert (reply.status_code, "write a number for 7" in reply.text) == (400, True)


def test_another_programmes_group_and_count_are_not_there(world: StaffWorld, group: Group) -> None:
    address = entered(world, group)
    other = world.owner.exec_driver_sql(
        "insert into programme (slug, service_code, country, time_zone, currency, language)"
        " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
    ).scalar_one()
    world.owner.exec_driver_sql("update savings_group set programme_id = %(o)s", {"o": other})
    world.owner.commit()
    browser = world.browser("supervisor")
    for path in (address, group.page):
        assert browser.get(path).status_code == 404
        assert browser.post(path, "/inbox", total="3", key=uuid4(), day=TODAY).status_code == 404
    page = browser.get("/meetings").text
    assert ("No count waits." in page, "No savings group has" in page) == (True, True)
    assert world.values("select count(*) from contribution") == [(0,)]


def test_an_account_that_was_disabled_or_has_another_role_counts_nothing(
    world: StaffWorld, group: Group
) -> None:
    """The database's function looks by itself."""
    call = (
        "select enter_meeting_by_office(%(p)s, %(a)s, %(c)s, gen_random_uuid(), %(d)s, '{1,2,3}', '{1,1,1}', 3,"
        " %(d)s)"
    )
    values = {"p": world.programme, "c": group.cycle, "d": TODAY}
    with world.console.engine.connect() as conn:
        for role, outcome in (
            ("administrator", "refused"),
            ("researcher", "refused"),
            ("officer", "finished"),
        ):
            account = world.account(role).id
            done = conn.exec_driver_sql(call, {**values, "a": account}).scalar_one()
            assert (role, done) == (role, outcome)
        assert conn.exec_driver_sql(call, {**values, "a": uuid4()}).scalar_one() == "refused"
