"""What comes in from a telephone provider, whichever it is: hops of dialogues and their ends, what became of a message,
texts and opt-outs. A provider's folder makes these of what it posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

Result = Literal["delivered", "not_delivered", "under_way"]


class Malformed(Exception):
    """A form that is not the provider's. Names the field at fault, never what was in it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class UssdHop:
    """One request of a dialogue. `number` is E.164; `text` is every input so far, joined with `*`."""

    session_id: str
    number: str
    service_code: str
    network_code: str
    text: str


@dataclass(frozen=True)
class UssdEvent:
    """The end of a dialogue: how it went in the provider's word, and what the network charged for it.

    `number` and `status` are read only so that a form which lacks them is refused; nobody keeps them."""

    session_id: str
    number: str
    service_code: str
    network_code: str
    status: str
    cost: Decimal
    currency: str


@dataclass(frozen=True)
class Delivery:
    """What became of a message: `result`, of the message with this id at this provider. `number` is E.164; `status` is
    the provider's own word, kept as it is; `reason` says in one word why it was not delivered, and is empty otherwise.
    `opted_out`: the network says that the number's owner wants no texts."""

    provider: str
    provider_id: str
    number: str
    result: Result
    status: str
    reason: str = ""
    opted_out: bool = False
    network_code: str = ""


@dataclass(frozen=True)
class Sms:
    """A text that someone sent to us. `provider_id` is empty and `sent_at` (aware UTC, to the second) None where the
    provider does not say it readably; `to` and `link_id` are its short code and its link to an answer, where it has
    them."""

    provider_id: str
    number: str
    text: str
    sent_at: datetime | None = None
    to: str = ""
    link_id: str = ""


@dataclass(frozen=True)
class OptOut:
    """Someone wants no more bulk messages of a sender. `sent_at` (aware UTC, to the second) is None where the provider
    does not say it readably."""

    number: str
    sender: str = ""
    sent_at: datetime | None = None
