"""Planning a savings group's meeting: what follows is shown first, and a form that comes twice plans one."""

from __future__ import annotations

from datetime import datetime
from html import unescape
from uuid import UUID

import pytest

from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import People, key_of
from tests.world.times import NOW

ADDRESS = "/calendar/meeting"
FIELDS = {"group": "Abahuje", "day": "2026-03-13", "hour": "14:00", "hours": "1.5", "place": "Sibagire"}
PLANNED = "select starts_at, ends_at - starts_at, place from planned_meeting"


@pytest.fixture
def key(world: StaffWorld) -> str:
    """The key of a form; the savings group has three members, of whom two get texts."""
    people = People(world)
    women = [people.woman(phone=n != 2) for n in range(3)]
    world.records.cycle(*women)
    world.owner.exec_driver_sql("update savings_group set name = 'Abahuje'")
    world.owner.commit()
    return key_of(world.browser("officer").get(ADDRESS).text)


def test_a_meeting_is_shown_first_and_planned_once(world: StaffWorld, key: str) -> None:
    browser = world.browser("officer")
    shown = unescape(browser.post(ADDRESS, **FIELDS, key=key).text)
    for said in (
        "Meeting of Abahuje: Friday 13/03, 14:00 to 15:30, Sibagire.",
        "3 are expected.",
        "12/03 16:00: reminder before the session or meeting",
        "13/03 11:00: reminder on the day of the session or meeting",
    ):
        assert said in shown
    assert "coach" not in shown
    assert world.values(PLANNED) == []
    for _ in range(2):
        reply = browser.post(ADDRESS, **FIELDS, key=key, confirm="yes")
        assert (reply.status_code, reply.location) == (303, f"/calendar/sessions/{key}?done=meeting_new")
    ((starts, lasts, place),) = world.values(PLANNED)
    assert isinstance(starts, datetime)
    assert (starts.isoformat()[:16], str(lasts), place) == ("2026-03-13T12:00", "1:30:00", "Sibagire")
    page = browser.get(reply.location).text
    assert "The meeting is planned." in page
    assert [what for _, what, subject in world.trail() if subject == "planned_meeting"] == ["plan_meeting"]


def test_the_list_of_savings_groups_fills_in_the_name(world: StaffWorld, key: str) -> None:
    world.owner.exec_driver_sql("update savings_group set name = 'A & <b>'")
    world.owner.commit()
    browser = world.browser("officer")
    assert f"{ADDRESS}?group=A%20%26%20%3Cb%3E" in browser.get("/meetings").text
    assert 'value="A &amp; &lt;b&gt;"' in browser.get(f"{ADDRESS}?group=A%20%26%20%3Cb%3E").text
    assert ADDRESS not in world.browser("supervisor").get("/meetings").text
    assert ADDRESS in browser.get("/calendar").text


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"group": "Nobody"}, 409, "There is no savings group called Nobody"),
        ({"group": ""}, 400, "This is needed."),
        ({"day": "x"}, 400, "This can't be read"),
        ({"day": "9999-12-31"}, 400, "This can't be read"),
        ({"day": "2026-03-10"}, 409, "A meeting starts later than now."),
        ({"day": "2026-03-15"}, 409, "that is a day off"),
        ({"hour": "19:00"}, 409, "the programme's day is from 08:00 to 18:00"),
        ({"hour": ""}, 400, "This is needed."),
        ({"hours": "13"}, 400, "from a quarter of an hour to 12 hours"),
        ({"hours": "nan"}, 400, "from a quarter of an hour to 12 hours"),
        ({"place": "Gbv house"}, 409, "a word that no text may say"),
        ({"key": "x"}, 400, "Mend what is marked."),
    ],
)
def test_what_can_not_be_is_said_and_nothing_is_planned(
    world: StaffWorld, key: str, wrong: dict[str, str], status: int, said: str
) -> None:
    reply = world.browser("officer").post(ADDRESS, **{**FIELDS, "key": key, **wrong}, confirm="yes")
    assert (reply.status_code, said in unescape(reply.text)) == (status, True)
    assert world.values(PLANNED) == []


def test_two_meetings_at_one_time_are_refused_and_a_day_off_is_a_choice(world: StaffWorld, key: str) -> None:
    browser = world.browser("officer")
    sunday = {**FIELDS, "day": "2026-03-15", "anyway": "y", "key": key}
    assert browser.post(ADDRESS, **sunday, confirm="yes").status_code == 303
    second = {**sunday, "key": key_of(browser.get(ADDRESS).text)}
    reply = browser.post(ADDRESS, **second, confirm="yes")
    assert (reply.status_code, "another session or meeting at that time" in reply.text) == (409, True)
    assert len(world.values(PLANNED)) == 1


def test_another_programmes_group_and_meeting_are_not_found(world: StaffWorld, key: str) -> None:
    other = world.other_programme()
    theirs = meeting_of(world, other)
    world.owner.exec_driver_sql("update savings_group set programme_id = %(o)s", {"o": other})
    world.owner.commit()
    browser = world.browser("officer")
    assert browser.post(ADDRESS, **FIELDS, key=key, confirm="yes").status_code == 409
    world.owner.exec_driver_sql("update savings_group set programme_id = %(p)s", {"p": world.programme})
    world.owner.commit()
    # the key is the id of a meeting of theirs
    assert browser.post(ADDRESS, ADDRESS, **FIELDS, key=theirs, confirm="yes").status_code == 404
    assert len(world.values(PLANNED)) == 1


def meeting_of(world: StaffWorld, programme: int) -> UUID:
    made = world.owner.exec_driver_sql(
        "insert into planned_meeting (id, programme_id, savings_group_id, starts_at, ends_at, place)"
        " select gen_random_uuid(), %(p)s, id, %(at)s, %(at)s + interval '1 hour', 'K' from savings_group returning id",
        {"p": programme, "at": NOW},
    ).scalar_one()
    assert isinstance(made, UUID)
    return made
