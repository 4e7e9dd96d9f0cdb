"""One person's member card to print."""

from __future__ import annotations

import re
from dataclasses import replace

from sms_app.console.app import create_app
from sms_app.member_number import with_check_digit
from sms_app.programme.card_page import keypad
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import People
from tests.world.times import TODAY

CARD = re.compile(r'<div class="member-card">.*?</div>\n', re.DOTALL)


def test_a_card_is_what_the_command_draws_and_has_no_name(world: StaffWorld) -> None:
    People(world).woman()
    world.owner.commit()
    member = with_check_digit(1)
    for role in ("officer", "supervisor"):
        browser = world.browser(role)
        page = browser.get(f"/people/{member}/card").text
        assert f'href="/people/{member}/card"' in browser.get(f"/people/{member}").text
        (card,) = CARD.findall(page)
        assert (f'<div class="member">{member}</div>' in card, "*801#" in card) == (True, True)
        assert card.count('class="way"') == 2
        assert keypad("2") in card
        assert ("Uwase" in page, re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>", " ", card))) == (False, [])
    trail = [(who, what, subject) for who, what, subject in world.trail() if what == "print_cards"]
    assert trail == [
        (f"console:{role}@example.org", "print_cards", "participant") for role in ("officer", "supervisor")
    ]
    for role in ("administrator", "researcher"):
        assert world.browser(role).get(f"/people/{member}/card").status_code == 404


def test_who_left_is_nobody_or_is_another_programmes_has_no_card(world: StaffWorld) -> None:
    people = People(world)
    people.woman(left_on=TODAY, left_reason="moved", group_id=None, list_number=None)
    people.woman()
    world.owner.commit()
    browser = world.browser("officer")
    for member in (with_check_digit(1), "x", "999999"):
        assert browser.get(f"/people/{member}/card").status_code == 404
    assert "/card" not in browser.get(f"/people/{with_check_digit(1)}").text
    world.owner.exec_driver_sql("update participant set programme_id = %(p)s", {"p": world.other_programme()})
    world.owner.commit()
    assert browser.get(f"/people/{with_check_digit(2)}/card").status_code == 404
    assert not any(what == "print_cards" for _, what, _ in world.trail())


def test_without_published_keys_the_page_says_so(world: StaffWorld) -> None:
    People(world).woman()
    world.owner.commit()
    app, world.app = world.app, create_app(replace(world.console, ways={}))
    page = world.browser("officer").get(f"/people/{with_check_digit(1)}/card").text
    world.app = app
    assert ("sms-app flows publish" in page, 'class="way"' in page) == (True, False)
