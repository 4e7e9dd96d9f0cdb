"""Short-lived codes that a coach reads out or a phone shows while coach and participant are together."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta

LASTS = timedelta(minutes=10)


def new() -> str:
    """A random code of four digits, the first not zero."""
    return f"{secrets.randbelow(9000) + 1000}"


def unused(used: Collection[str]) -> str:
    """A random code of four digits that is not among `used`; any code when all are used."""
    free = [code for n in range(1000, 10_000) if (code := f"{n}") not in used]
    return secrets.choice(free) if free else new()
