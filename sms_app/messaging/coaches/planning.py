"""What coaches are told, planned: at each tick the rows that wait become those that the rules and the truth want.

A coach is told of the groups that she has now, on her own number; two coaches of a group both are, and one of two
groups gets a text for each. Without a number she is told nothing, which `missing.unreached_coaches` shows to staff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from sms_app.messaging.coaches.gatherings import differs
from sms_app.messaging.coaches.rolls import DIGEST
from sms_app.messaging.coaches.weeks import Week
from sms_app.messaging.reconcile import Planned, next_of, reconcile
from sms_app.messaging.reminders import moments
from sms_app.programme.calendar import Calendar
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.rules import Rule

KINDS = ("coach_gathering", "coach_roll_missing", "coach_roll", "coach_week")
AHEAD, ONE_DAY = timedelta(days=7), timedelta(days=1)
"""How long before it is due a text is planned."""
FURTHEST = timedelta(days=120)
"""How far a session may be moved so that a coach who knows its old day is told."""
ROLL_LASTS = timedelta(days=7)
"""How long after a session a coach is told of its roll."""
BEHIND = timedelta(days=21)
AFTER_CORRECTIONS = timedelta(minutes=15)
"""A coach is told of a change when the participants' corrections have gone, so that she hears whom they reached."""
AGAIN_LASTS = timedelta(days=1)
WEEK_LASTS = timedelta(days=2)
READS = frozenset(
    {
        "training_session",
        "training_group",
        "group_coach",
        "coach",
        "attendance",
        "roll",
        "message",
        "told coach_gathering",
        "told coach_roll",
        *(f"waiting {kind}" for kind in KINDS),
    }
)
"""What this plan reads, as `plan_change.about` says it."""

SESSIONS = f"""
select s.id, s.group_id, g.number, g.role, s.starts_at, s.ends_at, s.place, s.cancelled_at,
  case when s.starts_at > %(rolls_from)s and s.starts_at <= %(now)s then {DIGEST} end as digest,
  s.ends_at <= %(now)s and not exists (select from attendance a
    where a.training_session_id = s.id and a.source in ('coach', 'staff'))
    and not exists (select from roll r where r.training_session_id = s.id) as misses_roll
from training_session s join training_group g on g.id = s.group_id
where s.programme_id = %(programme)s and s.starts_at > %(behind)s and s.starts_at < %(furthest)s
"""  # noqa: S608
NEXT_SESSION = """
select min(starts_at) from training_session where programme_id = %(programme)s and starts_at >= %(furthest)s
"""
COACHES = """
select g.id as group_id, g.number, g.role, array_agg(distinct c.phone_number_id) as coaches
from training_group g join group_coach gc on gc.group_id = g.id and gc.to_on is null
join coach c on c.id = gc.coach_id and c.phone_number_id is not null
where g.programme_id = %(programme)s group by g.id
"""
# what each coach was told last of each session; of a roll also what failed, for it was tried
TOLD = """
select distinct on (kind, rule, subject_id, phone_number_id) kind, rule, subject_id, phone_number_id, id,
  told_starts_at, told_place, told_cancelled, told_digest, coalesce(sent_at, claimed_at, planned_at) as told_at
from message
where subject_id = any(%(sessions)s) and kind in ('coach_gathering', 'coach_roll')
and (status in ('sent', 'delivered', 'unknown') or (kind = 'coach_roll' and status = 'failed'))
order by kind, rule, subject_id, phone_number_id, coalesce(sent_at, claimed_at, planned_at) desc
"""
WAITING = """
select rule, subject_id, phone_number_id, occasion, due_at from message
where subject_id = any(%(sessions)s) and status in ('planned', 'queued') and kind in ('coach_gathering', 'coach_roll')
"""
WANTED = """
with wanted as (
  select *, '{}'::uuid[] as people, null::varchar as reason, null::varchar as truth_digest, false as ambiguous
  from unnest(%(subjects)s::uuid[], %(gatherings)s::uuid[], %(rules)s::varchar[], %(occasions)s::varchar[],
    %(phones)s::uuid[], %(dues)s::timestamptz[], %(expiries)s::timestamptz[], %(corrects)s::uuid[])
    as w(subject_id, gathering_id, rule, occasion, phone_number_id, due_at, expires_at, corrects_id)
)
"""
ENDING = """
(select case when m.corrects_id is not null then 'undone'
when not exists (select from group_coach gc join coach c on c.id = gc.coach_id
  where gc.group_id = coalesce(g.group_id, m.subject_id) and gc.to_on is null
  and c.phone_number_id = m.phone_number_id) then 'not_in_audience'
when g.cancelled_at is not null then 'session_cancelled'
when m.kind = 'coach_gathering' and m.occasion <> to_char(g.starts_at at time zone %(zone)s, 'YYYY-MM-DD')
  then 'session_moved'
else 'no_longer_true' end
from (values (m.gathering_id)) as about(id) left join training_session g on g.id = about.id)
"""

Latest = Mapping[tuple[str, UUID, UUID], Row[tuple[object, ...]]]
"""What was told last, by rule, session and number."""


@dataclass(frozen=True)
class Wanted:
    """A text that a rule wants: what about, to which number, when; `corrects_id` is the message that it corrects."""

    rule: str
    subject_id: UUID
    gathering_id: UUID | None
    phone_number_id: UUID
    occasion: str
    due_at: datetime
    expires_at: datetime
    corrects_id: UUID | None = None

    @property
    def key(self) -> tuple[str, UUID, UUID, str]:
        return self.rule, self.subject_id, self.phone_number_id, self.occasion


@dataclass(frozen=True)
class Now:
    """What planning looks at: the moment, the calendar, each group's coaches, what they were told, what waits."""

    at: datetime
    calendar: Calendar
    groups: Mapping[UUID, Row[tuple[object, ...]]]
    told: Latest
    waiting: Mapping[tuple[str, UUID, UUID, str], datetime]

    def coaches(self, rule: Rule, group: UUID) -> tuple[UUID, ...]:
        """The numbers of a group's coaches, if the rule is about that group."""
        found = self.groups.get(group)
        if found is None or (rule.groups and found.number not in rule.groups):
            return ()
        return () if rule.roles and found.role not in rule.roles else tuple(found.coaches)

    def soon(self, key: tuple[str, UUID, UUID, str], delay: timedelta = timedelta()) -> datetime:
        """When something goes that has no hour of its own: as it was planned first."""
        return self.waiting.get(key) or self.calendar.next_send(self.at + delay)


def plan(conn: Connection, programme: LoadedProgramme, now: datetime) -> Planned:
    """Bring what waits for coaches in line with what is true. May be repeated; it takes as many
    statements whatever there is."""
    values: dict[str, Any] = {
        "programme": programme.id,
        "now": now,
        "rolls_from": now - ROLL_LASTS,
        "behind": now - BEHIND,
        "furthest": now + FURTHEST,
        "zone": str(programme.calendar.zone),
    }
    sessions = conn.exec_driver_sql(SESSIONS, values).all()
    values["sessions"] = [row.id for row in sessions]
    told = conn.exec_driver_sql(TOLD, values).all()
    look = Now(
        now,
        programme.calendar,
        {row.group_id: row for row in conn.exec_driver_sql(COACHES, values)},
        {(row.rule, row.subject_id, row.phone_number_id): row for row in told},
        {
            (row.rule, row.subject_id, row.phone_number_id, row.occasion): row.due_at
            for row in conn.exec_driver_sql(WAITING, values)
        },
    )
    wanted = _wanted(programme.settings.messages.rules.values(), look, sessions)
    done = Planned()
    for kind in KINDS:
        done += reconcile(
            conn, WANTED, ENDING, {**values, "kind": kind, **_columns(wanted[kind], now)}, AHEAD - ONE_DAY
        )
    beyond = conn.exec_driver_sql(NEXT_SESSION, values).scalar()
    return done + Planned(holds_until=next_of(now, _turns(look, sessions, wanted, beyond)))


def _turns(
    look: Now,
    sessions: Sequence[Row[tuple[object, ...]]],
    wanted: Mapping[str, Sequence[Wanted]],
    beyond: datetime | None,
) -> Iterator[datetime]:
    """When time alone makes something else of the same rows: each hour and each span that the plan compares with now.
    `beyond` is when the first session begins that is too far away yet."""
    yield look.calendar.at(look.calendar.day(look.at) + ONE_DAY)
    if beyond is not None:
        # a session at the very end of the span is not in it yet
        yield beyond - FURTHEST + timedelta(microseconds=1)
    for session in sessions:
        starts_at = session.starts_at
        yield from (starts_at, session.ends_at, starts_at + ROLL_LASTS, starts_at + BEHIND)
    for rows in wanted.values():
        for one in rows:
            yield from (one.due_at - AHEAD, one.due_at, one.expires_at)


def _columns(wanted: Iterable[Wanted], now: datetime) -> dict[str, list[Any]]:
    rows = [one for one in wanted if now < one.expires_at > one.due_at and one.due_at <= now + AHEAD]
    return {
        "subjects": [one.subject_id for one in rows],
        "gatherings": [one.gathering_id for one in rows],
        "rules": [one.rule for one in rows],
        "occasions": [one.occasion for one in rows],
        "phones": [one.phone_number_id for one in rows],
        "dues": [one.due_at for one in rows],
        "expiries": [one.expires_at for one in rows],
        "corrects": [one.corrects_id for one in rows],
    }


def _wanted(
    rules: Iterable[Rule], look: Now, sessions: Iterable[Row[tuple[object, ...]]]
) -> dict[str, list[Wanted]]:
    found: dict[str, list[Wanted]] = {kind: [] for kind in KINDS}
    about = {"coach_gathering": _gathering, "coach_roll_missing": _roll_missing, "coach_roll": _roll}
    for rule in rules:
        if rule.about in about:
            for session in sessions:
                for phone in look.coaches(rule, session.group_id):
                    found[rule.about] += about[rule.about](rule, look, session, phone)
        elif rule.about == "coach_week":
            found[rule.about] += _week(rule, look, sessions)
    return found


def _gathering(rule: Rule, look: Now, session: Row[tuple[object, ...]], phone: UUID) -> Iterator[Wanted]:
    """The day before; and a correction for whoever was told something else. What was said last is not said again."""
    told = look.told.get((rule.name, session.id, phone))
    correction = None if told is None else _correction(rule, look, session, phone, told)
    if correction is not None:
        yield correction
    if session.cancelled_at is not None or session.starts_at <= look.at:
        return
    moment = moments.gathering(rule, session.starts_at, look.calendar)
    if isinstance(moment, moments.NoMoment):
        return
    said = told is not None and moment.due_at <= (look.at if correction is not None else told.told_at)
    if not said:
        yield Wanted(
            rule.name, session.id, session.id, phone, moment.occasion, moment.due_at, session.starts_at
        )


def _correction(
    rule: Rule, look: Now, session: Row[tuple[object, ...]], phone: UUID, told: Row[tuple[object, ...]]
) -> Wanted | None:
    """Due when the participants' corrections have gone, or sooner when the session is near."""
    ahead = [told.told_starts_at] if told.told_starts_at else []
    ahead += [] if session.cancelled_at is not None else [session.starts_at]
    if not differs(told, session) or not ahead or max(ahead) <= look.at:
        return None
    expires_at = max(ahead)
    key = (rule.name, session.id, phone, _corrects(told.id))
    due_at = look.soon(key, AFTER_CORRECTIONS)
    if due_at >= expires_at:
        due_at = look.soon(key)
    return Wanted(rule.name, session.id, session.id, phone, key[3], due_at, expires_at, told.id)


def _roll_missing(rule: Rule, look: Now, session: Row[tuple[object, ...]], phone: UUID) -> Iterator[Wanted]:
    """Some hours after the end, and on the day after that once more."""
    if session.cancelled_at is not None or not session.misses_roll:
        return
    first = _placed(rule, session.ends_at + timedelta(hours=rule.hours_after), look.calendar)
    day = look.calendar.day(first or session.ends_at) + timedelta(days=1)
    again = _placed(rule, look.calendar.at(day, rule.again_at), look.calendar)
    if first is not None:
        # one that is late by a night would come just before the second
        ends = moments.closes(look.calendar.day(first), look.calendar)
        yield Wanted(rule.name, session.id, session.id, phone, "1", first, ends)
    if again is not None:
        yield Wanted(rule.name, session.id, session.id, phone, "2", again, again + AGAIN_LASTS)


def _roll(rule: Rule, look: Now, session: Row[tuple[object, ...]], phone: UUID) -> Iterator[Wanted]:
    """Once when the roll is there, and once more when it is not what was told."""
    if session.digest is None or session.cancelled_at is not None:
        return
    told = look.told.get((rule.name, session.id, phone))
    if told is not None and told.told_digest == session.digest:
        return
    corrects_id = None if told is None else told.id
    key = (rule.name, session.id, phone, "first" if told is None else _corrects(told.id))
    due_at, expires_at = look.soon(key), session.starts_at + ROLL_LASTS
    yield Wanted(rule.name, session.id, session.id, phone, key[3], due_at, expires_at, corrects_id)


def _corrects(message: UUID) -> str:
    """The occasion of a correction, so that there is one for each message that is corrected."""
    return f"corrects {message}"


def _week(rule: Rule, look: Now, sessions: Iterable[Row[tuple[object, ...]]]) -> Iterator[Wanted]:
    """The latest weekly text and the next one, for each group that was to meet in that week."""
    today = look.calendar.day(look.at)
    latest = today - timedelta(days=(today.weekday() - rule.weekday) % 7)
    for text_on in (latest, latest + timedelta(weeks=1)):
        week = Week(text_on)
        first, after = week.bounds(look.calendar)
        due_at = _placed(rule, look.calendar.at(text_on, rule.at), look.calendar)
        if due_at is None:
            continue
        for group in {row.group_id: None for row in sessions if first <= row.starts_at < after}:
            for phone in look.coaches(rule, group):
                yield Wanted(
                    rule.name, group, None, phone, week.monday.isoformat(), due_at, due_at + WEEK_LASTS
                )


def _placed(rule: Rule, moment: datetime, calendar: Calendar) -> datetime | None:
    """When a text goes that tells what is over: never before its moment, whatever the rule's `quiet`."""
    if rule.quiet == "drop" and not calendar.may_send(moment):
        return None
    return calendar.next_send(moment)
