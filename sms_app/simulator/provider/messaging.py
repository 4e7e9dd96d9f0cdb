"""Takes a call of the provider's messaging API and makes its answer: https://developers.africastalking.com, "Sending
SMS"."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any
from uuid import uuid4

from sms_app.simulator.provider.book import Taken
from sms_app.simulator.provider.faults import STATUSES, Faults

PRICE, CURRENCY = Decimal(12), "RWF"
SENT, INVALID, NO_BALANCE = 101, 403, 405
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_ONE_SEGMENT, _SEGMENT = {True: 160, False: 70}, {True: 153, False: 67}


@dataclass(frozen=True)
class Handled:
    """A call: the messages taken from it, and the body of its answer."""

    taken: list[Taken]
    body: bytes


def handle(form: Mapping[str, str], faults: Faults, name: str, struck: bool, at: str) -> Handled:
    """Take a call's messages. `name` is the call's name for the faults, `struck` whether the faults of calls apply,
    `at` the time in ISO 8601. Raises KeyError when a field is missing."""
    text, numbers, sender = form["message"], [n for n in form["to"].split(",") if n], form.get("from", "")
    faults.hear(text)
    cost, broke = PRICE * segments(text), struck and faults.happens("no_balance", name)
    taken, recipients = [], []
    for number in numbers:
        code = NO_BALANCE if broke else SENT if _E164.fullmatch(number) else INVALID
        if code == SENT:
            code = faults.refused.get(number, SENT)
        if code == SENT:
            taken.append(Taken(f"ATXid_{uuid4().hex}", number, text, sender, at))
            recipients.append(_recipient(number, code, f"{CURRENCY} {cost:.4f}", taken[-1].id))
        else:
            recipients.append(_recipient(number, code, "0", "None"))
    summary = f"Sent to {len(taken)}/{len(numbers)} Total Cost: {CURRENCY} {cost * len(taken):.4f}"
    if struck:
        recipients = [r for r in recipients if not faults.happens("missing", f"{name}|{r['number']}")]
        if faults.happens("shuffled", name):
            Random(f"{faults.seed}|{name}").shuffle(recipients)  # noqa: S311 (no secret)
    body = json.dumps({"SMSMessageData": {"Message": summary, "Recipients": recipients}}).encode()
    if struck and faults.happens("truncated", name):
        body = body[: len(body) // 2]
    return Handled(taken, body)


def account(broke: bool) -> bytes:
    """The answer of the API for the account's balance."""
    return json.dumps(
        {"UserData": {"balance": f"{CURRENCY} {'0.0000' if broke else '100000.0000'}"}}
    ).encode()


def segments(text: str) -> int:
    """How many segments a text is charged as, roughly: a text that is not ASCII counts as UCS-2."""
    plain = text.isascii()
    return 1 if len(text) <= _ONE_SEGMENT[plain] else -(-len(text) // _SEGMENT[plain])


def _recipient(number: str, code: int, cost: str, id_: str) -> dict[str, Any]:
    return {
        "statusCode": code,
        "number": number,
        "status": STATUSES.get(code, "Unknown"),
        "cost": cost,
        "messageId": id_,
    }
