"""The console's application: what is true of every page.

To who is not signed in, everything but the sign-in page is 404, in the same bytes: pages, unknown addresses, other
methods. No page has a script, and the style is inside the page, named in the policy by its hash."""

from __future__ import annotations

import base64
from hashlib import sha256
from pathlib import Path

import structlog
from flask import Flask, Response, abort, g, render_template, request, session
from flask_wtf.csrf import CSRFError, CSRFProtect
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from sms_app.accounts import pages as page_rules
from sms_app.database import log_failure
from sms_app.private.console import pages, sessions, sign_in, words
from sms_app.private.console.settings import Console

MAX_BODY_BYTES = 32 * 1024 * 1024
"""The form that seals again may have a file with all requests: some 10,000 of them. Fillers alone are 4,500."""
RESEAL, RESEAL_PATH = "pages.take_resealed", "/reseal"
MAX_FORM_BYTES = 1024 * 1024
"""Any other form of a caseworker: thousands of codes."""
MAX_STRANGERS_BYTES = 4096
"""A form of somebody who is not signed in: an address and a password, or a code."""
STYLE = Path(__file__).parent / "templates" / "console.css"
# the template leaves out the last line break
STYLE_HASH = base64.b64encode(sha256(STYLE.read_text().removesuffix("\n").encode()).digest()).decode()
POLICY = page_rules.policy(f"'sha256-{STYLE_HASH}'")
COOKIE = "support"
SIGN_IN = "sign_in.start"
"""The only page that answers who is not signed in."""
log = structlog.get_logger("sms_app.support")


def create_app(console: Console) -> Flask:
    """The application. The caller owns `console.engine`."""
    app = page_rules.bare_app(
        "sms_app.private.console", console.secret.cookies, COOKIE, console.secure, MAX_BODY_BYTES
    )
    app.jinja_env.globals |= {
        "say": words.say,
        "day": words.day,
        "did": words.did,
        "link": _link,
        "languages": {language: sentences["language"] for language, sentences in words.SENTENCES.items()},
        "query": "",
    }
    protection = CSRFProtect(app)
    app.before_request(lambda: _admit(console, protection))
    app.after_request(lambda response: page_rules.with_headers(response, POLICY))
    app.register_blueprint(sign_in.blueprint(console))
    app.register_blueprint(pages.blueprint(console))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(Exception, _failed)
    return app


def _admit(console: Console, protection: CSRFProtect) -> None:
    """Find who is signed in, and refuse everything but the sign-in page to everyone else. Then check the form."""
    g.caseworker, g.address, g.language = None, page_rules.address(), words.FIRST
    # before anything reads the form: it is parsed with this limit, whether or not the body says its length
    request.max_content_length = MAX_STRANGERS_BYTES
    token = session.get("token")
    if token is not None:
        with console.engine.begin() as conn:
            g.caseworker = sessions.see(conn, str(token), console.clock(), console.limits)
    if g.caseworker is None and token is not None:
        words.clear_session()
    if g.caseworker is None and request.endpoint != SIGN_IN:
        abort(404)
    if g.caseworker is not None:
        request.max_content_length = MAX_BODY_BYTES if request.endpoint == RESEAL else MAX_FORM_BYTES
    g.language = words.choose()
    if g.caseworker is not None and g.caseworker.slug not in console.programmes:
        log.error("the flows folder does not have the caseworker's programme")
        abort(404)
    if request.endpoint is not None and request.method == "POST":
        protection.protect()


def _link(address: str, key: str) -> Markup:
    """A link for a sentence."""
    return Markup('<a href="{}">{}</a>').format(address, words.say(key))


def _not_found() -> Response:
    return Response(render_template("not_found.html"), 404)


def _http_error(error: HTTPException) -> Response:
    """Every refusal is the same 404, but for what a caseworker's own form has wrong."""
    if g.get("caseworker") is None or error.code in {None, 404, 405}:
        return _not_found()
    message = words.say("too_large" if error.code == 413 else "not_read")
    return Response(render_template("problem.html", message=message), error.code)


def _forged(error: CSRFError) -> Response:
    """A form without its token, or with that of an earlier session. Nothing was done."""
    if g.get("caseworker") is None:
        return sign_in.again("form_not_whole", 400)
    message = words.say("earlier_form")
    return Response(render_template("problem.html", message=message), 400)


def _failed(error: Exception) -> Response:
    log_failure(log, "request failed", error)
    return Response("internal server error", 500, content_type="text/plain; charset=utf-8")
