"""Plans coaches' texts: brings the messages that wait in line with the rules and with the sessions as they are now.

A coach is told of the groups that she has now, on her own number; two coaches of a group both are, and one of two
groups gets a text for each. Without a number she is told nothing, which `missing.unreached_coaches` shows to staff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging.coaches.gatherings import differs
from sms_app.messaging.coaches.weeks import Week
from sms_app.messaging.content import ToldSnapshot
from sms_app.messaging.reconcile import PlanResult, by_index, next_of, reconcile
from sms_app.messaging.reminders import moments
from sms_app.messaging.reminders.occasions import MAX_SHIFT_EARLIER
from sms_app.programme.calendar import Calendar
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.rules import Rule

KINDS = ("coach_gathering", "coach_roll_missing", "coach_roll", "coach_week")
AHEAD, ONE_DAY = timedelta(days=7), timedelta(days=1)
"""How long before it is due a text is planned."""
MAX_MOVE = timedelta(days=120)
"""How far ahead a session may be moved so that a coach who was told its old day is told of the move."""
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
"""What this plan reads, in the words of `plan_change.about`."""

SQL = sql.beside(__file__)
NEXT_SESSIONS = """
select min(starts_at) filter (where starts_at >= %(near)s), min(starts_at) filter (where starts_at >= %(furthest)s)
from training_session where programme_id = %(programme)s and starts_at >= %(near)s
"""
COACHES = """
select g.id as group_id, g.number, g.role, array_agg(distinct c.phone_number_id) as coaches
from training_group g join coach_phone c on c.group_id = g.id
where g.programme_id = %(programme)s group by g.id
"""
WAITING = """
select rule, subject_id, phone_number_id, occasion, due_at from message
where subject_id = any(%(sessions)s) and status in ('planned', 'queued') and kind in ('coach_gathering', 'coach_roll')
"""


@dataclass(frozen=True)
class Session:
    """A session as it is now. `digest` is its roll's, if a text about the roll can still go."""

    id: UUID
    group_id: UUID
    starts_at: datetime
    ends_at: datetime
    place: str
    cancelled_at: datetime | None
    digest: str | None
    misses_roll: bool

    @property
    def snapshot(self) -> ToldSnapshot:
        return ToldSnapshot(self.starts_at, self.place, self.cancelled_at is not None)


@dataclass(frozen=True)
class Group:
    """A training group and the numbers of its coaches."""

    group_id: UUID
    number: int
    role: str
    coaches: Sequence[UUID]


@dataclass(frozen=True)
class LastTold:
    """What the message `id` told a coach of a session (`subject_id`), by one rule."""

    rule: str
    subject_id: UUID
    phone_number_id: UUID
    id: UUID
    told_starts_at: datetime | None
    told_place: str | None
    told_cancelled: bool | None
    told_digest: str | None
    told_at: datetime

    @property
    def snapshot(self) -> ToldSnapshot:
        return ToldSnapshot(self.told_starts_at, self.told_place, self.told_cancelled, self.told_digest)


@dataclass(frozen=True)
class _Waiting:
    rule: str
    subject_id: UUID
    phone_number_id: UUID
    occasion: str
    due_at: datetime


Latest = Mapping[tuple[str, UUID, UUID], LastTold]
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
class PlanInputs:
    """The data that a plan of coaches' texts works with: the moment, the calendar, each group's coaches, what they were
    told, and what waits."""

    at: datetime
    calendar: Calendar
    groups: Mapping[UUID, Group]
    told: Latest
    waiting: Mapping[tuple[str, UUID, UUID, str], datetime]

    def coaches(self, rule: Rule, group: UUID) -> tuple[UUID, ...]:
        """The numbers of a group's coaches, if the rule is about that group."""
        training_group = self.groups.get(group)
        if training_group is None or (rule.groups and training_group.number not in rule.groups):
            return ()
        if rule.roles and training_group.role not in rule.roles:
            return ()
        return tuple(training_group.coaches)

    def soon(self, key: tuple[str, UUID, UUID, str], delay: timedelta = timedelta()) -> datetime:
        """When something goes that has no hour of its own: as it was planned first."""
        return self.waiting.get(key) or self.calendar.next_send(self.at + delay)


def plan(conn: Connection, programme: LoadedProgramme, now: datetime) -> PlanResult:
    """Bring what waits for coaches in line with what is true. May be repeated; it takes as many
    statements whatever there is."""
    rules = programme.settings.messages.rules.values()
    days_before = timedelta(days=max((rule.days_before for rule in rules), default=0))
    ahead = AHEAD + MAX_SHIFT_EARLIER + days_before + ONE_DAY
    values: dict[str, Any] = {
        "programme": programme.id,
        "now": now,
        "rolls_from": now - ROLL_LASTS,
        "behind": now - BEHIND,
        "near": now + ahead,
        "furthest": now + MAX_MOVE,
        "zone": str(programme.calendar.zone),
    }
    sessions = sql.rows(conn, SQL["sessions"], Session, values)
    values["sessions"] = [row.id for row in sessions]
    told = sql.rows(conn, SQL["told"], LastTold, values)
    inputs = PlanInputs(
        now,
        programme.calendar,
        {row.group_id: row for row in sql.rows(conn, COACHES, Group, values)},
        {(row.rule, row.subject_id, row.phone_number_id): row for row in told},
        {
            (row.rule, row.subject_id, row.phone_number_id, row.occasion): row.due_at
            for row in sql.rows(conn, WAITING, _Waiting, values)
        },
    )
    wanted = _wanted(rules, inputs, sessions)
    done = PlanResult()
    with by_index(conn):
        for kind in KINDS:
            done += reconcile(
                conn,
                SQL["plan_coach_texts"],
                SQL["cancel_coach_texts"],
                {**values, "kind": kind, **_columns(wanted[kind], now)},
                AHEAD - ONE_DAY,
            )
    beyond = zip(conn.exec_driver_sql(NEXT_SESSIONS, values).one(), (ahead, MAX_MOVE), strict=True)
    # a session at the very end of a span is not in it yet
    reached = [start - span + timedelta(microseconds=1) for start, span in beyond if start is not None]
    times = (*reached, *_times_of_change(inputs, sessions, wanted))
    return done + PlanResult(holds_until=next_of(now, times))


def _times_of_change(
    inputs: PlanInputs, sessions: Sequence[Session], wanted: Mapping[str, Sequence[Wanted]]
) -> Iterator[datetime]:
    """The moments at which the same rows of these sessions give another plan."""
    yield inputs.calendar.at(inputs.calendar.day(inputs.at) + ONE_DAY)
    for session in sessions:
        starts_at = session.starts_at
        yield from (starts_at, session.ends_at, starts_at + ROLL_LASTS, starts_at + BEHIND)
    for texts in wanted.values():
        for text in texts:
            yield from (text.due_at - AHEAD, text.due_at, text.expires_at)


def _columns(wanted: Iterable[Wanted], now: datetime) -> dict[str, list[Any]]:
    near = [text for text in wanted if now < text.expires_at > text.due_at and text.due_at <= now + AHEAD]
    return {
        "subjects": [text.subject_id for text in near],
        "gatherings": [text.gathering_id for text in near],
        "rules": [text.rule for text in near],
        "occasions": [text.occasion for text in near],
        "phones": [text.phone_number_id for text in near],
        "dues": [text.due_at for text in near],
        "expiries": [text.expires_at for text in near],
        "corrects": [text.corrects_id for text in near],
    }


def _wanted(
    rules: Iterable[Rule], inputs: PlanInputs, sessions: Iterable[Session]
) -> dict[str, list[Wanted]]:
    wanted: dict[str, list[Wanted]] = {kind: [] for kind in KINDS}
    about = {"coach_gathering": _gathering, "coach_roll_missing": _roll_missing, "coach_roll": _roll}
    for rule in rules:
        if rule.about in about:
            for session in sessions:
                for phone in inputs.coaches(rule, session.group_id):
                    wanted[rule.about] += about[rule.about](rule, inputs, session, phone)
        elif rule.about == "coach_week":
            wanted[rule.about] += _week(rule, inputs, sessions)
    return wanted


def _gathering(rule: Rule, inputs: PlanInputs, session: Session, phone: UUID) -> Iterator[Wanted]:
    """The day before; and a correction for whoever was told something else. What was said last is not said again."""
    told = inputs.told.get((rule.name, session.id, phone))
    correction = None if told is None else _correction(rule, inputs, session, phone, told)
    if correction is not None:
        yield correction
    if session.cancelled_at is not None or session.starts_at <= inputs.at:
        return
    moment = moments.gathering(rule, session.starts_at, inputs.calendar)
    if isinstance(moment, moments.NotPlanned):
        return
    said = told is not None and moment.due_at <= (inputs.at if correction is not None else told.told_at)
    if not said:
        yield Wanted(
            rule.name, session.id, session.id, phone, moment.occasion, moment.due_at, session.starts_at
        )


def _correction(
    rule: Rule, inputs: PlanInputs, session: Session, phone: UUID, told: LastTold
) -> Wanted | None:
    """Due when the participants' corrections have gone, or sooner when the session is near."""
    ahead = [told.told_starts_at] if told.told_starts_at else []
    ahead += [] if session.cancelled_at is not None else [session.starts_at]
    if not differs(told.snapshot, session.snapshot) or not ahead or max(ahead) <= inputs.at:
        return None
    expires_at = max(ahead)
    key = (rule.name, session.id, phone, _corrects(told.id))
    due_at = inputs.soon(key, AFTER_CORRECTIONS)
    if due_at >= expires_at:
        due_at = inputs.soon(key)
    return Wanted(rule.name, session.id, session.id, phone, key[3], due_at, expires_at, told.id)


def _roll_missing(rule: Rule, inputs: PlanInputs, session: Session, phone: UUID) -> Iterator[Wanted]:
    """Some hours after the end, and on the day after that once more."""
    if session.cancelled_at is not None or not session.misses_roll:
        return
    first = placed(rule, session.ends_at + timedelta(hours=rule.hours_after), inputs.calendar)
    day = inputs.calendar.day(first or session.ends_at) + timedelta(days=1)
    again = placed(rule, inputs.calendar.at(day, rule.again_at), inputs.calendar)
    if first is not None:
        # one that is late by a night would come just before the second
        ends = moments.closes(inputs.calendar.day(first), inputs.calendar)
        yield Wanted(rule.name, session.id, session.id, phone, "1", first, ends)
    if again is not None:
        yield Wanted(rule.name, session.id, session.id, phone, "2", again, again + AGAIN_LASTS)


def _roll(rule: Rule, inputs: PlanInputs, session: Session, phone: UUID) -> Iterator[Wanted]:
    """Once when the roll is there, and once more when it is not what was told."""
    if session.digest is None or session.cancelled_at is not None:
        return
    told = inputs.told.get((rule.name, session.id, phone))
    if told is not None and told.told_digest == session.digest:
        return
    corrects_id = None if told is None else told.id
    key = (rule.name, session.id, phone, "first" if told is None else _corrects(told.id))
    due_at, expires_at = inputs.soon(key), session.starts_at + ROLL_LASTS
    yield Wanted(rule.name, session.id, session.id, phone, key[3], due_at, expires_at, corrects_id)


def _corrects(message: UUID) -> str:
    """The occasion of a correction, so that there is one for each message that is corrected."""
    return f"corrects {message}"


def _week(rule: Rule, inputs: PlanInputs, sessions: Iterable[Session]) -> Iterator[Wanted]:
    """The latest weekly text and the next one, for each group that was to meet in that week."""
    today = inputs.calendar.day(inputs.at)
    latest = today - timedelta(days=(today.weekday() - rule.weekday) % 7)
    for text_on in (latest, latest + timedelta(weeks=1)):
        week = Week(text_on)
        first, after = week.bounds(inputs.calendar)
        due_at = placed(rule, inputs.calendar.at(text_on, rule.at), inputs.calendar)
        if due_at is None:
            continue
        for group in {session.group_id: None for session in sessions if first <= session.starts_at < after}:
            for phone in inputs.coaches(rule, group):
                yield Wanted(
                    rule.name, group, None, phone, week.monday.isoformat(), due_at, due_at + WEEK_LASTS
                )


def placed(rule: Rule, moment: datetime, calendar: Calendar) -> datetime | None:
    """When a text goes that tells what is over: never before its moment, whatever the rule's `quiet`."""
    if rule.quiet == "drop" and not calendar.may_send(moment):
        return None
    return calendar.next_send(moment)
