"""Why a text is not to go, by one SQL rule: at sending over rows of `message`, in previews over rows that are not
messages yet. Consent, who is on a number and the arms are read as they are at that moment.

A query names its rows `candidate`: key, phone_number_id, people (uuid[], empty for a coach), kind, arms (varchar[],
empty: every arm may have it). `JUDGED` then gives `judged`: key and reason, null when it may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

REASONS = ("number_stopped", "not_on_number", "no_consent", "arm", "daily_cap")
# always told, however much a number got that day; so is a text to a coach
UNCAPPED = "('correction', 'number_test')"


def consents(person: str, purpose: str) -> str:
    """SQL: whether a participant (an SQL expression) agrees to a purpose. The latest day counts, and a no on it."""
    return f"""coalesce((
      select given from consent where participant_id = {person} and purpose = '{purpose}'
      order by taken_on desc, given limit 1), false)"""  # noqa: S608


# the arm of each participant with a household, by its latest assignment
ARM = """
household_link h
    join arm_assignment a on a.household_id = h.household_id
      and not exists (select from arm_assignment later where later.replaces = a.id)
    join arm on arm.id = a.arm_id
"""
JUDGED = f"""
linked as (
  select c.key, bool_or(
    {consents("p.id", "messages")} and (c.kind <> 'check_in' or {consents("p.id", "check_in")})) as consents
  from candidate c cross join unnest(c.people) as one(person)
    join participant_phone l
      on l.phone_number_id = c.phone_number_id and l.participant_id = one.person and l.to_on is null
    join participant p on p.id = one.person and p.left_on is null
  group by c.key
), other_arm as (
  select distinct c.key
  from candidate c
    join participant_phone l on l.phone_number_id = c.phone_number_id and l.to_on is null
    join {ARM} on h.participant_id = l.participant_id and h.to_on is null
  where c.arms <> '{{}}' and arm.code <> all (c.arms)
), full_day as (
  select c.key
  from candidate c join message s on s.phone_number_id = c.phone_number_id
    -- what a clock that ran ahead wrote is not of this day
    and s.sent_at >= %(day_start)s and s.sent_at < %(now)s + interval '1 hour'
  where c.kind not in {UNCAPPED}
  -- a broadcast leaves the last place of the day to a reminder
  group by c.key, c.kind having count(*) >= greatest(1, %(most_a_day)s - (c.kind = 'broadcast')::int)
), judged as (
  select c.key, case
    when n.stopped_on is not null then 'number_stopped'
    when c.people = '{{}}' then null
    when l.key is null then 'not_on_number'
    when not l.consents then 'no_consent'
    when o.key is not null then 'arm'
    when f.key is not null then 'daily_cap'
    end as reason
  from candidate c
    join phone_number n on n.id = c.phone_number_id
    left join linked l on l.key = c.key
    left join other_arm o on o.key = c.key
    left join full_day f on f.key = c.key
)
"""  # noqa: S608
OF_MESSAGES = f"""
with candidate as (
  select m.id as key, m.phone_number_id, m.people, m.kind, coalesce(b.arms, '{{}}') as arms
  from message m left join broadcast b on m.kind = 'broadcast' and b.id = m.subject_id
  where m.id = any(%(ids)s)
), {JUDGED}
select key, reason from judged where reason is not null
"""  # noqa: S608
OF_CANDIDATES = f"""
with candidate as (
  select key, phone_number_id, people::uuid[] as people, kind, '{{}}'::varchar[] as arms
  from unnest(%(phones)s::uuid[], %(people)s::text[], %(kinds)s::text[])
    with ordinality as given(phone_number_id, people, kind, key)
), {JUDGED}
select key - 1 as place, reason from judged where reason is not null
"""  # noqa: S608


@dataclass(frozen=True)
class Candidate:
    """A text that could be planned: its number, the participants whom it would be for, its kind."""

    phone_number_id: UUID
    people: tuple[UUID, ...]
    kind: str


def refusals(
    conn: Connection, message_ids: Sequence[UUID], now: datetime, day_start: datetime, most_a_day: int
) -> dict[UUID, str]:
    """Why messages may not go, by id; one that may is not in it. `day_start` is when the local day began."""
    values = {"ids": list(message_ids), "now": now, "day_start": day_start, "most_a_day": most_a_day}
    return {row.key: row.reason for row in conn.exec_driver_sql(OF_MESSAGES, values)}


def excluded(
    conn: Connection, candidates: Sequence[Candidate], now: datetime, day_start: datetime, most_a_day: int
) -> dict[int, str]:
    """Why candidates would not be sent at `now`, by their place in the list; one that would is not in it. `day_start`
    is when that local day began. Broadcasts, which know arms, are judged by their own query."""
    values = {
        "phones": [one.phone_number_id for one in candidates],
        "kinds": [one.kind for one in candidates],
        "people": ["{" + ",".join(map(str, one.people)) + "}" for one in candidates],
        "now": now,
        "day_start": day_start,
        "most_a_day": most_a_day,
    }
    return {row.place: row.reason for row in conn.exec_driver_sql(OF_CANDIDATES, values)}
