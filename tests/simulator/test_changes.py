"""A moved session of a simulated year goes to a day on which the service takes it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from sms_app.simulator.year import changes, office
from sms_app.simulator.year.people import Session

MONDAY = date(2026, 3, 2)


def session(group: int, after: int) -> Session:
    begins = datetime.combine(MONDAY + timedelta(days=after), time(7), UTC)
    return Session(uuid4(), group, begins, begins + timedelta(hours=2), "")


@pytest.mark.parametrize(("last_of_year", "moved_to"), [(6, [4]), (4, [4]), (3, [])])
def test_a_session_moves_to_a_day_of_the_year_without_session_or_holiday(
    last_of_year: int, moved_to: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[int] = []
    monkeypatch.setattr(
        office, "move_session", lambda _, __, starts: moved.append((starts.date() - MONDAY).days)
    )
    mine = session(1, 0)
    holidays = {MONDAY + timedelta(days=2), MONDAY + timedelta(days=3)}
    calendar = SimpleNamespace(may_meet=lambda starts: starts.date() not in holidays)
    stage = SimpleNamespace(
        world=SimpleNamespace(sessions=[mine, session(1, 1), session(2, last_of_year)]),
        travel=SimpleNamespace(zone=UTC),
        programme=SimpleNamespace(calendar=calendar),
    )
    changes._move(stage, mine)  # type: ignore[arg-type]
    assert moved == moved_to
