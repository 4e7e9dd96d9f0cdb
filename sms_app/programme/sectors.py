"""What differs by sector: its places, its health centre, and when the adviser meets people there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sms_app.models.people import MAX_PLACE_LENGTH
from sms_app.programme.calendar import Calendar
from sms_app.programme.yaml_node import Node

MAX_NAME = 20
"""Characters of a sector's name: four of them stand on one screen."""
ADVISER_DAYS = 2
"""How many of the adviser's next days are told."""


@dataclass(frozen=True)
class Adviser:
    """When and where the adviser meets people: at a local hour, on a first day and every so many weeks after it."""

    place: str
    first: date
    every_weeks: int
    at: time

    def next_meetings(self, calendar: Calendar, today: date) -> tuple[datetime, ...]:
        """The next two meetings, today's included (aware), days off left out."""
        return calendar.next_meetings(self.first, self.every_weeks, self.at, today, ADVISER_DAYS)


@dataclass(frozen=True)
class Sector:
    """A sector of the programme. `places` are where its groups meet."""

    name: str
    district: str
    places: tuple[str, ...]
    health_centre: str
    adviser: Adviser


def place_name(district: str, place: str) -> str:
    """How a place is told on every screen and text."""
    return f"{district}, {place}"


def read(node: Node, calendar: Calendar) -> Mapping[str, Sector]:
    """The sectors of a programme.yaml by name, in its order; what can't be used is a fault at its line."""
    found = node.items(lambda sector: (sector, _sector(sector, calendar)))
    for name, (sector, _) in found.items():
        if len(name) > MAX_NAME:
            sector.fault(f"`{name}` is longer than {MAX_NAME} characters")
    return {name: Sector(name, *rest) for name, (_, rest) in found.items()}


def _sector(node: Node, calendar: Calendar) -> tuple[str, tuple[str, ...], str, Adviser]:
    part = node.parts(("district", "places", "health_centre", "adviser"))
    district, places = part["district"].text(), part["places"].each(Node.text)
    for place in places:
        if len(place_name(district, place)) > MAX_PLACE_LENGTH:
            part["places"].fault(
                f"`{place_name(district, place)}` is longer than {MAX_PLACE_LENGTH} characters"
            )
    centre = _short(part["health_centre"])
    return district, places, centre, _adviser(part["adviser"], places, calendar)


def _adviser(node: Node, places: tuple[str, ...], calendar: Calendar) -> Adviser:
    part = node.parts(("place", "first", "every_weeks", "at"))
    adviser = Adviser(
        _short(part["place"]), part["first"].day(), part["every_weeks"].whole(1, 26), part["at"].clock()
    )
    if adviser.place and adviser.place not in places:
        part["place"].fault(f"`{adviser.place}` is none of the sector's places")
    try:
        adviser.next_meetings(calendar, adviser.first)
    except ValueError:
        node.fault("the adviser's days are all days off")
    return adviser


def _short(node: Node) -> str:
    text = node.text()
    if len(text) > MAX_PLACE_LENGTH:
        node.fault(f"`{text}` is longer than {MAX_PLACE_LENGTH} characters")
    return text
