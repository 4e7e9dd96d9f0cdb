"""The check before sending, its confirmation by a typed count, and the approval by a second officer."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.broadcast import drawing
from sms_app.console.broadcast.writing import BAD, CONFLICT, draft_of, phone, written
from sms_app.console.request import Desk, desk, id_of, typed
from sms_app.console.settings import Console
from sms_app.messaging import sending_switch
from sms_app.messaging.broadcasts import confirming, proposals, weekly
from sms_app.messaging.broadcasts.audience import AudienceFaults
from sms_app.messaging.broadcasts.confirming import Confirmation
from sms_app.messaging.broadcasts.creating import DraftFaults, DuplicateBroadcast
from sms_app.messaging.broadcasts.proposals import NoSuchProposal, Proposal


def add_routes(routes: Blueprint, console: Console) -> None:
    """The check of a proposal: its officer confirms, or another officer approves."""
    _add_check(routes, console)
    _add_ends(routes, console)


def _add_check(routes: Blueprint, console: Console) -> None:
    """The check, and its confirmation or approval."""

    @routes.get("/broadcast/drafts/<draft>")
    def check(draft: str) -> BaseResponse:
        with desk(console) as at:
            proposal = seen(at, id_of(draft))
            if proposal.state not in {"open", "waiting"}:
                return redirect(_after(proposal), 303)
            try:
                return _check_page(at, proposal)
            except AudienceFaults:
                # a group or a sector that was chosen is gone
                if proposal.state == "open":
                    return redirect(f"/broadcast/drafts/{proposal.id}/audience", 303)
                abort(404)

    @routes.post("/broadcast/drafts/<draft>")
    def confirm(draft: str) -> BaseResponse:
        id_ = id_of(draft)
        confirmation = Confirmation(typed("shown"), typed("count"), "again" in request.form)
        with desk(console) as at:
            decide = confirming.confirm if seen(at, id_).made_by == at.account.who else confirming.approve
        return _decide(console, id_, confirmation, decide)


def _add_ends(routes: Blueprint, console: Console) -> None:
    """Sending a proposal back, and stopping a weekly one."""

    @routes.post("/broadcast/drafts/<draft>/send-back")
    def send_back(draft: str) -> BaseResponse:
        id_ = id_of(draft)
        with desk(console) as at:
            proposal = seen(at, id_)
            try:
                confirming.send_back(at.conn, at.programme.loaded, id_, at.account.who, at.now)
            except confirming.Settled:
                return redirect(f"{_after(proposal)}?done=settled", 303)
        if proposal.made_by == at.account.who:
            return redirect(f"/broadcast/drafts/{id_}/texts", 303)
        return redirect("/broadcast?done=sent_back", 303)

    @routes.post("/broadcast/drafts/<draft>/stop")
    def stop(draft: str) -> BaseResponse:
        """End a weekly broadcast, which any officer may."""
        id_ = id_of(draft)
        with desk(console) as at:
            seen(at, id_)
            weekly.stop(at.conn, at.programme.loaded, id_, at.account.who, at.now)
        return redirect("/broadcast", 303)


def seen(at: Desk, id_: UUID) -> Proposal:
    """A proposal that the account may see: its own, or one that waits or is weekly. Any other is not found."""
    try:
        proposal = proposals.find(at.conn, at.programme.loaded, id_)
    except NoSuchProposal:
        abort(404)
    if proposal.state == "open" and proposal.made_by != at.account.who:
        abort(404)
    return proposal


def _after(proposal: Proposal) -> str:
    """The page of what became of a proposal."""
    return (
        f"/broadcast/{proposal.broadcast_id}" if proposal.broadcast_id else f"/broadcast/drafts/{proposal.id}"
    )


def _decide(
    console: Console, id_: UUID, confirmation: Confirmation, decide: Callable[..., Proposal]
) -> BaseResponse:
    """Send it, and show what became of it; or show the check again, with nothing sent."""
    problem, duplicate = "", None
    try:
        with desk(console) as at:
            proposal = decide(at.conn, at.programme.loaded, id_, confirmation, at.account.who, at.now)
        return redirect(_after(proposal), 303)
    except confirming.Settled:
        return redirect(f"/broadcast/drafts/{id_}?done=settled", 303)
    except DuplicateBroadcast as equal:
        problem, duplicate = "broadcast.equal", equal.broadcast_id
    except confirming.OwnApproval:
        problem = "broadcast.own_approval"
    except NoSuchProposal:
        # thrown away meanwhile in another window
        abort(404)
    except AudienceFaults:
        return redirect(f"/broadcast/drafts/{id_}", 303)
    except (confirming.AudienceChanged, DraftFaults):
        problem = "broadcast.changed"
    except confirming.WrongCount:
        problem = "broadcast.wrong_count"
    status = BAD if problem == "broadcast.wrong_count" else CONFLICT
    with desk(console) as at:
        return _check_page(at, seen(at, id_), problem, status, duplicate)


def _check_page(
    at: Desk, proposal: Proposal, problem: str = "", status: int = 200, duplicate: UUID | None = None
) -> Response:
    draft, loaded = draft_of(at, proposal), at.programme.loaded
    asked = confirming.earliest(proposal.send_at, at.now)
    page = render_template(
        "broadcast/check.html",
        proposal=proposal,
        draft=draft,
        phones=[phone(at, part.text, part.recipients) for part in draft.parts],
        left_out=drawing.by_reason(draft.left_out),
        on_time=draft.recipients - sum(draft.waiting.values()),
        cost=written(at, draft.estimate),
        is_moved=draft.send_at != asked,
        asked=asked,
        same_words=_same_words(proposal),
        needs_approval=confirming.needs_approval(loaded, draft.recipients),
        above=loaded.settings.messages.second_officer_above,
        is_mine=proposal.made_by == at.account.who,
        stopped=sending_switch.why_stopped(at.conn) is not None,
        is_of_coaches=drawing.is_of_coaches(proposal.audience),
        problem=problem,
        duplicate=duplicate,
        typed=typed("count") if request.method == "POST" else "",
    )
    return Response(page, status)


def _same_words(proposal: Proposal) -> bool:
    """Whether two languages have the same words: perhaps one of them is in the wrong language."""
    texts = [text.strip() for text in proposal.texts.values() if text.strip()]
    return len(set(texts)) < len(texts)
