"""Which role may open what. What is not listed is refused. An application with a route that has no row here, or a row
that has no route, does not start."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

ADMINISTRATOR, OFFICER, SUPERVISOR, RESEARCHER = "administrator", "officer", "supervisor", "researcher"
ROLES = (ADMINISTRATOR, OFFICER, SUPERVISOR, RESEARCHER)
EVERY_ROLE = frozenset(ROLES)
ANYONE = EVERY_ROLE | {""}
"""Also who is not signed in."""
NOBODY: frozenset[str] = frozenset()
FIGURES = EVERY_ROLE
"""Counts by group, with nobody's name."""
NAMES = frozenset({OFFICER, SUPERVISOR})
"""Who works with participants, answers them and sees their names."""
CHANGES = frozenset({OFFICER})
"""Who enrols people, and changes what is stored of them, of groups and of coaches."""


def _changes(*endpoints: str) -> dict[tuple[str, str], frozenset[str]]:
    """The rows of pages that change somebody: the form, and what it sends."""
    return {(endpoint, method): CHANGES for endpoint in endpoints for method in ("GET", "POST")}


TIMETABLE = frozenset({OFFICER})
"""Who plans, moves and cancels sessions and meetings."""
BROADCASTERS = frozenset({OFFICER})
"""Who sends a text to many."""
ACCESS: Mapping[tuple[str, str], frozenset[str]] = {
    ("style", "GET"): ANYONE,
    # the files of Bootstrap-Flask: the pages use none of them by itself
    ("bootstrap.static", "GET"): NOBODY,
    ("sign_in.start", "GET"): ANYONE,
    ("sign_in.start", "POST"): ANYONE,
    ("own.account", "GET"): EVERY_ROLE,
    ("own.password", "POST"): EVERY_ROLE,
    ("own.language", "POST"): EVERY_ROLE,
    ("own.recovery_codes", "POST"): EVERY_ROLE,
    ("own.sign_out", "POST"): EVERY_ROLE,
    ("own.sign_out_everywhere", "POST"): EVERY_ROLE,
    ("accounts.listed", "GET"): frozenset({ADMINISTRATOR}),
    ("accounts.end_sessions", "POST"): frozenset({ADMINISTRATOR}),
    ("trail.page", "GET"): frozenset({ADMINISTRATOR}),
    ("today.overview", "GET"): FIGURES,
    ("today.texts", "GET"): NAMES,
    ("today.rolls", "GET"): NAMES,
    ("today.stopped", "GET"): NAMES,
    ("today.cost_of_month", "GET"): FIGURES,
    ("inbox.open_matters", "GET"): NAMES,
    ("inbox.question", "POST"): NAMES,
    ("inbox.attendance", "POST"): NAMES,
    ("inbox.check_in", "POST"): NAMES,
    ("inbox.follow_up", "POST"): NAMES,
    ("calendar.week", "GET"): NAMES,
    ("calendar.month", "GET"): NAMES,
    ("calendar.day", "GET"): NAMES,
    ("calendar.gathering", "GET"): NAMES,
    ("calendar.change_it", "POST"): TIMETABLE,
    ("calendar.series_form", "GET"): TIMETABLE,
    ("calendar.plan_series", "POST"): TIMETABLE,
    ("calendar.plan_meeting", "GET"): TIMETABLE,
    ("calendar.plan_meeting", "POST"): TIMETABLE,
    ("reach.groups", "GET"): FIGURES,
    ("reach.group", "GET"): NAMES,
    ("people.search", "GET"): NAMES,
    ("people.results", "POST"): NAMES,
    ("people.person", "GET"): NAMES,
    **_changes("changes.move", "changes.leave", "changes.come_back"),
    **_changes("enrolling.enrol", "consents.enter", "presence.open_pin", "presence.confirm_number"),
    ("consents.listed", "GET"): NAMES,
    ("coaches.listed", "GET"): NAMES,
    ("coaches.coach", "GET"): NAMES,
    ("groups.listed", "GET"): NAMES,
    ("cards.card", "GET"): NAMES,
    **_changes("groups.add"),
    **_changes("coaches.add", "coaches.number", "coaches.runs", "coaches.runs_no_more"),
    **_changes("coaches.suspend", "coaches.restore", "coaches.open_pin"),
    **_changes("household.join", "household.leave"),
    **_changes("numbers.give", "numbers.remove", "numbers.mark", "numbers.resume"),
    ("training.overview", "GET"): FIGURES,
    # who may not see names has list numbers
    ("training.group", "GET"): FIGURES,
    ("rolls.session", "GET"): NAMES,
    ("rolls.enter", "POST"): NAMES,
    ("rolls.not_held", "POST"): NAMES,
    ("rolls.correct", "POST"): NAMES,
    ("meetings.listed", "GET"): NAMES,
    ("meetings.count", "GET"): NAMES,
    ("meetings.enter", "POST"): NAMES,
    ("meetings.waiting", "GET"): NAMES,
    ("meetings.confirm", "POST"): NAMES,
    ("people_import.choose", "GET"): CHANGES,
    ("people_import.template", "GET"): CHANGES,
    ("people_import.take", "POST"): CHANGES,
    ("people_import.job", "GET"): CHANGES,
    ("people_law.ask", "GET"): CHANGES,
    ("people_law.copy", "POST"): CHANGES,
    ("people_law.erase", "POST"): CHANGES,
    ("people_merge.compare", "GET"): CHANGES,
    ("people_merge.merge", "POST"): CHANGES,
    ("broadcast.overview", "GET"): BROADCASTERS,
    ("broadcast.script", "GET"): BROADCASTERS,
    ("broadcast.new", "GET"): BROADCASTERS,
    ("broadcast.begin", "POST"): BROADCASTERS,
    ("broadcast.audience", "GET"): BROADCASTERS,
    ("broadcast.texts", "GET"): BROADCASTERS,
    ("broadcast.write", "POST"): BROADCASTERS,
    ("broadcast.look", "POST"): BROADCASTERS,
    ("broadcast.discard", "POST"): BROADCASTERS,
    ("broadcast.keep", "POST"): BROADCASTERS,
    ("broadcast.forget", "POST"): BROADCASTERS,
    ("broadcast.stop", "POST"): BROADCASTERS,
    ("broadcast.check", "GET"): BROADCASTERS,
    ("broadcast.confirm", "POST"): BROADCASTERS,
    ("broadcast.send_back", "POST"): BROADCASTERS,
    ("broadcast.made", "GET"): BROADCASTERS,
    ("broadcast.pause", "POST"): BROADCASTERS,
    ("broadcast.resume", "POST"): BROADCASTERS,
    ("broadcast.cancel", "POST"): BROADCASTERS,
}
"""By endpoint and method. GET stands for HEAD too."""


class RouteWithoutRow(Exception):
    """The routes of the application and the rows of ACCESS differ; the text names them."""


def may(role: str, endpoint: str | None, method: str) -> bool:
    """Whether an account of this role (empty: nobody is signed in) may open this. False for what is not listed."""
    row = (endpoint or "", "GET" if method == "HEAD" else method)
    return role in ACCESS.get(row, frozenset())


def check(app: Flask, rows: Mapping[tuple[str, str], frozenset[str]] = ACCESS) -> None:
    """Compare the routes of an application with the rows. Raises RouteWithoutRow."""
    routes = {
        (rule.endpoint, method) for rule in app.url_map.iter_rules() for method in (rule.methods or ())
    } - {(rule.endpoint, "HEAD") for rule in app.url_map.iter_rules()}
    differing = sorted(routes ^ rows.keys())
    if differing:
        text = ", ".join(f"{method} {endpoint}" for endpoint, method in differing)
        raise RouteWithoutRow(f"these are in the routes or in ACCESS, and not in both: {text}")
