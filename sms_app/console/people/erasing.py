"""A copy of what is stored of one person, and its erasure at her request, as the law gives her the right to both.

What an erasure would do is shown first, and it is confirmed by typing her member number."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.people.importing import XLSX
from sms_app.console.request import Desk, desk, typed
from sms_app.console.settings import Console
from sms_app.programme import erasing, lookup, one_person
from sms_app.programme.desk import Refused
from sms_app.programme.workbook import person_file

BAD = 400


def blueprint(console: Console) -> Blueprint:
    """The page of both, the copy, and the erasure. A member number of nobody, or of another programme, is not found."""
    routes = Blueprint("people_law", __name__)

    @routes.get("/people/<member>/law")
    def ask(member: str) -> Response:
        with desk(console) as at:
            return _page(at, member)

    @routes.post("/people/<member>/copy")
    def copy(member: str) -> Response:
        with desk(console) as at:
            try:
                content = person_file.write(one_person.stored_of(at.office, _number(member), "console"))
            except Refused:
                abort(404)
        response = Response(content, content_type=XLSX)
        response.headers["Content-Disposition"] = f'attachment; filename="person-{member}.xlsx"'
        return response

    @routes.post("/people/<member>/erase")
    def erase(member: str) -> BaseResponse:
        with desk(console) as at:
            if typed("number").strip() != _number(member):
                return _page(at, member, "people.law_other_number", BAD)
            try:
                erasing.erase(at.office, member)
            except Refused:
                abort(404)
        return redirect(f"/people/{member}/law", 303)

    return routes


def _number(member: str) -> str:
    """A member number in an address; what is none is not found."""
    if not (member.isascii() and member.isdigit()):
        abort(404)
    return member


def _page(at: Desk, member: str, problem: str = "", status: int = 200) -> Response:
    try:
        person, told = erasing.consequences(at.office, _number(member))
        shown, _phones, _consents = lookup.show(at.office, member)
    except Refused:
        abort(404)
    page = render_template(
        "people/law.html",
        member=person.member_number,
        name=lookup.name(at.office, shown),
        erased_on=person.erased_on,
        told=told,
        problem=problem,
    )
    return Response(page, status)
