"""What becomes of one number that a provider was asked to send to, in our words, whichever provider it is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["sent", "refused", "retry", "unknown", "halt"]
SLOW_DOWN = "slow_down"
"""The reason of a `retry` when we called too often."""
OPTED_OUT = "opted_out"
"""The reason of a refusal when the network says that the number's owner wants no texts: in no programme."""


@dataclass(frozen=True)
class SendOutcome:
    """What became of one number (E.164). `sent`: taken by the provider; `refused`: never to be tried again; `retry`:
    surely not sent, worth another try; `unknown`: may have been sent; `halt`: not sent, and nothing else will be until
    a person mends it (bad key, no balance). `reason` is one word for staff, OPTED_OUT and SLOW_DOWN
    among them. `cost` in `currency`."""

    number: str
    kind: Kind
    reason: str = ""
    provider_id: str | None = None
    cost: Decimal | None = None
    currency: str | None = None
