"""How two counts of the same thing are compared, and how a difference is told: by counts, never by what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def differences(name: str, done: Mapping[Key, Value], stored: Mapping[Key, Value]) -> Iterator[str]:
    """A sentence when what was done differs from what is stored, entry by entry."""
    missing, extra = len(done.keys() - stored.keys()), len(stored.keys() - done.keys())
    other = sum(done[key] != stored[key] for key in done.keys() & stored.keys())
    parts = [
        f"{count:,} {words}"
        for count, words in ((missing, "not stored"), (extra, "not done"), (other, "stored otherwise"))
        if count
    ]
    if parts:
        yield f"{name}: {len(done):,} done, {len(stored):,} stored; {', '.join(parts)}."


def number_differs(name: str, done: object, stored: object) -> Iterator[str]:
    """A sentence when a total differs."""
    if done != stored:
        yield f"{name}: {done} done, {stored} stored."
