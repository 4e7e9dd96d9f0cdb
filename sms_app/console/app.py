"""The console's application: what is true of every page.

Every route has its row in `access.py`. Who is not signed in is sent to the sign-in page from everywhere; a page that is
not for the account's role is not found. The style comes from one address of ours, and a page of broadcasts has a script
of ours."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import flask_bootstrap
import structlog
from flask import Flask, Response, abort, g, redirect, render_template, request, session
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from sms_app.accounts import pages as page_rules
from sms_app.console import access, kept, kept_pages
from sms_app.console.accounts import listed, own, sign_in
from sms_app.console.broadcast import pages as broadcast
from sms_app.console.calendar import pages as calendar
from sms_app.console.inbox import pages as inbox
from sms_app.console.meetings import pages as meetings
from sms_app.console.people import (
    cards,
    changes,
    coaches,
    confirming,
    consents,
    enrolling,
    groups,
    household,
    numbers,
    presence,
)
from sms_app.console.people import erasing as people_law
from sms_app.console.people import importing as people_import
from sms_app.console.people import merging as people_merge
from sms_app.console.people import pages as people
from sms_app.console.policies import POLICY
from sms_app.console.reach import pages as reach
from sms_app.console.request import MemoryRequest, asked_language, did, rule_words, say, table, why_of
from sms_app.console.settings import Console
from sms_app.console.tables import SESSIONS
from sms_app.console.today import pages as today
from sms_app.console.trail import pages as trail
from sms_app.console.training import pages as training
from sms_app.console.training import rolls
from sms_app.database import log_failure
from sms_app.programme.card_page import CARD_STYLE

MAX_BODY_BYTES = 1024 * 1024
MAX_BODY_BYTES_AT = {people_import.PATH: people_import.MAX_BODY_BYTES}
"""Other limits, by path."""
COOKIE = "console"
MAX_STRANGERS_BYTES = 24 * 1024
"""A form of somebody who is not signed in: an address and a password, or a code, and a sealed form (kept.MAX_BYTES)."""
BOOTSTRAP = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5" / "css" / "bootstrap.min.css"
OUR_STYLE = Path(__file__).parent / "layout" / "console.css"
STYLE = gzip.compress(BOOTSTRAP.read_bytes() + b"\n" + OUR_STYLE.read_bytes() + CARD_STYLE.encode(), mtime=0)
"""One file, some 32 kB: the browser asks for it once."""
STYLE_VERSION = f"{zlib.crc32(STYLE):08x}"
STYLE_KEPT_S = 365 * 86400
COMPRESSED_FROM, LEVEL = 1000, 5
"""Shorter pages, in bytes, are not compressed."""
MENU = (
    ("today.overview", "/today"),
    ("inbox.open_matters", "/inbox"),
    ("calendar.week", "/calendar"),
    ("reach.groups", "/reach"),
    ("people.search", "/people"),
    ("training.overview", "/training"),
    ("meetings.listed", "/meetings"),
    ("broadcast.overview", "/broadcast"),
    ("accounts.listed", "/accounts"),
    ("trail.page", "/trail"),
)
"""The pages of the menu, by endpoint and address; each account sees those that it may open."""
MODULES = (
    *(sign_in, own, listed, trail, today, inbox, calendar, reach, training, rolls, meetings, broadcast),
    *(people, people_import, people_law, people_merge),
    *(changes, numbers, household, enrolling, consents, presence, coaches, groups, cards),
)
"""Each has the pages of a subject."""
WITH_PASSWORD_ONCE = frozenset({"own.account", "own.password", "own.language", "own.sign_out", "style"})
"""What an account may open before it has replaced its first password."""
log = structlog.get_logger("sms_app.console")


def create_app(console: Console) -> Flask:
    """The application. The caller owns `console.engine`. Raises RouteWithoutRow."""
    app = page_rules.bare_app(
        "sms_app.console", console.secret.cookies, COOKIE, console.secure, MAX_BODY_BYTES, templates="."
    )
    app.request_class = MemoryRequest
    # its templates draw forms; its own address, with scripts and icons, stays closed (ACCESS)
    app.static_url_path = "/static"
    flask_bootstrap.Bootstrap5(app)
    protection = CSRFProtect(app)
    app.jinja_env.globals.update(say=say, why_of=why_of, style_version=STYLE_VERSION, menu=_menu, may=_may)
    app.jinja_env.globals.update(token=kept_pages.hidden_fields, form_again=kept_pages.AGAIN, did=did)
    app.jinja_env.globals.update(rule_words=rule_words)
    app.jinja_env.globals.update(
        table=table, fault=confirming.fault, refusal=confirming.refusal, shown_value=confirming.shown_value
    )
    app.before_request(lambda: _admit(console, protection))
    app.after_request(lambda response: _compressed(page_rules.with_headers(response, POLICY)))
    app.add_url_rule("/style.css", "style", _style, methods=["GET"])
    for module in MODULES:
        app.register_blueprint(module.blueprint(console))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(Exception, _failed)
    access.check(app)
    return app


def _admit(console: Console, protection: CSRFProtect) -> BaseResponse | None:
    """Find who is signed in, and refuse what the account's role may not open. Then check the form."""
    # before anything reads the form: it is parsed with this limit, whether or not the body says its length
    request.max_content_length = MAX_STRANGERS_BYTES
    # the words of the sign-in page are the same for every programme
    g.account, g.address, g.language = None, page_rules.address(), asked_language()
    g.here, g.kept = request.path, ""
    g.texts = next(iter(console.programmes.values())).texts
    token = session.get("token")
    if token is not None and request.endpoint != "style":
        with console.engine.begin() as conn:
            g.account = SESSIONS.see(conn, str(token), console.clock(), console.limits)
        if g.account is None:
            session.pop("token")
    if g.account is None and not access.may("", request.endpoint, request.method):
        return _sign_in_first(console, protection)
    if g.account is None and request.method == "POST":
        g.kept = request.form.get(kept.SEALED, "")
    if g.account is not None:
        request.max_content_length = MAX_BODY_BYTES_AT.get(request.path, MAX_BODY_BYTES)
        _use_account(console)
        if g.account.password_once and request.endpoint not in WITH_PASSWORD_ONCE:
            return redirect("/account", 303)
    if request.endpoint is not None and request.method == "POST":
        protection.protect()
    return None


def _sign_in_first(console: Console, protection: CSRFProtect) -> BaseResponse:
    """The sign-in page; with a form that came after its session had ended, the form goes along, sealed."""
    if request.endpoint is not None and request.method == "POST" and "account" in session:
        # the cookie is signed, so this is somebody who was signed in
        request.max_content_length = MAX_BODY_BYTES
        try:
            protection.protect()
        except CSRFError:
            return redirect("/", 303)
        g.kept = kept_pages.keep(console.secret, console.clock())
        if g.kept:
            return sign_in.again("kept.session_ended", 403)
    return redirect("/", 303)


def _use_account(console: Console) -> None:
    """The words and the rights of the account that is signed in."""
    programme = console.programmes.get(g.account.programme_id)
    if programme is None:
        log.error("the flows folder does not have the account's programme")
        abort(404)
    g.texts, g.language = programme.texts, g.account.language
    g.messages = programme.loaded.settings.messages
    if not access.may(g.account.role, request.endpoint, request.method):
        abort(404)


def _may(endpoint: str, method: str = "GET") -> bool:
    """Whether a page shows the way to another one."""
    return access.may(g.account.role, endpoint, method)


def _menu() -> list[tuple[str, str]]:
    """The pages that the account may open, each with its name's key and its address."""
    return [
        (f"menu.{address[1:]}", address)
        for endpoint, address in MENU
        if access.may(g.account.role, endpoint, "GET")
    ]


def _style() -> Response:
    """The style, compressed; every browser that the console supports takes it so."""
    response = Response(STYLE, content_type="text/css; charset=utf-8")
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = f"public, max-age={STYLE_KEPT_S}, immutable"
    return response


def _compressed(response: Response) -> Response:
    """The response, compressed where the browser takes it. Only an answer to a GET, which has nothing that was typed:
    who could have a browser send guesses could otherwise tell from the length whether they are in the page."""
    if request.method != "GET" or response.mimetype != "text/html" or "Content-Encoding" in response.headers:
        return response
    response.headers["Vary"] = "Accept-Encoding"
    page = response.get_data()
    if request.accept_encodings["gzip"] and len(page) >= COMPRESSED_FROM:
        response.set_data(gzip.compress(page, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _problem(key: str, status: int) -> Response:
    """A page that says what is wrong; it is the same from every address."""
    g.here = ""
    return Response(render_template("layout/problem.html", key=key), status)


def _http_error(error: HTTPException) -> Response:
    if error.code in {None, 404, 405}:
        return _problem("problem.not_found", 404)
    return _problem("problem.too_large" if error.code == 413 else "problem.unreadable", error.code or 400)


def _forged(error: CSRFError) -> Response:
    """A form without its token, or with that of an earlier session. Nothing was done; its page is shown again."""
    if g.get("account") is None:
        return sign_in.again("sign_in.incomplete", 400)
    # no other site can send it: the cookie is not sent with a form of another site
    shown = kept_pages.show_again()
    if shown is None:
        return _problem("problem.earlier_form", 400)
    shown.status_code = 400
    return shown


def _failed(error: Exception) -> Response:
    log_failure(log, "request failed", error)
    return Response("internal server error", 500, content_type="text/plain; charset=utf-8")
