"""Lives a simulated year day by day: what the diary has, and the ticks of the clock with the sending after them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from sms_app.simulator.year import changes, everyday, sessions
from sms_app.simulator.year.diary import Diary
from sms_app.simulator.year.phones import Astray
from sms_app.simulator.year.post import Post
from sms_app.simulator.year.stage import Stage

HOURS = range(6, 21)
"""The clock ticks at these hours, and half an hour later, when something is due: no text goes before or after them."""
ALWAYS = 8
"""The hour at which it ticks in any case, and plans what is due later."""


@dataclass(frozen=True)
class Machinery:
    """The clock and the sending of the service: `is_due` says whether something is due at a moment, `tick` does what is
    due, `send` does the jobs that it left in the queue."""

    is_due: Callable[[datetime], bool]
    tick: Callable[[datetime], None]
    send: Callable[[], None]
    analyse: Callable[[], None]
    """Let the database count its rows anew: by itself it does so by real time, and a year takes minutes."""


@dataclass
class Year:
    """A year from its first day, a Monday, to its last."""

    stage: Stage
    post: Post
    machinery: Machinery
    seed: int
    first: date
    last: date

    def weeks(self) -> Iterator[int]:
        """Live the year. Gives the number of each week, from 1, when it is over."""
        diary = Diary()
        for n in range((self.last - self.first).days + 1):
            self._live(diary, self.first + timedelta(days=n), n)
            if n % 7 == 6:
                yield n // 7 + 1
        self.post.finish(self.stage)
        self._tick()
        # what the last tick sent is reported, too
        self.post.finish(self.stage)

    def _live(self, diary: Diary, day: date, n: int) -> None:
        stage = self.stage
        stage.travel.to(self._at(day, time(5)))
        stage.random = Random(f"{self.seed} {n}")  # noqa: S311 (invented people have no secrets)
        for hour in HOURS:
            diary.at(self._at(day, time(hour)), "a tick", self._tick if hour == ALWAYS else self._tick_if_due)
            diary.at(self._at(day, time(hour, 30)), "a tick", self._tick_if_due)
        if n % 7 == 0:
            self.machinery.analyse()
            changes.plan(stage, diary, n // 7, day, self.post)
        for session in stage.world.sessions:
            if session.starts_at.astimezone(stage.travel.zone).date() == day:
                sessions.plan(stage, diary, session, self.last)
        everyday.plan(stage, diary, day, self.last)
        end = self._at(day + timedelta(days=1), time(5))
        while (step := diary.next_before(end)) is not None:
            moment, name, act = step
            stage.travel.to(moment)
            try:
                act()
            except Astray as astray:
                stage.tally.astray[f"{name}: {astray}"] += 1

    def _tick_if_due(self) -> None:
        if self.machinery.is_due(self.stage.travel.now()):
            self._tick()

    def _tick(self) -> None:
        # what the reports of the last tick did is there before the next one, in every run
        self.stage.web_process.wait()
        self.machinery.tick(self.stage.travel.now())
        self.machinery.send()
        self.post.collect(self.stage)

    def _at(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, self.stage.travel.zone)
