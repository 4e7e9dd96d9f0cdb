"""A member card to print, as `sms-app people cards` draws it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template
from markupsafe import Markup

from sms_app.console.request import desk
from sms_app.console.settings import Console
from sms_app.programme import card_page, cards
from sms_app.programme.desk import Refused


def blueprint(console: Console) -> Blueprint:
    """The page of one person's card. Who left has none."""
    routes = Blueprint("cards", __name__)

    @routes.get("/people/<member>/card")
    def card(member: str) -> Response:
        if not (member.isascii() and member.isdigit()):
            abort(404)
        with desk(console) as at:
            try:
                number = cards.of_person(at.office, member)
            except Refused:
                abort(404)
            loaded = at.programme.loaded
        ways = console.ways.get(loaded.id, ())
        # the drawing escapes what it shows
        drawn = Markup(card_page.sheet([number], loaded.settings.service_code, ways))  # noqa: S704
        return Response(render_template("people/card.html", card=drawn, member=number, ways=ways))

    return routes
