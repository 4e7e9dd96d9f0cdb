"""Makes the next broadcast of each weekly one, a day before its hour, so that officers see it and can cancel it.

It is for whoever is in the audience then. A weekly broadcast that can't go as it was confirmed stops, and says why."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from sms_app.messaging.broadcasts import confirming, creating, drafts, proposals
from sms_app.messaging.broadcasts.audience import AudienceFaults
from sms_app.messaging.broadcasts.proposals import Proposal
from sms_app.programme import audit
from sms_app.programme.loaded import LoadedProgramme

AHEAD = timedelta(days=1)
DUE = """
select id from broadcast_proposal where programme_id = %(programme)s and state = 'weekly' and send_at <= %(until)s
order by id for update skip locked
"""
ABOVE_LIMIT, GONE, BY_OFFICER = "above_limit", "gone", "by_officer"


def make_due(conn: Connection, programme: LoadedProgramme, now: datetime) -> int:
    """Make the broadcasts of weekly ones that are due within a day; gives how many. A week that is past is left out."""
    ids = conn.exec_driver_sql(DUE, {"programme": programme.id, "until": now + AHEAD}).scalars().all()
    return sum(_make_next(conn, programme, proposals.find(conn, programme, id_), now) for id_ in ids)


def stop(conn: Connection, programme: LoadedProgramme, id_: UUID, who: str, now: datetime) -> bool:
    """End a weekly broadcast; False when it has ended already. What it made stays. Raises NoSuchProposal."""
    proposal = proposals.find_locked(conn, programme, id_)
    if proposal.state != "weekly":
        return False
    _stop(conn, proposal, BY_OFFICER)
    audit.record(conn, programme.id, who, "stop_weekly", "broadcast_proposal", id_, now)
    return True


def _make_next(conn: Connection, programme: LoadedProgramme, proposal: Proposal, now: datetime) -> bool:
    """Make the broadcast of a week, or stop; False when none was made."""
    assert proposal.send_at is not None  # a constraint of the table
    send_at = proposal.send_at
    while send_at < now:
        send_at = confirming.next_week(programme, send_at)
    texts = {language: text for language, text in proposal.texts.items() if text.strip()}
    try:
        draft = drafts.prepare(conn, programme, proposal.audience, texts, send_at, now)
    except AudienceFaults:
        _stop(conn, proposal, GONE)
        return False
    if draft.problems:
        _stop(conn, proposal, draft.problems[0].kind)
        return False
    if confirming.needs_approval(programme, draft.recipients) and proposal.approved_by is None:
        _stop(conn, proposal, ABOVE_LIMIT)
        return False
    broadcast_id = creating.create(
        conn,
        programme,
        draft,
        proposal.made_by,
        now,
        again=True,
        approved_by=proposal.approved_by,
        is_weekly=True,
    )
    proposals.set_state(
        conn,
        proposal,
        "weekly",
        draft.recipients,
        approved_by=proposal.approved_by,
        broadcast_id=broadcast_id,
        send_at=confirming.next_week(programme, send_at),
    )
    return True


def _stop(conn: Connection, proposal: Proposal, reason: str) -> None:
    proposals.set_state(
        conn, proposal, "stopped", proposal.recipients, reason=reason, approved_by=proposal.approved_by
    )
