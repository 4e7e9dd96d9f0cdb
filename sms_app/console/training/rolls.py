"""A session's roll: the office enters it, says that the session was not held, or corrects it with a reason.

The functions are those behind `sms-app rolls correct` and the coach's roll. A form that comes twice changes nothing the
second time; of two people at once the second sees what the first changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.names import name_of, record_seen
from sms_app.console.request import Desk, desk, id_of, say
from sms_app.console.settings import Console
from sms_app.console.training.forms import (
    CorrectForm,
    EnterForm,
    NotHeldForm,
    marked,
    read_state,
    state_of,
)
from sms_app.programme import attendance, office_roll, roll
from sms_app.programme.attendance import Listed, RollOfSession
from sms_app.programme.desk import Refused
from sms_app.programme.office_roll import ChangedMeanwhile, Marked, Said

STORED = "stored"
BAD, CONFLICT = 400, 409
COACH_IS_TOLD = timedelta(days=7)
"""For how long after a session its coach gets a text about its roll, as the planning of those texts has it."""


@dataclass(frozen=True)
class Typed:
    """What a form had, to be shown again with what is wrong: `said` by list number; `changed` are the numbers that
    somebody else changed meanwhile, with what they are now. `status` is the answer's."""

    problem: str = ""
    status: int = BAD
    said: Mapping[int, str] = field(default_factory=dict)
    headcount: str = ""
    reason: str = ""
    why: str = ""
    changed: Said = field(default_factory=dict)


def blueprint(console: Console) -> Blueprint:
    """The page of a session and its three forms."""
    routes = Blueprint("rolls", __name__)

    @routes.get("/training/sessions/<session>")
    def session(session: str) -> Response:
        return _page(console, id_of(session))

    @routes.post("/training/sessions/<session>/roll")
    def enter(session: str) -> BaseResponse:
        id_, form = id_of(session), EnterForm()
        return _do(console, id_, lambda at, shown: _enter(at, shown, form))

    @routes.post("/training/sessions/<session>/not-held")
    def not_held(session: str) -> BaseResponse:
        id_, form = id_of(session), NotHeldForm()
        return _do(console, id_, lambda at, shown: _not_held(at, shown, form))

    @routes.post("/training/sessions/<session>/correction")
    def correct(session: str) -> BaseResponse:
        id_, form = id_of(session), CorrectForm()
        return _do(console, id_, lambda at, shown: _correct(at, shown, form))

    return routes


def _enter(at: Desk, shown: RollOfSession, form: EnterForm) -> Typed | None:
    """Store a roll; what is wrong with it, if anything."""
    listed = attendance.listed(at.conn, shown.id)
    said = marked(row.list_number for row in listed)
    typed = Typed(said=said, headcount=request.form.get("headcount", "")[:3])
    if not form.validate():
        return _with(typed, say("roll.how_many"))
    by_status = {status: [n for n, its in said.items() if its == status] for status in roll.STATUSES}
    people = Marked(by_status["absent"], by_status["late"], by_status["excused"])
    done = office_roll.enter(at.office, shown.id, people, form.headcount.data, form.seen.data or "")
    if done == "stored":
        return None
    if done == "recorded":
        # the row is held now: this is the roll that came before
        outcome = _shown(at, shown.id).outcome
        now = {row.list_number: row.status for row in attendance.listed(at.conn, shown.id)}
        wanted = {number: said.get(number, "present") for number in now}
        if outcome == "held" and now == wanted:
            return None
        changed = {number: status for number, status in now.items() if wanted[number] != status}
        return Typed(say("roll.entered_meanwhile"), CONFLICT, wanted, changed=changed)
    if done == "closed":
        return _with(typed, say("roll.closed"), CONFLICT)
    away = len(by_status["absent"]) + len(by_status["excused"])
    fits = {"listed": len(listed), "away": away, "came": len(listed) - away, "written": form.headcount.data}
    return _with(typed, say("roll.does_not_fit", **fits))


def _not_held(at: Desk, shown: RollOfSession, form: NotHeldForm) -> Typed | None:
    typed = Typed(why=request.form.get("why", ""))
    if not form.validate():
        return _with(typed, say("roll.choose_why"))
    done = office_roll.not_held(at.office, shown.id, form.why.data)
    if done == "recorded":
        now = _shown(at, shown.id)
        same = (now.outcome, now.reason) == ("not_held", form.why.data)
        return None if same else _with(typed, say("roll.entered_meanwhile"), CONFLICT)
    return _with(typed, say("roll.closed"), CONFLICT) if done == "closed" else None


def _correct(at: Desk, shown: RollOfSession, form: CorrectForm) -> Typed | None:
    saw = read_state(form.saw.data or "")
    said = marked(saw or ())
    typed = Typed(said=said, reason=request.form.get("reason", ""))
    if shown.outcome != "held":
        return _with(typed, say("roll.closed"), CONFLICT)
    if saw is None:
        return _with(typed, say("roll.changed_meanwhile"))
    if not form.validate():
        return _with(typed, say("roll.choose_reason"))
    changes = {number: status for number, status in said.items() if saw[number] != status}
    if not changes:
        return _with(typed, say("roll.no_change"))
    try:
        office_roll.correct(at.office, shown.id, saw, changes, form.reason.data)
    except ChangedMeanwhile as meanwhile:
        changed = {number: status for number, status in meanwhile.now.items() if saw.get(number) != status}
        return Typed(say("roll.changed_meanwhile"), CONFLICT, changes, reason=typed.reason, changed=changed)
    except Refused:
        return _with(typed, say("roll.closed"), CONFLICT)
    return None


def _do(console: Console, id_: UUID, change: Callable[[Desk, RollOfSession], Typed | None]) -> BaseResponse:
    """Make a change and go back to the page; or show the page with what was typed and what is wrong."""
    with desk(console) as at:
        shown = _shown(at, id_)
        typed = change(at, shown)
    if typed is None:
        return redirect(f"/training/sessions/{id_}?done={STORED}", 303)
    return _page(console, id_, typed)


def _shown(at: Desk, id_: UUID) -> RollOfSession:
    """The session, of whose list it is fixed who was expected as soon as it has begun."""
    shown = attendance.roll_of(at.conn, at.programme.loaded.id, id_, at.programme.zone)
    if shown is None:
        abort(404)
    if shown.starts_at <= at.now and not shown.cancelled:
        roll.fix_list(at.conn, id_, at.now)
    return shown


def _page(console: Console, id_: UUID, typed: Typed | None = None) -> Response:
    status, typed = (typed.status if typed else 200), typed or Typed()
    with desk(console) as at:
        shown = _shown(at, id_)
        listed = attendance.listed(at.conn, id_)
        record_seen(at, [row.id for row in listed])
        page = render_template(
            "training/roll.html",
            session=shown,
            state=_state(at, shown),
            listed=listed,
            names={row.id: name_of(at, row.name_sealed, row.id) for row in listed},
            came=sum(row.status in {"present", "late"} for row in listed),
            coach=_coach(at, shown),
            substitutes=[
                name_of(at, coach.name_sealed, coach.id, "coach")
                for coach in attendance.substitutes(at.conn, id_)
            ],
            corrections=office_roll.corrections(at.conn, id_),
            typed=typed,
            chosen=_chosen(shown, listed, typed),
            saw=state_of({row.list_number: row.status for row in listed}),
            statuses=roll.STATUSES,
            reasons=office_roll.REASONS,
            whys=roll.NOT_HELD_REASONS,
            coach_is_told=at.now - shown.starts_at < COACH_IS_TOLD,
            done=request.args.get("done") == STORED,
        )
    return Response(page, status)


def _state(at: Desk, shown: RollOfSession) -> str:
    """Which form the page has: none before the session began or when it is cancelled."""
    if shown.cancelled:
        return "cancelled"
    if shown.starts_at > at.now:
        return "to_come"
    return shown.outcome or "none"


def _chosen(shown: RollOfSession, listed: list[Listed], typed: Typed) -> Mapping[int, str | None]:
    """What is chosen for each number: what was typed, or else what is known. Of a roll that is not entered yet, only
    what the office said before."""
    known = {
        row.list_number: row.status if shown.outcome == "held" or row.source == "staff" else None
        for row in listed
    }
    return {**known, **typed.said}


def _coach(at: Desk, shown: RollOfSession) -> str:
    if shown.coach_id is None or shown.coach_name_sealed is None:
        return ""
    return name_of(at, shown.coach_name_sealed, shown.coach_id, "coach")


def _with(typed: Typed, problem: str, status: int = BAD) -> Typed:
    return replace(typed, problem=problem, status=status)
