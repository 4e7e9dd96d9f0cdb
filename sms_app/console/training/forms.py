"""What the forms of a roll may say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import request
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from sms_app.programme.office_roll import REASONS, Said
from sms_app.programme.roll import NOT_HELD_REASONS, STATUSES

MAX_LISTED = 999
MAX_STATE = 16_000
"""How long the state of a roll may be that a form carries."""
CODES: Mapping[str | None, str] = {None: "n", "present": "p", "late": "l", "absent": "a", "excused": "e"}
STATUS_OF = {code: status for status, code in CODES.items()}


class _Form(FlaskForm):  # type: ignore[misc]
    """A form whose token the application has checked already."""

    class Meta:
        csrf = False


class EnterForm(_Form):
    """A roll that the office enters: how many came, and what was seen before."""

    headcount = IntegerField(validators=[InputRequired(), NumberRange(0, MAX_LISTED)])
    seen = RadioField(choices=("", "not_held"), default="")


class CorrectForm(_Form):
    """A correction: its reason, and the roll that was seen."""

    reason = SelectField(choices=REASONS)
    saw = StringField(validators=[InputRequired(), Length(max=MAX_STATE)])


class NotHeldForm(_Form):
    """Why a session was not held."""

    why = SelectField(choices=NOT_HELD_REASONS)


def marked(numbers: Iterable[int]) -> dict[int, str]:
    """What the form marks these list numbers as; what is none of STATUSES is left out."""
    said = {number: request.form.get(f"n{number}", "") for number in numbers}
    return {number: status for number, status in said.items() if status in STATUSES}


def state_of(said: Said) -> str:
    """A roll in one field of a form, like `1p,2a`."""
    return ",".join(f"{number}{CODES[status]}" for number, status in sorted(said.items()))


def read_state(written: str) -> Said | None:
    """The roll that `state_of` wrote; None for anything else."""
    said: dict[int, str | None] = {}
    for part in written.split(","):
        number, code = part[:-1], part[-1:]
        if not (number.isascii() and number.isdigit() and len(number) <= 3 and code in STATUS_OF):
            return None
        said[int(number)] = STATUS_OF[code]
    return said
