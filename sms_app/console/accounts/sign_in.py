"""Signing in: e-mail address and password, then the code of the second factor. It is one address, `/`."""

from __future__ import annotations

from flask import Blueprint, Response, g, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from sms_app.accounts import pending
from sms_app.console import kept, kept_pages
from sms_app.console.accounts import store
from sms_app.console.request import begin_session, typed
from sms_app.console.settings import Console
from sms_app.console.tables import GUARDS, SESSIONS
from sms_app.programme import audit

LOCKED = "sign_in.locked"
DEMO = ".example"
"""How the addresses of the demo's accounts end. They sign in only on the machine of the demo."""

HOME = "/today"
"""The first page: every role may open it."""


def blueprint(console: Console) -> Blueprint:
    """The sign-in page; who is signed in goes on to the first page."""
    routes = Blueprint("sign_in", __name__)

    @routes.route("/", methods=["GET", "POST"])
    def start() -> BaseResponse:
        if g.account is not None:
            return redirect(HOME, 303)
        if request.method != "POST":
            return _form()
        return _take_code(console) if "code" in request.form else _take_password(console)

    return routes


def again(key: str, status: int) -> Response:
    """The form for e-mail address and password, with the sentence that says what was wrong."""
    pending.end()
    return Response(render_template("accounts/sign_in.html", problem=key), status)


def _form() -> Response:
    if pending.is_begun() and request.args.get("step") == "code":
        return _code_form()
    return Response(render_template("accounts/sign_in.html", problem=""))


def _code_form() -> Response:
    return Response(render_template("accounts/code.html", problem=""))


def _take_password(console: Console) -> BaseResponse:
    """Check e-mail address and password; the cookie then says for whom a code is awaited."""
    email, now = typed("email").strip().lower(), console.clock()
    with console.engine.begin() as conn:
        guards = GUARDS.take(conn, console.secret, email, g.address, now, console.limits)
        if guards.is_locked(now, console.limits):
            return again(LOCKED, 429)
        account = store.with_password(conn, email, typed("password"))
        if account is None or (console.secure and email.endswith(DEMO)):
            GUARDS.count_wrong(conn, guards, now, console.limits)
            return again("sign_in.wrong_password", 403)
        stored = store.password_of(conn, account)
    pending.begin(account.id, stored, now)
    # a sealed form goes on with the page, which a redirect can't carry
    return _code_form() if g.kept else redirect("/?step=code", 303)


def _take_code(console: Console) -> BaseResponse:
    """Check the code, and begin the session."""
    now = console.clock()
    waiting = pending.awaited(now, console.limits)
    if waiting is None:
        return again("sign_in.too_late", 403)
    with console.engine.begin() as conn:
        account = store.by_id(conn, waiting.account)
        if account is None or not waiting.is_of(store.password_of(conn, account)):
            return again("sign_in.too_late", 403)
        guards = GUARDS.take(conn, console.secret, account.email, g.address, now, console.limits)
        if guards.is_locked(now, console.limits):
            return again(LOCKED, 429)
        device_now = console.device_clock()
        if not store.use_code(conn, console.secret, account, typed("code"), device_now, now.date()):
            GUARDS.count_wrong(conn, guards, now, console.limits)
            return Response(render_template("accounts/code.html", problem="sign_in.wrong_code"), 403)
        GUARDS.forget_tries(conn, guards)
        audit.record(conn, account.programme_id, account.who, "sign_in", "account", account.id, now)
        token = SESSIONS.begin(conn, account.id, now, console.limits)
    begin_session(token, account)
    form = kept.opened(console.secret, account.id, g.kept, now)
    shown = kept_pages.show_again(form) if form is not None else None
    return shown or redirect("/account" if account.password_once else HOME, 303)
