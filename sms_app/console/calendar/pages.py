"""The calendar by week and by month, one session or meeting, and its changes with who is told what, when.

Whoever may change the timetable is in `access.py`; the pages show the forms to nobody else. No participant's name."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, Response, abort, g, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.access import may
from sms_app.console.calendar import change, days, meeting, series
from sms_app.console.calendar.change import Preview
from sms_app.console.calendar.days import Span
from sms_app.console.calendar.forms import ChangeForm
from sms_app.console.request import MAX_TYPED, Desk, desk, id_of, page_number
from sms_app.console.settings import Console
from sms_app.messaging import history, rule_days
from sms_app.programme import coaches, groups, schedule, timetable
from sms_app.programme.schedule import ScheduleRefused
from sms_app.programme.timetable import OneGathering, Only

BAD, CONFLICT = 400, 409
MAX_OF_WEEK, MAX_OF_MONTH, MAX_OF_DAY = 40, 4, 50
"""How many gatherings of a day are listed in a week, in a month, and on a page of the day."""
MAX_COACHES = 100
"""A programme with more coaches has no list to choose from: a session's page leads to its coach's calendar."""


def blueprint(console: Console) -> Blueprint:
    """The pages of the calendar. A change is posted twice: the first time it is shown, the second time it is made."""
    routes = Blueprint("calendar", __name__)

    @routes.get("/calendar")
    def week() -> Response:
        with desk(console) as at:
            return _calendar(at, days.week_of(_day(at)), "week", MAX_OF_WEEK)

    @routes.get("/calendar/month")
    def month() -> Response:
        with desk(console) as at:
            return _calendar(at, days.month_of(_day(at)), "month", MAX_OF_MONTH)

    @routes.get("/calendar/day")
    def day() -> Response:
        with desk(console) as at:
            return _calendar(at, days.day_of(_day(at)), "day", MAX_OF_DAY, page_number())

    series.add_to(routes, console)
    meeting.add_to(routes, console)

    @routes.get("/calendar/sessions/<gathering>")
    def gathering(gathering: str) -> Response:
        with desk(console) as at:
            return _gathering(at, _shown(at, id_of(gathering)))

    @routes.post("/calendar/sessions/<gathering>")
    def change_it(gathering: str) -> BaseResponse:
        id_ = id_of(gathering)
        with desk(console) as at:
            return _change(at, id_, ChangeForm())

    return routes


def _change(at: Desk, id_: UUID, form: ChangeForm) -> BaseResponse:
    """Show what a change would do; make it when just that was shown before and is confirmed."""
    shown = _shown(at, id_)
    if not form.is_complete():
        return _gathering(at, shown, "unreadable", BAD, form)
    try:
        planned = change.planned_change(at, shown, form)
    except ScheduleRefused as refused:
        return _gathering(at, shown, refused.key, CONFLICT if form.seen.data else BAD, form)
    if planned is None:
        return _gathering(at, shown, "so_already", CONFLICT if form.seen.data else BAD, form)
    preview = change.preview(at, shown, planned)
    if form.seen.data != preview.seen:
        return _preview(at, shown, preview, form)
    schedule.make(at.office, planned)
    return redirect(f"/calendar/sessions/{id_}?done={form.what.data}", 303)


def _preview(at: Desk, shown: OneGathering, preview: Preview, form: ChangeForm) -> Response:
    changed = bool(form.seen.data)
    calendar = at.programme.loaded.calendar
    page = render_template(
        "calendar/preview.html",
        shown=shown,
        preview=preview,
        form=form,
        changed=changed,
        day_off=calendar.day_off(calendar.day(preview.planned.then.starts_at)),
        contacts=_contacts(at, shown),
    )
    return Response(page, CONFLICT if changed else 200)


def _gathering(
    at: Desk, shown: OneGathering, problem: str = "", status: int = 200, form: ChangeForm | None = None
) -> Response:
    loaded = at.programme.loaded
    start = shown.starts_at.astimezone(at.programme.zone)
    page = render_template(
        "calendar/gathering.html",
        shown=shown,
        problem=problem,
        done=request.args.get("done", "") if request.method == "GET" else "",
        typed=form,
        start=start,
        expected=timetable.expected(at.conn, shown.id),
        texts=history.texts_of_gathering(at.conn, shown.id),
        rules=rule_days.of_gathering(loaded, shown),
        contacts=_contacts(at, shown),
        over=shown.ends_at <= at.now,
        begun=shown.starts_at <= at.now,
        back=_back(at, shown),
        hours=(loaded.calendar.opens, loaded.calendar.closes),
        change=may(g.account.role, "calendar.change_it", "POST"),
        off=loaded.calendar.day_off(start.date()),
        today=at.today,
    )
    return Response(page, status)


def _back(at: Desk, shown: OneGathering) -> object:
    """The time from which it was moved last, if it is to come and another one: to there it can be moved back."""
    last = shown.was[-1] if shown.was else None
    return last if last is not None and last > at.now and last != shown.starts_at else None


def _calendar(at: Desk, span: Span, view: str, most: int, number: int = 1) -> Response:
    only, coach = _only()
    skip = (number - 1) * most
    every = coaches.named(at.conn, at.programme.loaded.vault, at.programme.loaded.id, MAX_COACHES)
    page = render_template(
        f"calendar/{view}.html",
        days=days.of_span(at, span, only, most, skip),
        number=number,
        skip=skip,
        span=span,
        last=span.first + timedelta(days=span.days - 1),
        today=at.today,
        middle=_middle(span),
        view=view,
        only=only,
        coach=coach,
        coaches=every,
        sectors=groups.sectors(at.office),
        done=request.args.get("done", ""),
        change=may(g.account.role, "calendar.plan_series", "POST"),
        query=_query(only, coach),
    )
    return Response(page)


def _middle(span: Span) -> date:
    """A day that both a week and a month have: the month's first day, or the week's Monday."""
    return next(
        (day for day in (span.first + timedelta(days=n) for n in range(7)) if day.month == span.month),
        span.first,
    )


def _day(at: Desk) -> date:
    return days.read_day(request.args.get("day", ""), at.today)


def _only() -> tuple[Only, str]:
    """The group, the coach and the sector that the address names. A coach that is none is none's: nothing is listed."""
    group = request.args.get("group", "").strip()[:MAX_TYPED].replace("\0", "")
    written = request.args.get("coach", "").strip()
    coach = id_of(written) if written else None
    sector = request.args.get("sector", "")[:MAX_TYPED].replace("\0", "")
    return Only(group, coach, sector), str(coach or "")


def _query(only: Only, coach: str) -> dict[str, str]:
    every = (("group", only.group), ("coach", coach), ("sector", only.sector))
    return {name: value for name, value in every if value}


def _contacts(at: Desk, shown: OneGathering) -> object:
    if shown.coached is None:
        return ()
    return coaches.contacts(at.conn, at.programme.loaded.vault, [shown.coached])[shown.coached]


def _shown(at: Desk, id_: UUID) -> OneGathering:
    shown = timetable.gathering(at.conn, at.programme.loaded.id, id_)
    if shown is None:
        abort(404)
    return shown
