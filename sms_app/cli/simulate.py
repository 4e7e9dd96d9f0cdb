"""`sms-app simulate`: a simulated year through the real path, and whether all totals agree."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from sms_app import clock, folder
from sms_app.cli import year
from sms_app.cli.database import fail
from sms_app.cli.moments import day as read_day

Weeks = Annotated[int, typer.Option(help="How many weeks.", min=1, max=104)]
Seed = Annotated[int, typer.Option(help="The same seed gives the same totals.", min=0, max=999_999)]
Data = Annotated[Path, typer.Option(help="The data folder; a new one, or one whose year was not finished.")]
Totals = Annotated[Path | None, typer.Option(help="Write the totals to this file, as JSON.")]
Until = Annotated[
    str, typer.Option(help="The day before which the year ends, as 2026-03-07; today if left out.")
]


def simulate(
    weeks: Weeks = 52, seed: Seed = 1, data: Data = Path("year"), totals: Totals = None, until: Until = ""
) -> None:
    """Live a year of the demo's people through the real webhooks, clock and sending, and check every total.

    Prints the totals. Exits with 1, and says where, when one differs from what the service has stored."""
    os.umask(0o077)
    last = read_day(until) if until else None
    with folder.own(data.resolve()):
        result = make(data.resolve(), weeks, seed, last)
    lines = [f"{value:>14,}  {name}" for name, value in result.totals.items()]
    print("\n".join(lines), flush=True)
    if totals is not None:
        totals.write_text(f"{json.dumps(result.totals, indent=1)}\n")
    if result.differences:
        fail("\n".join(["These totals differ:", *result.differences]))
    print(f"All totals agree. `sms-app up --data {data}` shows this year.")


def make(data: Path, weeks: int, seed: int, until: date | None = None) -> year.Result:
    """Make a year in a data folder that the caller holds, with a progress bar. Exits when the folder has one already,
    or other data."""
    with Progress() as progress:
        task = progress.add_task("weeks", total=weeks)
        return year.make(
            data, weeks, seed, until, clock.now(), lambda week: progress.update(task, completed=week)
        )
