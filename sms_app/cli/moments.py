"""Parses the days, weeks, months and times that staff type. A year outside YEARS is refused, for date arithmetic."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sms_app.cli.database import fail

YEARS = range(2000, 2100)
WEEK, MONTH, DAY = re.compile(r"\d{4}-W\d{2}"), re.compile(r"\d{4}-\d{2}"), re.compile(r"\d{4}-\d{2}-\d{2}")


def monday(text: str) -> date:
    """The first day of a week. Exits with code 1 and a sentence on a wrong text, as the other functions here do."""
    return _date(
        f"{text}-1" if WEEK.fullmatch(text) else "", f"`{text}` is not a week: write it as 2026-W49."
    )


def month(text: str) -> date:
    """The first day of a month."""
    return _date(
        f"{text}-01" if MONTH.fullmatch(text) else "", f"`{text}` is not a month: write it as 2026-11."
    )


def day(text: str) -> date:
    """A day."""
    return _date(text if DAY.fullmatch(text) else "", f"`{text}` is not a day: write it as 2026-11-25.")


def hour(text: str, zone: ZoneInfo, wrong: str) -> datetime:
    """A time, in `zone` unless the text names its own zone. `wrong` is the sentence for a text that is not a time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(wrong)
    if moment.year not in YEARS:
        fail(wrong)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _date(text: str, wrong: str) -> date:
    try:
        day_ = date.fromisoformat(text)
    except ValueError:
        fail(wrong)
    if day_.year not in YEARS:
        fail(wrong)
    return day_
