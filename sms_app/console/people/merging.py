"""Merging two records of one person, as `sms-app people merge` does it: what is kept is shown before."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.names import name_of
from sms_app.console.request import MAX_TYPED, Desk, desk, typed
from sms_app.console.settings import Console
from sms_app.programme import membership, merging
from sms_app.programme.desk import Refused
from sms_app.programme.merging import Side

BAD, CONFLICT = 400, 409


def blueprint(console: Console) -> Blueprint:
    """The page with both records, and the merge. A member number of nobody, or of another programme, is not found."""
    routes = Blueprint("people_merge", __name__)

    @routes.get("/people/<member>/merge")
    def compare(member: str) -> Response:
        into = request.args.get("into", "")[:MAX_TYPED].replace("\0", "").strip()
        with desk(console) as at:
            return _page(at, _known(at, member), into)

    @routes.post("/people/<member>/merge")
    def merge(member: str) -> BaseResponse:
        into = typed("into").strip()
        try:
            with desk(console) as at:
                _known(at, member)
                if typed("number").strip() != into:
                    return _page(at, member, into, "people.merge_other_number", BAD)
                merging.merge(at.office, member, into, into if typed("pin_stays") else "")
        except Refused as refused:
            with desk(console) as at:
                return _page(at, member, into, refused=refused, status=CONFLICT)
        return redirect(f"/people/{member}", 303)

    return routes


def _known(at: Desk, member: str) -> str:
    """A member number of the programme; what is none is not found."""
    if not (member.isascii() and member.isdigit()):
        abort(404)
    try:
        membership.find_any(at.office, member)
    except Refused:
        abort(404)
    return member


def _page(
    at: Desk, member: str, into: str, problem: str = "", status: int = 200, refused: Refused | None = None
) -> Response:
    both: tuple[Side, Side] | None = None
    if into and not refused:
        try:
            both = merging.sides(at.office, member, into)
        except Refused as reason:
            refused, status = reason, CONFLICT
    page = render_template(
        "people/merge.html",
        member=member,
        into=into,
        both=both,
        names=[name_of(at, side.name_sealed, side.id) for side in both or ()],
        problem=problem,
        refused=refused,
    )
    return Response(page, status)
