"""What goes wrong at the stand-in: switches with chances, and the same again by the same seed."""

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
"""What the provider says of one recipient."""


class BadFaults(Exception):
    """A switch that is not one of ours, or a value that it can't have; the message names it."""


@dataclass
class Faults:
    """All that may go wrong. A `float` is a chance from 0 to 1, rolled for each call (`missing`, `shuffled` and those
    of reports: for each recipient); the same seed rolls the same for the same calls, in whatever order they come."""

    seed: int = 0
    calls: int | None = None
    """For how many calls the faults of a call hold from now on; None: until changed."""
    slow_s: float = 0
    """Seconds from taking a call to answering it."""
    bad_key: float = 0
    """HTTP 401, nothing taken."""
    too_many: float = 0
    """HTTP 429, nothing taken."""
    per_second: int = 0
    """How many recipients are taken in any one second; a call by which they would be more is HTTP 429. 0: no limit."""
    error_before: float = 0
    """HTTP 500, nothing taken."""
    cut_before: float = 0
    """The connection is cut, nothing taken."""
    error_after: float = 0
    """HTTP 500, though all is taken."""
    cut_after: float = 0
    """The connection is cut, though all is taken."""
    hang_after: float = 0
    """All is taken, and no answer comes until the caller gives up."""
    no_balance: float = 0
    """Every recipient is refused with 405."""
    truncated: float = 0
    """All is taken, and the answer's JSON ends in the middle."""
    missing: float = 0
    """A recipient is taken, and is not in the answer."""
    shuffled: float = 0
    """The answer has the recipients in another order."""
    charset: bool = False
    """The answer's content type names a charset."""
    refused: dict[str, int] = field(default_factory=dict)
    """The status code by number: 403, 404, 406, 409, …"""
    reports: bool = True
    """Whether delivery reports are posted by themselves."""
    report_after_s: float = 0
    """Seconds from taking a message to its first report."""
    retry_after_s: float = 1
    """Seconds until a report that was not answered with 200 is posted again; twice as long each time after."""
    lost_reports: float = 0
    """A message gets no report."""
    early_reports: float = 0
    """The call's reports come before its answer."""
    twice: float = 0
    """A message's reports come twice."""
    disordered: float = 0
    """A message's reports come in the opposite order."""
    final: dict[str, str | list[str]] = field(default_factory=dict)
    """The reports after `Sent` by number: a status or several in order (`["AbsentSubscriber", "Success"]`), each with
    a failure reason after a space if it has one (`"Failed UserIsInactive"`). Others get `Success`."""

    def happens(self, name: str, what: str) -> bool:
        """Whether the fault `name` strikes `what` (a call or a recipient)."""
        chance = float(getattr(self, name))
        if 0 < chance < 1:
            roll = blake2b(f"{self.seed}|{name}|{what}".encode(), digest_size=8).digest()
            return int.from_bytes(roll, "big") < chance * 2**64
        return chance >= 1

    def reports_for(self, number: str) -> list[str]:
        """The statuses that a taken message is reported with, in order."""
        last = self.final.get(number, "Success")
        return ["Sent", *([last] if isinstance(last, str) else last)]

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Faults:
        """The switches as JSON has them; what is left out is off. Raises BadFaults."""
        found = cls()
        known = {each.name for each in fields(cls)}
        for name, value in given.items():
            if name not in known:
                raise BadFaults(f"there is no fault {name!r}")
            now = getattr(found, name)
            if name == "calls":
                fits = value is None or type(value) is int
            elif isinstance(now, dict):
                fits = isinstance(value, dict)
            else:
                fits = type(value) is bool if type(now) is bool else type(value) in (int, float)
            if not fits:
                raise BadFaults(f"{name} can't be {value!r}")
            setattr(found, name, value)
        return found

    def become(self, other: Faults) -> None:
        """Set every switch as another has it."""
        for each in fields(self):
            setattr(self, each.name, getattr(other, each.name))

    def as_json(self) -> dict[str, Any]:
        """The switches as JSON has them."""
        return asdict(self)
