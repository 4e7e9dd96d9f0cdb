"""The limit of recipients a second that all workers together may send to, stored in Redis.

The libraries we looked at (limits, pyrate-limiter) use each machine's own clock, so two clocks that differ send too
much, and they refuse more than a second's worth at once. Here a script reserves, by Redis's clock, the first moment at
which n more recipients fit in with all earlier reservations; the caller waits for it.

The log is a sorted set. For each reservation it has the count of recipients with it and before (the score) and its
moment. A caller that wants n more may go a window after the reservation by which all but the last `per_second - n` had
gone. The calls of a second are also spread, so that the calls of two seconds don't meet at the provider: before a call
may go, less than a twentieth of `per_second` must have gone in three quarters of a twentieth of the window.

A provider may take less than the limit that we were told. When it answers that we are too fast (HTTP 429), the rate of
all workers is halved, once for all such answers within a second, and nobody sends for a second. Then the rate grows
evenly, by a hundredth of the limit each second. It is stored in a hash beside the log; `/metrics` shows it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import cast

import redis

KEY = "sms_app:rate"
PACE = f"{KEY}:now"
"""A hash: `limit`; `refused`, the count of the provider's answers that we are too fast; `rate`, the halved rate; `at`,
when it was halved."""
WINDOW_US = 1_050_000
"""More than a second, so that calls that set out a little late don't meet the next second's: 0.952 of the limit."""
PAUSE_US = WINDOW_US // 20 * 3 // 4
"""How long a twentieth keeps the next twentieth waiting. It is less than its share, so that the time in which workers
record and claim is made up for within the same window."""
LATE_S, LOST_S = 0.01, 0.04
"""A call that sets out more than `LATE_S` after its moment moves its entry in the log, so that later calls wait longer.
More than `LOST_S` after it the moment is lost and the call reserves again. Together with the way to the provider its
delay would exceed the margin of the window over a second, and it could meet the next second's calls there."""
RECOVERY = 0.01
"""The part of the limit by which a halved rate grows each second."""
MAX_WAIT_S = 300
AGAIN_S = 0.2
"""Seconds to wait before Redis is asked again after it did not answer."""
_NONSENSE_US = 4 * MAX_WAIT_S * 1_000_000

# The recipients a second that may go now. When the clock was set back, growth begins again.
_ALLOWED = """
local function allowed(key, limit, recovery, now)
  local halved = redis.call('HMGET', key, 'rate', 'at')
  if not halved[1] then return limit end
  if tonumber(halved[2]) > now then
    redis.call('HSET', key, 'at', string.format('%.0f', now))
    halved[2] = now
  end
  return math.min(limit, halved[1] + (now - halved[2]) / 1000000 * limit * recovery)
end
"""
# A member is "<gone>:<microseconds>". If there is none, ARGV[4] says whether there should be: then Redis was emptied,
# and it is not known what went in the last second. The same is true when its clock was set far back. In both cases a
# full second's worth counts as just gone. More than a second's worth at once is written as consecutive windows.
_RESERVE = f"""
{_ALLOWED}
local n, limit, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local window, nonsense = tonumber(ARGV[5]), tonumber(ARGV[6])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local most = math.max(1, math.floor(allowed(KEYS[2], limit, ARGV[7], now)))
local gone, last = 0, 0
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0)[1]
local function at(member) return tonumber(string.match(member, ':(%d+)$')) end
local function write(score, moment)
  redis.call('ZADD', KEYS[1], score, string.format('%.0f:%.0f', score, moment))
end
if newest then
  gone, last = tonumber(string.match(newest, '^(%d+):')), at(newest)
end
if (not newest and ARGV[4] == '1') or last > now + nonsense then
  redis.call('DEL', KEYS[1])
  gone, last = most, now
  write(gone, now)
end
local go = math.max(now, last)
local function wait_for(score, pause)
  if score > 0 then
    go = math.max(go, at(redis.call('ZRANGEBYSCORE', KEYS[1], score, '+inf', 'LIMIT', 0, 1)[1]) + pause)
  end
end
wait_for(gone + math.min(n, most) - most, window)
wait_for(gone + 1 - math.ceil(most / 20), tonumber(ARGV[8]))
if go - now > longest then return {{-1, go - now}} end
redis.call('HSET', KEYS[2], 'limit', limit)
local moment = go
while n > 0 do
  local part = math.min(n, most)
  gone = gone + part
  write(gone, moment)
  n, moment = n - part, moment + window
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', gone - most)
return {{1, go - now, string.format('%.0f:%.0f', gone, moment - window)}}
"""
# Moves the last entry of a reservation to now, when its calls set out later than reserved.
_LATE = """
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return end
local clock, score = redis.call('TIME'), string.match(ARGV[1], '^(%d+):')
local entry = string.format('%s:%.0f', score, clock[1] * 1000000 + clock[2])
redis.call('ZADD', KEYS[1], score, entry)
return entry
"""
# Writes a second's worth as just gone, so that nobody sends for a second.
_SLOW_DOWN = f"""
{_ALLOWED}
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local rate = allowed(KEYS[2], limit, ARGV[3], now)
local before = redis.call('HGET', KEYS[2], 'at')
redis.call('HINCRBY', KEYS[2], 'refused', 1)
redis.call('HSET', KEYS[2], 'limit', limit)
if before and now - before < window then return 0 end
rate = math.max(1, rate / 2)
redis.call('HSET', KEYS[2], 'rate', rate, 'at', string.format('%.0f', now))
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0)[1]
local gone, last = 0, now
if newest then
  gone, last = string.match(newest, '^(%d+):(%d+)$')
  last = math.max(tonumber(last), now)
end
gone = gone + math.floor(rate)
redis.call('ZADD', KEYS[1], gone, string.format('%.0f:%.0f', gone, last))
return 1
"""


@dataclass(frozen=True)
class Pace:
    """The present pace of all workers together: recipients a second, the configured limit, and the count of the
    provider's answers that they are too fast."""

    per_second: float
    limit: int
    refused: int


def pace(client: redis.Redis) -> Pace | None:
    """The present pace; None before anything was sent. Raises RedisError."""
    limit, refused, rate, at = (
        float(value or 0) for value in client.hmget(PACE, ["limit", "refused", "rate", "at"])
    )
    if not limit:
        return None
    seconds, microseconds = client.time()
    grown = max(0.0, seconds + (microseconds - at) / 1_000_000) * limit * RECOVERY
    return Pace(min(limit, rate + grown) if rate else limit, int(limit), int(refused))


class Permit:
    """Leave to send at a moment (`monotonic` seconds). Threads may share it; each call asks `holds` when it sets
    out."""

    def __init__(
        self, moment: float, entry: bytes, monotonic: Callable[[], float], move: Callable[[bytes], bytes]
    ) -> None:
        self._moment, self._entry, self._monotonic, self._move = moment, entry, monotonic, move
        self._lock = Lock()
        self._told = LATE_S

    def holds(self) -> bool:
        """Whether a call may set out now. A late call moves its entry in the log; a call that is too late may not
        go."""
        with self._lock:
            late_s = self._monotonic() - self._moment
            if late_s > LOST_S:
                return False
            if late_s > self._told:
                self._entry = self._move(self._entry)
                self._told = late_s + LATE_S
            return True


class Rate:
    """A limit that all processes on a Redis share: in any second at most `per_second` recipients, spread over the
    second, and fewer after the provider answered that they are too many.

    After a pause a call goes at once, and so do small calls up to a twentieth of `per_second`. When Redis was emptied,
    a Rate that has taken before waits a second; a Rate that never has can't notice it. Tests replace `sleep` and
    `monotonic` (seconds)."""

    def __init__(
        self,
        client: redis.Redis,
        per_second: int,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises ValueError for a rate below 1."""
        if per_second < 1:
            raise ValueError("a rate is at least one a second")
        self._client, self._limit, self._known = client, per_second, per_second
        self._script, self._halve = client.register_script(_RESERVE), client.register_script(_SLOW_DOWN)
        self._move = client.register_script(_LATE)
        self._sleep, self._monotonic = sleep, monotonic
        self._had = False

    def per_second(self) -> int:
        """The present recipients a second, at least 1; the last known value when Redis doesn't answer."""
        try:
            present = pace(self._client)
        except redis.RedisError:
            return self._known
        self._known = max(1, int(min(self._limit, present.per_second))) if present else self._limit
        return self._known

    def slow_down(self) -> None:
        """Halve the rate of all workers after the provider answered that we are too fast, unless it was halved within a
        second. Does nothing when Redis doesn't answer; then nobody can take a permit, either."""
        with suppress(redis.ConnectionError, redis.TimeoutError):
            self._halve(keys=[KEY, PACE], args=[self._limit, WINDOW_US, RECOVERY])

    def take(self, n: int, longest_wait_s: float = 60) -> Permit | None:
        """Wait until n recipients may be sent to at once. None, with nothing taken, when that would take longer than
        `longest_wait_s`, or Redis doesn't answer for so long. Each call asks the permit again when it sets out.

        More than `per_second` recipients go at once, too, and then nobody for as many seconds as they are worth. A
        caller that must never exceed the rate takes no more than that. Raises ValueError outside 1 to 300 seconds'
        worth, or for a wait above 300 s."""
        if not 1 <= n <= MAX_WAIT_S * self._limit or longest_wait_s > MAX_WAIT_S:
            raise ValueError(f"at most {MAX_WAIT_S} seconds' worth, and as long a wait")
        began = self._monotonic()
        while (left := longest_wait_s - (self._monotonic() - began)) >= 0:
            asked = self._monotonic()
            try:
                granted, wait_s, entry = self._reserve(n, left)
            except (redis.ConnectionError, redis.TimeoutError):
                self._sleep(min(AGAIN_S, max(left, 0)) or AGAIN_S)
                continue
            if not granted:
                return None
            if wait_s > 0:
                self._sleep(wait_s)
            permit = Permit(asked + wait_s, entry, self._monotonic, self._move_entry)
            if permit.holds():
                return permit
        return None

    def _move_entry(self, entry: bytes) -> bytes:
        """Move a reservation's last entry to now; gives its new name. When Redis doesn't answer it stays as it is."""
        try:
            return cast(bytes, self._move(keys=[KEY], args=[entry]) or entry)
        except (redis.ConnectionError, redis.TimeoutError):
            return entry

    def _reserve(self, n: int, longest_wait_s: float) -> tuple[bool, float, bytes]:
        """Reserve n: whether it succeeded, in how many seconds, and the reservation's last entry in the log."""
        args = [
            n,
            self._limit,
            int(longest_wait_s * 1_000_000),
            int(self._had),
            WINDOW_US,
            _NONSENSE_US,
            RECOVERY,
            PAUSE_US,
        ]
        granted, wait_us, *entry = self._script(keys=[KEY, PACE], args=args)
        self._had = self._had or granted == 1
        return granted == 1, wait_us / 1_000_000, entry[0] if entry else b""
