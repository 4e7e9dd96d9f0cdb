"""What the forms of the inbox may say."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, RadioField, TimeField
from wtforms.validators import NumberRange

from sms_app.programme.disputes import ANSWERS
from sms_app.programme.follow_ups import HEARD
from sms_app.programme.roll import STATUSES

MAX_LIST_NUMBER = 999


class _Form(FlaskForm):  # type: ignore[misc]
    """A form whose token the application has checked already."""

    class Meta:
        csrf = False


class AnswerForm(_Form):
    """The answer to a question: one of three codes."""

    answer = RadioField(choices=ANSWERS)


class HeardForm(_Form):
    """What the office heard of somebody who was absent."""

    heard = RadioField(choices=HEARD)


class AttendanceForm(_Form):
    """What the office says of one number on the list of a session."""

    group = IntegerField(validators=[NumberRange(1)])
    day = DateField()
    hour = TimeField()
    number = IntegerField(validators=[NumberRange(1, MAX_LIST_NUMBER)])
    said = RadioField(choices=STATUSES)
