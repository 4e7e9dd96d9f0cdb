"""Codes that a coach reads out or a phone shows, while she and the participant are together."""

from __future__ import annotations

import secrets
from datetime import timedelta

LASTS = timedelta(minutes=10)


def new() -> str:
    """Four digits, the first of them not zero."""
    return f"{secrets.randbelow(9000) + 1000}"
