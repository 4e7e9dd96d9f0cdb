"""Every route, method and role: what is open, and what is refused."""

import re
from collections import defaultdict

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from sms_app.console import access
from sms_app.console.access import ACCESS, ANYONE, ROLES, RouteWithoutRow
from tests.world.staff_console import StaffWorld

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
MADE_UP = "00000000-0000-4000-8000-000000000000"


def addresses(app: Flask) -> dict[str, str]:
    """An address of each endpoint, with an id that nothing has."""
    rules = app.url_map.iter_rules()
    return {rule.endpoint: re.sub(r"<[^>]+>", MADE_UP, rule.rule) for rule in rules}


def bare(reply: TestResponse) -> bytes:
    """A page without the token of its form, which has the time in it."""
    return re.sub(rb'name="csrf_token" value="[^"]+"', b"", reply.data)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_its_row_says_and_nothing_else(world: StaffWorld, role: str) -> None:
    """A refusal is the same 404 as for an address that is not there."""
    browser = world.browser(role)
    missing = browser.get("/nothing-there")
    assert missing.status_code == 404
    sharing = defaultdict(list)
    for endpoint, address in addresses(world.app).items():
        sharing[address].append(endpoint)
    for address in sharing:
        for method in METHODS:
            reply = browser.client.open(address, method=method, environ_base={"REMOTE_ADDR": browser.address})
            allowed = any(role in ACCESS.get((name, method), ()) for name in sharing[address])
            refused = (reply.status_code, bare(reply)) == (404, bare(missing))
            # two routes may share an address; an id that nothing has is not found either
            nobodys = MADE_UP in address and method == "GET"
            assert (address, method, refused) == (address, method, nobodys or not allowed)


def test_a_page_without_its_body_is_for_who_may_open_it(world: StaffWorld) -> None:
    for role, address, status in (
        ("researcher", "/today", 200),
        ("researcher", "/people", 404),
        ("researcher", "/sign-out", 404),
        ("", "/today", 303),
    ):
        reply = world.browser(role).client.head(address, environ_base={"REMOTE_ADDR": "192.0.2.7"})
        assert (role, address, reply.status_code, reply.data) == (role, address, status, b"")


def test_a_stranger_is_sent_to_the_sign_in_from_everywhere(world: StaffWorld) -> None:
    browser = world.browser()
    for address in (*addresses(world.app).values(), "/nothing-there"):
        for method in METHODS:
            reply = browser.client.open(address, method=method)
            endpoint = {"/": "sign_in.start", "/style.css": "style"}.get(address, "")
            if ACCESS.get((endpoint, method)) == ANYONE:
                assert reply.status_code in {200, 400}
            else:
                assert (address, method, reply.status_code, reply.location) == (address, method, 303, "/")


def test_an_application_with_a_route_without_a_row_does_not_start(world: StaffWorld) -> None:
    less = {row: roles for row, roles in ACCESS.items() if row != ("trail.page", "GET")}
    with pytest.raises(RouteWithoutRow, match=r"GET trail\.page"):
        access.check(world.app, less)
    with pytest.raises(RouteWithoutRow, match=r"POST trail\.page"):
        access.check(world.app, {**ACCESS, ("trail.page", "POST"): frozenset(ROLES)})


def test_names_are_for_those_who_work_with_people(world: StaffWorld) -> None:
    """The table itself: read it when it changes."""
    table = {row: "".join(role[0] for role in ROLES if role in roles) for row, roles in ACCESS.items()}
    assert {row for row, roles in table.items() if roles == "a"} == {
        ("accounts.listed", "GET"),
        ("accounts.end_sessions", "POST"),
        ("trail.page", "GET"),
    }
    assert {row for row, roles in table.items() if roles == "os"} == {
        ("today.texts", "GET"),
        ("today.rolls", "GET"),
        ("today.stopped", "GET"),
        ("inbox.open_matters", "GET"),
        ("inbox.question", "POST"),
        ("inbox.attendance", "POST"),
        ("inbox.check_in", "POST"),
        ("inbox.follow_up", "POST"),
        ("calendar.week", "GET"),
        ("calendar.month", "GET"),
        ("calendar.day", "GET"),
        ("calendar.gathering", "GET"),
        ("reach.group", "GET"),
        ("people.search", "GET"),
        ("people.results", "POST"),
        ("people.person", "GET"),
        ("consents.listed", "GET"),
        ("coaches.listed", "GET"),
        ("coaches.coach", "GET"),
        ("groups.listed", "GET"),
        ("cards.card", "GET"),
        ("rolls.session", "GET"),
        ("rolls.enter", "POST"),
        ("rolls.not_held", "POST"),
        ("rolls.correct", "POST"),
        ("meetings.listed", "GET"),
        ("meetings.count", "GET"),
        ("meetings.enter", "POST"),
        ("meetings.waiting", "GET"),
        ("meetings.confirm", "POST"),
    }
    changes_of_one = {
        (endpoint, method)
        for endpoint in (
            *("changes.move", "changes.leave", "changes.come_back"),
            *("enrolling.enrol", "consents.enter", "presence.open_pin", "presence.confirm_number"),
            *("coaches.add", "coaches.number", "coaches.runs", "coaches.runs_no_more"),
            *("coaches.suspend", "coaches.restore", "coaches.open_pin", "groups.add"),
            *("household.join", "household.leave"),
            *("numbers.give", "numbers.remove", "numbers.mark", "numbers.resume"),
        )
        for method in ("GET", "POST")
    }
    # only an officer sends a text to many
    to_many = {row for row in table if row[0].startswith("broadcast.")}
    assert {row for row, roles in table.items() if roles == "o"} == changes_of_one | to_many | {
        ("calendar.change_it", "POST"),
        ("calendar.series_form", "GET"),
        ("calendar.plan_series", "POST"),
        ("calendar.plan_meeting", "GET"),
        ("calendar.plan_meeting", "POST"),
        ("people_import.choose", "GET"),
        ("people_import.template", "GET"),
        ("people_import.take", "POST"),
        ("people_import.job", "GET"),
        ("people_law.ask", "GET"),
        ("people_law.copy", "POST"),
        ("people_law.erase", "POST"),
        ("people_merge.compare", "GET"),
        ("people_merge.merge", "POST"),
    }
    assert {row for row, roles in table.items() if "r" in roles and row[0].partition(".")[0] != "own"} == {
        ("style", "GET"),
        ("sign_in.start", "GET"),
        ("sign_in.start", "POST"),
        ("today.overview", "GET"),
        ("today.cost_of_month", "GET"),
        ("reach.groups", "GET"),
        ("training.overview", "GET"),
        ("training.group", "GET"),
    }
