"""What the provider posts to us, read and checked; nothing else is known here.

Field names and formats are Africa's Talking's. What participants typed or read (`input`, `lastAppResponse` of a
notification) is left where it is: it is neither parsed nor kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

HOP_TEXT_LONGEST = 2000
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SESSION = re.compile(r"[!-~]{1,128}")
_SERVICE_CODE = re.compile(r"[*#0-9]{1,32}")
_LABEL = re.compile(r"[ -~]{0,32}")
_COST = re.compile(r"([A-Z]{3}) ([0-9]{1,9}(?:\.[0-9]{1,4})?)")


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


def parse_ussd(form: Mapping[str, str]) -> UssdHop:
    """Read one hop. `text` must be there, though it may be empty. Raises Malformed."""
    text = form.get("text")
    if text is None or len(text) > HOP_TEXT_LONGEST:
        raise Malformed("text")
    return UssdHop(
        _field(form, "sessionId", _SESSION),
        _field(form, "phoneNumber", _E164),
        _field(form, "serviceCode", _SERVICE_CODE),
        _field(form, "networkCode", _LABEL, missing=""),
        text,
    )


def parse_ussd_event(form: Mapping[str, str]) -> UssdEvent:
    """Read an end-of-session notification. A status that we don't know is kept as it is. Raises Malformed."""
    cost = _COST.fullmatch(form.get("cost", ""))
    if cost is None:
        raise Malformed("cost")
    return UssdEvent(
        _field(form, "sessionId", _SESSION),
        _field(form, "phoneNumber", _E164),
        _field(form, "serviceCode", _SERVICE_CODE),
        _field(form, "networkCode", _LABEL, missing=""),
        _field(form, "status", _LABEL),
        Decimal(cost[2]),
        cost[1],
    )


def _field(form: Mapping[str, str], name: str, pattern: re.Pattern[str], missing: str | None = None) -> str:
    value = form.get(name, missing)
    if value is None or pattern.fullmatch(value) is None:
        raise Malformed(name)
    return value
