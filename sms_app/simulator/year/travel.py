"""The travelled time of a simulated year: the whole process takes its time from here, and it never goes back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


class Travel:
    """The present moment of the year; `zone` is the programme's."""

    def __init__(self, start: datetime, zone: ZoneInfo) -> None:
        self._now, self.zone = start.astimezone(UTC), zone

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return self._now

    @property
    def local(self) -> datetime:
        return self._now.astimezone(self.zone)

    @property
    def today(self) -> date:
        """The programme's day."""
        return self.local.date()

    @property
    def week(self) -> date:
        """The Monday of the programme's week."""
        return self.today - timedelta(days=self.today.weekday())

    def to(self, moment: datetime) -> None:
        """Go on to a moment (aware); one that has passed changes nothing."""
        self._now = max(self._now, moment.astimezone(UTC))

    def on(self, seconds: float) -> None:
        """Go on for some seconds."""
        self._now += timedelta(seconds=seconds)
