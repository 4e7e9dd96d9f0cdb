"""Short-lived codes that a coach reads out or a phone shows while coach and participant are together."""

from __future__ import annotations

import secrets
from datetime import timedelta

LASTS = timedelta(minutes=10)


def new() -> str:
    """A random code of four digits, the first not zero."""
    return f"{secrets.randbelow(9000) + 1000}"
