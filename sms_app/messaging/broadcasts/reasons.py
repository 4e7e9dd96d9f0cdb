"""Reasons that a broadcast has beside those of `eligibility`, or treats in a way of its own."""

from __future__ import annotations

WAITS = "daily_cap"
"""The one reason for which a number is not left out: it waits for the next day."""
NO_PHONE = "no_phone"
"""The reason of a person who has no number."""
