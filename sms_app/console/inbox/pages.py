"""What participants said that waits for an answer, with its buttons. It has list numbers, never names.

The answers are those of `sms-app disputes answer` and `sms-app rolls correct`, and the coach's of a follow-up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console import kept
from sms_app.console.inbox.forms import AnswerForm, AttendanceForm, CheckInForm, HeardForm
from sms_app.console.request import Desk, desk, id_of, page_number
from sms_app.console.settings import Console
from sms_app.programme import disputes, follow_ups, roll, training
from sms_app.programme.desk import Refused

STORED = "stored"
BAD, CONFLICT = 400, 409
MOST, COUNTED, ON_A_PAGE = 3, 100, 25
"""How many of each matter the first page shows, the oldest first, of which no more than COUNTED are counted; how many a
page of one matter has."""
MATTERS = ("questions", "mismatches", "unmatched", "follow_ups", "cannot")


def blueprint(console: Console) -> Blueprint:
    """The page and its answers. An answer that comes twice changes nothing the second time."""
    routes = Blueprint("inbox", __name__)
    _add_questions(routes, console)
    _add_other_matters(routes, console)
    return routes


def _add_questions(routes: Blueprint, console: Console) -> None:
    """The page, and answers to questions."""

    @routes.get("/inbox")
    def open_matters() -> Response:
        return _page(console, done=request.args.get("done") == STORED)

    @routes.post("/inbox/questions/<question>")
    def question(question: str) -> BaseResponse:
        form, id_ = AnswerForm(), id_of(question)
        if not form.validate():
            return _page(console, "inbox.choose", BAD)
        return _do(
            console,
            lambda at: disputes.answer(
                at.conn, at.account.programme_id, at.account.who, str(id_), form.answer.data, at.now
            ),
        )


def _add_other_matters(routes: Blueprint, console: Console) -> None:
    """Answers to the other matters."""

    @routes.post("/inbox/attendance")
    def attendance() -> BaseResponse:
        form = AttendanceForm()
        if not form.validate():
            return _page(console, "inbox.choose", BAD)
        where = (form.group.data, form.day.data, [form.number.data], form.said.data, form.hour.data)
        return _do(console, lambda at: roll.correct_by_office(at.office, at.programme.zone, *where))

    @routes.post("/inbox/check-ins")
    def check_in() -> BaseResponse:
        form = CheckInForm()
        if not form.validate():
            return _page(console, "inbox.choose", BAD)
        session, member = id_of(form.session.data), form.member.data.replace("\0", "")
        return _do(console, lambda at: training.settle_unmatched(at.office, session, member))

    @routes.post("/inbox/follow-ups/<follow_up>")
    def follow_up(follow_up: str) -> BaseResponse:
        form, id_ = HeardForm(), id_of(follow_up)
        if not form.validate():
            return _page(console, "inbox.choose", BAD)
        return _do(console, lambda at: follow_ups.close_by_office(at.office, id_, form.heard.data))


def _do(console: Console, answer: Callable[[Desk], object]) -> BaseResponse:
    """Store an answer and go back to the page; say so when it can't be stored any more."""
    try:
        with desk(console) as at:
            answer(at)
    except (Refused, disputes.Refused):
        return _page(console, "inbox.not_stored", CONFLICT)
    matter = _matter()
    return redirect(f"/inbox?done={STORED}" + (f"&matter={matter}" if matter else ""), 303)


def _matter() -> str:
    """The matter whose page is asked for, or from whose page an answer came; empty: all."""
    page = request.args if request.method == "GET" else _query(request.form.get(kept.PAGE, ""))
    matter = page.get("matter", "")
    return matter if matter in MATTERS else ""


def _query(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def _rows(at: Desk, matter: str, most: int, skip: int) -> Sequence[object]:
    """The open ones of a matter, the oldest first."""
    conn, programme = at.conn, at.programme.loaded.id
    if matter == "questions":
        return disputes.disputes(conn, programme, most=most, skip=skip)
    if matter == "mismatches":
        return roll.contradictions(conn, programme, at.now, unanswered=True, most=most, skip=skip)
    if matter == "unmatched":
        return training.unmatched_check_ins(conn, programme, most, skip)
    if matter == "follow_ups":
        return follow_ups.open_ones(conn, programme, most, skip)
    return training.cannot_come(conn, programme, at.programme.zone, at.now, most, skip)


def _page(console: Console, problem: str = "", status: int = 200, done: bool = False) -> Response:
    """All matters with the first rows of each, or a page of one."""
    matter, number = _matter(), page_number()
    most, skip = (ON_A_PAGE, (number - 1) * ON_A_PAGE) if matter else (COUNTED, 0)
    with desk(console) as at:
        rows = {each: _rows(at, each, most + 1, skip) for each in ([matter] if matter else MATTERS)}
        page = render_template(
            "inbox/inbox.html",
            problem=problem,
            done=done,
            rows=rows,
            matter=matter,
            number=number,
            most=ON_A_PAGE if matter else MOST,
            counted=COUNTED,
            answers=disputes.ANSWERS,
            heard=follow_ups.HEARD,
            days=lambda since: _days(at.today, since),
        )
    return Response(page, status)


def _days(today: date, since: date) -> int:
    return max((today - since).days, 0)
