"""The days and moments of the tests: the week of Monday, 9 March 2026, in Kigali."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

KIGALI = ZoneInfo("Africa/Kigali")
MONDAY, TODAY = date(2026, 3, 9), date(2026, 3, 11)
LONG_AGO = date(2026, 1, 5)
"""When people of tests of planning joined."""
NOW = datetime.combine(TODAY, time(9), UTC)
NOON = datetime.fromisoformat("2026-03-10T12:00:00+02:00")
"""A Tuesday on which everything may be sent."""


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    """A moment of 2026 in Kigali."""
    return datetime(2026, month, day, hour, minute, tzinfo=KIGALI)


def moment(text: str) -> datetime:
    """A moment in Kigali, like `2026-02-27 15:00`."""
    return datetime.fromisoformat(f"{text}+02:00")
