"""Corrections: who was told something about a gathering that is not true any more is told once what is.

A correction is due as soon as something may be sent. Its row names the message that it corrects (`corrects_id`) and,
as a digest, the truth that it is to tell (`truth_digest`). Both are part of its occasion, too, and so of the unique
key: one that failed or was refused does not stand in the way when the truth changes once more. One whose truth is not
true any more when it goes ends `undone`.

A number may know of two gatherings at one hour and place, of two people or of two groups. While what it was told still
holds for one of them, no text could say which of them is meant: a correction of the other is `ambiguous` and does not
go, and the coach reads that her participant was not reached."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from sms_app.messaging.content import Answers, Content, Due, Skip, ToldSnapshot
from sms_app.messaging.hours import next_allowed_send_time
from sms_app.messaging.reconcile import Planned, next_of, reconcile
from sms_app.programme.loaded import LoadedProgramme

KIND = "correction"
LOOK_BACK = timedelta(days=1)
"""How long after the time that was told a change is still told to those who may have come in vain."""
READS = frozenset(
    {
        "training_session",
        "planned_meeting",
        "savings_member",
        "participant",
        "participant_phone",
        "message",
        "waiting correction",
        "told gathering",
        "told correction",
    }
)
"""What this plan reads, as `plan_change.about` says it."""

# what a number was told in the same words about another gathering, it was told about this one, too
KNOWN = (
    "m.kind in ('gathering', 'correction')"
    " and (m.status in ('sent', 'delivered', 'unknown') or m.reason = 'same_text')"
)
# what numbers were told about gatherings, where it is not what is true now
WRONG = f"""
with told as materialized (
  select distinct m.gathering_id, m.told_starts_at, m.told_place, m.told_cancelled from message m
  where m.programme_id = %(programme)s and m.told_starts_at > %(since)s and {KNOWN}
)
select g.id, g.starts_at, g.place, g.cancelled_at is not null as cancelled, t.told_starts_at, t.told_place,
  t.told_cancelled
from told t cross join lateral (select * from gathering where id = t.gathering_id offset 0) g
where (g.cancelled_at is not null) <> t.told_cancelled or (g.cancelled_at is null
  and (g.starts_at <> t.told_starts_at or g.place <> t.told_place))
"""  # noqa: S608
# The latest of what a number was told; what is under way right now comes after all else.
LATEST = f"""
select distinct on (m.gathering_id, m.phone_number_id) m.id, m.gathering_id, m.phone_number_id, m.people, m.status,
  m.told_starts_at, m.told_place, m.told_cancelled
from message m
where m.gathering_id = any(%(gatherings)s) and (m.status = 'sending' or m.told_starts_at is not null)
  and ({KNOWN} or (m.kind in ('gathering', 'correction') and m.status = 'sending' and m.id <> all(%(apart)s)))
order by m.gathering_id, m.phone_number_id, m.status = 'sending' desc,
  coalesce(m.claimed_at, m.sent_at, m.settled_at) desc, m.kind = 'correction' desc, m.planned_at desc, m.id
"""  # noqa: S608
# `told` (gathering_id, phone_number_id, told_starts_at, told_place, told_cancelled) where the number belongs to someone
# of another gathering that is just as was told
STANDS = """
select distinct t.gathering_id, t.phone_number_id
from told t
  cross join lateral (select id from gathering g where g.programme_id = %(programme)s
    and g.starts_at = t.told_starts_at and g.place = t.told_place and g.id <> t.gathering_id
    and (g.cancelled_at is not null) = t.told_cancelled offset 0) o
where exists (
  select from participant_phone k join gathering_member m on m.participant_id = k.participant_id
  where k.phone_number_id = t.phone_number_id and k.to_on is null and m.gathering_id = o.id)
"""
STANDS_NOW = f"""
with told as (
  select * from unnest(%(gatherings)s::uuid[], %(phones)s::uuid[], %(starts)s::timestamptz[], %(places)s::text[],
    %(cancelled)s::bool[]) as t(gathering_id, phone_number_id, told_starts_at, told_place, told_cancelled)
)
{STANDS}"""  # noqa: S608
# A correction that is due already stays as it is, though the next hour for one would be now again.
WANTED = f"""
with latest as materialized ({LATEST}), told as materialized (
  select l.*, w.due_at, w.expires_at, w.truth
  from latest l
    join unnest(%(gathering)s::uuid[], %(starts)s::timestamptz[], %(places)s::text[], %(cancelled)s::bool[],
      %(dues)s::timestamptz[], %(expiries)s::timestamptz[], %(truths)s::text[])
      as w(gathering_id, told_starts_at, told_place, told_cancelled, due_at, expires_at, truth)
      on w.gathering_id = l.gathering_id and w.told_starts_at = l.told_starts_at and w.told_place = l.told_place
        and w.told_cancelled = l.told_cancelled
  where l.status <> 'sending'
), stands as materialized ({STANDS}), named as materialized (
  select w.*, s.gathering_id is not null as ambiguous,
    'corrects ' || w.id || ' ' || w.truth || case when s.gathering_id is null then '' else ' ambiguous' end as occasion
  from told w left join stands s on s.gathering_id = w.gathering_id and s.phone_number_id = w.phone_number_id
), wanted as materialized (
  select l.gathering_id as subject_id, l.gathering_id, %(kind)s::text as rule, l.occasion,
    l.phone_number_id, p.people, l.expires_at, null::text as reason, l.id as corrects_id, l.truth as truth_digest,
    l.ambiguous,
    case when m.due_at <= %(now)s and m.status in ('planned', 'queued') then m.due_at else l.due_at end as due_at
  from named l
    cross join lateral (
      select array_agg(k.participant_id order by k.participant_id) as people
      from participant_phone k join participant q on q.id = k.participant_id and q.left_on is null
      where k.phone_number_id = l.phone_number_id and k.to_on is null and k.participant_id = any(l.people)
    ) p
    left join message m on m.subject_id = l.gathering_id and m.rule = %(kind)s
      and m.phone_number_id = l.phone_number_id and m.occasion = l.occasion
  where p.people is not null
)"""  # noqa: S608
# corrections, and the gatherings that they are about as these are now
TRUTH = """
select m.id, m.corrects_id, m.truth_digest, m.ambiguous, g.starts_at, g.place, g.cancelled_at is not null as cancelled
from message m join gathering g on g.id = m.gathering_id where m.id = any(%(ids)s)
"""


TOLD = f"""
with latest as (
  select distinct on (m.phone_number_id) m.told_starts_at, m.told_place, m.told_cancelled from message m
  where m.gathering_id = %(id)s and m.told_starts_at is not null and {KNOWN}
  order by m.phone_number_id, coalesce(m.claimed_at, m.sent_at, m.settled_at) desc
)
select count(*) as told, count(*) filter (where l.told_cancelled <> (g.cancelled_at is not null)
    or (g.cancelled_at is null and (l.told_starts_at, l.told_place) <> (g.starts_at, g.place))) as wrong
from latest l cross join gathering g where g.id = %(id)s
"""  # noqa: S608


@dataclass(frozen=True)
class State:
    """A gathering as it is, or as someone was told of it."""

    starts_at: datetime
    place: str
    cancelled: bool

    def says_the_same(self, other: State) -> bool:
        return self == other or (self.cancelled and other.cancelled)

    @property
    def digest(self) -> str:
        """Eight hex digits, the same for states that say the same."""
        said = "cancelled" if self.cancelled else f"{self.starts_at.astimezone(UTC).isoformat()} {self.place}"
        return hashlib.sha256(said.encode()).hexdigest()[:8]


def plan(conn: Connection, programme: LoadedProgramme, now: datetime) -> Planned:
    """Plan what corrects what is not true any more, and end what need not be said."""
    values = {"programme": programme.id, "since": now - LOOK_BACK}
    found = []
    wrong = conn.exec_driver_sql(WRONG, values).all()
    for row in wrong:
        told = State(row.told_starts_at, row.told_place, row.told_cancelled)
        truth = State(row.starts_at, row.place, row.cancelled)
        times = hours(programme, truth, told, now)
        if times:
            found.append((row.id, told, truth.digest, *times))
    done = reconcile(
        conn,
        WANTED,
        "'undone'",
        {
            "programme": programme.id,
            "kind": KIND,
            "now": now,
            "apart": [],
            "gatherings": list({id_ for id_, *_ in found}),
            "gathering": [id_ for id_, *_ in found],
            "starts": [told.starts_at for _, told, *_ in found],
            "places": [told.place for _, told, *_ in found],
            "cancelled": [told.cancelled for _, told, *_ in found],
            "truths": [truth for _, _, truth, *_ in found],
            "dues": [due for *_, due, _ in found],
            "expiries": [expires for *_, expires in found],
        },
    )
    return done + Planned(holds_until=next_of(now, _turns(programme, wrong, now)))


def _turns(programme: LoadedProgramme, wrong: Sequence[Row[Any]], now: datetime) -> Iterator[datetime]:
    """When something that was told is too old or over, and when the first hour at which a text may go is another."""
    if wrong:
        calendar = programme.calendar
        yield next_allowed_send_time(programme.settings, now)
        yield calendar.next_send(now, programme.settings.messages.corrections_from)
        yield calendar.at(calendar.day(now), calendar.closes)
        yield calendar.at(calendar.day(now) + timedelta(days=1))
    for row in wrong:
        yield from (row.told_starts_at, row.told_starts_at + LOOK_BACK, row.starts_at)


def told(conn: Connection, gathering: UUID) -> tuple[int, int]:
    """How many numbers were told about a gathering, and to how many of them that is not true any more."""
    row = conn.exec_driver_sql(TOLD, {"id": gathering}).one()
    return row.told, row.wrong


def hours(
    programme: LoadedProgramme, truth: State, told: State, now: datetime
) -> tuple[datetime, datetime] | None:
    """When a correction is due and when it is too late; None when it is too late already.

    It may go until what was told and what is true have both begun. A cancellation is held to the hours of its day
    from `corrections_from` on; all else to the sending hours."""
    ends = (
        [told.starts_at] if truth.cancelled else [one.starts_at for one in (told, truth) if not one.cancelled]
    )
    due_at = next_allowed_send_time(programme.settings, now, told.starts_at if truth.cancelled else None)
    expires_at = max(ends, default=now)
    return (due_at, expires_at) if due_at < expires_at else None


def compose_correction(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """What each correction says now: the cancellation, the other day, or what else is other."""
    ids = [due.id for due in dues]
    corrections = {row.id: row for row in conn.exec_driver_sql(TRUTH, {"ids": ids})}
    values = {"gatherings": [due.gathering_id for due in dues], "apart": ids}
    latest = {(row.gathering_id, row.phone_number_id): row for row in conn.exec_driver_sql(LATEST, values)}
    stands = _stands(conn, programme, [row for row in latest.values() if row.status != "sending"])
    answers: dict[UUID, Content | Skip] = {}
    for due in dues:
        key = (due.gathering_id, due.phone_number_id)
        answers[due.id] = _compose(
            programme, corrections.get(due.id), latest.get(key), is_ambiguous=key in stands, now=now
        )
    return answers


def _stands(
    conn: Connection, programme: LoadedProgramme, latest: Sequence[Row[Any]]
) -> set[tuple[UUID | None, UUID]]:
    """The gatherings and numbers for which what was told holds for another gathering."""
    values = {
        "programme": programme.id,
        "gatherings": [row.gathering_id for row in latest],
        "phones": [row.phone_number_id for row in latest],
        "starts": [row.told_starts_at for row in latest],
        "places": [row.told_place for row in latest],
        "cancelled": [row.told_cancelled for row in latest],
    }
    return {(row.gathering_id, row.phone_number_id) for row in conn.exec_driver_sql(STANDS_NOW, values)}


def _compose(
    programme: LoadedProgramme,
    correction: Row[Any] | None,
    latest: Row[Any] | None,
    *,
    is_ambiguous: bool,
    now: datetime,
) -> Content | Skip:
    if correction is None or latest is None:
        return Skip("undone")
    truth = State(correction.starts_at, correction.place, correction.cancelled)
    told = State(latest.told_starts_at, latest.told_place, latest.told_cancelled)
    planned = (correction.corrects_id, correction.truth_digest, correction.ambiguous)
    if told.says_the_same(truth) or planned != (latest.id, truth.digest, is_ambiguous):
        return Skip("undone")
    if is_ambiguous:
        return Skip("ambiguous")
    if hours(programme, truth, told, now) is None:
        return Skip("no_longer_true")
    if truth.cancelled:
        return Content(
            "session_cancelled",
            {"start": told.starts_at},
            told=ToldSnapshot(told.starts_at, told.place, True),
        )
    day = programme.calendar.day
    is_same_day = day(told.starts_at) == day(truth.starts_at)
    text, was = ("session_changed", {}) if is_same_day else ("session_moved", {"was": told.starts_at})
    values = {"start": truth.starts_at, "place": truth.place, **was}
    return Content(text, values, told=ToldSnapshot(truth.starts_at, truth.place, False))
