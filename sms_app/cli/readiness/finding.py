"""The inputs and the findings of readiness checks."""

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
    """The result of a check, and what to do unless the verdict is ok."""

    name: str
    verdict: Verdict
    result: str
    do: str = ""


@dataclass
class Inputs:
    """What the checks read: the environment without wrong variables, and the programmes in the flows folder.

    `only` names the processes whose settings are checked; empty: all.
    """

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
        """The programmes in the flows folder; they are checked once."""
        if self.checks is None:
            self.checks = check_programmes(self.settings.flows, self.settings.locales)
        return self.checks


Check = Callable[[], Iterable[Finding]]


def run_check(name: str, check: Check) -> Iterator[Finding]:
    """A check's findings; a bad finding when the check itself fails."""
    try:
        yield from check()
    except Exception as error:
        # an unexpected error is shown by its class only: its text may contain personal data
        result = sentence(error) or f"the check failed: {type(error).__name__}"
        yield Finding(name, "bad", result.partition("\n")[0], "fix this, then check again")


def run_all(checks: Mapping[str, Check]) -> list[Finding]:
    """The findings of all checks, in order."""
    return [finding for name, check in checks.items() for finding in run_check(name, check)]
