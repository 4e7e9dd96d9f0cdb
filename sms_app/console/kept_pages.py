"""Keeps what a request's form says when its session has ended, and shows the form's page again with it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Response, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.test import EnvironBuilder

from sms_app.accounts.pages import token_field
from sms_app.accounts.secret import Secret
from sms_app.console import kept
from sms_app.console.filling import Typed, filled
from sms_app.console.kept import Kept

AGAIN = "console.form_again"
"""Set in the environment of a request that the console makes of itself, to show a page again."""


def hidden_fields() -> Markup:
    """What each form has: its token, the page that it stands on, and on the pages of the sign-in a sealed form."""
    fields = {kept.SEALED: g.kept} if g.account is None else {kept.PAGE: _page()}
    hidden = Markup('<input type="hidden" name="{}" value="{}">')
    return token_field() + Markup("").join(hidden.format(*field) for field in fields.items() if field[1])


def keep(secret: Secret, now: datetime) -> str:
    """The form of this request, sealed for the account whose session ended; "" when it can't be kept."""
    form = _of_request()
    return kept.seal(secret, UUID(hex=session["account"]), form.page, form.action, form.fields, now)


def show_again(form: Kept | None = None) -> Response | None:
    """The page of a form (default: of this request's), as the account sees it now, with what was typed. None when there
    is no such page. The account's session is begun."""
    form = form or _of_request()
    if not kept.is_ours(form.page):
        return None
    generate_csrf()
    builder = EnvironBuilder(path=form.page, headers=[("Cookie", _cookie())], environ_base={AGAIN: True})
    answer = Response.from_app(current_app.wsgi_app, builder.get_environ())
    if answer.status_code != 200:
        return None
    page = filled(answer.get_data(as_text=True), Typed(form.action, form.fields))
    return Response(page)


def _page() -> str:
    """The page of the forms that are shown: after a form with faults, the one that it came from. A page that says what
    is wrong is the same from every address."""
    if not g.here:
        return ""
    if request.method != "POST":
        return request.full_path.rstrip("?")
    try:
        return request.form.get(kept.PAGE, "")
    except RequestEntityTooLarge:  # a page that says so has forms, too
        return ""


def _of_request() -> Kept:
    fields = tuple((name, value) for name, value in request.form.items(multi=True) if kept.may_be_kept(name))
    return Kept(request.form.get(kept.PAGE, ""), request.path, fields)


def _cookie() -> str:
    """The cookie of the session as it is now."""
    interface = current_app.session_interface
    assert isinstance(interface, SecureCookieSessionInterface)
    serializer = interface.get_signing_serializer(current_app)
    assert serializer is not None
    return f"{interface.get_cookie_name(current_app)}={serializer.dumps(dict(session))}"
