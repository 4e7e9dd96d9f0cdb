"""The accounts of the programme, for the administrator."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.accounts import store
from sms_app.console.request import desk, id_of
from sms_app.console.settings import Console


def blueprint(console: Console) -> Blueprint:
    """The list, and the button that ends all sessions of an account."""
    routes = Blueprint("accounts", __name__)

    @routes.get("/accounts")
    def listed() -> Response:
        limits = console.limits
        with desk(console) as at:
            accounts = store.of_programme(
                at.conn, at.account.programme_id, at.now - limits.idle, at.now - limits.longest
            )
        return Response(render_template("accounts/list.html", accounts=accounts))

    @routes.post("/accounts/<account>/end-sessions")
    def end_sessions(account: str) -> BaseResponse:
        with desk(console) as at:
            other = store.by_id(at.conn, id_of(account))
            if other is None or other.programme_id != at.account.programme_id:
                abort(404)
            store.end_sessions(at.conn, other, at.account.who, at.now)
        return redirect("/accounts", 303)

    return routes
