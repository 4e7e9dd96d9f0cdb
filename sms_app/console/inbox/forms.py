"""What the forms of the inbox may say."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, RadioField, StringField, TimeField
from wtforms.validators import UUID, Length, NumberRange

from sms_app.programme.disputes import ANSWERS
from sms_app.programme.follow_ups import HEARD
from sms_app.programme.roll import STATUSES

MAX_LIST_NUMBER, MAX_MEMBER = 999, 40


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


class CheckInForm(_Form):
    """A check-in that matches nobody, by its session and the number that was typed."""

    session = StringField(validators=[UUID()])
    member = StringField(validators=[Length(1, MAX_MEMBER)])


class AttendanceForm(_Form):
    """What the office says of one number on the list of a session."""

    group = IntegerField(validators=[NumberRange(1)])
    day = DateField()
    hour = TimeField()
    number = IntegerField(validators=[NumberRange(1, MAX_LIST_NUMBER)])
    said = RadioField(choices=STATUSES)
