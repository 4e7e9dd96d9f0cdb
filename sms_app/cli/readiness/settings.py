"""Readiness of the settings of each process."""

from __future__ import annotations

from collections.abc import Iterator

from sms_app.cli.readiness.finding import Finding, Inputs
from sms_app.config import PREFIX, RUNNING, WALLED, Config, ConfigError


def check_environment(inputs: Inputs) -> Iterator[Finding]:
    """Whether each process has the variables that it needs."""
    for process in RUNNING:
        if process in WALLED or (inputs.only and process not in inputs.only):
            continue
        try:
            Config.from_env(inputs.env, process)
            yield Finding(f"settings of {process}", "ok", "complete")
        except ConfigError as error:
            faults = "; ".join(str(error).splitlines())
            yield Finding(f"settings of {process}", "bad", faults, "see docs/configuration.md")


def check_for_real_people(inputs: Inputs) -> Iterator[Finding]:
    """Whether the demo's settings are off."""
    settings = inputs.settings
    for name, on in (("DEMO", settings.demo), ("PHONE_URL", bool(settings.phone_url))):
        yield Finding(
            f"{PREFIX}{name}", "bad" if on else "ok", "on" if on else "off", "unset it" if on else ""
        )
    shift = settings.time_offset_s
    if shift:
        yield Finding("time", "bad", f"shifted by {shift} s", f"unset {PREFIX}TIME_OFFSET_S")
    else:
        yield Finding("time", "ok", "real")
