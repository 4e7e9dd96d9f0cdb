"""Attendance by group and week, and a group's people by session.

Who may not see names has list numbers; whose names a page showed is in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Blueprint, Response, abort, g, render_template, request

from sms_app.console.access import may
from sms_app.console.names import name_of, record_seen
from sms_app.console.request import Desk, desk
from sms_app.console.settings import Console
from sms_app.console.training import heat
from sms_app.programme import attendance
from sms_app.programme.attendance import WEEK, GroupSession, Mark, monday_of

MAX_NUMBER_LENGTH = 6
MAX_SECTOR = 100


@dataclass(frozen=True)
class Person:
    """Somebody of a group by its sessions: `number` is that on the group's list, or on the latest of these lists when
    she has left the group (`gone`). `name` is empty for who may not see it."""

    number: int
    gone: bool
    name: str
    member_number: str
    marks: Mapping[UUID, str | None]


def blueprint(console: Console) -> Blueprint:
    """The two pages."""
    routes = Blueprint("training", __name__)
    _add_overview(routes, console)
    _add_group(routes, console)
    return routes


def _add_overview(routes: Blueprint, console: Console) -> None:
    """Attendance by group and week."""

    @routes.get("/training")
    def overview() -> Response:
        span = "year" if request.args.get("span") == "year" else "quarter"
        sector = request.args.get("sector", "")[:MAX_SECTOR].replace("\0", "")
        after, most = _number(request.args.get("after", "")), heat.GROUPS_SHOWN[span]
        with desk(console) as at:
            last = heat.last_week(request.args.get("week", ""), at.today)
            mondays = heat.weeks(last, span)
            groups = attendance.groups(at.conn, at.programme.loaded.id, sector, after, most + 1)
            shown = groups[:most]
            rows = attendance.by_week(
                at.conn, [group.id for group in shown], mondays[0], len(mondays), at.programme.zone, at.now
            )
        cells, by_group, by_week = heat.table(rows), heat.by_group(rows), heat.by_week(rows)
        page = render_template(
            "training/overview.html",
            span=span,
            sector=sector,
            after=after,
            more=shown[-1].number if len(groups) > most else None,
            groups=shown,
            sectors=groups[0].sectors if groups else (),
            mondays=mondays,
            cell=lambda group, monday: cells.get((group, monday), heat.NOTHING),
            of_group=lambda group: by_group.get(group, heat.NOTHING),
            of_week=lambda monday: by_week.get(monday, heat.NOTHING),
            all=heat.cell(rows),
            earlier=mondays[0] - WEEK,
            later=_later(last, span, at.today),
        )
        return Response(page)


def _add_group(routes: Blueprint, console: Console) -> None:
    """A group's people by session."""

    @routes.get("/training/<number>")
    def group(number: str) -> Response:
        with desk(console) as at:
            shown = attendance.group(at.conn, at.programme.loaded.id, _number(number))
            if shown is None:
                abort(404)
            week = _week(request.args.get("week", ""), at.today)
            weeks = 1 if week else heat.SPANS["quarter"]
            last = week or heat.last_week(request.args.get("last", ""), at.today)
            first = last - (weeks - 1) * WEEK
            sessions = attendance.sessions(at.conn, shown.id, first, weeks, at.programme.zone, at.now)
            marks = attendance.marks(at.conn, [session.id for session in sessions])
            names = may(g.account.role, "rolls.session", "GET")
            people = _people(at, sessions, marks, names)
            if names:
                record_seen(at, sorted({mark.id for mark in marks}))
        page = render_template(
            "training/group.html",
            group=shown,
            sessions=sessions,
            people=people,
            came={session.id: _came(session, marks) for session in sessions},
            names=names,
            week=week,
            first=first,
            last=last,
            earlier=first - WEEK,
            later=None if week else _later(last, "quarter", at.today),
        )
        return Response(page)


def _number(written: str) -> int:
    """A group's number in an address; 0, which no group has, for what is none."""
    is_number = written.isascii() and written.isdigit() and len(written) <= MAX_NUMBER_LENGTH
    return int(written) if is_number else 0


def _week(written: str, today: date) -> date | None:
    return heat.last_week(written, today) if written else None


def _later(last: date, span: str, today: date) -> date | None:
    """The last week of the span after one that ends with the week `last`; None when that would be to come."""
    this_week = monday_of(today)
    return min(last + heat.SPANS[span] * WEEK, this_week) if last < this_week else None


def _people(at: Desk, sessions: Sequence[GroupSession], marks: Sequence[Mark], names: bool) -> list[Person]:
    """Everyone on the lists of some sessions, by list number; who has left the group comes last."""
    latest = {mark.id: mark for mark in marks}
    status: dict[UUID, dict[UUID, str | None]] = {id_: {} for id_ in latest}
    for mark in marks:
        status[mark.id][mark.session] = mark.status
    people = [
        Person(
            mark.number_now or mark.list_number,
            mark.number_now is None,
            name_of(at, mark.name_sealed, mark.id) if names else "",
            mark.member_number,
            status[mark.id],
        )
        for mark in latest.values()
    ]
    return sorted(people, key=lambda person: (person.gone, person.number))


def _came(session: GroupSession, marks: Sequence[Mark]) -> tuple[int, int] | None:
    """How many came, of how many on the list; None for a session without a roll."""
    if session.outcome != "held":
        return None
    listed = [mark for mark in marks if mark.session == session.id]
    return sum(mark.status in {"present", "late"} for mark in listed), len(listed)
