"""Preview, for staff, of the numbers that a cancellation would reach. Nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging import eligibility
from sms_app.messaging.eligibility import Candidate
from sms_app.messaging.reminders import corrections
from sms_app.messaging.reminders.corrections import GatheringFacts, LatestTold
from sms_app.programme.loaded import LoadedProgramme

TRUTH = "select starts_at, place from gathering where id = %(id)s"
# who is on these numbers now
ON_NUMBERS = """
select k.phone_number_id, p.id as participant_id, p.list_number from participant_phone k
join participant p on p.id = k.participant_id and p.left_on is null
where k.phone_number_id = any(%(phones)s) and k.to_on is null
"""
WAITING = """
select count(*) from message where gathering_id = %(id)s and kind = 'gathering' and status in ('planned', 'queued')
"""


@dataclass(frozen=True)
class Numbers:
    """Some phone numbers: how many, and the list numbers of the people meant on them."""

    count: int
    list_numbers: tuple[int, ...]


@dataclass(frozen=True)
class CancellationPreview:
    """Whom a cancellation would reach. `to_tell` are the numbers that were told of the gathering and would be told that
    it is cancelled, the first of them at `first_at` (aware). `left_out` were told too and would get no text, by reason
    (those of `eligibility`, `ambiguous` and `too_late`). `waiting` reminders would not be sent."""

    to_tell: Numbers
    first_at: datetime | None
    left_out: Mapping[str, Numbers]
    waiting: int

    @property
    def told(self) -> int:
        """How many numbers were told of the gathering."""
        return self.to_tell.count + sum(numbers.count for numbers in self.left_out.values())


@dataclass(frozen=True)
class _Truth:
    starts_at: datetime
    place: str


@dataclass(frozen=True)
class _OnNumber:
    phone_number_id: UUID
    participant_id: UUID
    list_number: int | None


@dataclass(frozen=True)
class _ToldNumber:
    """A number that was told that the gathering takes place, and the people there whom the text was for."""

    phone: UUID
    facts: GatheringFacts
    people: Mapping[UUID, int | None]


def preview_cancellation(
    conn: Connection, programme: LoadedProgramme, gathering: UUID, now: datetime
) -> CancellationPreview:
    """Who would be told if this gathering, which is not cancelled, were cancelled now; five statements."""
    told_numbers = _told_numbers(conn, gathering)
    reasons = _reasons(conn, programme, gathering, told_numbers, now)
    groups: dict[str, list[_ToldNumber]] = defaultdict(list)
    for number, reason in zip(told_numbers, reasons, strict=True):
        groups[reason].append(number)
    to_tell = groups.pop("", [])
    due = [hours[0] for number in to_tell if (hours := _hours(programme, number, now))]
    waiting = conn.exec_driver_sql(WAITING, {"id": gathering}).scalar_one()
    left_out = {reason: _numbers(groups[reason]) for reason in sorted(groups)}
    return CancellationPreview(_numbers(to_tell), min(due, default=None), left_out, waiting)


def _told_numbers(conn: Connection, gathering: UUID) -> list[_ToldNumber]:
    """The numbers whose latest text, or the one on its way, says that it takes place."""
    (truth,) = sql.rows(conn, TRUTH, _Truth, {"id": gathering})
    latest = [row for row in corrections.latest_told(conn, [gathering]) if not row.told_cancelled]
    people: dict[UUID, dict[UUID, int | None]] = defaultdict(dict)
    phones = {"phones": [row.phone_number_id for row in latest]}
    for row in sql.rows(conn, ON_NUMBERS, _OnNumber, phones):
        people[row.phone_number_id][row.participant_id] = row.list_number
    return [_number(row, people[row.phone_number_id], truth) for row in latest]


def _number(latest: LatestTold, people: Mapping[UUID, int | None], truth: _Truth) -> _ToldNumber:
    # A message that is being sent now tells the facts as they are; its told_… columns are still empty.
    facts = GatheringFacts(
        latest.told_starts_at or truth.starts_at, latest.told_place or truth.place, cancelled=False
    )
    still_on_it = {id_: people[id_] for id_ in latest.people if id_ in people}
    return _ToldNumber(latest.phone_number_id, facts, still_on_it)


def _reasons(
    conn: Connection,
    programme: LoadedProgramme,
    gathering: UUID,
    told_numbers: Sequence[_ToldNumber],
    now: datetime,
) -> list[str]:
    """Why each would get no text; empty for those that would get one."""
    calendar, most = programme.calendar, programme.settings.messages.most_a_day
    candidates = [Candidate(number.phone, tuple(number.people), corrections.KIND) for number in told_numbers]
    refused = eligibility.excluded(conn, candidates, now, calendar.at(calendar.day(now)), most)
    told = [(gathering, number.phone, number.facts) for number in told_numbers]
    unclear = corrections.ambiguous(conn, programme, told)
    reasons = []
    for place, number in enumerate(told_numbers):
        if not number.people:
            reasons.append("not_on_number")
        elif _hours(programme, number, now) is None:
            reasons.append("too_late")
        elif (gathering, number.phone) in unclear:
            reasons.append("ambiguous")
        else:
            reasons.append(refused.get(place, ""))
    return reasons


def _hours(
    programme: LoadedProgramme, number: _ToldNumber, now: datetime
) -> tuple[datetime, datetime] | None:
    return corrections.hours(programme, replace(number.facts, cancelled=True), number.facts, now)


def _numbers(told_numbers: Sequence[_ToldNumber]) -> Numbers:
    listed = {
        list_number
        for number in told_numbers
        for list_number in number.people.values()
        if list_number is not None
    }
    return Numbers(len(told_numbers), tuple(sorted(listed)))
