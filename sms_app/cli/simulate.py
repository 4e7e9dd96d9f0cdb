"""`sms-app simulate`: a simulated year through the real path, and whether all totals agree."""

from __future__ import annotations

import json
import os
import resource
import time
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from sms_app import clock, folder
from sms_app.cli import year
from sms_app.cli.database import fail
from sms_app.cli.moments import day as read_day
from sms_app.simulator.year.mark import read_mark

Weeks = Annotated[int, typer.Option(help="How many weeks.", min=1, max=104)]
A_YEAR, FIRST_SEED = 52, 1
Seed = Annotated[int, typer.Option(help="The same seed gives the same totals.", min=0, max=999_999)]
Data = Annotated[Path, typer.Option(help="The data folder; a new one, or one whose year was not finished.")]
Totals = Annotated[Path | None, typer.Option(help="Write the totals to this file, as JSON.")]
Until = Annotated[
    str, typer.Option(help="The day before which the year ends, as 2026-03-07; today if left out.")
]
NOT_FINISHED = (
    "This data folder has a simulated year that was not finished: begin it anew with `sms-app simulate`, or give"
    " another folder."
)


def simulate(
    weeks: Weeks = A_YEAR,
    seed: Seed = FIRST_SEED,
    data: Data = Path("year"),
    totals: Totals = None,
    until: Until = "",
) -> None:
    """Live a year of the demo's people through the real webhooks, clock and sending, and check every total.

    Prints the totals. Exits with 1, and says where, when one differs from what the service has stored."""
    os.umask(0o077)
    last, began = read_day(until) if until else None, time.perf_counter()
    with folder.own(data.resolve()):
        result = make(data.resolve(), weeks, seed, last)
    print(_took(time.perf_counter() - began))
    lines = [f"{value:>14,}  {name}" for name, value in result.totals.items()]
    print("\n".join(lines), flush=True)
    if totals is not None:
        totals.write_text(f"{json.dumps(result.totals, indent=1)}\n")
    insist_agree(result)
    print(f"All totals agree. `sms-app up --data {data}` shows this year.")


def _took(seconds: float) -> str:
    """How long it took, and the processor time of this process and of those that it started and that have ended."""
    own, others = (
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
    return (
        f"Took {seconds:,.0f} s; processor time: this process {own:,.0f} s, PostgreSQL, Redis and the second web"
        f" process {others:,.0f} s."
    )


def make(data: Path, weeks: int, seed: int, until: date | None = None) -> year.Result:
    """Make a year in a data folder that the caller holds, with a progress bar. Exits when the folder has one already,
    or other data."""
    with Progress() as progress:
        task = progress.add_task("weeks", total=weeks)
        return year.make(
            data, weeks, seed, until, clock.now(), lambda week: progress.update(task, completed=week)
        )


def insist_agree(made: year.Result) -> None:
    """Exit with the differences of a year whose totals differ."""
    if made.differences:
        fail("\n".join(["These totals differ:", *made.differences]))


def insist_whole(data: Path) -> None:
    """Exit when a data folder, which the caller holds, has a simulated year that was not finished."""
    mark = read_mark(data)
    if mark is not None and not mark.is_finished:
        fail(NOT_FINISHED)


def make_if_none(data: Path, weeks: int) -> None:
    """Make a year in a data folder that the caller holds, unless it has one. Exits when it has other data, and when a
    total differs."""
    mark = read_mark(data)
    if mark is None or not mark.is_finished:
        insist_agree(make(data, weeks, FIRST_SEED))
