"""What the forms of a broadcast may say. An audience has no arm, no attendance and no savings, and so has its form."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask import request
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectMultipleField, StringField
from wtforms.validators import Length

from sms_app.console.calendar.forms import FIRST_YEAR, LAST_YEAR
from sms_app.console.request import typed
from sms_app.messaging.broadcasts.audience import COACH, CONTACTS, Audience
from sms_app.models.broadcasts import MAX_AUDIENCE_NAME_LENGTH
from sms_app.models.people import ROLES

MAX_CHECKBOXES = 100
"""Of more groups, the numbers are typed."""
NUMBERS = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")
MAX_TEXT = 2000
"""More of a text is not kept; a text that may go is much shorter."""
WHEN = ("now", "later", "weekly")


class _Form(FlaskForm):  # type: ignore[misc]
    """A form whose token the application has checked already."""

    class Meta:
        csrf = False


class AudienceForm(_Form):
    """Whom a broadcast is for. The choices of groups, sectors and languages are the programme's."""

    roles = SelectMultipleField(choices=(*ROLES, COACH))
    groups = SelectMultipleField(coerce=int)
    sectors = SelectMultipleField()
    languages = SelectMultipleField()
    contacts = SelectMultipleField(choices=CONTACTS)

    def audience(self) -> Audience:
        """The audience as it was chosen."""
        return Audience(
            tuple(self.roles.data or ()),
            tuple(self.groups.data or ()),
            tuple(self.sectors.data or ()),
            languages=tuple(self.languages.data or ()),
            contacts=tuple(self.contacts.data or ()),
        )


class WhenForm(_Form):
    """When a broadcast goes."""

    when = RadioField(choices=WHEN)


class NameForm(_Form):
    """The name under which an audience is kept."""

    name = StringField(
        validators=[Length(1, MAX_AUDIENCE_NAME_LENGTH)], filters=[lambda name: (name or "").strip()]
    )


def read_numbers(written: str, there: Collection[int]) -> tuple[list[int], list[str]]:
    """The groups' numbers in what was typed, such as `3, 7, 100-120`, of a range those that are there; and what is the
    number of no group."""
    chosen: set[int] = set()
    unknown = []
    for part in re.sub(r"\s*[-–]\s*", "-", written).replace(",", " ").replace(";", " ").split():
        numbers = NUMBERS.fullmatch(part)
        first, last = (int(numbers[1]), int(numbers[2] or numbers[1])) if numbers else (0, 0)
        named = {number for number in there if first <= number <= last}
        chosen |= named
        if not named:
            unknown.append(part)
    return sorted(chosen), unknown


def write_numbers(numbers: Sequence[int]) -> str:
    """Numbers as `read_numbers` reads them, with runs of three and more as ranges."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    parts = (
        [f"{first}-{last}"] if last - first > 1 else map(str, range(first, last + 1)) for first, last in runs
    )
    return ", ".join(part for run in parts for part in run)


def texts(languages: tuple[str, ...]) -> dict[str, str]:
    """The texts that were typed, by language. PostgreSQL takes no NUL."""
    return {
        language: request.form.get(f"text_{language}", "")[:MAX_TEXT].replace("\0", "").replace("\r\n", "\n")
        for language in languages
    }


def moment(zone: ZoneInfo) -> datetime | None:
    """The local day and hour that were typed; None when they are none."""
    try:
        day, hour = date.fromisoformat(typed("day").strip()), time.fromisoformat(typed("hour").strip())
    except ValueError:
        return None
    return datetime.combine(day, hour, zone) if FIRST_YEAR <= day.year <= LAST_YEAR else None
