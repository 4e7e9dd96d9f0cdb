"""Says which members of a gathering a text about it reached, or will reach as far as is known now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging import eligibility
from sms_app.programme.loaded import LoadedProgramme

SQL = sql.beside(__file__)


@dataclass(frozen=True)
class Reachability:
    """A gathering's members: how many are on the list, and the list numbers of those whom no text reached."""

    total: int
    not_reached: tuple[int, ...]


@dataclass(frozen=True)
class _Text:
    """A member of a gathering and a text about it that was planned for her; without one the last columns are None."""

    gathering_id: UUID
    participant_id: UUID
    list_number: int | None
    id: UUID | None
    phone_number_id: UUID | None
    due_at: datetime | None
    reached: bool
    waits: bool
    failed: bool


def reachability(
    conn: Connection, programme: LoadedProgramme, gatherings: Collection[UUID], now: datetime
) -> Mapping[UUID, Reachability]:
    """Whom the texts about these gatherings reach, by gathering; two statements for all of them.

    What was sent counts, or is being sent. What is still to go counts if nothing would refuse it now, by the rule that
    is asked when it goes, and if no other text about this gathering failed on its number. No phone, no consent, a
    stopped number, an ambiguous correction, a text that failed or whose outcome nobody knows: not reached."""
    texts = sql.rows(conn, SQL["texts_to_members"], _Text, {"gatherings": list(gatherings)})
    refused = _refused(conn, programme, [text for text in texts if text.waits], now)
    failed = {(text.gathering_id, text.phone_number_id) for text in texts if text.failed}
    members: dict[UUID, dict[UUID, int | None]] = defaultdict(dict)
    reached: dict[UUID, set[UUID]] = defaultdict(set)
    for text in texts:
        members[text.gathering_id][text.participant_id] = text.list_number
        number = (text.gathering_id, text.phone_number_id)
        will_reach = text.waits and text.id not in refused and number not in failed
        if text.reached or will_reach:
            reached[text.gathering_id].add(text.participant_id)
    return {id_: _not_reached(members[id_], reached[id_]) for id_ in gatherings}


def _not_reached(members: Mapping[UUID, int | None], reached: Collection[UUID]) -> Reachability:
    missed = [number for person, number in members.items() if person not in reached and number is not None]
    return Reachability(len(members), tuple(sorted(missed)))


def _refused(
    conn: Connection, programme: LoadedProgramme, waiting: Sequence[_Text], now: datetime
) -> set[UUID]:
    """Which of these texts would not go. A number that had enough today may have another one on another day."""
    if not waiting:
        return set()
    calendar = programme.calendar
    today = calendar.day(now)
    due = {text.id: calendar.day(text.due_at) for text in waiting if text.id and text.due_at}
    reasons = eligibility.refusals(
        conn, list(due), now, calendar.at(today), programme.settings.messages.most_a_day
    )
    return {id_ for id_, reason in reasons.items() if reason != "daily_cap" or due[id_] == today}
