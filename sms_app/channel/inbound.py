"""What a telephone provider posts, in our words: hops, ends of dialogues, delivery reports, incoming texts, opt-outs.

A provider's folder reads its forms into these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

Result = Literal["delivered", "not_delivered", "under_way"]


class Malformed(Exception):
    """A form that does not have the provider's format. Names the field at fault, never its value."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class UssdHop:
    """A request of a dialogue. `number` is E.164; `text` is all input so far, joined with `*`."""

    session_id: str
    number: str
    service_code: str
    network_code: str
    text: str


@dataclass(frozen=True)
class UssdEvent:
    """The end of a dialogue: its status in the provider's word, and the network's charge.

    `number` and `status` are read only to refuse a form without them; they are not stored."""

    session_id: str
    number: str
    service_code: str
    network_code: str
    status: str
    cost: Decimal
    currency: str


@dataclass(frozen=True)
class Delivery:
    """A delivery report: the `result` of the message with this id at this provider. `number` is E.164. `status` is the
    provider's own word. `reason` says in a word why it was not delivered, and is empty otherwise. `opted_out`: the
    network says that the number's owner wants no texts."""

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
    """An incoming text. `provider_id` is empty, and `sent_at` (aware UTC, to the second) None, when the provider does
    not give it in a readable form. `to` is its short code and `link_id` its link to an answer, if it has them."""

    provider_id: str
    number: str
    text: str
    sent_at: datetime | None = None
    to: str = ""
    link_id: str = ""


@dataclass(frozen=True)
class OptOut:
    """Someone wants no more bulk messages from a sender. `sent_at` (aware UTC, to the second) is None when the provider
    does not give it in a readable form."""

    number: str
    sender: str = ""
    sent_at: datetime | None = None
