"""Signing in: e-mail address and password, then the code of the second factor. It is one address, `/`."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, g, redirect, render_template, request, session
from sqlalchemy import Connection
from werkzeug.wrappers import Response as BaseResponse

from sms_app.accounts import pending
from sms_app.private import audit
from sms_app.private.console import accounts, guard, sessions, words
from sms_app.private.console.accounts import Caseworker
from sms_app.private.console.settings import Console

LOCKED, WRONG_PASSWORD, WRONG_CODE, TOO_LATE = "locked", "wrong_password", "wrong_code", "too_late"
"""Sentences, by their keys."""
AT_CODE = "step=code&"
"""What the address of the second step has, also when its language is chosen."""
MAX_TYPED = 300


def blueprint(console: Console) -> Blueprint:
    """The sign-in page; the same address is home for who is signed in."""
    routes = Blueprint("sign_in", __name__)

    @routes.route("/", methods=["GET", "POST"])
    def start() -> BaseResponse:
        if g.caseworker is not None:
            return redirect("/home", 303)
        if request.method != "POST":
            return _form()
        return _take_code(console) if "code" in request.form else _take_password(console)

    return routes


def again(message: str, status: int) -> Response:
    """The form for e-mail address and password, with what was wrong: the key of a sentence."""
    pending.end()
    return Response(render_template("sign_in.html", message=words.say(message)), status)


def _form() -> Response:
    if pending.is_begun() and request.args.get("step") == "code":
        return Response(render_template("code.html", message="", query=AT_CODE))
    return Response(render_template("sign_in.html", message=""))


def _take_password(console: Console) -> BaseResponse:
    """Check e-mail address and password; the cookie then says for whom a code is awaited."""
    # PostgreSQL takes no NUL
    email = request.form.get("email", "")[:MAX_TYPED].replace("\0", "").strip().lower()
    now = console.clock()
    with console.engine.begin() as conn:
        guards = guard.take(conn, console.secret, email, g.address, now, console.limits)
        if guards.is_locked(now, console.limits):
            return again(LOCKED, 429)
        caseworker = accounts.with_password(conn, email, request.form.get("password", ""))
        if caseworker is None:
            guard.count_wrong(conn, guards, now, console.limits)
            return again(WRONG_PASSWORD, 403)
        password = accounts.password_of(conn, caseworker)
    words.clear_session()
    pending.begin(caseworker.id, password, now)
    return redirect("/?step=code", 303)


def _take_code(console: Console) -> BaseResponse:
    """Check the code, and begin the session."""
    now = console.clock()
    waiting = pending.awaited(now, console.limits)
    if waiting is None:
        return again(TOO_LATE, 403)
    with console.engine.begin() as conn:
        caseworker = accounts.by_id(conn, waiting.account)
        if caseworker is None or not waiting.is_of(accounts.password_of(conn, caseworker)):
            return again(TOO_LATE, 403)
        guards = guard.take(conn, console.secret, caseworker.email, g.address, now, console.limits)
        if guards.is_locked(now, console.limits):
            return again(LOCKED, 429)
        typed, device_now = request.form["code"][:MAX_TYPED], console.device_clock()
        if not accounts.use_code(conn, console.secret, caseworker, typed, device_now):
            guard.count_wrong(conn, guards, now, console.limits)
            page = render_template("code.html", message=words.say(WRONG_CODE), query=AT_CODE)
            return Response(page, 403)
        guard.clear(conn, guards)
        token = _begin(console, caseworker, now, conn)
    words.clear_session()
    session["token"] = token
    return redirect("/home", 303)


def _begin(console: Console, caseworker: Caseworker, now: datetime, conn: Connection) -> str:
    audit.append(conn, caseworker.programme_id, caseworker.code, "sign_in", now)
    return sessions.begin(conn, caseworker.id, now, console.limits)
