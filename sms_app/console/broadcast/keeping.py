"""What officers keep of a proposal, or throw away: its audience under a name, and the proposal itself."""

from __future__ import annotations

from flask import Blueprint, redirect
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.broadcast.forms import NameForm
from sms_app.console.broadcast.writing import BAD, CONFLICT, mine, texts_page
from sms_app.console.request import desk, id_of
from sms_app.console.settings import Console
from sms_app.messaging.broadcasts import proposals, saved_audiences


def add_routes(routes: Blueprint, console: Console) -> None:
    """Keep an audience, delete a kept one, throw a proposal away."""

    @routes.post("/broadcast/drafts/<draft>/keep")
    def keep(draft: str) -> BaseResponse:
        form = NameForm()
        with desk(console) as at:
            proposal = mine(at, id_of(draft))
            if not form.validate():
                return texts_page(at, proposal, "broadcast.choose_name", BAD)
            if not saved_audiences.keep(
                at.conn, at.programme.loaded.id, form.name.data.replace("\0", ""), proposal.audience
            ):
                return texts_page(at, proposal, "broadcast.name_taken", CONFLICT)
        return redirect(f"/broadcast/drafts/{draft}/texts?done=kept", 303)

    @routes.post("/broadcast/audiences/<audience>/forget")
    def forget(audience: str) -> BaseResponse:
        id_ = id_of(audience)
        with desk(console) as at:
            saved_audiences.forget(at.conn, at.programme.loaded.id, id_)
        return redirect("/broadcast/new", 303)

    @routes.post("/broadcast/drafts/<draft>/discard")
    def discard(draft: str) -> BaseResponse:
        with desk(console) as at:
            try:
                proposals.discard(at.conn, mine(at, id_of(draft)))
            except proposals.NotOpen:
                return redirect(f"/broadcast/drafts/{draft}?done=settled", 303)
        return redirect("/broadcast?done=discarded", 303)
