"""One number that floods waits or is turned away; the others don't notice."""

from __future__ import annotations

import threading

import pytest

from sms_app.web.flood import MAX_NUMBERS, Flood
from tests.world.waiting import PATIENCE_S

LOUD, QUIET = "+250780000001", "+250780000002"


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def flood(slept: list[float]) -> Flood:
    return Flood(slept.append)


def test_six_hundred_at_once_pass_then_thirty_a_second(flood: Flood, slept: list[float]):
    assert all(flood.admit(LOUD, 100.0) for _ in range(600))
    assert slept == []
    assert flood.admit(LOUD, 100.0)
    assert slept == [pytest.approx(1 / 30)]
    assert all(flood.admit(LOUD, 101.0) for _ in range(29))
    assert len(slept) == 1


def test_another_number_is_not_slowed(flood: Flood, slept: list[float]):
    for _ in range(600):
        flood.admit(LOUD, 100.0)
    assert flood.admit(QUIET, 100.0)
    assert slept == []


def test_a_clock_that_goes_back_gives_nothing_away(flood: Flood, slept: list[float]):
    for _ in range(600):
        flood.admit(LOUD, 100.0)
    flood.admit(LOUD, 50.0)
    flood.admit(LOUD, 100.0)
    assert slept == [pytest.approx(1 / 30), pytest.approx(2 / 30)]


def test_two_wait_and_the_rest_are_turned_away():
    go, waiting = threading.Event(), threading.Semaphore(0)

    def sleep(_seconds: float) -> None:
        waiting.release()
        go.wait(PATIENCE_S)

    flood = Flood(sleep, burst=1)
    assert flood.admit(LOUD, 0.0)
    passed: list[bool] = []
    threads = [threading.Thread(target=lambda: passed.append(flood.admit(LOUD, 0.0))) for _ in range(2)]
    for thread in threads:
        thread.start()
        assert waiting.acquire(timeout=PATIENCE_S)
    assert not flood.admit(LOUD, 0.0)
    assert flood.admit(QUIET, 0.0)
    go.set()
    for thread in threads:
        thread.join()
    assert passed == [True, True]
    # those two had their tokens, who was turned away took none
    assert flood.admit(LOUD, 3 / 30)


def test_numbers_kept_are_bounded(flood: Flood):
    for n in range(MAX_NUMBERS + 100):
        flood.admit(str(n), 0.0)
    assert len(flood._buckets) == MAX_NUMBERS
