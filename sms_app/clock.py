"""The one place that asks what time it is. Everything below the outermost caller is handed `now`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now(offset_s: int = 0) -> datetime:
    """The real time plus the offset in seconds, aware, in UTC."""
    return datetime.now(UTC) + timedelta(seconds=offset_s)
