"""Formats a group's coaches for the commands that staff use."""

from __future__ import annotations

from collections.abc import Sequence

from sms_app.programme.coaches import Contact


def format_coaches(coaches: Sequence[Contact]) -> str:
    """The coaches with their phones, as `Mukamana +250780000001`; `no coach` when there is none."""
    return ", ".join(f"{coach.name} {coach.phone or 'without a phone'}" for coach in coaches) or "no coach"
