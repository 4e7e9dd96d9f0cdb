"""What a readiness check reads and what it gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sms_app import clock
from sms_app.cli.faults import sentence
from sms_app.config import PREFIX, Config, ConfigError
from sms_app.conversation.checked import Checks, check_programmes

Verdict = Literal["ok", "warn", "bad"]


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: what was found and, unless it is ok, what to do."""

    name: str
    verdict: Verdict
    found: str
    do: str = ""


@dataclass
class Inputs:
    """What the checks read: the environment, as far as it can be read, and the programmes in the flows folder. `only`
    names the processes whose settings are checked; all if it is empty."""

    env: Mapping[str, str]
    settings: Config
    now: datetime
    only: tuple[str, ...] = ()
    checks: Checks | None = field(default=None)

    @classmethod
    def of(cls, env: Mapping[str, str], only: tuple[str, ...] = ()) -> Inputs:
        """Read the environment without the variables that are wrong."""
        try:
            settings = Config.from_env(env, "flows")
        except ConfigError as error:
            wrong = set(re.findall(rf"{PREFIX}[A-Z_]+", str(error)))
            settings = Config.from_env(
                {key: value for key, value in env.items() if key not in wrong}, "flows"
            )
        return cls(env, settings, clock.now(settings.time_offset_s), only)

    def programmes(self) -> Checks:
        """The programmes in the flows folder, checked once."""
        if self.checks is None:
            self.checks = check_programmes(self.settings.flows, self.settings.locales)
        return self.checks


Check = Callable[[], Iterable[Finding]]


def run_check(name: str, check: Check) -> Iterator[Finding]:
    """A check's findings; one bad finding when it fails."""
    try:
        yield from check()
    except Exception as error:
        # of an error that nobody foresaw only the class: its text could carry anything
        said = sentence(error) or f"can't be looked at: {type(error).__name__}"
        yield Finding(name, "bad", said.partition("\n")[0], "mend this, then look again")


def run_all(checks: Mapping[str, Check]) -> list[Finding]:
    """The findings of all checks, in order."""
    return [finding for name, check in checks.items() for finding in run_check(name, check)]
