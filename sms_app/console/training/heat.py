"""Attendance by group and week as a table of coloured cells: which weeks, and what stands in each cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sms_app.console.calendar.days import read_day
from sms_app.programme.attendance import WEEK, GroupWeek, monday_of

SPANS: Mapping[str, int] = {"quarter": 13, "year": 52}
"""How many weeks are shown."""
GROUPS_SHOWN: Mapping[str, int] = {"quarter": 25, "year": 10}
"""How many groups are on a page: some ten thousand marks are read for it."""
LEVELS = (90, 80, 65, 50)
"""The least share of each class of colour, in percent; what is lower has the last class."""


@dataclass(frozen=True)
class Cell:
    """A week of a group, or of all: what is written in it, and its class of colour. `text` is the percentage, `?` when
    a roll is missing, `-` when nothing was held, empty when there was no session."""

    text: str
    level: str
    missing: bool = False


NOTHING = Cell("", "")


def weeks(last: date, span: str) -> list[date]:
    """The Mondays of a span, of which `last` is the last one."""
    many = SPANS[span]
    return [last - (many - 1 - n) * WEEK for n in range(many)]


def last_week(written: str, today: date) -> date:
    """The Monday of a day that is written like 2026-03-02, or of this week; never after it."""
    return min(monday_of(read_day(written, today)), monday_of(today))


def cell(rows: Iterable[GroupWeek]) -> Cell:
    """What stands for these weeks together."""
    listed = came = sessions = held = not_held = 0
    for row in rows:
        listed, came, sessions = listed + row.listed, came + row.came, sessions + row.sessions
        held, not_held = held + row.held, not_held + row.not_held
    missing = sessions > held + not_held
    if listed:
        percent = percentage(came, listed)
        return Cell(str(percent), level(percent), missing)
    if missing:
        return Cell("?", "w-missing", True)
    return Cell("-", "w-none") if sessions else NOTHING


def percentage(came: int, listed: int) -> int:
    """How many of a hundred came; a half is rounded up."""
    return (200 * came + listed) // (2 * listed)


def level(percent: int) -> str:
    """The class of colour of a percentage: w0 is the best."""
    return f"w{next((n for n, least in enumerate(LEVELS) if percent >= least), len(LEVELS))}"


def table(rows: Sequence[GroupWeek]) -> Mapping[tuple[UUID, date], Cell]:
    """The cells by group and Monday."""
    return {(row.group_id, row.monday): cell([row]) for row in rows}


def by_group(rows: Sequence[GroupWeek]) -> Mapping[UUID, Cell]:
    """All weeks of each group together."""
    ids = {row.group_id for row in rows}
    return {id_: cell(row for row in rows if row.group_id == id_) for id_ in ids}


def by_week(rows: Sequence[GroupWeek]) -> Mapping[date, Cell]:
    """All groups of each week together."""
    mondays = {row.monday for row in rows}
    return {monday: cell(row for row in rows if row.monday == monday) for monday in mondays}
