"""How tests wait: for a condition, never for a time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

PATIENCE_S = 180
PROVES = bool(os.environ.get("PROVE"))
LONG = pytest.mark.timeout(7200 if PROVES else 600)
"""For a test that `make prove` makes much longer, or that has many processes to wait for."""


def wait_for(done: Callable[[], object], what: object = "") -> None:
    """Look again and again until it is so; `what` says what was waited for, or is asked for it."""
    until = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < until, what() if callable(what) else what
        time.sleep(0.05)
