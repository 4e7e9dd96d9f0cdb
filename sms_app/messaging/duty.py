"""Plans and composes the text to the caseworker on duty: the same words at the same hours of every working day.

Nothing here reads what is behind the wall, so nothing of it depends on a request. It reads the rota (`duty_day`): who
is on duty, their number, and whether they signed in. A caseworker without a number gets no text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging.content import Answers, Content, Due, Skip
from sms_app.messaging.reconcile import PlanResult, by_index, next_of, reconcile
from sms_app.programme.calendar import LOOK_AHEAD, Calendar
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.support import COLLEAGUE_AFTER, Support, is_working_day

KIND, RULE, TEXT = "duty", "duty_check", "duty_check"
COLLEAGUE = "colleague"
ONE_DAY = timedelta(days=1)
MAX_LATE = timedelta(minutes=5)
"""How long after its hour a text is still planned. So a new rota has no text go between the fixed hours."""
READS = frozenset({"duty_day", "message", f"waiting {KIND}"})
"""What this plan reads, in the words of `plan_change.about`."""
WAITING = ("planned", "queued")
GONE = ("sending", "sent", "delivered", "unknown")

SQL = sql.beside(__file__)


@dataclass(frozen=True)
class RotaDay:
    """Who is on duty on a day: the caseworker's code, their number if they have one, and whether they signed in."""

    day: date
    caseworker: str
    phone_number_id: UUID | None
    signed_in: bool


@dataclass(frozen=True)
class DutyText:
    """A text that is wanted: its day and occasion, its number, when it goes, and until when it is planned (aware UTC).

    The occasion is an hour of the day, or that nobody signed in. Each goes once, to whoever is on duty then."""

    day: date
    occasion: str
    phone_number_id: UUID
    due_at: datetime
    expires_at: datetime
    planned_until: datetime


@dataclass(frozen=True)
class _Planned:
    occasion: str
    phone_number_id: UUID
    status: str


def plan(conn: Connection, programme: LoadedProgramme, now: datetime) -> PlanResult:
    """Bring the texts that wait for today and tomorrow in line with the rota. May be repeated; a few statements."""
    today = programme.calendar.day(now)
    texts = _wanted(programme, _rota(conn, programme, today), now)
    subjects = {day: _subject(programme, day) for day in (today, today + ONE_DAY)}
    planned = sql.rows(conn, SQL["planned"], _Planned, {"days": list(subjects.values()), "kind": KIND})
    gone = {row.occasion for row in planned if row.status in GONE}
    waiting = {(row.occasion, row.phone_number_id) for row in planned if row.status in WAITING}
    to_plan = [
        text
        for text in texts
        if text.occasion not in gone
        and ((text.occasion, text.phone_number_id) in waiting or now < text.planned_until)
    ]
    values = {
        "programme": programme.id,
        "kind": KIND,
        "rule": RULE,
        "now": now,
        "subjects": [subjects[text.day] for text in to_plan],
        "occasions": [text.occasion for text in to_plan],
        "phones": [text.phone_number_id for text in to_plan],
        "dues": [text.due_at for text in to_plan],
        "expiries": [text.expires_at for text in to_plan],
    }
    with by_index(conn):
        done = reconcile(conn, SQL["plan_duty_texts"], SQL["cancel_duty_texts"], values)
    return done + PlanResult(holds_until=next_of(now, _times_of_change(programme, today)))


def compose_duty(conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime) -> Answers:
    """The same words for whoever is on duty now, or is the colleague now. One statement."""
    rota = _rota(conn, programme, programme.calendar.day(now))
    phones = {text.occasion: text.phone_number_id for text in _wanted(programme, rota, now)}
    return {due.id: _answer(due, phones) for due in dues}


def _answer(due: Due, phones: Mapping[str, UUID]) -> Content | Skip:
    if due.occasion not in phones:
        return Skip("no_longer_true")
    return Content(TEXT) if phones[due.occasion] == due.phone_number_id else Skip("not_in_audience")


def _rota(conn: Connection, programme: LoadedProgramme, today: date) -> list[RotaDay]:
    """The rota from today on, by day."""
    values = {"programme": programme.id, "first": today, "last": today + timedelta(days=LOOK_AHEAD)}
    return sql.rows(conn, SQL["rota"], RotaDay, values)


def _wanted(programme: LoadedProgramme, rota: Sequence[RotaDay], now: datetime) -> list[DutyText]:
    """The texts of today and tomorrow that are not too late at `now`; `rota` begins today."""
    support, calendar = programme.settings.support, programme.calendar
    if support is None:
        return []
    on_duty = {row.day: row for row in rota}
    today = calendar.day(now)
    texts: list[DutyText] = []
    for day in (today, today + ONE_DAY):
        if is_working_day(calendar, day) and day in on_duty:
            texts += _checks(support, calendar, on_duty[day])
    if is_working_day(calendar, today):
        texts += _to_colleague(support, calendar, rota, on_duty.get(today), now)
    return [text for text in texts if now < text.expires_at]


def _checks(support: Support, calendar: Calendar, on_duty: RotaDay) -> Iterator[DutyText]:
    """To whoever is on duty, at each fixed hour; one that could not go by the next hour never goes."""
    if on_duty.phone_number_id is None:
        return
    ends = (*support.check_at[1:], calendar.closes)
    for hour, end in zip(support.check_at, ends, strict=True):
        due_at = _moment(calendar, on_duty.day, hour)
        yield DutyText(
            on_duty.day,
            f"{on_duty.day} {hour:%H:%M}",
            on_duty.phone_number_id,
            due_at,
            _moment(calendar, on_duty.day, end),
            due_at + MAX_LATE,
        )


def _to_colleague(
    support: Support, calendar: Calendar, rota: Sequence[RotaDay], on_duty: RotaDay | None, now: datetime
) -> Iterator[DutyText]:
    """To the next other caseworker of the rota, when the hour has come and nobody signed in. A clock that was down at
    that hour plans it later."""
    today = calendar.day(now)
    sign_in_by = _moment(calendar, today, support.sign_in_by)
    colleague = next((row for row in rota if _may_be_colleague(calendar, row, today, on_duty)), None)
    if now < sign_in_by or (on_duty and on_duty.signed_in) or not colleague or not colleague.phone_number_id:
        return
    expires_at = _moment(calendar, today, calendar.closes)
    due_at = max(sign_in_by + COLLEAGUE_AFTER, _moment(calendar, today, calendar.opens))
    yield DutyText(today, f"{today} {COLLEAGUE}", colleague.phone_number_id, due_at, expires_at, expires_at)


def _may_be_colleague(calendar: Calendar, row: RotaDay, today: date, on_duty: RotaDay | None) -> bool:
    """Whether a later day's caseworker is another one, with a number, and works on that day."""
    return (
        row.day > today
        and row.phone_number_id is not None
        and (on_duty is None or row.caseworker != on_duty.caseworker)
        and is_working_day(calendar, row.day)
    )


def _times_of_change(programme: LoadedProgramme, today: date) -> Iterator[datetime]:
    """The moments at which the same rota gives another plan."""
    support, calendar = programme.settings.support, programme.calendar
    yield _moment(calendar, today + ONE_DAY, time())
    if support is not None:
        yield _moment(calendar, today, support.sign_in_by)


def _subject(programme: LoadedProgramme, day: date) -> UUID:
    """What a text is about is the day, which has no id of its own."""
    return uuid5(NAMESPACE_OID, f"duty {programme.settings.slug} {day}")


def _moment(calendar: Calendar, day: date, hour: time) -> datetime:
    return calendar.at(day, hour).astimezone(UTC)
