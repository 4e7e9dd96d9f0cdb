"""Preparing a broadcast: whom it is for, what it says in each language, and when it goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.broadcast import drawing, forms
from sms_app.console.broadcast.forms import AudienceForm, WhenForm
from sms_app.console.request import Desk, desk, id_of, typed
from sms_app.console.settings import Console
from sms_app.messaging import cost
from sms_app.messaging.broadcasts import audience as audiences
from sms_app.messaging.broadcasts import confirming, proposals, saved_audiences, text_checks
from sms_app.messaging.broadcasts.audience import COACH, CONTACTS, Audience, AudienceFaults, Place
from sms_app.messaging.broadcasts.drafts import Draft, prepare
from sms_app.messaging.broadcasts.proposals import NoSuchProposal, Proposal
from sms_app.messaging.broadcasts.text_checks import CheckedText
from sms_app.models.people import ROLES

BAD, CONFLICT = 400, 409


def add_routes(routes: Blueprint, console: Console) -> None:
    """The pages of an open proposal, for the officer who makes it."""
    _add_audience(routes, console)
    _add_texts(routes, console)


def _add_audience(routes: Blueprint, console: Console) -> None:
    """Whom it is for."""

    @routes.get("/broadcast/new")
    def new() -> Response:
        with desk(console) as at:
            return _audience_page(at, uuid4(), _saved(at, request.args.get("saved", "")))

    @routes.post("/broadcast/new")
    def begin() -> BaseResponse:
        id_ = id_of(typed("key"))
        with desk(console) as at:
            audience, problem, unknown = _chosen(at)
            if problem:
                return _audience_page(at, id_, audience, problem, BAD, unknown)
            proposals.start(at.conn, at.programme.loaded.id, id_, audience, at.account.who, at.now)
            # the same form again, after "back", may choose others
            try:
                proposals.set_audience(at.conn, mine(at, id_), audience)
            except proposals.NotOpen:
                return redirect(f"/broadcast/drafts/{id_}?done=settled", 303)
        return redirect(f"/broadcast/drafts/{id_}/texts", 303)

    @routes.get("/broadcast/drafts/<draft>/audience")
    def audience(draft: str) -> BaseResponse:
        with desk(console) as at:
            proposal = mine(at, id_of(draft))
            if proposal.state != "open":
                return redirect(f"/broadcast/drafts/{proposal.id}", 303)
            return _audience_page(at, proposal.id, proposal.audience)


def _saved(at: Desk, written_id: str) -> Audience:
    """The saved audience with an id; nobody chosen without one."""
    if not written_id:
        return Audience()
    id_ = id_of(written_id)
    kept = saved_audiences.saved(at.conn, at.programme.loaded.id)
    return next((each.audience for each in kept if each.id == id_), None) or abort(404)


def _add_texts(routes: Blueprint, console: Console) -> None:
    """What it says, and when it goes."""

    @routes.get("/broadcast/drafts/<draft>/texts")
    def texts(draft: str) -> BaseResponse:
        with desk(console) as at:
            proposal = mine(at, id_of(draft))
            if proposal.state != "open":
                return redirect(f"/broadcast/drafts/{proposal.id}", 303)
            return texts_page(at, proposal)

    @routes.post("/broadcast/drafts/<draft>/texts")
    def write(draft: str) -> BaseResponse:
        with desk(console) as at:
            return _write(at, id_of(draft))

    @routes.post("/broadcast/drafts/<draft>/look")
    def look(draft: str) -> Response:
        """A text on the phone, for the script."""
        id_of(draft)
        with desk(console) as at:
            settings = at.programme.loaded.settings
            language = typed("language")
            if language not in settings.languages:
                abort(404)
            text = text_checks.check_text(settings, language, forms.texts((language,))[language])
            numbers = typed("numbers")
            many = int(numbers) if numbers.isascii() and numbers.isdigit() and len(numbers) < 8 else 0
            return Response(render_template("broadcast/phone.html", **phone(at, text, many)))


def mine(at: Desk, id_: UUID) -> Proposal:
    """A proposal of the account that is signed in. Somebody else's, or another programme's, is not found."""
    try:
        proposal = proposals.find_locked(at.conn, at.programme.loaded, id_)
    except NoSuchProposal:
        abort(404)
    if proposal.made_by != at.account.who:
        abort(404)
    return proposal


def phone(at: Desk, text: CheckedText, numbers: int) -> dict[str, object]:
    """What the drawing of a text on a phone needs."""
    settings = at.programme.loaded.settings
    return {
        "text": text,
        "pieces": drawing.pieces(text),
        "room": drawing.room(text),
        "numbers": numbers,
        "cost": written(at, cost.estimate(settings, text.shown, numbers)),
        "named": drawing.named,
    }


def written(at: Desk, amount: Decimal) -> str:
    """An amount in the programme's currency, as people read it."""
    currency = at.programme.loaded.settings.currency
    return f"{amount:,.{currency.decimals}f} {currency.code}"


def _chosen(at: Desk) -> tuple[Audience, str, Sequence[str]]:
    """The audience of the form, and what is wrong with it, empty when nothing is; with what is the number of no
    group."""
    places, fields = audiences.places(at.conn, at.programme.loaded.id), request.form.copy()
    unknown: Sequence[str] = ()
    if len(places) > forms.MAX_CHECKBOXES:
        numbers, unknown = forms.read_numbers(typed("groups"), {place.number for place in places})
        fields.setlist("groups", [str(number) for number in numbers])
    audience, problem = _audience(at, AudienceForm(fields), places)
    return audience, "broadcast.unknown_groups" if unknown and not problem else problem, unknown


def _audience(at: Desk, form: AudienceForm, places: Sequence[Place]) -> tuple[Audience, str]:
    settings = at.programme.loaded.settings
    form.groups.choices = [(place.number, place.number) for place in places]
    form.sectors.choices = sorted({place.sector for place in places})
    form.languages.choices = list(settings.languages)
    if not form.validate():
        return Audience(), "broadcast.choose_listed"
    chosen = form.audience()
    if not chosen.roles:
        return chosen, "broadcast.choose_roles"
    if COACH in chosen.roles and len(chosen.roles) > 1:
        return chosen, "broadcast.coaches_alone"
    if COACH in chosen.roles and (chosen.languages or chosen.contacts):
        return chosen, "broadcast.coaches_by_group"
    return chosen, ""


def _audience_page(
    at: Desk,
    id_: UUID,
    audience: Audience,
    problem: str = "",
    status: int = 200,
    unknown: Sequence[str] = (),
) -> Response:
    loaded = at.programme.loaded
    places = audiences.places(at.conn, loaded.id)
    many = len(places) > forms.MAX_CHECKBOXES
    numbers = typed("groups") if request.method == "POST" else forms.write_numbers(audience.groups)
    page = render_template(
        "broadcast/audience.html",
        id=id_,
        audience=audience,
        problem=problem,
        unknown=", ".join(unknown),
        roles=(*ROLES, COACH),
        places=[] if many else places,
        numbers=numbers if many else None,
        sectors=sorted({place.sector for place in places}),
        languages=loaded.settings.languages,
        contacts=CONTACTS,
        saved=saved_audiences.saved(at.conn, loaded.id),
    )
    return Response(page, status)


def _write(at: Desk, id_: UUID) -> BaseResponse:
    """Keep what was typed, and go on to the check when it can be sent; else say what is wrong."""
    proposal = mine(at, id_)
    if proposal.state != "open":
        return redirect(f"/broadcast/drafts/{id_}?done=settled", 303)
    loaded, form = at.programme.loaded, WhenForm()
    proposals.set_texts(at.conn, loaded, proposal, forms.texts(loaded.settings.languages))
    if not form.validate():
        return texts_page(at, mine(at, id_), "broadcast.choose_when", BAD)
    send_at = None if form.when.data == "now" else forms.moment(at.programme.zone)
    if form.when.data != "now" and send_at is None:
        return texts_page(at, mine(at, id_), "broadcast.choose_moment", BAD, when=form.when.data)
    if send_at is not None and send_at < at.now:
        return texts_page(at, mine(at, id_), "broadcast.past", BAD, when=form.when.data)
    proposals.set_time(at.conn, proposal, send_at, form.when.data == "weekly")
    if "look" in request.form:
        return redirect(f"/broadcast/drafts/{id_}/texts#phones", 303)
    proposal = mine(at, id_)
    try:
        draft = draft_of(at, proposal)
    except AudienceFaults:
        return redirect(f"/broadcast/drafts/{id_}/audience", 303)
    if any(problem.kind != "nobody" for problem in draft.problems):
        return texts_page(at, proposal, "broadcast.mend_texts", BAD)
    return redirect(f"/broadcast/drafts/{id_}", 303)


def draft_of(at: Desk, proposal: Proposal) -> Draft:
    """What would be sent if it were confirmed now. Raises AudienceFaults when a group that was chosen is gone."""
    return confirming.preview(at.conn, at.programme.loaded, proposal, at.now)


def texts_page(
    at: Desk, proposal: Proposal, problem: str = "", status: int = 200, when: str = ""
) -> Response:
    """The texts on phones, as they are stored, and when it goes."""
    loaded = at.programme.loaded
    texts = {language: proposal.texts.get(language, "") for language in loaded.settings.languages}
    try:
        draft = prepare(at.conn, loaded, proposal.audience, texts, None, at.now)
    except AudienceFaults:
        return _audience_page(at, proposal.id, Audience(), "broadcast.choose_listed", BAD)
    shown = {part.text.language: phone(at, part.text, part.recipients) for part in draft.parts}
    page = render_template(
        "broadcast/texts.html",
        proposal=proposal,
        draft=draft,
        phones=shown,
        first=loaded.settings.languages[0],
        problem=problem,
        missing=_missing(draft) if problem else set(),
        when=when or chosen_time(proposal),
        local=_local(at, proposal.send_at),
        opens=loaded.calendar.opens,
        closes=loaded.calendar.closes,
        is_of_coaches=drawing.is_of_coaches(proposal.audience),
    )
    return Response(page, status)


def chosen_time(proposal: Proposal) -> str:
    """How it was chosen when it goes: now, later or weekly."""
    if proposal.send_at is None:
        return "now"
    return "weekly" if proposal.is_weekly else "later"


def _local(at: Desk, moment: datetime | None) -> datetime | None:
    return moment.astimezone(at.programme.zone) if moment else None


def _missing(draft: Draft) -> set[str]:
    """The languages without a text that some numbers are told things in, or that is the programme's first."""
    return {
        part.text.language
        for n, part in enumerate(draft.parts)
        if not part.text.typed and (part.recipients or n == 0)
    }
