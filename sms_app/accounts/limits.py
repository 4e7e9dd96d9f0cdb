"""How long a sign-in lasts, and when tries are locked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Limits:
    """How long a sign-in lasts, and when tries are locked: after `account_tries` or `address_tries` wrong ones for
    `first_lock`, then twice as long for each further one, at most `longest_lock`. Tries are forgotten after a day.

    What the database says of a later time than it can be is of a clock that was wrong, and counts as over. `overlap` is
    how far a time may be ahead, since requests that come together read the clock one after the other."""

    idle: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(hours=12)
    code_within: timedelta = timedelta(minutes=5)
    account_tries: int = 5
    address_tries: int = 15
    first_lock: timedelta = timedelta(minutes=1)
    longest_lock: timedelta = timedelta(hours=1)
    forgotten_after: timedelta = timedelta(days=1)
    overlap: timedelta = timedelta(minutes=1)
