"""`sms-app doctor`: runs all readiness checks and prints what to do. It prints nothing secret or personal."""

from __future__ import annotations

import json as json_format
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from sms_app.cli import readiness
from sms_app.cli.readiness.finding import Finding, Inputs

GoLive = Annotated[
    bool,
    typer.Option("--go-live", help="Also list what must be done before the service speaks to real people."),
]
Call = Annotated[
    bool, typer.Option("--call", help="Ask the provider for the account's balance. Sends nothing.")
]
Json = Annotated[bool, typer.Option("--json", help="Print a list of {name, verdict, result, do}.")]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", help="Check only the settings of these processes; may be repeated."),
]


def doctor(go_live: GoLive = False, call: Call = False, json: Json = False, only: Only = None) -> None:
    """Check the service and print what to do. Exit with 1 when a finding is bad."""
    inputs = Inputs.of(os.environ, tuple(only or ()))
    findings = readiness.check_service(inputs, call)
    if go_live:
        findings += readiness.check_go_live(inputs)
    typer.echo(
        json_format.dumps([asdict(finding) for finding in findings], indent=1) if json else as_text(findings)
    )
    if any(finding.verdict == "bad" for finding in findings):
        raise typer.Exit(1)


def as_text(findings: Sequence[Finding]) -> str:
    """A line for each finding, with what to do below it."""
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{finding.verdict:<4}  {finding.name:<{width}}  {finding.result}")
        if finding.do:
            lines.append(f"      {'':<{width}}  -> {finding.do}")
    return "\n".join(lines)
