"""The only module that asks for the time. All code below the outermost caller takes `now` as a parameter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_sources: list[Callable[[], datetime]] = []


def now(offset_s: int = 0) -> datetime:
    """The time plus the offset in seconds, aware, in UTC: the real time, unless `simulated_time` says otherwise."""
    return (_sources[-1]() if _sources else datetime.now(UTC)) + timedelta(seconds=offset_s)


@contextmanager
def simulated_time(source: Callable[[], datetime]) -> Iterator[None]:
    """While the block runs, all of this process takes the time (aware, UTC) from `source`: for the simulated year."""
    _sources.append(source)
    try:
        yield
    finally:
        _sources.remove(source)
