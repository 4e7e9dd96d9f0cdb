"""Corrections: a number that was told something about a gathering that is no longer true is told once what is true.

A correction is due at once, within sending hours. Its row names the corrected message (`corrects_id`) and a digest of
the facts that it tells (`truth_digest`). Both are part of its unique key, so a failed correction does not prevent the
next one. If the facts have changed when it is sent, it ends as `undone`.

A number may have been told of two gatherings at the same hour and place, for two people or two groups. While what it
was told is still true for one of them, a text could not say which one is meant. So a correction of the other is
`ambiguous` and is not sent, and the coach reads that her participant was not reached."""

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
from sms_app.messaging.reconcile import PlanResult, by_index, next_of, reconcile
from sms_app.programme.loaded import LoadedProgramme

KIND = "correction"
LOOK_BACK = timedelta(days=1)
"""Until how long after the told start a change is still told, for people who may have come."""
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
"""What this plan reads, in the words of `plan_change.about`."""

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
class GatheringFacts:
    """The facts of a gathering that a text tells: as they are, or as someone was told them."""

    starts_at: datetime
    place: str
    cancelled: bool

    def says_the_same(self, other: GatheringFacts) -> bool:
        return self == other or (self.cancelled and other.cancelled)

    @property
    def digest(self) -> str:
        """Eight hex digits, the same for facts that say the same."""
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
    def told(self) -> GatheringFacts:
        return GatheringFacts(self.told_starts_at, self.told_place, self.told_cancelled)

    @property
    def truth(self) -> GatheringFacts:
        return GatheringFacts(self.starts_at, self.place, self.cancelled)


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


def plan(conn: Connection, programme: LoadedProgramme, now: datetime) -> PlanResult:
    """Plan a correction for each number that was told something no longer true; cancel those not needed any more."""
    values = {"programme": programme.id, "since": now - LOOK_BACK}
    wrong = sql.rows(conn, SQL["wrongly_told"], _WronglyTold, values)
    timely = [(row, times) for row in wrong if (times := hours(programme, row.truth, row.told, now))]
    with by_index(conn):
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
    return done + PlanResult(holds_until=next_of(now, _times_of_change(programme, wrong, now)))


def _times_of_change(
    programme: LoadedProgramme, wrong: Sequence[_WronglyTold], now: datetime
) -> Iterator[datetime]:
    """The moments at which the same rows give another plan."""
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
    conn: Connection, programme: LoadedProgramme, told: Sequence[tuple[UUID, UUID, GatheringFacts]]
) -> set[tuple[UUID, UUID]]:
    """Those (gathering, number) pairs of `told` whose text also fits another gathering of someone on that number."""
    values = {
        "programme": programme.id,
        "gatherings": [gathering for gathering, _, _ in told],
        "phones": [phone for _, phone, _ in told],
        "starts": [facts.starts_at for _, _, facts in told],
        "places": [facts.place for _, _, facts in told],
        "cancelled": [facts.cancelled for _, _, facts in told],
    }
    rows = sql.rows(conn, SQL["ambiguous"], _GatheringAndNumber, values)
    return {(row.gathering_id, row.phone_number_id) for row in rows}


def hours(
    programme: LoadedProgramme, truth: GatheringFacts, told: GatheringFacts, now: datetime
) -> tuple[datetime, datetime] | None:
    """When a correction is due and when it is too late; None when it is too late already.

    It may go until the told start and the true start are both past. A cancellation may go from `corrections_from` on;
    every other correction within the sending hours."""
    ends = (
        [told.starts_at]
        if truth.cancelled
        else [facts.starts_at for facts in (told, truth) if not facts.cancelled]
    )
    due_at = next_allowed_send_time(programme.settings, now, told.starts_at if truth.cancelled else None)
    expires_at = max(ends, default=now)
    return (due_at, expires_at) if due_at < expires_at else None


def compose_correction(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """What each correction says now: the cancellation, the other day, or the other change."""
    ids = [due.id for due in dues]
    corrections = {row.id: row for row in sql.rows(conn, TRUTH, _Correction, {"ids": ids})}
    latest = {
        (row.gathering_id, row.phone_number_id): row
        for row in latest_told(conn, [due.gathering_id for due in dues], ids)
    }
    told_facts = {key: _told(row) for key, row in latest.items()}
    settled = [
        (*key, facts) for key, facts in told_facts.items() if facts and latest[key].status != "sending"
    ]
    unclear = ambiguous(conn, programme, settled)
    answers: dict[UUID, Content | Skip] = {}
    for due in dues:
        correction = corrections.get(due.id)
        key = None if due.gathering_id is None else (due.gathering_id, due.phone_number_id)
        told = None if key is None else told_facts.get(key)
        if correction is None or key is None or told is None:
            answers[due.id] = Skip("undone")
        else:
            corrected = latest[key].id
            answers[due.id] = _compose(programme, correction, corrected, told, key in unclear, now)
    return answers


def _told(latest: LatestTold) -> GatheringFacts | None:
    """What a number was told last; None while it is being told something."""
    if latest.told_starts_at is None or latest.told_place is None or latest.told_cancelled is None:
        return None
    return GatheringFacts(latest.told_starts_at, latest.told_place, latest.told_cancelled)


def _compose(
    programme: LoadedProgramme,
    correction: _Correction,
    corrected: UUID,
    told: GatheringFacts,
    is_ambiguous: bool,
    now: datetime,
) -> Content | Skip:
    """`corrected` is the message that told the number last."""
    truth = GatheringFacts(correction.starts_at, correction.place, correction.cancelled)
    planned = (correction.corrects_id, correction.truth_digest, correction.ambiguous)
    if told.says_the_same(truth) or planned != (corrected, truth.digest, is_ambiguous):
        return Skip("undone")
    if is_ambiguous:
        return Skip("ambiguous")
    if hours(programme, truth, told, now) is None:
        return Skip("no_longer_true")
    return correcting(programme, told, truth)


def correcting(programme: LoadedProgramme, told: GatheringFacts, truth: GatheringFacts) -> Content:
    """What a number that was told one thing is told when another is true."""
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
