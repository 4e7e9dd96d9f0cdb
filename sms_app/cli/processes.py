"""The processes of the Procfile, and the variables that `sms-app services` gives to each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sms_app import config
from sms_app.config import ALL_MAY, CHECKOUT, PREFIX, VARIABLES, Variables

LINE = re.compile(r"^([a-z]+): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Process:
    """A process, with its name in the Procfile and in `config.VARIABLES`."""

    name: str

    @property
    def needed(self) -> tuple[str, ...]:
        """The variables without which it does not start."""
        return tuple(f"{PREFIX}{name}" for name in sorted(self._variables.needs))

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable that it reads in production, those it needs first."""
        return (*self.needed, *(f"{PREFIX}{name}" for name in (*self._variables.may, *ALL_MAY)))

    def source(self, name: str) -> str:
        """The variable, in the environment of all processes, that has the value of this process's variable `name`."""
        return f"{PREFIX}{self._variables.redis}" if name == f"{PREFIX}REDIS_URL" else name

    @property
    def _variables(self) -> Variables:
        return VARIABLES[self.name]


RUNNING = tuple(map(Process, config.RUNNING))
"""The processes that run all the time."""
WEB, SUPPORT, CONSOLE, RELEASE, DOCTOR = map(Process, ("web", "support", "console", "release", "doctor"))
STAFF = Process("staff")
"""Not a process: the variables of a person who types the staff commands."""


def commands() -> Mapping[str, str]:
    """Each process's command by its name, from the Procfile."""
    return dict(LINE.findall((CHECKOUT / "Procfile").read_text()))
