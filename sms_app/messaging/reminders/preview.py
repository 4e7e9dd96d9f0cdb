"""What a week's reminders would be, by the functions that plan them: who would get what, when, and who not, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from sms_app.messaging import daily_cap
from sms_app.messaging.daily_cap import Number, Text, goes_at
from sms_app.messaging.eligibility import Candidate, excluded
from sms_app.messaging.reminders import occasions
from sms_app.messaging.reminders.moments import Moment, NoMoment
from sms_app.messaging.reminders.occasions import AUDIENCES, MOMENT, Occasion
from sms_app.programme.loaded import LoadedProgramme

NO_PHONE, LATE, NOT_OPTED_IN, CAP = "no_phone", "late_enrolment", "not_opted_in", "daily_cap"
FAR = datetime(9999, 1, 1, tzinfo=UTC)
"""Reminders are not held back: when they would be too late does not matter."""

PEOPLE = """
with {moment}, {audience}
select a.n, a.gathering_id, a.participant_id, a.agrees, p.member_number, p.list_number, g.number as group_number,
  l.phone_number_id,
  a.enrolled_on > t.day or coalesce(l.from_on > t.day, false) as is_late
from audience a join moment t on t.n = a.n join participant p on p.id = a.participant_id
  left join training_group g on g.id = p.group_id
  left join participant_phone l on l.participant_id = a.participant_id and l.to_on is null
order by a.n, g.number, p.member_number
"""


@dataclass(frozen=True)
class PreviewRow:
    """One participant's reminder: when (aware), by which rule, of which group, member and list number; `copy` is the
    same for those who share one message; `why` not, if not."""

    due_at: datetime
    rule: str
    occasion: str
    group: int | None
    member: str
    copy: tuple[object, ...] | None
    why: str | None = None
    list_number: int | None = None


def preview(conn: Connection, programme: LoadedProgramme, monday: date, now: datetime) -> list[PreviewRow]:
    """The lines of the local week that begins on `monday`, in order of time, with what waits at `now` counted in."""
    start, end = (
        programme.calendar.at(monday),
        programme.calendar.at(monday + timedelta(weeks=1)),
    )
    found = {
        "gathering": occasions.gatherings(conn, programme, start, end),
        "check_in": occasions.days(programme, start, end),
        "month": occasions.months(programme, start, end),
    }
    lines = [
        line
        for kind, every in found.items()
        for line in _lines(conn, programme, kind, [one for one in every if start <= _when(one) < end])
    ]
    lines.sort(key=lambda line: (line.due_at, line.rule, line.group or 0, line.member))
    return list(_capped(lines, programme, daily_cap.ahead(conn, programme, end, now, 1), now))


def _lines(
    conn: Connection, programme: LoadedProgramme, kind: str, found: Sequence[Occasion]
) -> Iterator[PreviewRow]:
    placed = [replace(one, moment=_moment(one)) for one in found]
    values = {"programme": programme.id, **occasions.parameters(placed)}
    query = PEOPLE.format(moment=MOMENT, audience=AUDIENCES[kind])
    rows = conn.exec_driver_sql(query, values).all()
    why = {row: _why(found[row.n - 1], row) for row in rows}
    copies: dict[tuple[object, ...], list[UUID]] = defaultdict(list)
    for row in rows:
        if why[row] is None:
            copies[_copy(row)].append(row.participant_id)
    refused = _refused(conn, programme, kind, copies, found)
    for row in rows:
        reason = why[row] or refused.get(_copy(row))
        occasion = placed[row.n - 1]
        moment = occasion.moment
        assert isinstance(moment, Moment)
        yield PreviewRow(
            moment.due_at,
            occasion.rule.name,
            moment.occasion,
            row.group_number,
            row.member_number,
            None if why[row] else (kind, *_copy(row)),
            reason,
            row.list_number,
        )


def _why(one: Occasion, row: Row[Any]) -> str | None:
    """Why a participant's copy would not even be planned."""
    if isinstance(one.moment, NoMoment):
        return one.moment.reason
    if not row.agrees:
        return NOT_OPTED_IN
    if row.phone_number_id is None:
        return NO_PHONE
    return LATE if row.is_late else None


def _refused(
    conn: Connection,
    programme: LoadedProgramme,
    kind: str,
    copies: dict[tuple[object, ...], list[UUID]],
    found: Sequence[Occasion],
) -> dict[tuple[object, ...], str]:
    """Which copies would be refused when they go, by the rule that sending asks; each day by itself."""
    days: dict[date, list[tuple[object, ...]]] = defaultdict(list)
    for key in copies:
        days[programme.calendar.day(_when(found[int(str(key[0])) - 1]))].append(key)
    refused: dict[tuple[object, ...], str] = {}
    for day, keys in days.items():
        candidates = [Candidate(UUID(str(key[2])), tuple(copies[key]), kind) for key in keys]
        start = programme.calendar.at(day)
        reasons = excluded(
            conn, candidates, start + timedelta(days=1), start, programme.settings.messages.most_a_day
        )
        refused |= {keys[place]: reason for place, reason in reasons.items()}
    return refused


def _capped(
    lines: Sequence[PreviewRow], programme: LoadedProgramme, before: Mapping[UUID, Number], now: datetime
) -> Iterator[PreviewRow]:
    """The lines, with those over a number's daily cap by what would go before them marked so: broadcasts that wait,
    what has gone today, and each other. `before` has what numbers got and what waits for them."""
    copies: dict[UUID, dict[tuple[object, ...], Text]] = defaultdict(dict)
    for line in lines:
        if line.copy is not None and not line.why:
            copies[UUID(str(line.copy[-1]))][line.copy] = Text(line.due_at, FAR)
    full = set[tuple[object, ...]]()
    most = programme.settings.messages.most_a_day
    for phone, texts in copies.items():
        number = before.get(phone, Number())
        # reminders that are planned already are among the lines
        others = tuple(one for one in number.waiting if one.is_broadcast or not one.capped)
        went = [one for one in texts.values() if one.due_at < now]
        reckoned = Number(max(0, number.sent - len(went)), others)
        start = min([now, *(one.due_at for one in went)])
        when = goes_at(programme.calendar, most, reckoned, texts.values(), start)
        full |= {copy for copy, at in zip(texts, when, strict=True) if at is None}
    for line in lines:
        yield replace(line, why=CAP) if line.copy in full and not line.why else line


def _copy(row: Row[Any]) -> tuple[object, ...]:
    return (row.n, row.gathering_id, row.phone_number_id)


def _moment(one: Occasion) -> Moment:
    """The moment, or where it would have been."""
    if isinstance(one.moment, Moment):
        return one.moment
    at = one.moment.wanted_at
    return Moment(at, at, at.date(), one.moment.occasion)


def _when(one: Occasion) -> datetime:
    return _moment(one).due_at
