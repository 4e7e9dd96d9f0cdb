"""How commands for staff write a group's coaches."""

from __future__ import annotations

from collections.abc import Sequence

from sms_app.programme.coaches import Contact


def written(coaches: Sequence[Contact]) -> str:
    """Each coach with her phone, as `Mukamana +250781000001`."""
    return ", ".join(f"{one.name} {one.phone or 'without a phone'}" for one in coaches) or "no coach"
