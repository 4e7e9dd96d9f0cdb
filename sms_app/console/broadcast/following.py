"""A broadcast that was made: undo, progress, pause, go on, cancel; its delivery as a picture, and what it cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, abort, redirect, render_template
from sqlalchemy import Connection
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.broadcast import drawing
from sms_app.console.broadcast.writing import phone, written
from sms_app.console.request import Desk, desk, id_of
from sms_app.console.settings import Console
from sms_app.messaging import cost, sending_switch
from sms_app.messaging.broadcasts import proposals, records, text_checks
from sms_app.messaging.broadcasts.records import Broadcast, NoSuchBroadcast
from sms_app.programme.loaded import LoadedProgramme

Change = Callable[[Connection, LoadedProgramme, UUID, str, datetime], object]


def add_routes(routes: Blueprint, console: Console) -> None:
    """The page of a broadcast, and what may still be done with it. Each may come twice."""

    @routes.get("/broadcast/<broadcast>")
    def made(broadcast: str) -> Response:
        with desk(console) as at:
            return _page(at, _broadcast(at, broadcast))

    @routes.post("/broadcast/<broadcast>/pause")
    def pause(broadcast: str) -> BaseResponse:
        return _change(console, broadcast, records.pause)

    @routes.post("/broadcast/<broadcast>/resume")
    def resume(broadcast: str) -> BaseResponse:
        return _change(console, broadcast, records.resume)

    @routes.post("/broadcast/<broadcast>/cancel")
    def cancel(broadcast: str) -> BaseResponse:
        """Also the undo: before its hour nothing has left."""
        return _change(console, broadcast, records.cancel)


def _broadcast(at: Desk, written_id: str) -> Broadcast:
    """A broadcast of the programme by its whole id; any other is not found."""
    try:
        return records.find(at.conn, at.programme.loaded, str(id_of(written_id)))
    except NoSuchBroadcast:
        abort(404)


def _change(console: Console, written_id: str, change: Change) -> BaseResponse:
    """Change it, and show it again. What was changed before stays."""
    with desk(console) as at:
        broadcast = _broadcast(at, written_id)
        change(at.conn, at.programme.loaded, broadcast.id, at.account.who, at.now)
    return redirect(f"/broadcast/{broadcast.id}", 303)


def _page(at: Desk, broadcast: Broadcast) -> Response:
    loaded = at.programme.loaded
    counts = records.progress(at.conn, broadcast.id)
    state = records.state(broadcast, counts, at.now)
    charged = cost.of_broadcast(at.conn, broadcast.id)
    total = sum(counts.values())
    page = render_template(
        "broadcast/made.html",
        broadcast=broadcast,
        state=state,
        seconds=max(int((broadcast.send_at - at.now).total_seconds()), 0),
        counts=counts,
        bars=drawing.bars(counts),
        picture=drawing,
        pending=records.pending(counts),
        unreported=sum(many for (status, _), many in counts.items() if status == "sent"),
        gone=records.gone(counts),
        total=total,
        settled=total - records.pending(counts),
        phones=_phones(at, broadcast),
        estimate=written(at, broadcast.estimate),
        segments=sum(row.segments for row in charged),
        used=written(at, loaded.settings.messages.segment_price * sum(row.segments for row in charged)),
        charged=[row for row in charged if row.cost is not None],
        weekly=[
            each
            for each in proposals.in_states(at.conn, loaded, ("weekly",))
            if each.broadcast_id == broadcast.id
        ],
        stopped=sending_switch.why_stopped(at.conn) is not None,
        is_of_coaches=drawing.is_of_coaches(broadcast.audience),
    )
    return Response(page)


def _phones(at: Desk, broadcast: Broadcast) -> list[dict[str, object]]:
    """Its texts on phones; none when they were deleted."""
    settings = at.programme.loaded.settings
    return [
        phone(at, text_checks.check_text(settings, language, text), 0)
        for language, text in broadcast.texts.items()
        if text != records.FORGOTTEN
    ]
