"""The stand-in's faults: switches, many with a chance. The same seed gives the same faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import blake2b
from typing import Any

STATUSES = {
    100: "Processed",
    101: "Sent",
    102: "Queued",
    401: "RiskHold",
    402: "InvalidSenderId",
    403: "InvalidPhoneNumber",
    404: "UnsupportedNumberType",
    405: "InsufficientBalance",
    406: "UserInBlacklist",
    407: "CouldNotRoute",
    409: "DoNotDisturbRejection",
    500: "InternalServerError",
    501: "GatewayError",
    502: "RejectedByGateway",
}
"""The provider's status of a recipient, by status code."""


class BadFaults(Exception):
    """An unknown switch, or a value of the wrong type; the message names it."""


@dataclass
class Faults:
    """All switches. A `float` is a chance from 0 to 1, drawn for each call (for each recipient: `missing`, `shuffled`
    and the faults of reports). The same seed draws the same for the same calls, in whatever order they come."""

    seed: int = 0
    calls: int | None = None
    """How many calls the faults of calls still apply to; None: all."""
    slow_s: float = 0
    """Seconds from taking a call to answering it."""
    bad_key: float = 0
    """HTTP 401, nothing taken."""
    too_many: float = 0
    """HTTP 429, nothing taken."""
    per_second: int = 0
    """The limit of recipients in a second; a call that goes over it gets HTTP 429. 0: no limit."""
    error_before: float = 0
    """HTTP 500, nothing taken."""
    cut_before: float = 0
    """The connection is cut, nothing taken."""
    error_after: float = 0
    """HTTP 500, although all messages are taken."""
    cut_after: float = 0
    """The connection is cut, although all messages are taken."""
    hang_after: float = 0
    """All messages are taken, and no answer comes until the caller gives up."""
    no_balance: float = 0
    """Every recipient is refused with 405."""
    truncated: float = 0
    """All messages are taken, and the answer's JSON ends in the middle."""
    missing: float = 0
    """A message is taken, and its recipient is not in the answer."""
    shuffled: float = 0
    """The answer has the recipients in another order."""
    charset: bool = False
    """The answer's content type names a charset."""
    refused: dict[str, int] = field(default_factory=dict)
    """Numbers that are refused, with their status codes: 403, 404, 406, 409, …"""
    reports: bool = True
    """Whether delivery reports are posted without being asked for."""
    report_after_s: float = 0
    """Seconds from taking a message to its first report."""
    retry_after_s: float = 1
    """Seconds until a report that was not answered with 200 is posted again; doubled each time."""
    lost_reports: float = 0
    """A message gets no report."""
    early_reports: float = 0
    """The call's reports come before its answer."""
    twice: float = 0
    """A message's reports come twice."""
    disordered: float = 0
    """A message's reports come in the opposite order."""
    final: dict[str, str | list[str]] = field(default_factory=dict)
    """By number, the reports after `Sent`: a status, or several in order (`["AbsentSubscriber", "Success"]`), each with
    a failure reason after a space if it has one (`"Failed UserIsInactive"`). Other numbers get `Success`."""

    def hear(self, text: str) -> None:
        """The text of the call whose recipients are drawn next. These faults do not depend on it."""

    def happens(self, name: str, subject: str) -> bool:
        """Whether the fault `name` happens to `subject` (the name of a call or of a recipient)."""
        chance = float(getattr(self, name))
        if 0 < chance < 1:
            roll = blake2b(f"{self.seed}|{name}|{subject}".encode(), digest_size=8).digest()
            return int.from_bytes(roll, "big") < chance * 2**64
        return chance >= 1

    def reports_for(self, number: str) -> list[str]:
        """The statuses to report for a message to this number, in order."""
        last = self.final.get(number, "Success")
        return ["Sent", *([last] if isinstance(last, str) else last)]

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Faults:
        """Read the switches from JSON; those left out are off. Raises BadFaults."""
        faults = cls()
        known = {switch.name for switch in fields(cls)}
        for name, value in given.items():
            if name not in known:
                raise BadFaults(f"there is no fault {name!r}")
            current = getattr(faults, name)
            if name == "calls":
                fits = value is None or type(value) is int
            elif isinstance(current, dict):
                fits = isinstance(value, dict)
            else:
                fits = type(value) is bool if type(current) is bool else type(value) in (int, float)
            if not fits:
                raise BadFaults(f"{name} cannot be {value!r}")
            setattr(faults, name, value)
        return faults

    def become(self, other: Faults) -> None:
        """Copy every switch from `other`."""
        for switch in fields(self):
            setattr(self, switch.name, getattr(other, switch.name))

    def as_json(self) -> dict[str, Any]:
        """The switches as a JSON object."""
        return asdict(self)
