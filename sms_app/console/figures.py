"""Figures over hundreds of thousands of rows. One that took long to read is kept in the process for some minutes, and
the page says of when it is; any other is read for each page."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar, cast

SLOW_S, KEPT_S, MAX_KEPT = 0.1, 180.0, 200
T = TypeVar("T")
MAY_TAKE_LONG = "set local statement_timeout = '30s'"
"""For the rest of a transaction: a console's statements have five seconds otherwise."""


@dataclass(frozen=True)
class Figure(Generic[T]):
    """A value, and since when it is kept; None when it was read just now."""

    value: T
    kept_since: datetime | None


@dataclass
class Figures:
    """What took longer than `slow_s` seconds to read is kept for KEPT_S seconds. At most MAX_KEPT are kept."""

    slow_s: float = SLOW_S
    kept: dict[Hashable, tuple[float, datetime, object]] = field(default_factory=dict)

    def take(self, key: Hashable, now: datetime, read: Callable[[], T]) -> Figure[T]:
        """The figure of a key, kept or read. `now` is the service's time."""
        began = time.monotonic()
        until, since, value = self.kept.get(key, (0.0, now, None))
        if began < until:
            return Figure(cast(T, value), since)
        read_now = read()
        ended = time.monotonic()
        if ended - began > self.slow_s:
            if len(self.kept) >= MAX_KEPT:
                self.kept.clear()
            self.kept[key] = (ended + KEPT_S, now, read_now)
        return Figure(read_now, None)
