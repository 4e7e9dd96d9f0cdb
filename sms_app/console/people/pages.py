"""Looking for somebody, and what the office may see of her: place, numbers, consents, training, texts.

Never what she did by phone, and nothing of help. What is looked for is posted, so that no name is in an address."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread

import structlog
from flask import Blueprint, Response, abort, g, render_template, request
from sqlalchemy.exc import SQLAlchemyError

from sms_app.console.people.links import DONE, links_of
from sms_app.console.request import Desk, desk, typed
from sms_app.console.settings import Console
from sms_app.database import log_failure
from sms_app.messaging import history
from sms_app.programme import audit, lookup, training
from sms_app.programme.desk import Refused
from sms_app.programme.lookup import Named

MAX_LISTED, LATEST = 50, 12
log = structlog.get_logger("sms_app.console")


def blueprint(console: Console) -> Blueprint:
    """The two pages. Whose name a page showed is in the audit trail."""
    routes = Blueprint("people", __name__)
    _add_search(routes, console)
    _add_person(routes, console)
    return routes


def _add_search(routes: Blueprint, console: Console) -> None:
    """Looking for somebody."""

    @routes.get("/people")
    def search() -> Response:
        warm_up(console, g.account.programme_id)
        return Response(render_template("people/search.html", looked_for="", people=None))

    @routes.post("/people")
    def results() -> Response:
        looked_for = typed("looked_for").strip()
        with desk(console) as at:
            exact = lookup.find_exact(at.office, looked_for) if looked_for else []
        if exact is None and not console.names.is_open(g.account.programme_id):
            # it may take longer than a transaction may wait
            _open_names(console, g.account.programme_id)
        with desk(console) as at:
            people, many = _search(console, at, looked_for) if exact is None else (exact, len(exact))
            listed = [(person, lookup.name(at.office, person)) for person in people[:MAX_LISTED]]
            seen = [person.id for person, _ in listed]
            audit.record_each(
                at.conn, at.account.programme_id, at.account.who, "view", "participant", seen, at.now
            )
        page = render_template(
            "people/search.html",
            looked_for=looked_for,
            people=listed,
            more=max(many - MAX_LISTED, 0),
        )
        return Response(page)


def _add_person(routes: Blueprint, console: Console) -> None:
    """One person."""

    @routes.get("/people/<member>")
    def person(member: str) -> Response:
        if not (member.isascii() and member.isdigit()):
            abort(404)
        with desk(console) as at:
            try:
                shown, phones, consents = lookup.show(at.office, member)
            except Refused:
                abort(404)
            page = render_template(
                "people/person.html",
                shown=shown,
                name=lookup.name(at.office, shown),
                links=links_of(shown, phones),
                done=request.args.get("done", "") if request.args.get("done") in DONE else "",
                phones=[(phone, lookup.number_of(at.office, phone)) for phone in phones],
                consents=consents,
                sessions=training.sessions_of(at.conn, shown.id, at.programme.zone, LATEST),
                texts=history.texts_of(at.conn, shown.id, LATEST),
            )
        return Response(page)


def _search(console: Console, at: Desk, looked_for: str) -> tuple[Sequence[Named], int]:
    """The first of those whose name has this in it, and how many there are."""
    return console.names.find(at.office, lookup.folded(looked_for), MAX_LISTED)


def warm_up(console: Console, programme_id: int) -> Thread | None:
    """Open the programme's names in the background, unless they are open or are being opened so: who came to the search
    page will type one."""
    names = console.names
    if (
        names.is_open(programme_id)
        or not console.opens_names_early
        or not names.early.acquire(blocking=False)
    ):
        return None
    thread = Thread(target=_open_early, args=(console, programme_id), daemon=True)
    thread.start()
    return thread


def _open_early(console: Console, programme_id: int) -> None:
    try:
        _open_names(console, programme_id)
    finally:
        console.names.early.release()


def _open_names(console: Console, programme_id: int) -> None:
    vault = console.programmes[programme_id].loaded.vault
    try:
        with console.engine.connect() as conn:
            console.names.refresh(conn, vault, programme_id)
    except SQLAlchemyError as error:
        # the search itself opens them
        log_failure(log, "names were not opened in the background", error)
