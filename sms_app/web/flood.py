"""One number that floods is slowed, in this process and without Redis, so that the others are answered.

Far above what any handset can send: 600 hops at once, then 30 a second.
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
    """A token bucket for each number seen lately. Keyed by Python's hash, which a process keys at random: the
    numbers themselves are not kept."""

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
        """Let one hop of a number through, after a wait when it is over its rate; False when it should be turned
        away, since enough others wait already. `now` is in seconds of any steady clock."""
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
        """Take a token, ahead of its time if need be: the seconds until it is due, None when it is not to be had."""
        tokens, since = self._buckets.get(key, (self._burst, now))
        tokens = min(self._burst, tokens + max(0.0, now - since) * self._rate) - 1.0
        if tokens < 0.0 and self._waiting >= self._waiters_most:
            return None
        self._buckets[key] = (tokens, max(now, since))
        self._buckets.move_to_end(key)
        if len(self._buckets) > MAX_NUMBERS:
            self._buckets.popitem(last=False)
        return max(0.0, -tokens / self._rate)
