"""One's own account: password, language, recovery codes, and the ends of its sessions."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, g, redirect, render_template, session
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.accounts import recovery, store
from sms_app.console.accounts.sign_in import LOCKED
from sms_app.console.accounts.store import AccountError, WrongPassword
from sms_app.console.request import begin_session, desk, typed
from sms_app.console.settings import LANGUAGES, Console
from sms_app.console.tables import GUARDS, SESSIONS


def blueprint(console: Console) -> Blueprint:
    """The page of the account that is signed in, and its forms."""
    routes = Blueprint("own", __name__)
    _add_settings(routes, console)
    _add_ends(routes, console)
    return routes


def _add_settings(routes: Blueprint, console: Console) -> None:
    """The page, and what is changed there."""

    @routes.get("/account")
    def account() -> Response:
        return _page(console)

    @routes.post("/account/password")
    def password() -> Response:
        problem, token = _change_password(console)
        if problem:
            return _page(console, problem=problem, status=429 if problem == LOCKED else 400)
        begin_session(token, g.account)
        return _page(console, done="account.password_changed")

    @routes.post("/account/language")
    def language() -> BaseResponse:
        chosen = typed("language")
        if chosen in LANGUAGES:
            with desk(console) as at:
                store.set_language(at.conn, at.account, chosen)
        return redirect("/account", 303)

    @routes.post("/account/recovery-codes")
    def recovery_codes() -> Response:
        problem, codes = _renew_codes(console)
        if problem:
            return _page(console, problem=problem, status=429 if problem == LOCKED else 403)
        return Response(render_template("accounts/codes.html", codes=codes))


def _add_ends(routes: Blueprint, console: Console) -> None:
    """The ends of sessions."""

    @routes.post("/sign-out")
    def sign_out() -> BaseResponse:
        with desk(console) as at:
            SESSIONS.end(at.conn, str(session["token"]))
        session.clear()
        return redirect("/", 303)

    @routes.post("/sign-out-everywhere")
    def sign_out_everywhere() -> BaseResponse:
        with desk(console) as at:
            store.end_sessions(at.conn, at.account, at.account.who, at.now)
        session.clear()
        return redirect("/", 303)


def _change_password(console: Console) -> tuple[str, str]:
    """Change the password as the form asks, end all sessions and begin a new one: gives its token, or before it the
    sentence that says what is wrong."""
    with desk(console) as at:
        # who has taken a session over can't try passwords here either
        guards = GUARDS.take(at.conn, console.secret, at.account.email, g.address, at.now, console.limits)
        if guards.is_locked(at.now, console.limits):
            return LOCKED, ""
        try:
            store.change_password(at.conn, at.account, typed("old"), typed("new"), typed("again"), at.now)
        except AccountError as error:
            if isinstance(error, WrongPassword):
                GUARDS.count_wrong(at.conn, guards, at.now, console.limits)
            return error.key, ""
        SESSIONS.end_all(at.conn, at.account.id)
        g.account = store.by_id(at.conn, at.account.id)
        return "", SESSIONS.begin(at.conn, at.account.id, at.now, console.limits)


def _renew_codes(console: Console) -> tuple[str, Sequence[str]]:
    """New recovery codes for who has the second factor at hand, or the sentence that says what is wrong: who sits down
    at a desk that was left open gets none."""
    with desk(console) as at:
        guards = GUARDS.take(at.conn, console.secret, at.account.email, g.address, at.now, console.limits)
        if guards.is_locked(at.now, console.limits):
            return LOCKED, ()
        device_now, today = console.device_clock(), at.now.date()
        if not store.use_code(at.conn, console.secret, at.account, typed("code"), device_now, today):
            GUARDS.count_wrong(at.conn, guards, at.now, console.limits)
            return "sign_in.wrong_code", ()
        codes = recovery.renew(at.conn, console.secret, at.account.id)
        at.office.record("renew_recovery_codes", "account", at.account.id)
    return "", codes


def _page(console: Console, problem: str = "", done: str = "", status: int = 200) -> Response:
    with console.engine.connect() as conn:
        left = recovery.left(conn, g.account.id)
    return Response(
        render_template("accounts/account.html", problem=problem, done=done, left=left, languages=LANGUAGES),
        status,
    )
