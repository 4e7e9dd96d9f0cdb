"""The numbers of invented people. Valid in form, so the gateway to real phones must tell them apart."""

from __future__ import annotations

BLOCK = "+25078000"
"""All demo numbers begin so and have four more digits."""
IN_BLOCK = 10_000


def is_demo_number(number: str) -> bool:
    """Whether a number (E.164) is of the invented block."""
    return number.startswith(BLOCK)
