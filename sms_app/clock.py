"""The only module that asks for the time. All code below the outermost caller takes `now` as a parameter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now(offset_s: int = 0) -> datetime:
    """The real time plus the offset in seconds, aware, in UTC."""
    return datetime.now(UTC) + timedelta(seconds=offset_s)
