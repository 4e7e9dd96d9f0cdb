"""Previews a week's reminders with the functions that plan them: who would get what, when, and who not, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging import daily_cap
from sms_app.messaging.daily_cap import NumberLoad, QueuedText, send_times
from sms_app.messaging.eligibility import Candidate, excluded
from sms_app.messaging.reminders import occasions
from sms_app.messaging.reminders.moments import Moment, NotPlanned
from sms_app.messaging.reminders.occasions import Occasion
from sms_app.programme.loaded import LoadedProgramme

NO_PHONE, LATE, NOT_OPTED_IN, CAP = "no_phone", "late_enrolment", "not_opted_in", "daily_cap"
FAR = datetime(9999, 1, 1, tzinfo=UTC)
"""Reminders are not held back: when they would be too late does not matter."""
_Copy = tuple[int, UUID | None, UUID | None]
"""One message of several people: the number of its occasion, its gathering and its phone number."""

SQL = sql.beside(__file__)


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


@dataclass(frozen=True)
class _Addressed:
    """A person whom the `n`-th occasion (from 1) is about; `phone_number_id` is None when she is on no number."""

    n: int
    gathering_id: UUID | None
    participant_id: UUID
    agrees: bool
    member_number: str
    list_number: int | None
    group_number: int | None
    phone_number_id: UUID | None
    is_late: bool

    @property
    def copy(self) -> _Copy:
        return (self.n, self.gathering_id, self.phone_number_id)


def preview(conn: Connection, programme: LoadedProgramme, monday: date, now: datetime) -> list[PreviewRow]:
    """The lines of the local week that begins on `monday`, in order of time, with what waits at `now` counted in."""
    start, end = (
        programme.calendar.at(monday),
        programme.calendar.at(monday + timedelta(weeks=1)),
    )
    every = {
        "gathering": occasions.gatherings(conn, programme, start, end),
        "check_in": occasions.days(programme, start, end),
        "month": occasions.months(programme, start, end),
    }
    lines = [
        line
        for kind, occasions_of_kind in every.items()
        for line in _lines(
            conn,
            programme,
            kind,
            [occasion for occasion in occasions_of_kind if start <= _when(occasion) < end],
        )
    ]
    lines.sort(key=lambda line: (line.due_at, line.rule, line.group or 0, line.member))
    return list(_capped(lines, programme, daily_cap.loads_by_number(conn, programme, end, now, 1), now))


def _lines(
    conn: Connection, programme: LoadedProgramme, kind: str, every: Sequence[Occasion]
) -> Iterator[PreviewRow]:
    placed = [replace(occasion, moment=_moment(occasion)) for occasion in every]
    values = {"programme": programme.id, "kind": kind, **occasions.parameters(placed)}
    addressed = sql.rows(conn, SQL["people_of_occasions"], _Addressed, values)
    why = {row: _why(every[row.n - 1], row) for row in addressed}
    copies: dict[_Copy, list[UUID]] = defaultdict(list)
    for row in addressed:
        if why[row] is None:
            copies[row.copy].append(row.participant_id)
    refused = _refused(conn, programme, kind, copies, every)
    for row in addressed:
        occasion = placed[row.n - 1]
        moment = occasion.moment
        assert isinstance(moment, Moment)
        yield PreviewRow(
            moment.due_at,
            occasion.rule.name,
            moment.occasion,
            row.group_number,
            row.member_number,
            None if why[row] else (kind, *row.copy),
            why[row] or refused.get(row.copy),
            row.list_number,
        )


def _why(occasion: Occasion, row: _Addressed) -> str | None:
    """Why a participant's copy would not even be planned."""
    if isinstance(occasion.moment, NotPlanned):
        return occasion.moment.reason
    if not row.agrees:
        return NOT_OPTED_IN
    if row.phone_number_id is None:
        return NO_PHONE
    return LATE if row.is_late else None


def _refused(
    conn: Connection,
    programme: LoadedProgramme,
    kind: str,
    copies: Mapping[_Copy, Sequence[UUID]],
    every: Sequence[Occasion],
) -> dict[_Copy, str]:
    """Which copies would be refused when they go, by the rule that sending asks; each day by itself."""
    days: dict[date, list[_Copy]] = defaultdict(list)
    for copy in copies:
        n, _, _ = copy
        days[programme.calendar.day(_when(every[n - 1]))].append(copy)
    refused: dict[_Copy, str] = {}
    for day, copies_of_day in days.items():
        candidates = [
            Candidate(phone, tuple(copies[copy]), kind) for copy in copies_of_day if (phone := copy[2])
        ]
        start = programme.calendar.at(day)
        reasons = excluded(
            conn, candidates, start + timedelta(days=1), start, programme.settings.messages.most_a_day
        )
        refused |= {copies_of_day[place]: reason for place, reason in reasons.items()}
    return refused


def _capped(
    lines: Sequence[PreviewRow], programme: LoadedProgramme, before: Mapping[UUID, NumberLoad], now: datetime
) -> Iterator[PreviewRow]:
    """The lines; a line that is over its number's daily cap is marked. Counted are waiting broadcasts, the texts sent
    today, and the other lines. `before` has what numbers got and what waits for them."""
    copies: dict[UUID, dict[tuple[object, ...], QueuedText]] = defaultdict(dict)
    for line in lines:
        if line.copy is not None and not line.why:
            copies[UUID(str(line.copy[-1]))][line.copy] = QueuedText(line.due_at, FAR)
    full = set[tuple[object, ...]]()
    most = programme.settings.messages.most_a_day
    for phone, texts in copies.items():
        load = before.get(phone, NumberLoad())
        # reminders that are planned already are among the lines
        others = tuple(text for text in load.waiting if text.is_broadcast or not text.capped)
        went = [text for text in texts.values() if text.due_at < now]
        without_lines = NumberLoad(max(0, load.sent - len(went)), others)
        start = min([now, *(text.due_at for text in went)])
        when = send_times(programme.calendar, most, without_lines, texts.values(), start)
        full |= {copy for copy, at in zip(texts, when, strict=True) if at is None}
    for line in lines:
        yield replace(line, why=CAP) if line.copy in full and not line.why else line


def _moment(occasion: Occasion) -> Moment:
    """The moment, or where it would have been."""
    if isinstance(occasion.moment, Moment):
        return occasion.moment
    at = occasion.moment.wanted_at
    return Moment(at, at, at.date(), occasion.moment.occasion)


def _when(occasion: Occasion) -> datetime:
    return _moment(occasion).due_at
