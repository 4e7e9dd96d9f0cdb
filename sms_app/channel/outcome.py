"""The outcome of sending to a number, in our words, the same for all providers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["sent", "refused", "retry", "unknown", "halt"]
SLOW_DOWN = "slow_down"
"""The reason of a `retry` after too many calls."""
OPTED_OUT = "opted_out"
"""The reason of a refusal when the network says that the number's owner wants no texts, in any programme."""


@dataclass(frozen=True)
class SendOutcome:
    """The outcome for a number (E.164). `sent`: taken by the provider; `refused`: never to be tried again; `retry`:
    certainly not sent, worth another try; `unknown`: may have been sent; `halt`: not sent, and nothing can be sent
    until a person corrects it (bad key, no balance). `reason` is a word for staff, OPTED_OUT and SLOW_DOWN among them.
    `cost` is in `currency`."""

    number: str
    kind: Kind
    reason: str = ""
    provider_id: str | None = None
    cost: Decimal | None = None
    currency: str | None = None
