"""What participants said that waits for an answer, with its buttons. It has list numbers, never names.

The answers are those of `sms-app disputes answer` and `sms-app rolls correct`, and the coach's of a follow-up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.inbox.forms import AnswerForm, AttendanceForm, CheckInForm, HeardForm
from sms_app.console.request import Desk, desk, id_of
from sms_app.console.settings import Console
from sms_app.programme import disputes, follow_ups, roll, training
from sms_app.programme.desk import Refused

STORED = "stored"
BAD, CONFLICT = 400, 409
MOST, COUNTED = 20, 100
"""How many of each matter are shown, the oldest first: the others follow when these have an answer. Of a long list no
more than COUNTED are counted."""


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
    return redirect(f"/inbox?done={STORED}", 303)


def _page(console: Console, problem: str = "", status: int = 200, done: bool = False) -> Response:
    with desk(console) as at:
        programme = at.programme.loaded.id
        page = render_template(
            "inbox/inbox.html",
            problem=problem,
            done=done,
            questions=disputes.disputes(at.conn, programme),
            mismatches=roll.contradictions(at.conn, programme, at.now, unanswered=True, most=COUNTED + 1),
            unmatched=training.unmatched_check_ins(at.conn, programme),
            follow_ups=follow_ups.open_ones(at.conn, programme),
            cannot_come=training.cannot_come(at.conn, programme, at.programme.zone, at.now, COUNTED + 1),
            most=MOST,
            counted=COUNTED,
            answers=disputes.ANSWERS,
            heard=follow_ups.HEARD,
            days=lambda since: _days(at.today, since),
        )
    return Response(page, status)


def _days(today: date, since: date) -> int:
    return max((today - since).days, 0)
