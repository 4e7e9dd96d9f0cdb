"""Broadcasts: the list, and the pages of one from its audience to what became of it.

The pages call what `sms-app broadcast` calls. The console sends nothing: it plans messages, which the worker sends."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from flask import Blueprint, Response, render_template

from sms_app.console.broadcast import deciding, following, keeping, writing
from sms_app.console.broadcast.forms import write_numbers
from sms_app.console.policies import SCRIPT_POLICY
from sms_app.console.request import desk
from sms_app.console.settings import Console
from sms_app.messaging.broadcasts import proposals, records

LATEST = 20
SCRIPT = gzip.compress((Path(__file__).parent / "script.js").read_bytes(), mtime=0)
SCRIPT_VERSION = f"{zlib.crc32(SCRIPT):08x}"
KEPT_S = 365 * 86400


def blueprint(console: Console) -> Blueprint:
    """All pages of broadcasts."""
    routes = Blueprint("broadcast", __name__)
    routes.record_once(
        lambda state: state.app.jinja_env.globals.update(
            script_version=SCRIPT_VERSION, group_numbers=write_numbers
        )
    )

    @routes.after_request
    def with_script(response: Response) -> Response:
        # a page that is not found is the same everywhere
        if response.status_code != 404:
            response.headers["Content-Security-Policy"] = SCRIPT_POLICY
        return response

    @routes.get("/broadcast/script.js")
    def script() -> Response:
        response = Response(SCRIPT, content_type="text/javascript; charset=utf-8")
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Cache-Control"] = f"public, max-age={KEPT_S}, immutable"
        return response

    _add_overview(routes, console)
    writing.add_routes(routes, console)
    keeping.add_routes(routes, console)
    deciding.add_routes(routes, console)
    following.add_routes(routes, console)
    return routes


def _add_overview(routes: Blueprint, console: Console) -> None:
    """The list."""

    @routes.get("/broadcast")
    def overview() -> Response:
        with desk(console) as at:
            loaded, who = at.programme.loaded, at.account.who
            latest = records.latest(at.conn, loaded, LATEST)
            counts = records.progress_of(at.conn, [broadcast.id for broadcast in latest])
            prepared = proposals.in_states(at.conn, loaded, ("open", "waiting", "weekly", "stopped"))
            page = render_template(
                "broadcast/overview.html",
                latest=[
                    (each, records.state(each, counts[each.id], at.now), counts[each.id]) for each in latest
                ],
                mine=[each for each in prepared if each.state == "open" and each.made_by == who],
                waiting=[each for each in prepared if each.state == "waiting"],
                weekly=[each for each in prepared if each.state in {"weekly", "stopped"}],
                gone=records.gone,
            )
        return Response(page)
