"""Days, weeks, months and hours as staff type them, each within years that a calendar can be asked about."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sms_app.cli.database import fail

YEARS = range(2000, 2100)
WEEK, MONTH, DAY = re.compile(r"\d{4}-W\d{2}"), re.compile(r"\d{4}-\d{2}"), re.compile(r"\d{4}-\d{2}-\d{2}")


def monday(text: str) -> date:
    """The first day of a week, or one clear sentence and exit 1; so are the others."""
    return _date(f"{text}-1" if WEEK.fullmatch(text) else "", f"`{text}` is no week: write it as 2026-W49.")


def month(text: str) -> date:
    """The first day of a month."""
    return _date(
        f"{text}-01" if MONTH.fullmatch(text) else "", f"`{text}` is not a month: write it as 2026-11."
    )


def day(text: str) -> date:
    """A day."""
    return _date(text if DAY.fullmatch(text) else "", f"`{text}` is no day: write it as 2026-11-25.")


def hour(text: str, zone: ZoneInfo, wrong: str) -> datetime:
    """A moment, local unless it names its own zone; `wrong` is the sentence for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        fail(wrong)
    if found.year not in YEARS:
        fail(wrong)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _date(text: str, wrong: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        fail(wrong)
    if found.year not in YEARS:
        fail(wrong)
    return found
