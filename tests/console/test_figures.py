"""Figures that take long to read are kept for some minutes; all others are read for each page."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from math import inf

import pytest

from sms_app.console import figures
from sms_app.console.figures import KEPT_S, MAX_KEPT, Figures
from tests.world.times import NOW


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Time that passes when a test says so."""
    at = [100.0]
    monkeypatch.setattr(figures.time, "monotonic", lambda: at[0])

    def pass_(seconds: float) -> None:
        at[0] += seconds

    return pass_


def test_what_took_long_is_kept_for_minutes_and_says_since_when(clock: Callable[[float], None]) -> None:
    kept, numbers = Figures(slow_s=0.1), itertools.count(1)

    def read() -> int:
        clock(0.2)
        return next(numbers)

    first, second = kept.take("a", NOW, read), kept.take("a", NOW, read)
    assert ((first.value, first.kept_since), (second.value, second.kept_since)) == ((1, None), (1, NOW))
    assert kept.take("b", NOW, read).value == 2
    clock(KEPT_S)
    assert kept.take("a", NOW, read).value == 3


def test_what_was_quick_is_read_again(clock: Callable[[float], None]) -> None:
    kept, numbers = Figures(slow_s=0.1), itertools.count(1)
    assert [kept.take("a", NOW, lambda: next(numbers)).value for _ in range(3)] == [1, 2, 3]
    assert Figures(slow_s=inf).take("a", NOW, lambda: clock(60) or 1).kept_since is None


def test_there_is_an_end_to_what_is_kept(clock: Callable[[float], None]) -> None:
    kept = Figures(slow_s=-1)
    for n in range(3 * MAX_KEPT):
        kept.take(n, NOW, lambda: 1)
    assert len(kept.kept) <= MAX_KEPT
