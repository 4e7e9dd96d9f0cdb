"""Whom a text about a gathering reached, or will reach as far as can be said now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row

from sms_app.messaging import eligibility
from sms_app.programme.loaded import LoadedProgramme

# Each member of the gatherings, once for each text about it that was planned for her. A text counts while what it told
# is what is true. What is still to go would tell the truth, but only a correction goes about a cancelled gathering.
TEXTS = """
select t.gathering_id, t.participant_id, p.list_number, m.id, m.phone_number_id, m.status, m.due_at,
  (m.status in ('sending', 'sent', 'delivered') or m.reason = 'same_text')
    and m.told_cancelled = (g.cancelled_at is not null)
    and (m.told_cancelled or (m.told_starts_at = g.starts_at and m.told_place = g.place)) as reached,
  m.status in ('planned', 'queued') and m.reason is distinct from 'quiet_hours'
    and (g.cancelled_at is null or m.kind = 'correction') and not m.ambiguous as waits,
  m.status in ('failed', 'unknown', 'expired') as failed
from gathering_member t
join gathering g on g.id = t.gathering_id
join participant p on p.id = t.participant_id
left join message m on m.gathering_id = t.gathering_id and m.kind in ('gathering', 'correction')
  and t.participant_id = any(m.people)
where t.gathering_id = any(%(gatherings)s)
"""


@dataclass(frozen=True)
class Reachability:
    """A gathering's members: how many are on the list, and the list numbers of those whom no text reached."""

    total: int
    not_reached: tuple[int, ...]


def reachability(
    conn: Connection, programme: LoadedProgramme, gatherings: Collection[UUID], now: datetime
) -> Mapping[UUID, Reachability]:
    """Whom the texts about these gatherings reach, by gathering; two statements for all of them.

    What was sent counts, or is being sent. What is still to go counts if nothing would refuse it now, by the rule that
    is asked when it goes, and if no other text about this gathering failed on its number. No phone, no consent, a
    stopped number, an ambiguous correction, a text that failed or whose outcome nobody knows: not reached."""
    rows = conn.exec_driver_sql(TEXTS, {"gatherings": list(gatherings)}).all()
    refused = _refused(conn, programme, [row for row in rows if row.waits], now)
    failed = {(row.gathering_id, row.phone_number_id) for row in rows if row.failed}
    members: dict[UUID, dict[UUID, int | None]] = defaultdict(dict)
    reached: dict[UUID, set[UUID]] = defaultdict(set)
    for row in rows:
        members[row.gathering_id][row.participant_id] = row.list_number
        hopeful = (
            row.waits and row.id not in refused and (row.gathering_id, row.phone_number_id) not in failed
        )
        if row.reached or hopeful:
            reached[row.gathering_id].add(row.participant_id)
    return {id_: _reach(members[id_], reached[id_]) for id_ in gatherings}


def _reach(members: Mapping[UUID, int | None], reached: Collection[UUID]) -> Reachability:
    missed = [number for person, number in members.items() if person not in reached and number is not None]
    return Reachability(len(members), tuple(sorted(missed)))


def _refused(
    conn: Connection, programme: LoadedProgramme, waiting: Sequence[Row[tuple[object, ...]]], now: datetime
) -> set[UUID]:
    """Which of these texts would not go. A number that had enough today may have another one on another day."""
    if not waiting:
        return set()
    calendar = programme.calendar
    today = calendar.day(now)
    due = {row.id: calendar.day(row.due_at) for row in waiting}
    found = eligibility.refusals(
        conn, list(due), now, calendar.at(today), programme.settings.messages.most_a_day
    )
    return {id_ for id_, reason in found.items() if reason != "daily_cap" or due[id_] == today}
