"""`sms-app doctor`: looks at everything and says what to do. Nothing secret or personal is in what it says."""

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
    typer.Option("--go-live", help="Also list what people must still do before real people are spoken to."),
]
Call = Annotated[
    bool, typer.Option("--call", help="Ask the provider for the account's balance. Sends nothing.")
]
Json = Annotated[bool, typer.Option("--json", help="Print a list of {name, verdict, found, do}.")]
Only = Annotated[
    list[str] | None, typer.Option("--only", help="Processes whose settings should be here; all if left out.")
]


def doctor(go_live: GoLive = False, call: Call = False, json: Json = False, only: Only = None) -> None:
    """Say how the service is, and what to do about it; exit 1 when something is bad."""
    inputs = Inputs.of(os.environ, tuple(only or ()))
    lines = readiness.check_service(inputs, call)
    if go_live:
        lines += readiness.check_go_live(inputs)
    typer.echo(json_format.dumps([asdict(line) for line in lines], indent=1) if json else as_text(lines))
    if any(line.verdict == "bad" for line in lines):
        raise typer.Exit(1)


def as_text(lines: Sequence[Finding]) -> str:
    """One line each, with what to do below it."""
    wide = max(len(line.name) for line in lines)
    said = []
    for line in lines:
        said.append(f"{line.verdict:<4}  {line.name:<{wide}}  {line.found}")
        if line.do:
            said.append(f"      {'':<{wide}}  -> {line.do}")
    return "\n".join(said)
