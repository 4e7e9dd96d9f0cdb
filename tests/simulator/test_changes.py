"""A moved session of a simulated year goes to a day on which the service takes it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from sms_app.simulator.year import changes, office
from sms_app.simulator.year.people import Savings, Session

GROUP = 1
MONDAY = date(2026, 3, 2)


def session(day: date) -> Session:
    begins = datetime.combine(day, time(7), UTC)
    return Session(uuid4(), GROUP, begins, begins + timedelta(hours=2), "")


@pytest.mark.parametrize(("has_savings", "moved_to"), [(True, 5), (False, 4)])
def test_a_session_moves_to_a_day_without_session_meeting_or_holiday(
    has_savings: bool, moved_to: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[date] = []
    monkeypatch.setattr(office, "move_session", lambda _, __, starts: moved.append(starts.date()))
    mine, tomorrow = session(MONDAY), session(MONDAY + timedelta(days=1))
    savings = Savings(GROUP, 0, "shares", 200, 5)
    savings.meeting_days.add(MONDAY + timedelta(days=4))
    holidays = {MONDAY + timedelta(days=2), MONDAY + timedelta(days=3)}
    stage = SimpleNamespace(
        world=SimpleNamespace(sessions=[mine, tomorrow], savings={GROUP: savings} if has_savings else {}),
        travel=SimpleNamespace(zone=UTC),
        programme=SimpleNamespace(
            calendar=SimpleNamespace(may_meet=lambda starts: starts.date() not in holidays)
        ),
    )
    changes._move(stage, mine)  # type: ignore[arg-type]
    assert moved == [MONDAY + timedelta(days=moved_to)]
