"""Looking for somebody, and what the office sees of her."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import create_engine

from sms_app.console.people.pages import MAX_LISTED, warm_up
from sms_app.member_number import with_check_digit
from sms_app.programme import consent as consents
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import People
from tests.world.times import NOW, TODAY

FIRST, SECOND = with_check_digit(1), with_check_digit(2)


@pytest.fixture
def women(world: StaffWorld) -> list[UUID]:
    people = People(world)
    made = [people.woman(), people.woman(stopped=True), people.woman(phone=False, consent=False)]
    world.owner.commit()
    return made


@pytest.mark.parametrize(
    ("looked_for", "members"),
    [
        ("uwase 2", [SECOND]),
        ("UWASE", [FIRST, SECOND, with_check_digit(3)]),
        (FIRST, [FIRST]),
        ("0780000102", [SECOND]),
        ("+250780000101", [FIRST]),
        ("+250780000199", []),
        ("Nobody", []),
    ],
)
def test_somebody_is_found_by_name_number_or_member_number(
    world: StaffWorld, women: list[UUID], looked_for: str, members: list[str]
) -> None:
    page = world.browser("officer").post("/people", looked_for=looked_for).text
    assert [
        number for number in map(with_check_digit, (1, 2, 3)) if f'href="/people/{number}"' in page
    ] == members
    assert ("Nobody was found." in page) == (not members)


def test_who_was_seen_is_in_the_trail_and_what_was_typed_is_not(world: StaffWorld, women: list[UUID]) -> None:
    browser = world.browser("officer")
    browser.post("/people", looked_for="Uwase 2")
    browser.get(f"/people/{FIRST}")
    entries = "select what, subject, subject_id from audit_entry where who like 'console:%%' order by id"
    assert world.values(entries)[1:] == [
        ("find", "programme", str(world.programme)),
        ("view", "participant", str(women[1])),
        ("show", "participant", str(women[0])),
    ]
    assert "Uwase" not in str(world.values("select * from audit_entry"))


def test_a_name_with_markup_and_an_empty_search_are_harmless(world: StaffWorld) -> None:
    world.records.participant(1, "<b>Uwase</b>")
    world.owner.commit()
    browser = world.browser("officer")
    page = browser.post("/people", looked_for="<b>").text
    assert ("&lt;b&gt;Uwase" in page, "<b>Uwase" in page) == (True, False)
    assert "Nobody was found." in browser.post("/people", looked_for="  ").text
    assert world.values("select count(*) from audit_entry where what = 'find'") == [(1,)]


def test_a_persons_page(world: StaffWorld, women: list[UUID]) -> None:
    session = world.records.session(NOW - timedelta(days=1))
    world.owner.exec_driver_sql(
        "insert into session_list values (%(s)s, %(p)s, 1)", {"s": session, "p": women[1]}
    )
    world.owner.exec_driver_sql(
        "insert into attendance (training_session_id, participant_id, source, status, assisted, recorded_on)"
        " values (%(s)s, %(p)s, 'coach', 'late', false, %(d)s)",
        {"s": session, "p": women[1], "d": TODAY},
    )
    world.owner.exec_driver_sql("update participant set pin = 'a' where id = %(p)s", {"p": women[0]})
    people = People(world)
    people.text(women[1], "failed", NOW - timedelta(hours=1), reason="user_is_inactive")
    world.owner.commit()
    browser = world.browser("supervisor")
    page = browser.get(f"/people/{SECOND}").text
    for said in (
        "Uwase 2",
        "+250780000102",
        "texts to the number are stopped",
        "came late",
        "failed, the phone is off or the number is not in use",
        "<dt>PIN</dt><dd>none</dd>",
        "<dt>texts</dt>",
    ):
        assert said in page
    assert "<dt>PIN</dt><dd>set</dd>" in browser.get(f"/people/{FIRST}").text
    third = browser.get(f"/people/{with_check_digit(3)}").text
    assert ("No consent is entered" in third, "No text went to her numbers" in third) == (True, True)


def test_nobody_and_somebody_of_another_programme_are_not_found(world: StaffWorld, women: list[UUID]) -> None:
    other = world.owner.exec_driver_sql(
        "insert into programme (slug, service_code, country, time_zone, currency, language)"
        " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
    ).scalar_one()
    world.owner.exec_driver_sql(
        "update participant set programme_id = %(o)s, group_id = null, list_number = null where id = %(p)s",
        {"o": other, "p": women[0]},
    )
    world.owner.commit()
    browser = world.browser("officer")
    for member in (FIRST, "99999", "x", "%00", "%C3%A9"):
        assert browser.get(f"/people/{member}").status_code == 404
    assert f"/people/{FIRST}" not in browser.post("/people", looked_for="Uwase").text


def test_many_people_of_one_name_are_not_all_listed(world: StaffWorld) -> None:
    for n in range(1, MAX_LISTED + 4):
        world.records.participant(n, "Uwase")
    world.owner.commit()
    page = world.browser("officer").post("/people", looked_for="uwase").text
    assert len(re.findall(r'href="/people/\d', page)) == MAX_LISTED
    assert "3 more: type more of the name." in page


def test_the_search_page_opens_the_names_in_the_background(world: StaffWorld, women: list[UUID]) -> None:
    console = replace(world.console, opens_names_early=True)
    thread = warm_up(console, world.programme)
    assert thread
    thread.join(60)
    assert console.names.is_open(world.programme)
    assert warm_up(console, world.programme) is None


def test_names_are_opened_in_the_background_by_one_thread(world: StaffWorld, women: list[UUID]) -> None:
    console = replace(world.console, opens_names_early=True)
    with console.names.early:
        assert warm_up(console, world.programme) is None
    thread = warm_up(console, world.programme)
    assert thread
    thread.join(60)
    assert not console.names.early.locked()


def test_names_that_cannot_be_opened_in_the_background_stop_nothing(
    world: StaffWorld, women: list[UUID]
) -> None:
    engine = create_engine("postgresql+psycopg://nobody@/none?host=/nonexistent")
    thread = warm_up(replace(world.console, engine=engine, opens_names_early=True), world.programme)
    assert thread
    thread.join(60)
    assert (thread.is_alive(), world.console.names.is_open(world.programme)) == (False, False)
    # and the next one tries again
    assert not world.console.names.early.locked()
    assert f'href="/people/{SECOND}"' in world.browser("officer").post("/people", looked_for="uwase 2").text


def test_every_purpose_and_role_has_its_words(world: StaffWorld) -> None:
    texts = next(iter(world.console.programmes.values())).texts
    for language in ("en", "rw"):
        assert all(texts.sentence(language, f"consent.{purpose}") for purpose in consents.PURPOSES)
