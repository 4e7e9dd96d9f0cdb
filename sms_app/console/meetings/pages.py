"""Counts of savings meetings from the paper: one account enters a count with its sum, another types the sum again.

Neither sees what the other typed, and no page shows an amount that is stored: of a sum that differs it only says so.
Counts that were entered by phone are confirmed by phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.meetings.forms import MAX_WRITTEN, CountForm, read, read_lines
from sms_app.console.names import name_of, record_seen
from sms_app.console.request import Desk, desk, id_of, say
from sms_app.console.settings import Console
from sms_app.programme import office_meeting
from sms_app.programme.office_meeting import Count, EnteredMeeting, OpenCycle

DONE = ("entered", "confirmed", "given_back")
BAD, CONFLICT = 400, 409
ON_A_PAGE = 100
MAX_PLACE_LENGTH = 6


@dataclass(frozen=True)
class Typed:
    """What the form of a count had, to be shown again with what is wrong."""

    problem: str = ""
    status: int = BAD
    key: str = ""
    day: str = ""
    total: str = ""
    lines: Mapping[int, str] = field(default_factory=dict)


def blueprint(console: Console) -> Blueprint:
    """The list, the form of a count, and that of its confirmation."""
    routes = Blueprint("meetings", __name__)
    _add_list(routes, console)
    _add_counts(routes, console)
    return routes


def _add_list(routes: Blueprint, console: Console) -> None:
    """The list."""

    @routes.get("/meetings")
    def listed() -> Response:
        after = request.args.get("after", "")
        place = int(after) if after.isascii() and after.isdigit() and len(after) <= MAX_PLACE_LENGTH else 0
        with desk(console) as at:
            counts = office_meeting.waiting(at.conn, at.programme.loaded.id)
            groups = office_meeting.groups(at.conn, at.programme.loaded.id, place, ON_A_PAGE + 1)
            who = at.account.who
        done = request.args.get("done", "")
        return Response(
            render_template(
                "meetings/list.html",
                waiting=counts,
                groups=groups[:ON_A_PAGE],
                more=groups[ON_A_PAGE - 1].place if len(groups) > ON_A_PAGE else None,
                who=who,
                done=done if done in DONE else "",
            )
        )


def _add_counts(routes: Blueprint, console: Console) -> None:
    """The form of a count, and that of its confirmation."""

    @routes.get("/meetings/<cycle>")
    def count(cycle: str) -> Response:
        return _count_page(console, id_of(cycle))

    @routes.post("/meetings/<cycle>")
    def enter(cycle: str) -> BaseResponse:
        id_ = id_of(cycle)
        typed = _entered(console, id_)
        return redirect("/meetings?done=entered", 303) if typed is None else _count_page(console, id_, typed)

    @routes.get("/meetings/counts/<meeting>")
    def waiting(meeting: str) -> Response:
        return _sum_page(console, id_of(meeting))

    @routes.post("/meetings/counts/<meeting>")
    def confirm(meeting: str) -> BaseResponse:
        return _answered(console, id_of(meeting))


def _entered(console: Console, id_: UUID) -> Typed | None:
    """Enter what the form has; what is wrong with it, if anything."""
    form = CountForm()
    with desk(console) as at:
        cycle = _cycle(at, id_)
        numbers = [member.list_number for member in office_meeting.members(at.conn, id_)]
        decimals = at.programme.loaded.settings.currency.decimals
        written, values = read_lines(numbers, decimals, cycle.mode)
        sum_written, total = read("total", decimals, cycle.mode)
        typed = Typed(
            key=request.form.get("key", ""),
            day=request.form.get("day", "")[:MAX_WRITTEN],
            total=sum_written,
            lines=written,
        )
        if not form.validate() or total is None:
            return replace(typed, problem=say("meeting.bad_day_or_sum"))
        missing = [str(number) for number in numbers if number not in values]
        if missing:
            return replace(typed, problem=say("meeting.missing", numbers=", ".join(missing)))
        counted = Count(form.day.data, values, total)
        done = office_meeting.enter(at.office, at.account.id, id_, UUID(form.key.data), counted)
    return None if done == "finished" else replace(typed, problem=_problem(done, cycle), status=CONFLICT)


def _problem(done: str, cycle: OpenCycle) -> str:
    """Why a count was not entered, and what to do."""
    if done == "differs":
        return say("meeting.lines_differ")
    if done == "unknown":
        return say("meeting.list_changed")
    if done == "begun":
        return say("meeting.begun")
    if done == "recorded":
        return say("meeting.recorded")
    if cycle.mode == "shares":
        return say("meeting.refused_shares", most=cycle.most_shares, day=cycle.opened_on)
    return say("meeting.refused", day=cycle.opened_on)


def _count_page(console: Console, id_: UUID, typed: Typed | None = None) -> Response:
    with desk(console) as at:
        cycle = _cycle(at, id_)
        members = office_meeting.members(at.conn, id_)
        record_seen(at, [member.id for member in members])
        page = render_template(
            "meetings/count.html",
            cycle=cycle,
            members=members,
            names={member.id: name_of(at, member.name_sealed, member.id) for member in members},
            typed=typed or Typed(key=str(uuid4()), day=cycle.likely.isoformat()),
            today=at.today,
        )
    return Response(page, typed.status if typed else 200)


def _answered(console: Console, id_: UUID) -> BaseResponse:
    """Confirm a count with the sum that was typed, or give it back."""
    gives_back = request.form.get("answer") == "give_back"
    with desk(console) as at:
        meeting = _meeting(at, id_)
        decimals = at.programme.loaded.settings.currency.decimals
        _, total = read("total", decimals, meeting.mode)
        if not gives_back and total is None:
            done = "no_sum"
        else:
            done = office_meeting.answer(at.office, at.account.id, id_, None if gives_back else total)
        if done == "gone" and not gives_back:
            # the same form again, perhaps at the same moment
            now = office_meeting.meeting(at.conn, at.account.programme_id, id_)
            done = "confirmed" if now is not None and now.confirmed_by == at.account.who else done
    if done in DONE:
        return redirect(f"/meetings?done={done}", 303)
    return _sum_page(console, id_, done)


def _sum_page(console: Console, id_: UUID, done: str = "") -> Response:
    """The page of a count that waits. What was typed stays in its field only where it was no number."""
    with desk(console) as at:
        meeting = _meeting(at, id_)
        page = render_template(
            "meetings/sum.html",
            meeting=meeting,
            own=meeting.entered_by == at.account.who,
            by_office=meeting.entered_by.startswith("console:"),
            problem=_why_not(done),
        )
    return Response(page, 200 if not done else BAD if done == "no_sum" else CONFLICT)


def _why_not(done: str) -> str:
    """Why a count was not confirmed, and what to do."""
    if done == "no_sum":
        return say("meeting.no_sum")
    if done == "differs":
        return say("meeting.sums_differ")
    if done == "own":
        return say("meeting.own")
    return say("meeting.gone") if done else ""


def _cycle(at: Desk, id_: UUID) -> OpenCycle:
    cycle = office_meeting.open_cycle(at.conn, at.account.programme_id, id_, at.today)
    if cycle is None:
        abort(404)
    return cycle


def _meeting(at: Desk, id_: UUID) -> EnteredMeeting:
    meeting = office_meeting.meeting(at.conn, at.account.programme_id, id_)
    if meeting is None:
        abort(404)
    return meeting
