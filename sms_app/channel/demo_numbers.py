"""The numbers of invented people. They are well-formed, so the gateway to real phones must recognise them."""

from __future__ import annotations

BLOCK = "+25078000"
"""The beginning of all demo numbers; four digits follow."""
IN_BLOCK = 10_000


def is_demo_number(number: str) -> bool:
    """Whether a number (E.164) is a demo number."""
    return number.startswith(BLOCK)
