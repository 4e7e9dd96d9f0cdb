"""What the forms of a count may say: whole shares, or amounts in the programme's currency."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from flask_wtf import FlaskForm
from wtforms import DateField, StringField, validators

from sms_app.engine.answers import read_money
from sms_app.programme.office_meeting import Mode

MAX_WRITTEN = 20
"""How long what is typed of one number, or of the sum, may be."""
MAX_SUM = 10**12
"""No sum is larger."""


class CountForm(FlaskForm):  # type: ignore[misc]
    """The day of a meeting, and the form's key: the same form is entered once. Its token is checked already."""

    class Meta:
        csrf = False

    key = StringField(validators=[validators.UUID()])
    day = DateField()


def read(name: str, decimals: int, mode: Mode) -> tuple[str, int | None]:
    """What is typed in a field, and its value: a count of shares, or an amount in smallest units; None for neither."""
    written = request.form.get(name, "")[:MAX_WRITTEN].strip()
    value = read_money(written, 0 if mode == "shares" else decimals)
    return written, value if value is not None and value <= MAX_SUM else None


def read_lines(numbers: Sequence[int], decimals: int, mode: Mode) -> tuple[dict[int, str], dict[int, int]]:
    """What is typed for each list number, and the values of those that are filled in rightly."""
    fields = {number: read(f"n{number}", decimals, mode) for number in numbers}
    written = {number: text for number, (text, _) in fields.items()}
    return written, {number: value for number, (_, value) in fields.items() if value is not None}
