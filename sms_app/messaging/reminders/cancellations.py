"""Previews for staff who would be told if a gathering were called off now. Nothing is written."""

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
from sms_app.messaging.reminders.corrections import LatestTold, State
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
class Telling:
    """What a cancellation would say to whom. `to_tell` are the numbers that were told of the gathering and would be
    told that it is off, the first of them at `first_at` (aware); `left_out` were told too and would hear nothing, by
    reason (those of `eligibility`, `ambiguous` and `too_late`); `waiting` reminders would not go."""

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
class _Believing:
    """A number that believes that the gathering takes place, and the people there whom the text was for."""

    phone: UUID
    state: State
    people: Mapping[UUID, int | None]


def telling(conn: Connection, programme: LoadedProgramme, gathering: UUID, now: datetime) -> Telling:
    """Who would be told if this gathering, which is not cancelled, were called off now; five statements."""
    believing = _believing(conn, gathering)
    reasons = _reasons(conn, programme, gathering, believing, now)
    groups: dict[str, list[_Believing]] = defaultdict(list)
    for number, reason in zip(believing, reasons, strict=True):
        groups[reason].append(number)
    to_tell = groups.pop("", [])
    due = [hours[0] for number in to_tell if (hours := _hours(programme, number, now))]
    waiting = conn.exec_driver_sql(WAITING, {"id": gathering}).scalar_one()
    left_out = {reason: _numbers(groups[reason]) for reason in sorted(groups)}
    return Telling(_numbers(to_tell), min(due, default=None), left_out, waiting)


def _believing(conn: Connection, gathering: UUID) -> list[_Believing]:
    """The numbers whose latest text, or the one on its way, says that it takes place."""
    (truth,) = sql.rows(conn, TRUTH, _Truth, {"id": gathering})
    latest = [row for row in corrections.latest_told(conn, [gathering]) if not row.told_cancelled]
    people: dict[UUID, dict[UUID, int | None]] = defaultdict(dict)
    phones = {"phones": [row.phone_number_id for row in latest]}
    for row in sql.rows(conn, ON_NUMBERS, _OnNumber, phones):
        people[row.phone_number_id][row.participant_id] = row.list_number
    return [_number(row, people[row.phone_number_id], truth) for row in latest]


def _number(latest: LatestTold, people: Mapping[UUID, int | None], truth: _Truth) -> _Believing:
    # what is being sent this moment says the truth, and has no told_… yet
    state = State(latest.told_starts_at or truth.starts_at, latest.told_place or truth.place, cancelled=False)
    still_on_it = {id_: people[id_] for id_ in latest.people if id_ in people}
    return _Believing(latest.phone_number_id, state, still_on_it)


def _reasons(
    conn: Connection,
    programme: LoadedProgramme,
    gathering: UUID,
    believing: Sequence[_Believing],
    now: datetime,
) -> list[str]:
    """Why each would hear nothing; empty for who would be told."""
    calendar, most = programme.calendar, programme.settings.messages.most_a_day
    candidates = [Candidate(number.phone, tuple(number.people), corrections.KIND) for number in believing]
    refused = eligibility.excluded(conn, candidates, now, calendar.at(calendar.day(now)), most)
    told = [(gathering, number.phone, number.state) for number in believing]
    unclear = corrections.ambiguous(conn, programme, told)
    reasons = []
    for place, number in enumerate(believing):
        if not number.people:
            reasons.append("not_on_number")
        elif _hours(programme, number, now) is None:
            reasons.append("too_late")
        elif (gathering, number.phone) in unclear:
            reasons.append("ambiguous")
        else:
            reasons.append(refused.get(place, ""))
    return reasons


def _hours(programme: LoadedProgramme, number: _Believing, now: datetime) -> tuple[datetime, datetime] | None:
    return corrections.hours(programme, replace(number.state, cancelled=True), number.state, now)


def _numbers(believing: Sequence[_Believing]) -> Numbers:
    listed = {
        list_number
        for number in believing
        for list_number in number.people.values()
        if list_number is not None
    }
    return Numbers(len(believing), tuple(sorted(listed)))
