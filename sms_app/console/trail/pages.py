"""The audit trail: who did what to which row, when. It never has a row's content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, render_template, request

from sms_app import sql
from sms_app.console.request import desk
from sms_app.console.settings import Console

ON_A_PAGE = 50
ENTRIES = """
select id, at, who, what, subject, subject_id from audit_entry
where (programme_id = %(programme)s or programme_id is null) and (%(before)s = 0 or id < %(before)s)
  and (%(who)s = '' or who = %(who)s)
order by id desc limit %(limit)s
"""


@dataclass(frozen=True)
class Entry:
    """An entry of the trail; `who` is an account of the console, a coach, or the login name behind a command."""

    id: int
    at: datetime
    who: str
    what: str
    subject: str
    subject_id: str


def blueprint(console: Console) -> Blueprint:
    """The page: the latest entries first, of all or of one actor."""
    routes = Blueprint("trail", __name__)

    @routes.get("/trail")
    def page() -> Response:
        who = request.args.get("who", "")[:300].replace("\0", "")
        with desk(console) as at:
            values = {
                "programme": at.account.programme_id,
                "before": _number(request.args.get("before", "")),
                "who": who,
                "limit": ON_A_PAGE + 1,
            }
            entries = sql.rows(at.conn, ENTRIES, Entry, values)
        older = entries[ON_A_PAGE - 1].id if len(entries) > ON_A_PAGE else None
        return Response(
            render_template("trail/trail.html", entries=entries[:ON_A_PAGE], older=older, who=who)
        )

    return routes


def _number(written: str) -> int:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 18 else 0
