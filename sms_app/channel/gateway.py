"""Sending through the provider: one call, one outcome for each number, whatever the provider or the network does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["sent", "refused", "retry", "unknown", "halt"]


@dataclass(frozen=True)
class Outcome:
    """What became of one number (E.164). `sent`: taken by the provider; `refused`: never to be tried again; `retry`:
    surely not sent, worth another try; `unknown`: may have been sent; `halt`: not sent, and nothing else will be until
    a person mends it (bad key, no balance). `reason` is one word for staff. `cost` in `currency`."""

    number: str
    kind: Kind
    reason: str = ""
    provider_id: str | None = None
    cost: Decimal | None = None
    currency: str | None = None


class Gateway:
    """The provider's messaging API through its SDK."""

    def __init__(self, username: str, api_key: str, base_url: str, recipients_a_call: int = 100) -> None:
        raise NotImplementedError

    def send(self, numbers: Sequence[str], text: str, sender: str = "") -> list[Outcome]:
        """Send one text to up to `recipients_a_call` different numbers in one call. Gives an outcome for each, in
        their order; never raises for what the provider or the network does."""
        raise NotImplementedError

    def close(self) -> None:
        """Let the connections go."""
