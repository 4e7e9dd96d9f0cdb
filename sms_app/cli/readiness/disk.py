"""Readiness of the disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from sms_app.cli.readiness.finding import Finding

DISK_LOW, DISK_FULL = 0.10, 0.02


def check_disk() -> Iterator[Finding]:
    """Whether the disk has free space."""
    usage = shutil.disk_usage("/")
    free = usage.free / usage.total
    do = "" if free >= DISK_LOW else "free some space: a full disk stops the database"
    yield Finding("disk", "ok" if not do else "warn" if free >= DISK_FULL else "bad", f"{free:.0%} free", do)
