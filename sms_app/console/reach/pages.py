"""Reach and silence: the groups with their silent people, and a group's list for its coach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, g, render_template, request

from sms_app.console.access import may
from sms_app.console.figures import MAY_TAKE_LONG
from sms_app.console.names import name_of
from sms_app.console.request import Desk, desk, id_of
from sms_app.console.settings import Console
from sms_app.messaging import reach
from sms_app.messaging.reach import GroupSilence, SilentPerson
from sms_app.programme import audit, coaches

ON_A_PAGE = 100


@dataclass(frozen=True)
class Row:
    """A silent person with her name."""

    name: str
    person: SilentPerson


def blueprint(console: Console) -> Blueprint:
    """The two pages. A group's list has names, so it is in the trail who saw whom."""
    routes = Blueprint("reach", __name__)
    _add_counts(routes, console)
    _add_list(routes, console)
    return routes


def _add_counts(routes: Blueprint, console: Console) -> None:
    """The counts by group."""

    @routes.get("/reach")
    def groups() -> Response:
        with desk(console) as at:
            loaded = at.programme.loaded
            silence = console.figures.take(("reach", loaded.id), at.now, lambda: _silence(at))
        rows, first = silence.value, _first(request.args.get("from", ""))
        silent = [row for row in rows if row.silent]
        totals = {reason: sum(getattr(row, reason) for row in rows) for reason in reach.REASONS}
        page = render_template(
            "reach/groups.html",
            rows=silent[first : first + ON_A_PAGE],
            kept_since=silence.kept_since,
            before=max(first - ON_A_PAGE, 0) if first else None,
            after=first + ON_A_PAGE if len(silent) > first + ON_A_PAGE else None,
            totals=totals,
            people=sum(row.people for row in rows),
            reasons=reach.REASONS,
            names=may(g.account.role, "reach.group", "GET"),
        )
        return Response(page)


def _add_list(routes: Blueprint, console: Console) -> None:
    """A group's list, with names."""

    @routes.get("/reach/<group>")
    def group(group: str) -> Response:
        with desk(console) as at:
            loaded = at.programme.loaded
            shown = reach.group(at.conn, loaded.id, id_of(group))
            if shown is None:
                abort(404)
            people = reach.of_group(at.conn, loaded.id, shown.id, at.programme.zone, at.now)
            rows = [Row(name_of(at, person.name_sealed, person.id), person) for person in people]
            contacts = coaches.contacts(at.conn, loaded.vault, [shown.id])[shown.id]
            at.office.record("view_silent", "training_group", shown.id)
            _record_views(at, people)
        return Response(
            render_template(
                "reach/group.html", group=shown, rows=rows, coaches=contacts, today=at.today, since=at.now
            )
        )


def _silence(at: Desk) -> Sequence[GroupSilence]:
    at.conn.exec_driver_sql(MAY_TAKE_LONG)
    return reach.by_group(at.conn, at.programme.loaded.id, at.programme.zone, at.now)


def _record_views(at: Desk, people: Sequence[SilentPerson]) -> None:
    """Put into the trail whose names were shown."""
    ids = [person.id for person in people]
    audit.record_each(at.conn, at.programme.loaded.id, at.account.who, "view", "participant", ids, at.now)


def _first(written: str) -> int:
    """The place of the first group of a page."""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 7 else 0
