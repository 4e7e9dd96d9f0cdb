"""The processes of the Procfile, and the variables that are each one's business."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sms_app.config import CHECKOUT, NEEDS, PREFIX
from sms_app.migrations.roles import ROLES

COMMON = ("FLOWS", "LOCALES", "TIME_OFFSET_S")
LINE = re.compile(r"^([a-z]+): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Process:
    """One process: its name in the Procfile, what it needs and what it may have besides, without the prefix."""

    name: str
    needs: frozenset[str]
    may: tuple[str, ...] = ()
    reads: str = ""
    """Its name in `config.NEEDS`."""
    redis: str = "REDIS_URL"
    """Where the URL of its Redis user stands beside the others'; the process itself reads REDIS_URL."""

    @property
    def needed(self) -> tuple[str, ...]:
        """The variables without which it does not start."""
        return tuple(f"{PREFIX}{name}" for name in sorted(self.needs))

    def source(self, name: str) -> str:
        """The variable that has the value of one of this process's, where the variables of all are together."""
        return f"{PREFIX}{self.redis}" if name == f"{PREFIX}REDIS_URL" else name

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable that it reads, those it needs first."""
        return (*self.needed, *(f"{PREFIX}{name}" for name in (*self.may, *COMMON)))


_ROLES = frozenset(f"{name.upper()}_DATABASE_URL" for name in ROLES)
_SENDING = ("PROVIDER_URL", "SMS_PER_SECOND", "RECIPIENTS_A_CALL")
WEB = Process("web", NEEDS["web"], ("REDIS_URL",), "web", "WEB_REDIS_URL")
WORKER = Process("worker", NEEDS["sender"], _SENDING, "sender")
CLOCK = Process("clock", NEEDS["clock"], (), "clock", "CLOCK_REDIS_URL")
RELEASE = Process("release", NEEDS["upgrade"] | _ROLES, (), "upgrade")
RUNNING = (WEB, WORKER, CLOCK)
"""Those that run all the time."""
DOCTOR = Process(
    "doctor",
    NEEDS["staff"].union(*(process.needs for process in RUNNING)),
    (*_SENDING, "DEMO", "PHONE_URL"),
)
"""It looks at what all of them have; the owner's URL it has not."""
STAFF = Process("staff", NEEDS["staff"], ("DEMO",))
"""No process: what somebody needs who types the commands. `sending start` also takes the doctor's look."""


def commands() -> Mapping[str, str]:
    """Each process's command by its name, as the Procfile beside the code has it."""
    return dict(LINE.findall((CHECKOUT / "Procfile").read_text()))
