"""`sms-app reminders`: shows the reminders that the rules give for a week."""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from sms_app.cli import moments
from sms_app.cli.loading import loaded_programme
from sms_app.cli.options import Programme
from sms_app.messaging.reminders.preview import PreviewRow, preview

app = typer.Typer(help="The reminders that the rules give.", no_args_is_help=True)
COLUMNS = ("when", "rule", "about", "group", "member", "why_not", "list_number")
GROUPS_SHOWN = 20


@app.callback()
def reminders() -> None:
    """The reminders that the rules give."""


@app.command("preview")
def preview_(
    week: Annotated[str | None, typer.Option(help="The week, as 2026-W49; default: this week.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="List each participant too.")] = False,
    csv_: Annotated[
        bool, typer.Option("--csv", help="Print each participant as CSV, without the summary.")
    ] = False,
    programme: Programme = "",
) -> None:
    """Show who would get which reminder and when, and who would not and why. Shows member numbers, no names, no
    phones."""
    with loaded_programme(programme) as (staff, loaded):
        monday = moments.monday(f"{staff.today:%G-W%V}" if week is None else week)
        lines = preview(staff.conn, loaded, monday, staff.now)
        zone = loaded.calendar.zone
    if csv_:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([COLUMNS, *(_cells(line, zone) for line in lines)])
        return
    for line in [
        *_summary(lines, zone),
        *(["", *map("  ".join, (_cells(x, zone) for x in lines))] if all_ else []),
    ]:
        typer.echo(line)


def _summary(lines: Sequence[PreviewRow], zone: ZoneInfo) -> list[str]:
    """A line for each moment with its groups, participants and messages; then the counts of those who would get none,
    by rule and reason."""
    going: dict[tuple[str, str], list[PreviewRow]] = defaultdict(list)
    for line in lines:
        if line.why is None:
            going[(_local(line, zone), line.rule)].append(line)
    sent = [
        f"{when}  {rule:<18} {len(every):>5} participants  {len({x.copy for x in every}):>5} messages  "
        f"groups {', '.join(str(group) for group in sorted({x.group or 0 for x in every}))}"
        for (when, rule), every in going.items()
    ]
    why = Counter((line.rule, line.why) for line in lines if line.why)
    without = []
    for (rule, reason), count in sorted(why.items()):
        without.append(f"{rule:<18} {count:>5} participants  {reason}")
        without += _listed([line for line in lines if (line.rule, line.why) == (rule, reason)])
    return [*(sent or ["Nothing would be sent."]), *(["", "Not sent:", *without] if without else [])]


def _listed(lines: Sequence[PreviewRow]) -> list[str]:
    """A line for each of the first groups, with the participants' numbers on the group's list."""
    groups: dict[int, set[int]] = defaultdict(set)
    for line in lines:
        groups[line.group or 0].update([line.list_number] if line.list_number is not None else [])
    listed = [
        f"{'':<18}   group {group or '-'}, list {', '.join(map(str, sorted(numbers)))}"
        for group, numbers in sorted(groups.items())
        if numbers
    ]
    more = len(listed) - GROUPS_SHOWN
    return [
        *listed[:GROUPS_SHOWN],
        *([f"{'':<18}   and {more} groups more: --all lists them"] if more > 0 else []),
    ]


def _cells(line: PreviewRow, zone: ZoneInfo) -> tuple[str, ...]:
    cells = (line.rule, line.occasion, line.group or "", line.member, line.why or "", line.list_number or "")
    return (_local(line, zone), *map(str, cells))


def _local(line: PreviewRow, zone: ZoneInfo) -> str:
    return f"{line.due_at.astimezone(zone):%Y-%m-%d %H:%M}"
