"""Planning a meeting of a savings group, as `sms-app sessions plan-meeting` does it; what follows is shown first."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, DateField, FloatField, StringField, TimeField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from sms_app.console.calendar.forms import FIRST_YEAR, LAST_YEAR, MAX_HOURS
from sms_app.console.people.confirming import Follows, answer
from sms_app.console.people.keyed import KeyedForm
from sms_app.console.request import MAX_TYPED, Desk, desk, rule_words, say
from sms_app.console.settings import Console
from sms_app.messaging import rule_days
from sms_app.models.people import MAX_PLACE_LENGTH
from sms_app.programme import schedule, timetable
from sms_app.programme.calendar import Calendar
from sms_app.programme.desk import Refused
from sms_app.programme.timetable import OneGathering

PATH = "/calendar/meeting"


class MeetingForm(KeyedForm):
    """Which savings group meets, when and where."""

    group = StringField(
        "people.savings_group",
        validators=[DataRequired("field.needed"), Length(max=MAX_TYPED, message="field.too_long")],
        description="field.about_savings_group",
        render_kw={"maxlength": MAX_TYPED},
    )
    day = DateField("calendar.day_of_it", validators=[InputRequired("field.needed")])
    hour = TimeField(
        "calendar.new_hour", validators=[InputRequired("field.needed")], render_kw={"type": "time"}
    )
    hours = FloatField(
        "calendar.lasts",
        default=2.0,
        validators=[InputRequired("field.needed"), NumberRange(0.25, MAX_HOURS, "field.no_hours")],
        render_kw={"type": "number", "min": "0.25", "max": MAX_HOURS, "step": "0.25"},
    )
    place = StringField(
        "today.place",
        validators=[DataRequired("field.needed"), Length(max=2 * MAX_PLACE_LENGTH, message="field.too_long")],
        description="field.about_group_place",
        render_kw={"maxlength": 2 * MAX_PLACE_LENGTH},
    )
    anyway = BooleanField("calendar.anyway")

    def validate_day(self, field: DateField) -> None:
        """A day that the calendar can show."""
        if field.data is not None and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
            raise ValidationError("field.unreadable")


def add_to(routes: Blueprint, console: Console) -> None:
    """Add the page; `?group=` fills in the savings group."""

    @routes.route(PATH, methods=["GET", "POST"])
    def plan_meeting() -> BaseResponse:
        with desk(console) as at:
            form = MeetingForm()
            if request.method == "GET":
                form.group.data = request.args.get("group", "")[:MAX_TYPED].replace("\0", "")
            return answer(at, "meeting_new", form, lambda: _plan(at, form), "/calendar")


def _plan(at: Desk, form: MeetingForm) -> Follows:
    settings, calendar = at.programme.loaded.settings, at.programme.loaded.calendar
    there = timetable.gathering(at.conn, at.programme.loaded.id, form.row)
    if there is not None:
        return Follows((), address=_address(form.row))
    start = calendar.at(form.day.data, form.hour.data)
    _check_start(calendar, start, bool(form.anyway.data))
    end, group = start + timedelta(hours=form.hours.data), form.group.data.strip()
    schedule.plan_meeting(at.office, group, start, end, form.place.data, settings.banned_stems, form.row)
    planned = timetable.gathering(at.conn, at.programme.loaded.id, form.row)
    if planned is None:
        abort(404)
    return Follows(_sentences(at, planned), address=_address(form.row))


def _check_start(calendar: Calendar, start: datetime, anyway: bool) -> None:
    """As schedule.check_start; the refusal has the programme's hours, which the page does not show otherwise."""
    try:
        schedule.check_start(calendar, start, anyway)
    except schedule.ScheduleRefused as refused:
        if refused.key != "hours":
            raise
        opens, closes = (f"{hour:%H:%M}" for hour in (calendar.opens, calendar.closes))
        raise Refused(str(refused), key="outside_hours", opens=opens, closes=closes) from None


def _sentences(at: Desk, planned: OneGathering) -> list[str]:
    """Who is expected, and which texts the rules send about it."""
    expected = timetable.expected(at.conn, planned.id)
    sentences = [
        f"{say('calendar.meeting_of', group=planned.group)}:"
        f" {say('calendar.from_to', start=planned.starts_at, end=planned.ends_at)}, {planned.place}.",
        say("calendar.expected", n=len(expected)) + ".",
        say("follows.rules_remind"),
    ]
    for time in rule_days.of_gathering(at.programme.loaded, planned):
        if time.goes and time.at > at.now:
            sentences.append(f"{say('console.moment', at=time.at)}: {rule_words(time.rule.name)}")
    return sentences


def _address(id_: UUID) -> str:
    return f"/calendar/sessions/{id_}"
