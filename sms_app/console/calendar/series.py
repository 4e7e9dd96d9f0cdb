"""Planning a group's sessions of many weeks: what would be planned is shown first, days off are left out and said."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from flask import Blueprint, Response, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.calendar.forms import SeriesForm
from sms_app.console.request import Desk, desk
from sms_app.console.settings import Console
from sms_app.programme import series
from sms_app.programme.desk import Refused
from sms_app.programme.schedule import ScheduleRefused
from sms_app.programme.series import PlannedSeries, Series

BAD, CONFLICT = 400, 409
LEFT_OUT = ("off", "there", "other_day", "over")


def add_to(routes: Blueprint, console: Console) -> None:
    """Add the page and its form. The form is posted twice, as each change of the calendar; planned again, a series adds
    only what is missing."""

    @routes.get("/calendar/series")
    def series_form() -> Response:
        with desk(console) as at:
            return _page(at, SeriesForm(first=at.today + timedelta(days=1), weeks=4, hours=2.0))

    @routes.post("/calendar/series")
    def plan_series() -> BaseResponse:
        with desk(console) as at:
            return _plan(at, SeriesForm())


def _plan(at: Desk, form: SeriesForm) -> BaseResponse:
    if not form.is_complete():
        return _page(at, form, problem="unreadable", status=BAD)
    wanted = Series(
        form.group.data,
        int(form.weekday.data),
        form.at.data,
        form.first.data,
        form.weeks.data,
        form.hours.data,
        form.title.data.strip(),
        (form.place.data or "").strip(),
        bool(form.twice_a_week.data),
    )
    calendar = at.programme.loaded.calendar
    try:
        planned = series.plan(at.office, calendar, wanted, at.programme.loaded.settings.banned_stems)
    except ScheduleRefused as refused:
        return _page(at, form, problem=refused.key, status=BAD)
    except Refused:
        return _page(at, form, problem="no_group", status=BAD)
    seen = hashlib.sha256(repr((wanted, planned)).encode()).hexdigest()[:32]
    if form.seen.data != seen or not planned.days.added:
        status = CONFLICT if form.seen.data else 200
        return _page(at, form, planned, seen, "shown_again" if form.seen.data else "", status)
    series.add(at.office, calendar, wanted, planned)
    return redirect(f"/calendar?day={planned.days.added[0]}&group={form.group.data}&done=series", 303)


def _page(
    at: Desk,
    form: SeriesForm,
    planned: PlannedSeries | None = None,
    seen: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    calendar = at.programme.loaded.calendar
    page = render_template(
        "calendar/series.html",
        form=form,
        planned=planned,
        seen=seen,
        problem=problem,
        left_out=LEFT_OUT,
        hours=(calendar.opens, calendar.closes),
        quiet=calendar.quiet_weekdays,
        offs=lambda day: calendar.day_off(day),
    )
    return Response(page, status)
