"""The rate that all workers share. Nobody waits here: a reservation's moment is read from Redis, sleep is a list."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_app.channel import rate as rates
from sms_app.channel.rate import KEY, LATE_S, LOST_S, PACE, PAUSE_US, WINDOW_US, Pace, Rate, pace

WINDOW_S = WINDOW_US / 1_000_000


@dataclass
class Time:
    """A clock that goes on only when somebody sleeps; `slow_s` is how much longer each sleep is than asked for."""

    now: float = 0.0
    slow_s: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds + self.slow_s

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as found:
        yield found


def make(client: redis.Redis, per_second: int, time: Time | None = None) -> Rate:
    time = time or Time()
    return Rate(client, per_second, time.sleep, time.monotonic)


def moment(client: redis.Redis) -> int:
    """When the last that were reserved go, in Redis's microseconds."""
    (newest,) = client.zrange(KEY, -1, -1)
    return int(newest.split(b":")[1])


def clock(client: redis.Redis) -> int:
    """Redis's time in microseconds."""
    seconds, rest = client.time()
    return seconds * 1_000_000 + rest


def set_back(client: redis.Redis, seconds: float) -> None:
    """As if the last halving and all that went had been so much earlier."""
    client.hincrby(PACE, "at", -int(seconds * 1_000_000))
    entries = client.zrange(KEY, 0, -1, withscores=True)
    client.delete(KEY)
    for member, score in entries:
        gone, at = member.split(b":")
        client.zadd(KEY, {f"{gone.decode()}:{int(at) - int(seconds * 1_000_000)}": score})


def most_in_a_window(gone: list[tuple[int, int]]) -> int:
    """Of (moment, how many) in order of moments: the most that go within one window."""
    return max(sum(n for at, n in gone if start <= at < start + WINDOW_US) for start, _ in gone)


@settings(max_examples=60)
@given(
    st.integers(1, 60).flatmap(
        lambda most: st.tuples(st.just(most), st.lists(st.integers(1, most), min_size=1, max_size=60))
    )
)
def test_no_second_has_more_and_none_is_wasted(client: redis.Redis, given: tuple[int, list[int]]) -> None:
    per_second, sizes = given
    client.flushdb()
    rate, gone = make(client, per_second), []
    for n in sizes:
        assert rate.take(n, 300)
        gone.append((moment(client), n))
    assert [at for at, _ in gone] == sorted(at for at, _ in gone)
    assert most_in_a_window(gone) <= per_second
    # each went as early as it could: a moment sooner and the window before it would have been too full
    part = math.ceil(per_second / 20)
    ended = clock(client)
    for number, (at, n) in enumerate(gone):
        in_window, in_part = (
            sum(k for when, k in gone[:number] if when > at - 1 - length) for length in (WINDOW_US, PAUSE_US)
        )
        at_once = at == gone[number - 1][0] or at <= ended
        assert at_once or in_window + n > per_second or in_part >= part
    assert client.zcard(KEY) <= per_second


def test_a_seconds_worth_in_one_call_goes_at_once_and_the_next_waits(client: redis.Redis) -> None:
    time = Time()
    rate = make(client, 50, time)
    assert rate.take(50)
    assert time.slept == []
    before = moment(client)
    assert rate.take(1)
    assert moment(client) == before + WINDOW_US


def test_small_calls_go_a_twentieth_at_once_and_are_spread(client: redis.Redis) -> None:
    """Though the reservations take real time: what goes at once is never more than a twentieth."""
    rate, gone = make(client, 50), []
    for _ in range(100):
        assert rate.take(1)
        gone.append(moment(client))
    assert all(later - earlier >= PAUSE_US for earlier, later in zip(gone, gone[3:], strict=False))
    assert gone[-1] - gone[0] >= WINDOW_US + 15 * PAUSE_US
    # and the rate is used: at most one window is lost to the spreading
    assert gone[-1] - gone[0] <= 3 * WINDOW_US


def test_more_than_a_seconds_worth_goes_at_once_and_is_paid_for(client: redis.Redis) -> None:
    time = Time()
    rate = make(client, 10, time)
    assert rate.take(35)
    assert time.slept == []
    last = moment(client)  # the fourth window's five
    assert rate.take(5)
    assert moment(client) == last + PAUSE_US
    assert rate.take(1)
    assert moment(client) == last + WINDOW_US


def test_many_wait_until_nobody_else_is_in_their_window(client: redis.Redis) -> None:
    rate = make(client, 10)
    assert rate.take(1)
    first = moment(client)
    assert rate.take(100)
    assert moment(client) == first + 10 * WINDOW_US


def test_who_would_wait_too_long_takes_nothing(client: redis.Redis) -> None:
    time = Time()
    rate = make(client, 10, time)
    assert rate.take(10, 0)
    before = client.zrange(KEY, 0, -1)
    assert not rate.take(1, 0.2)
    assert not rate.take(1, 0)
    assert client.zrange(KEY, 0, -1) == before
    assert time.slept == []


def test_workers_of_several_processes_share_it(redis_url: str, client: redis.Redis) -> None:
    """Each with a connection of its own, at once."""
    gone: list[tuple[int, int]] = []
    lock = threading.Lock()

    def worker() -> None:
        with redis.Redis.from_url(redis_url) as own:
            for n in (1, 7, 3, 20, 1, 5):
                time = Time()
                began = own.time()
                assert make(own, 20, time).take(n, 300)
                with lock:
                    gone.append((began[0] * 1_000_000 + began[1] + int(sum(time.slept) * 1_000_000), n))

    threads = [threading.Thread(target=worker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    newest = moment(client)
    assert len(gone) == 36
    # 222 in all, twenty a window at most: eleven windows lie between the first and the last
    assert newest - min(at for at, _ in gone) >= 11 * WINDOW_US


def test_who_comes_far_too_late_to_his_moment_reserves_again(client: redis.Redis) -> None:
    time = Time(slow_s=3 * LOST_S)
    rate = make(client, 10, time)
    assert rate.take(10)
    assert not rate.take(10, 5)  # each time too late, until he may wait no longer
    assert len(time.slept) > 1
    assert sum(time.slept) <= 5
    time.slow_s = LATE_S / 2
    assert rate.take(10, 60)


def test_who_comes_a_little_late_goes_and_the_next_wait_for_as_much_longer(client: redis.Redis) -> None:
    time = Time()
    rate = make(client, 10, time)
    assert rate.take(10)
    time.slow_s = LOST_S / 2
    before = clock(client)
    # nobody really sleeps: he comes at once and not in a second, and so that is when he went
    assert rate.take(4)
    came = moment(client)
    assert before <= came <= clock(client)
    assert [score for _, score in client.zrange(KEY, 0, -1, withscores=True)] == [10, 14]
    assert len(time.slept) == 1


def test_a_call_that_sets_out_late_moves_its_entry_and_one_that_is_too_late_may_not_go(
    client: redis.Redis,
) -> None:
    time = Time()
    permit = make(client, 10, time).take(4)
    assert permit is not None
    reserved = moment(client)
    time.now += LATE_S / 2
    assert permit.holds()
    assert moment(client) == reserved
    for _ in range(2):  # another call of the same permit, later still, moves it once more
        before = clock(client)
        time.now += LATE_S * 1.2
        assert permit.holds()
        assert before <= moment(client) <= clock(client)
    assert client.zrange(KEY, 0, -1, withscores=True)[0][1] == 4
    assert client.zcard(KEY) == 1
    time.now += LOST_S
    assert not permit.holds()


def test_a_permit_holds_while_redis_is_away(client: redis.Redis) -> None:
    time = Time()
    gone = redis.Redis(host="127.0.0.1", port=1)
    rate = make(client, 10, time)
    permit = rate.take(1)
    assert permit is not None
    rate._move = gone.register_script("return 1")
    time.now += LATE_S * 2
    assert permit.holds()


def test_an_emptied_redis_counts_as_a_second_that_is_full(client: redis.Redis) -> None:
    time = Time()
    rate = make(client, 10, time)
    assert rate.take(10)
    client.flushdb()
    assert rate.take(10)
    assert time.slept == [pytest.approx(WINDOW_S)]
    client.script_flush()
    assert rate.take(10)
    assert len(time.slept) == 2


def test_a_clock_that_was_set_far_back_does_not_stop_us_for_as_long(client: redis.Redis) -> None:
    time = Time()
    rate = make(client, 10, time)
    assert rate.take(10)
    seconds, _ = client.time()
    client.delete(KEY)
    client.zadd(KEY, {f"10:{(seconds + 3600) * 1_000_000}": 10})
    assert rate.take(10)
    assert time.slept == [pytest.approx(WINDOW_S)]
    assert moment(client) < (seconds + 60) * 1_000_000


def test_a_redis_that_is_down_is_asked_until_the_wait_is_over() -> None:
    time = Time()
    with redis.Redis(unix_socket_path="/nowhere/redis.sock", retry=None) as client:
        assert not make(client, 10, time).take(1, 2)
    assert len(time.slept) >= 2 / rates.AGAIN_S
    assert sum(time.slept) <= 2 + rates.AGAIN_S


def test_a_redis_that_comes_back_is_taken_from(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time()
    rate = make(client, 10, time)
    reserve, failures = rate._reserve, [redis.ConnectionError(), redis.TimeoutError()]

    def failing(n: int, longest_wait_s: float) -> tuple[bool, float, bytes]:
        if failures:
            raise failures.pop()
        return reserve(n, longest_wait_s)

    monkeypatch.setattr(rate, "_reserve", failing)
    assert rate.take(1, 2)
    assert time.slept == [rates.AGAIN_S, rates.AGAIN_S]


def test_a_rate_that_was_changed_is_shared_with_those_who_have_the_old_one(client: redis.Redis) -> None:
    slow, fast = make(client, 5), make(client, 20)
    moments = []
    for rate, n in ((fast, 20), (slow, 5), (fast, 20), (slow, 5), (fast, 20)):
        assert rate.take(n)
        moments.append(moment(client))
    assert all(later - earlier >= WINDOW_US for earlier, later in pairwise(moments))


@pytest.mark.parametrize(("n", "wait"), [(0, 1), (-1, 1), (10 * rates.MAX_WAIT_S + 1, 1), (1, 301)])
def test_what_makes_no_sense_is_refused(client: redis.Redis, n: int, wait: float) -> None:
    with pytest.raises(ValueError, match="seconds' worth"):
        make(client, 10).take(n, wait)


def test_a_rate_below_one_is_refused(client: redis.Redis) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Rate(client, 0)


# --- what a provider that says "slow down" teaches


def test_it_halves_for_all_once_a_second_and_nobody_sends_for_a_second(
    client: redis.Redis, redis_url: str
) -> None:
    time = Time()
    mine, other = make(client, 100), make(client, 100, time)
    assert mine.take(10)
    assert (mine.per_second(), other.per_second()) == (100, 100)
    mine.slow_down()
    other.slow_down()  # of a call that was under way with the first
    assert mine.per_second() == other.per_second() == 50
    before = clock(client)
    assert other.take(1)
    assert time.slept
    assert moment(client) >= before + WINDOW_US - 1_000_000 // 2
    assert pace(client).refused == 2
    set_back(client, 2)
    other.slow_down()
    assert mine.per_second() == 26  # 50, and two seconds' growth, halved
    assert pace(client).refused == 3


def test_no_second_has_more_than_the_halved_rate(client: redis.Redis) -> None:
    rate, gone = make(client, 100), []
    assert rate.take(100)
    rate.slow_down()
    for _ in range(12):
        assert rate.take(10, 300)
        gone.append((moment(client), 10))
    # it grows by one each second, in which this is reserved
    assert most_in_a_window(gone) <= 60


def test_it_grows_back_evenly_and_no_further_than_the_limit(client: redis.Redis) -> None:
    rate = make(client, 100)
    assert rate.take(1)
    rate.slow_down()
    for _ in range(3):
        set_back(client, 10)
    assert pace(client) == Pace(pytest.approx(80, abs=1), 100, 1)
    set_back(client, 3600)
    assert pace(client) == Pace(100, 100, 1)
    assert rate.per_second() == 100


def test_it_never_falls_below_one_a_second(client: redis.Redis) -> None:
    rate = make(client, 3)
    for _ in range(5):
        rate.slow_down()
        set_back(client, 1.1)
    assert rate.per_second() == 1
    assert rate.take(1)


def test_the_figure_grows_as_the_script_does(client: redis.Redis) -> None:
    """The script in Redis, by which is sent, and what `/metrics` shows."""
    rate = make(client, 100)
    assert rate.take(1)
    rate.slow_down()
    set_back(client, 20)
    shown = int(pace(client).per_second)
    begun = clock(client)
    assert rate.take(shown)
    assert moment(client) <= clock(client), "as much as is shown goes at once"
    assert rate.take(1)
    assert moment(client) >= begun + WINDOW_US


def test_a_clock_that_was_set_back_halts_no_growth(client: redis.Redis) -> None:
    rate = make(client, 100)
    rate.slow_down()
    set_back(client, -3600)
    assert rate.per_second() == 50
    assert rate.take(1)
    set_back(client, 10)
    assert rate.per_second() == 60


def test_before_anything_was_sent_there_is_no_pace(client: redis.Redis) -> None:
    assert pace(client) is None
    assert make(client, 7).per_second() == 7


def test_without_redis_the_last_known_rate_is_used_and_nobody_fails() -> None:
    with redis.Redis(unix_socket_path="/nowhere/redis.sock", retry=None) as client:
        rate = make(client, 10)
        rate.slow_down()
        assert rate.per_second() == 10
