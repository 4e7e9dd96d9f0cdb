"""What became of each message of a day, for staff who ask afterwards: no names, no numbers, no texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

# A group is the one of the session or of the subject, and those of the people whom a message is for.
FOUND = """
select coalesce(m.sent_at, m.due_at) as at, m.rule, m.status, coalesce(m.reason, '') as reason, p.members,
  array(select distinct n from unnest(p.groups || s.number || b.number) n where n is not null order by n) as groups
from message m
  left join lateral (select * from gathering where id = m.gathering_id offset 0) g on true
  left join training_group s on s.id = g.training_group_id
  left join training_group b on b.id = m.subject_id
  cross join lateral (
    select coalesce(array_agg(p.member_number::text order by p.member_number), '{}') as members,
      coalesce(array_agg(t.number), '{}') as groups
    from participant p left join training_group t on t.id = p.group_id where p.id = any(m.people)) p
where m.programme_id = %(programme)s and m.due_at >= %(start)s and m.due_at < %(end)s
  and (%(rule)s::text is null or m.rule = %(rule)s) and (%(status)s::text is null or m.status = %(status)s)
  and (%(reason)s::text is null or m.reason = %(reason)s)
"""
OF_GROUP = f"""
select * from ({FOUND}) f where %(group)s::int is null or %(group)s = any(groups) order by at, rule, groups, members
"""  # noqa: S608


@dataclass(frozen=True)
class HistoryRow:
    """One message: when it went or is to go (aware), its groups' numbers and its people's member numbers."""

    at: datetime
    rule: str
    status: str
    reason: str
    groups: tuple[int, ...]
    members: tuple[str, ...]


def due(
    conn: Connection,
    programme_id: int,
    start: datetime,
    end: datetime,
    rule: str | None = None,
    status: str | None = None,
    reason: str | None = None,
    group: int | None = None,
) -> Sequence[HistoryRow]:
    """The messages that were due from `start` until before `end`, in order of time; None means any."""
    values: dict[str, Any] = {
        "programme": programme_id,
        "start": start,
        "end": end,
        "rule": rule,
        "status": status,
        "reason": reason,
        "group": group,
    }
    rows = conn.exec_driver_sql(OF_GROUP, values)
    return [HistoryRow(r.at, r.rule, r.status, r.reason, tuple(r.groups), tuple(r.members)) for r in rows]
