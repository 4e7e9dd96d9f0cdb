"""The settings that differ by sector: its places, its health centre, and the adviser's meetings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sms_app.models.people import MAX_PLACE_LENGTH
from sms_app.programme.calendar import Calendar
from sms_app.programme.yaml_node import Node

MAX_NAME = 20
"""The most characters of a sector's name, since a screen lists four sectors."""
ADVISER_DAYS = 2
"""How many of the adviser's next meetings are shown."""


@dataclass(frozen=True)
class Adviser:
    """The adviser's meetings: at `place`, at the local hour `at`, on the day `first` and every `every_weeks` weeks
    after it."""

    place: str
    first: date
    every_weeks: int
    at: time

    def next_meetings(self, calendar: Calendar, today: date) -> tuple[datetime, ...]:
        """The next two meetings (aware), today's included, without those on days off. Raises ValueError when all
        are."""
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
    """A place's name as screens and texts show it."""
    return f"{district}, {place}"


def read(node: Node, calendar: Calendar) -> Mapping[str, Sector]:
    """Read the sectors of a programme.yaml by name, in its order, and note each fault at its line."""
    by_name = node.items(lambda sector: (sector, _sector(sector, calendar)))
    for name, (sector, _) in by_name.items():
        if len(name) > MAX_NAME:
            sector.fault(f"`{name}` is longer than {MAX_NAME} characters")
    return {name: Sector(name, *rest) for name, (_, rest) in by_name.items()}


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
