"""When a programme may hold meetings and send messages: its time zone, days off and community work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

SATURDAY = 5
NOON = time(12)
LOOK_AHEAD = 60
# a leap year and the next, since a period may begin in one year and end in the next
SOME_YEAR, TWO_YEARS = date(2028, 1, 1), 731


@dataclass(frozen=True)
class Calendar:
    """A programme's days, in its own time zone. Days of every year are written `MM-DD`; weekdays count from Monday, 0.

    Nothing is held or sent on `quiet_weekdays` and in `quiet_periods` (first and last day; the last day may be in the
    next year). Nothing is held on closed days. Messages are sent only from `opens` to `closes`."""

    zone: ZoneInfo
    opens: time
    closes: time
    quiet_weekdays: frozenset[int]
    quiet_periods: tuple[tuple[str, str], ...]
    closed_every_year: frozenset[str]
    closed_days: frozenset[date]
    community_work_last_saturday: bool

    def day(self, moment: datetime) -> date:
        """The local day of a moment (aware)."""
        return moment.astimezone(self.zone).date()

    def at(self, day: date, hour: time | None = None) -> datetime:
        """A local hour of a day (default midnight) as an aware moment."""
        return datetime.combine(day, hour or time(), self.zone)

    def longest_quiet(self) -> int:
        """The largest number of consecutive days on which nothing is sent, weekdays and periods together."""
        longest = run = 0
        for later in range(TWO_YEARS):
            run = run + 1 if self.is_quiet(SOME_YEAR + timedelta(days=later)) else 0
            longest = max(longest, run)
        return longest

    def is_quiet(self, day: date) -> bool:
        """Whether nothing at all is held or sent on this day."""
        key = f"{day:%m-%d}"
        return day.weekday() in self.quiet_weekdays or any(
            first <= key <= last if first <= last else key >= first or key <= last
            for first, last in self.quiet_periods
        )

    def is_open(self, day: date) -> bool:
        """Whether the programme meets on this day."""
        closed = day in self.closed_days or f"{day:%m-%d}" in self.closed_every_year
        return not closed and not self.is_quiet(day)

    def is_community_work(self, day: date) -> bool:
        """Whether the day's morning is for community work (Umuganda: the last Saturday of each month)."""
        is_last = (day + timedelta(weeks=1)).month != day.month
        return self.community_work_last_saturday and day.weekday() == SATURDAY and is_last

    def day_off(self, day: date) -> str:
        """Why the programme does not meet on a day, or on its morning: `weekday`, `period`, `holiday` or
        `community_work`; empty when it does."""
        if day.weekday() in self.quiet_weekdays:
            return "weekday"
        if self.is_quiet(day):
            return "period"
        if not self.is_open(day):
            return "holiday"
        return "community_work" if self.is_community_work(day) else ""

    def may_meet(self, starts: datetime) -> bool:
        """Whether a session may start at this moment (aware)."""
        local = starts.astimezone(self.zone)
        morning_off = self.is_community_work(local.date()) and local.time() < NOON
        return self.is_open(local.date()) and not morning_off

    def may_send(self, moment: datetime, opens: time | None = None) -> bool:
        """Whether a message may be sent at this moment (aware); `opens` replaces the usual first hour."""
        local = moment.astimezone(self.zone)
        if self.is_quiet(local.date()) or not (opens or self.opens) <= local.time() < self.closes:
            return False
        return not (self.is_community_work(local.date()) and local.time() < NOON)

    def next_send(self, moment: datetime, opens: time | None = None) -> datetime:
        """The first moment, from this one on (aware), at which a message may be sent. Raises ValueError without one."""
        for later in range(LOOK_AHEAD):
            day = self.day(moment) + timedelta(days=later)
            for hour in (opens or self.opens, NOON):
                candidate = max(moment, self.at(day, hour))
                if self.may_send(candidate, opens):
                    return candidate
        raise ValueError("nothing may be sent on any day")

    def next_meetings(
        self, first: date, every_weeks: int, at: time, today: date, count: int
    ) -> tuple[datetime, ...]:
        """The next `count` meetings, as aware moments, today's included. Meetings are held at the local hour `at` on
        the day `first` and every `every_weeks` weeks after it; those at which the programme may not meet are left out.

        Raises ValueError when there are fewer."""
        every = timedelta(weeks=every_weeks)
        start = max(first, first + -((first - today) // every) * every)
        meetings = (self.at(start + n * every, at) for n in range(LOOK_AHEAD))
        upcoming = tuple(islice(filter(self.may_meet, meetings), count))
        if len(upcoming) < count:
            raise ValueError("the meetings are all on days off")
        return upcoming
