"""`sms-app sessions series`: a group's sessions of many weeks at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import Annotated

import typer

from sms_app.cli import moments
from sms_app.cli.database import fail
from sms_app.cli.office import office_transaction
from sms_app.cli.options import By, Programme
from sms_app.programme import series as session_series

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def series(
    group: Annotated[int, typer.Option(help="The training group's number.")],
    weekday: Annotated[str, typer.Option(help=f"One of {', '.join(WEEKDAYS)}.")],
    at: Annotated[str, typer.Option(help="The local hour, as 14:00.")],
    from_: Annotated[str, typer.Option("--from", help="The first day, as 2026-03-07.")],
    weeks: Annotated[int, typer.Option(help="How many weeks.", min=1, max=session_series.MAX_WEEKS)],
    hours: Annotated[float, typer.Option(help="How long each lasts.", min=0.25, max=12)] = 2,
    place: Annotated[str, typer.Option(help="Where; the group's place if left out.")] = "",
    title: Annotated[str, typer.Option(help="What it is about, for staff only.")] = "Session",
    twice_a_week: Annotated[
        bool, typer.Option("--twice-a-week", help="Also in weeks that have a session on another day.")
    ] = False,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Plan a group's sessions on one weekday, each week; days off are left out. Again, it adds only what is missing."""
    wanted = session_series.Series(
        group, _weekday(weekday), _hour(at), moments.day(from_), weeks, hours, title, place, twice_a_week
    )
    with office_transaction(programme, by) as (office, loaded):
        made = session_series.make(office, loaded.calendar, wanted, loaded.settings.banned_stems)
    typer.echo(f"Group {group}: {_counted(made.added)} added.")
    for days, what in (
        (made.there, "there already"),
        (made.off, "left out, a day off"),
        (made.other_day, "left out, the week has a session on another day (--twice-a-week adds it)"),
        (made.over, "left out, it is over"),
    ):
        for day in days:
            typer.echo(f"  {day:%a %Y-%m-%d}: {what}")


def _counted(days: Sequence[date]) -> str:
    if not days:
        return "nothing"
    return f"{len(days)} session{'' if len(days) == 1 else 's'}, {days[0]} to {days[-1]},"


def _weekday(written: str) -> int:
    short = written.strip().lower()[:3]
    if short not in WEEKDAYS:
        fail(f"`{written}` is no weekday: one of {', '.join(WEEKDAYS)}.")
    return WEEKDAYS.index(short)


def _hour(written: str) -> time:
    try:
        return time.fromisoformat(written)
    except ValueError:
        fail(f"`{written}` is no hour: write it as 14:00.")
