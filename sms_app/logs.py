"""How a process that serves writes its log: a line of JSON for each entry."""

from __future__ import annotations

import structlog


def write_json() -> None:
    """Set the process's log to lines of JSON, each with its level and time."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ]
    )
