"""What the forms of the calendar may say."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, FloatField, IntegerField, RadioField, StringField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange

from sms_app.models.people import MAX_PLACE_LENGTH
from sms_app.programme.groups import MAX_NUMBER
from sms_app.programme.series import MAX_WEEKS

CHANGES = ("move", "back", "place", "cancel", "restore")
MAX_HOURS, MAX_TITLE = 12, 100
FIRST_YEAR, LAST_YEAR = 2000, 2099
"""The years that the forms and addresses take, for date arithmetic."""


class _Form(FlaskForm):  # type: ignore[misc]
    """A form whose token the application has checked already. `seen` is what the preview showed, in short."""

    class Meta:
        csrf = False

    seen = StringField(validators=[Length(max=64)])


class ChangeForm(_Form):
    """A change of a session or meeting: to another time, back to the time before, to another place, and so on."""

    what = RadioField(choices=CHANGES)
    day = DateField()
    hour = TimeField()
    anyway = BooleanField()
    place = StringField(validators=[Length(max=10 * MAX_PLACE_LENGTH)])

    def is_complete(self) -> bool:
        """Whether what the change needs is there and can be read."""
        self.validate()
        what = self.what.data
        if what not in CHANGES or self.seen.errors:
            return False
        needed = {"move": ("day", "hour"), "place": ("place",)}.get(what, ())
        if any(self[name].errors or self[name].data is None for name in needed):
            return False
        return what != "move" or bool(FIRST_YEAR <= self.day.data.year <= LAST_YEAR)


class SeriesForm(_Form):
    """A group's sessions on one weekday in each of some weeks, as `sms-app sessions series` takes them."""

    group = IntegerField(validators=[InputRequired(), NumberRange(1, MAX_NUMBER)])
    first = DateField(validators=[InputRequired()])
    weekday = RadioField(choices=[str(day) for day in range(7)])
    at = TimeField(validators=[InputRequired()])
    weeks = IntegerField(validators=[InputRequired(), NumberRange(1, MAX_WEEKS)])
    hours = FloatField(validators=[InputRequired(), NumberRange(0.25, MAX_HOURS)])
    place = StringField(validators=[Length(max=10 * MAX_PLACE_LENGTH)])
    title = StringField(validators=[InputRequired(), Length(1, MAX_TITLE)])
    twice_a_week = BooleanField()

    def is_complete(self) -> bool:
        """Whether every field is there and can be read."""
        return bool(self.validate() and FIRST_YEAR <= self.first.data.year <= LAST_YEAR)
