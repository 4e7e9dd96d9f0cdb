"""Who would be told if a gathering were called off now, for staff to see before they do it. Nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from sms_app.messaging import eligibility
from sms_app.messaging.eligibility import Candidate
from sms_app.messaging.reminders import corrections
from sms_app.messaging.reminders.corrections import State
from sms_app.programme.loaded import LoadedProgramme

TRUTH = "select starts_at, place from gathering where id = %(id)s"
# who is reached on these numbers now
ON_NUMBERS = """
select k.phone_number_id, p.id, p.list_number from participant_phone k
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
    reason (those of refusals, `ambiguous` and `too_late`); `waiting` reminders would not go."""

    to_tell: Numbers
    first_at: datetime | None
    left_out: Mapping[str, Numbers]
    waiting: int

    @property
    def told(self) -> int:
        """How many numbers were told of the gathering."""
        return self.to_tell.count + sum(one.count for one in self.left_out.values())


@dataclass(frozen=True)
class _Told:
    """A number that believes that the gathering takes place, and the people there whom the text was for."""

    phone: UUID
    state: State
    people: Mapping[UUID, int | None]


def telling(conn: Connection, programme: LoadedProgramme, gathering: UUID, now: datetime) -> Telling:
    """Who would be told if this gathering, which is not cancelled, were called off now; five statements."""
    told = _told(conn, gathering)
    reasons = _reasons(conn, programme, gathering, told, now)
    groups: dict[str, list[_Told]] = defaultdict(list)
    for one, reason in zip(told, reasons, strict=True):
        groups[reason].append(one)
    to_tell = groups.pop("", [])
    due = [found[0] for one in to_tell if (found := _hours(programme, one, now))]
    waiting = conn.exec_driver_sql(WAITING, {"id": gathering}).scalar_one()
    left_out = {reason: _numbers(groups[reason]) for reason in sorted(groups)}
    return Telling(_numbers(to_tell), min(due, default=None), left_out, waiting)


def _told(conn: Connection, gathering: UUID) -> list[_Told]:
    """The numbers whose latest text, or the one on its way, says that it takes place."""
    truth = conn.exec_driver_sql(TRUTH, {"id": gathering}).one()
    latest = conn.exec_driver_sql(corrections.LATEST, {"gatherings": [gathering], "apart": []}).all()
    believing = [row for row in latest if not row.told_cancelled]
    people: dict[UUID, dict[UUID, int | None]] = defaultdict(dict)
    for row in conn.exec_driver_sql(ON_NUMBERS, {"phones": [row.phone_number_id for row in believing]}):
        people[row.phone_number_id][row.id] = row.list_number
    return [_one(row, people[row.phone_number_id], truth) for row in believing]


def _one(row: Row[Any], people: Mapping[UUID, int | None], truth: Row[Any]) -> _Told:
    # what is being sent this moment says the truth, and has no told_… yet
    state = State(row.told_starts_at or truth.starts_at, row.told_place or truth.place, cancelled=False)
    return _Told(row.phone_number_id, state, {id_: people[id_] for id_ in row.people if id_ in people})


def _reasons(
    conn: Connection, programme: LoadedProgramme, gathering: UUID, told: Sequence[_Told], now: datetime
) -> list[str]:
    """Why each would hear nothing; empty for who would be told."""
    calendar, most = programme.calendar, programme.settings.messages.most_a_day
    candidates = [Candidate(one.phone, tuple(one.people), corrections.KIND) for one in told]
    refused = eligibility.excluded(conn, candidates, now, calendar.at(calendar.day(now)), most)
    values = {
        "programme": programme.id,
        "gatherings": [gathering] * len(told),
        "phones": [one.phone for one in told],
        "starts": [one.state.starts_at for one in told],
        "places": [one.state.place for one in told],
        "cancelled": [False] * len(told),
    }
    stands = {row.phone_number_id for row in conn.exec_driver_sql(corrections.STANDS_NOW, values)}
    found = []
    for place, one in enumerate(told):
        if not one.people:
            found.append("not_on_number")
        elif _hours(programme, one, now) is None:
            found.append("too_late")
        elif one.phone in stands:
            found.append("ambiguous")
        else:
            found.append(refused.get(place, ""))
    return found


def _hours(programme: LoadedProgramme, one: _Told, now: datetime) -> tuple[datetime, datetime] | None:
    return corrections.hours(programme, replace(one.state, cancelled=True), one.state, now)


def _numbers(told: Sequence[_Told]) -> Numbers:
    listed = {number for one in told for number in one.people.values() if number is not None}
    return Numbers(len(told), tuple(sorted(listed)))
