"""Codes of the second factor: near their time, and each later than the last one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from sms_app.accounts import second_factor

NOW = datetime(2026, 3, 11, 9, 0, 10, tzinfo=UTC)
STEP = int(NOW.timestamp()) // second_factor.STEP_S
SECRET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@pytest.mark.parametrize(("steps", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_telephone_may_be_half_a_minute_off(steps: int, accepted: bool) -> None:
    typed = pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=steps * second_factor.STEP_S))
    expected = STEP + steps if accepted else None
    assert second_factor.accepted(SECRET, f" {typed[:3]} {typed[3:]}", 0, NOW) == expected


@pytest.mark.parametrize(("last", "accepted"), [(-1, True), (0, False), (1, False)])
def test_a_code_is_later_than_the_last_one(last: int, accepted: bool) -> None:
    typed = pyotp.TOTP(SECRET).at(NOW)
    assert second_factor.accepted(SECRET, typed, STEP + last, NOW) == (STEP if accepted else None)
