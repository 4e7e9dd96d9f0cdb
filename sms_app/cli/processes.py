"""The processes of the Procfile, and the variables that are each one's business."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sms_app.config import CHECKOUT, NEEDS, PREFIX

COMMON = ("FLOWS", "LOCALES", "TIME_OFFSET_S")
LINE = re.compile(r"^([a-z]+): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Process:
    """One process: its name in the Procfile and in `config.NEEDS`, and the variables it may have besides."""

    name: str
    needs: str
    may: tuple[str, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable that the process reads, those it needs first."""
        names = (*sorted(NEEDS[self.needs]), *self.may, *COMMON)
        return tuple(f"{PREFIX}{name}" for name in names)


WEB = Process("web", "web", ("REDIS_URL",))
WORKER = Process("worker", "sender", ("PROVIDER_URL", "SMS_PER_SECOND", "RECIPIENTS_A_CALL"))
CLOCK = Process("clock", "clock")
RELEASE = Process("release", "owner", ("WEB_DATABASE_URL", "WORKER_DATABASE_URL", "SUPPORT_DATABASE_URL"))
RUNNING = (WEB, WORKER, CLOCK)
"""Those that run all the time."""
ALL = (*RUNNING, RELEASE)


def commands() -> Mapping[str, str]:
    """Each process's command by its name, as the Procfile beside the code has it."""
    return dict(LINE.findall((CHECKOUT / "Procfile").read_text()))
