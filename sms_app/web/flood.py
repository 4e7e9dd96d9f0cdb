"""Slows a number that sends too many hops, in this process and without Redis, so that other numbers are answered.

The limit is far above what a handset can send: 600 hops at once, then 30 a second.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

BURST = 600
PER_SECOND = 30.0
MAX_WAITERS = 2
MAX_NUMBERS = 20_000


class Flood:
    """A token bucket for each number of recent hops. Its key is Python's hash of the number, which each process keys at
    random, so that numbers are not stored."""

    def __init__(
        self,
        sleep: Callable[[float], object],
        burst: int = BURST,
        rate: float = PER_SECOND,
        waiters_most: int = MAX_WAITERS,
    ) -> None:
        """`sleep` takes seconds; `rate` is tokens a second."""
        self._sleep, self._burst, self._rate, self._waiters_most = sleep, float(burst), rate, waiters_most
        self._buckets: OrderedDict[int, tuple[float, float]] = OrderedDict()
        self._waiting = 0
        self._lock = Lock()

    def admit(self, number: str, now: float) -> bool:
        """Admit a hop of a number, after a wait when the number is over its rate. False when the hop should be refused
        because enough hops wait already. `now` is in seconds of any monotonic clock."""
        with self._lock:
            wait = self._take(hash(number), now)
            if wait is None:
                return False
            if wait == 0.0:
                return True
            self._waiting += 1
        try:
            self._sleep(wait)
        finally:
            with self._lock:
                self._waiting -= 1
        return True

    def _take(self, key: int, now: float) -> float | None:
        """Take a token, if necessary in advance. Gives the seconds until it is due, or None when no token can be
        had."""
        tokens, since = self._buckets.get(key, (self._burst, now))
        tokens = min(self._burst, tokens + max(0.0, now - since) * self._rate) - 1.0
        if tokens < 0.0 and self._waiting >= self._waiters_most:
            return None
        self._buckets[key] = (tokens, max(now, since))
        self._buckets.move_to_end(key)
        if len(self._buckets) > MAX_NUMBERS:
            self._buckets.popitem(last=False)
        return max(0.0, -tokens / self._rate)
