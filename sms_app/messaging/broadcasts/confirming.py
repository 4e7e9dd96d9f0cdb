"""Makes a broadcast of a proposal when its count was typed, now or after a second officer's approval.

Nothing leaves for ten minutes after that (UNDO). Whoever comes second finds that it is done: nothing is made twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from sms_app.messaging.broadcasts import creating, drafts, proposals
from sms_app.messaging.broadcasts.drafts import Draft
from sms_app.messaging.broadcasts.proposals import Proposal
from sms_app.programme import audit
from sms_app.programme.loaded import LoadedProgramme

UNDO = timedelta(minutes=10)
"""How long nothing leaves after a broadcast was confirmed."""


class AudienceChanged(Exception):
    """What would be sent, or to whom, is not what was shown."""


class WrongCount(Exception):
    """The number that was typed is not the count of recipients."""


class OwnApproval(Exception):
    """Who made the proposal can't approve it."""


class Settled(Exception):
    """The proposal was sent, or sent back, before."""


@dataclass(frozen=True)
class Confirmation:
    """What an officer confirmed: the digest of what was shown, the count that was typed, and whether an equal broadcast
    is to go again."""

    shown: str
    typed: str
    again: bool = False


def preview(conn: Connection, programme: LoadedProgramme, proposal: Proposal, now: datetime) -> Draft:
    """What would be sent if it were confirmed now. Raises AudienceFaults."""
    languages = programme.settings.languages
    texts = {language: text for language in languages if (text := proposal.texts.get(language, "")).strip()}
    return drafts.prepare(conn, programme, proposal.audience, texts, earliest(proposal.send_at, now), now)


def earliest(send_at: datetime | None, now: datetime) -> datetime:
    """When a broadcast goes at the earliest that is confirmed now. An hour that is past stays past."""
    return now + UNDO if send_at is None or now <= send_at < now + UNDO else send_at


def needs_approval(programme: LoadedProgramme, recipients: int) -> bool:
    """Whether a second officer must approve a broadcast to so many numbers."""
    above = programme.settings.messages.second_officer_above
    return above is not None and recipients > above


def confirm(
    conn: Connection,
    programme: LoadedProgramme,
    id_: UUID,
    confirmation: Confirmation,
    who: str,
    now: datetime,
) -> Proposal:
    """Make the broadcast of an open proposal, or ask for a second officer's approval; gives the proposal as it is then.

    A proposal that is not open any more is given as it is. Raises NoSuchProposal, AudienceChanged, WrongCount,
    DraftFaults, AudienceFaults and DuplicateBroadcast."""
    proposal = proposals.find_locked(conn, programme, id_)
    if proposal.state != "open" or proposal.made_by != who:
        return proposal
    draft = _checked(conn, programme, proposal, confirmation, now)
    if needs_approval(programme, draft.recipients):
        proposals.set_state(conn, proposal, "waiting", draft.recipients)
        audit.record(conn, programme.id, who, "ask_approval", "broadcast_proposal", id_, now)
    else:
        _make(conn, programme, proposal, draft, confirmation.again, None, now)
    return proposals.find(conn, programme, id_)


def approve(
    conn: Connection,
    programme: LoadedProgramme,
    id_: UUID,
    confirmation: Confirmation,
    who: str,
    now: datetime,
) -> Proposal:
    """Make the broadcast of a proposal that waits; gives the proposal as it is then.

    Raises OwnApproval, Settled when it does not wait any more, and what `confirm` raises."""
    proposal = proposals.find_locked(conn, programme, id_)
    if proposal.made_by == who:
        raise OwnApproval
    if proposal.state != "waiting":
        raise Settled
    draft = _checked(conn, programme, proposal, confirmation, now)
    audit.record(conn, programme.id, who, "approve_broadcast", "broadcast_proposal", id_, now)
    _make(conn, programme, proposal, draft, confirmation.again, who, now)
    return proposals.find(conn, programme, id_)


def send_back(conn: Connection, programme: LoadedProgramme, id_: UUID, who: str, now: datetime) -> None:
    """Open a proposal that waits again: a second officer does not approve it, or its officer takes it back. Raises
    Settled and NoSuchProposal."""
    proposal = proposals.find_locked(conn, programme, id_)
    if proposal.state != "waiting":
        raise Settled
    reason = "taken_back" if proposal.made_by == who else "sent_back"
    proposals.set_state(conn, proposal, "open", 0, reason=reason)
    audit.record(conn, programme.id, who, reason, "broadcast_proposal", id_, now)


def _checked(
    conn: Connection,
    programme: LoadedProgramme,
    proposal: Proposal,
    confirmation: Confirmation,
    now: datetime,
) -> Draft:
    """The draft, which is the one that was shown, and whose count was typed."""
    draft = preview(conn, programme, proposal, now)
    if draft.problems:
        raise creating.DraftFaults(draft.faults)
    if draft.digest != confirmation.shown:
        raise AudienceChanged
    if confirmation.typed.strip().replace(",", "").replace(" ", "") != str(draft.recipients):
        raise WrongCount
    return draft


def _make(
    conn: Connection,
    programme: LoadedProgramme,
    proposal: Proposal,
    draft: Draft,
    again: bool,
    approved_by: str | None,
    now: datetime,
) -> None:
    broadcast_id = creating.create(conn, programme, draft, proposal.made_by, now, again, approved_by)
    proposals.set_state(
        conn,
        proposal,
        "weekly" if proposal.is_weekly else "created",
        draft.recipients,
        approved_by=approved_by,
        broadcast_id=broadcast_id,
        send_at=next_week(programme, proposal.send_at) if proposal.is_weekly and proposal.send_at else None,
    )


def next_week(programme: LoadedProgramme, at: datetime) -> datetime:
    """The same local hour a week later."""
    local = at.astimezone(programme.calendar.zone)
    return programme.calendar.at(local.date() + timedelta(weeks=1), local.time().replace(tzinfo=None))
