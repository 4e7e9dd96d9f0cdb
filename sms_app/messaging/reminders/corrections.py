"""Corrections: a number that was told something about a gathering that is no longer true is told once what is true.

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
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
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

SQL = sql.beside(__file__)
CANCEL = """
update message set status = 'cancelled', reason = 'undone', settled_at = %(now)s where id = any(%(ids)s)
"""
# corrections, and the gatherings that they are about as these are now
TRUTH = """
select m.id, m.corrects_id, m.truth_digest, m.ambiguous, g.starts_at, g.place, g.cancelled_at is not null as cancelled
from message m join gathering g on g.id = m.gathering_id where m.id = any(%(ids)s)
"""


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


@dataclass(frozen=True)
class _WronglyTold:
    """A gathering as it is now, and something else that numbers were told of it."""

    gathering_id: UUID
    starts_at: datetime
    place: str
    cancelled: bool
    told_starts_at: datetime
    told_place: str
    told_cancelled: bool

    @property
    def told(self) -> State:
        return State(self.told_starts_at, self.told_place, self.told_cancelled)

    @property
    def truth(self) -> State:
        return State(self.starts_at, self.place, self.cancelled)


@dataclass(frozen=True)
class LatestTold:
    """The message `id` that told a number last of a gathering; `told_…` is None while it is being sent."""

    id: UUID
    gathering_id: UUID
    phone_number_id: UUID
    people: Sequence[UUID]
    status: str
    told_starts_at: datetime | None
    told_place: str | None
    told_cancelled: bool | None


@dataclass(frozen=True)
class _Correction:
    """A correction as it was planned, and its gathering as it is now."""

    id: UUID
    corrects_id: UUID | None
    truth_digest: str | None
    ambiguous: bool
    starts_at: datetime
    place: str
    cancelled: bool


@dataclass(frozen=True)
class _GatheringAndNumber:
    gathering_id: UUID
    phone_number_id: UUID


@dataclass(frozen=True)
class _ToldCount:
    told: int
    wrong: int


def plan(conn: Connection, programme: LoadedProgramme, now: datetime) -> Planned:
    """Plan a correction for each number that was told something no longer true; cancel those not needed any more."""
    values = {"programme": programme.id, "since": now - LOOK_BACK}
    wrong = sql.rows(conn, SQL["wrongly_told"], _WronglyTold, values)
    timely = [(row, times) for row in wrong if (times := hours(programme, row.truth, row.told, now))]
    done = reconcile(
        conn,
        SQL["plan_corrections"],
        CANCEL,
        {
            "programme": programme.id,
            "kind": KIND,
            "now": now,
            "gatherings": list({row.gathering_id for row, _ in timely}),
            "gathering": [row.gathering_id for row, _ in timely],
            "starts": [row.told_starts_at for row, _ in timely],
            "places": [row.told_place for row, _ in timely],
            "cancelled": [row.told_cancelled for row, _ in timely],
            "truths": [row.truth.digest for row, _ in timely],
            "dues": [due_at for _, (due_at, _) in timely],
            "expiries": [expires_at for _, (_, expires_at) in timely],
        },
    )
    return done + Planned(holds_until=next_of(now, _turns(programme, wrong, now)))


def _turns(programme: LoadedProgramme, wrong: Sequence[_WronglyTold], now: datetime) -> Iterator[datetime]:
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
    (count,) = sql.rows(conn, SQL["count_told"], _ToldCount, {"gathering": gathering})
    return count.told, count.wrong


def latest_told(
    conn: Connection, gatherings: Sequence[UUID | None], apart: Sequence[UUID] = ()
) -> list[LatestTold]:
    """What each number was told last about these gatherings, or is being told now but by the messages `apart`."""
    values = {"gatherings": list(gatherings), "apart": list(apart)}
    return sql.rows(conn, SQL["latest_told"], LatestTold, values)


def ambiguous(
    conn: Connection, programme: LoadedProgramme, told: Sequence[tuple[UUID, UUID, State]]
) -> set[tuple[UUID, UUID]]:
    """The gatherings and numbers of `told`, which has each with what the number was told, for which that holds for
    another gathering of someone on the number."""
    values = {
        "programme": programme.id,
        "gatherings": [gathering for gathering, _, _ in told],
        "phones": [phone for _, phone, _ in told],
        "starts": [state.starts_at for _, _, state in told],
        "places": [state.place for _, _, state in told],
        "cancelled": [state.cancelled for _, _, state in told],
    }
    rows = sql.rows(conn, SQL["ambiguous"], _GatheringAndNumber, values)
    return {(row.gathering_id, row.phone_number_id) for row in rows}


def hours(
    programme: LoadedProgramme, truth: State, told: State, now: datetime
) -> tuple[datetime, datetime] | None:
    """When a correction is due and when it is too late; None when it is too late already.

    It may go until what was told and what is true have both begun. A cancellation is held to the hours of its day
    from `corrections_from` on; all else to the sending hours."""
    ends = (
        [told.starts_at]
        if truth.cancelled
        else [state.starts_at for state in (told, truth) if not state.cancelled]
    )
    due_at = next_allowed_send_time(programme.settings, now, told.starts_at if truth.cancelled else None)
    expires_at = max(ends, default=now)
    return (due_at, expires_at) if due_at < expires_at else None


def compose_correction(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """What each correction says now: the cancellation, the other day, or what else is other."""
    ids = [due.id for due in dues]
    corrections = {row.id: row for row in sql.rows(conn, TRUTH, _Correction, {"ids": ids})}
    latest = {
        (row.gathering_id, row.phone_number_id): row
        for row in latest_told(conn, [due.gathering_id for due in dues], ids)
    }
    states = {key: _told(row) for key, row in latest.items()}
    settled = [(*key, state) for key, state in states.items() if state and latest[key].status != "sending"]
    unclear = ambiguous(conn, programme, settled)
    answers: dict[UUID, Content | Skip] = {}
    for due in dues:
        correction = corrections.get(due.id)
        key = None if due.gathering_id is None else (due.gathering_id, due.phone_number_id)
        told = None if key is None else states.get(key)
        if correction is None or key is None or told is None:
            answers[due.id] = Skip("undone")
        else:
            corrected = latest[key].id
            answers[due.id] = _compose(programme, correction, corrected, told, key in unclear, now)
    return answers


def _told(latest: LatestTold) -> State | None:
    """What a number was told last; None while it is being told something."""
    if latest.told_starts_at is None or latest.told_place is None or latest.told_cancelled is None:
        return None
    return State(latest.told_starts_at, latest.told_place, latest.told_cancelled)


def _compose(
    programme: LoadedProgramme,
    correction: _Correction,
    corrected: UUID,
    told: State,
    is_ambiguous: bool,
    now: datetime,
) -> Content | Skip:
    """`corrected` is the message that told the number last."""
    truth = State(correction.starts_at, correction.place, correction.cancelled)
    planned = (correction.corrects_id, correction.truth_digest, correction.ambiguous)
    if told.says_the_same(truth) or planned != (corrected, truth.digest, is_ambiguous):
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
