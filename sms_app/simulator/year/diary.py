"""What is to happen when in a simulated year. A step may put further steps into the diary."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush

Act = Callable[[], object]


class Diary:
    """Steps by their moment; those of the same moment in the order in which they were entered."""

    def __init__(self) -> None:
        self._due: list[tuple[datetime, int, str, Act]] = []
        self._entered = 0

    def at(self, moment: datetime, name: str, act: Act) -> None:
        """Enter a step for a moment (aware). `name` is told when the step goes astray."""
        self._entered += 1
        heappush(self._due, (moment, self._entered, name, act))

    def next_before(self, end: datetime) -> tuple[datetime, str, Act] | None:
        """Take the next step out that is due before a moment; None when there is none."""
        if not self._due or self._due[0][0] >= end:
            return None
        moment, _, name, act = heappop(self._due)
        return moment, name, act
