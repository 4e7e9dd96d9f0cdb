"""Preview, for staff, of whom a change of a session or meeting would reach, when, and with which words. Nothing is
written. It asks the functions that plan and compose the corrections."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging import eligibility
from sms_app.messaging.content import Content
from sms_app.messaging.eligibility import Candidate
from sms_app.messaging.reminders import corrections
from sms_app.messaging.reminders.corrections import GatheringFacts, LatestTold
from sms_app.programme.loaded import LoadedProgramme

FACTS = "select starts_at, place, cancelled_at is not null as cancelled from gathering where id = %(id)s"
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
class ChangePreview:
    """Whom a change would reach. `to_tell` are the numbers that were told of the gathering and would be told what is
    true then, the first of them at `first_at` (aware); `texts` has what they would be told, each with how many numbers.
    `left_out` were told too and would get no text, by reason (those of `eligibility`, `ambiguous` and `too_late`).
    `knowing` numbers were told last what would be true then. `waiting` reminders are not sent yet: a cancellation ends
    them, another time plans them anew."""

    to_tell: Numbers
    first_at: datetime | None
    texts: tuple[tuple[Content, int], ...]
    left_out: Mapping[str, Numbers]
    knowing: int
    waiting: int

    @property
    def told(self) -> int:
        """How many numbers were told something of the gathering that would not be true then."""
        return self.to_tell.count + sum(numbers.count for numbers in self.left_out.values())


@dataclass(frozen=True)
class _OnNumber:
    phone_number_id: UUID
    participant_id: UUID
    list_number: int | None


@dataclass(frozen=True)
class _ToldNumber:
    """A number, what it was told of the gathering, and the people there whom the text was for."""

    phone: UUID
    facts: GatheringFacts
    people: Mapping[UUID, int | None]


def preview_cancellation(
    conn: Connection, programme: LoadedProgramme, gathering: UUID, now: datetime
) -> ChangePreview:
    """Who would be told if this gathering, which is not cancelled, were cancelled now."""
    was = sql.one(conn, FACTS, GatheringFacts, {"id": gathering})
    assert was is not None
    cancelled = GatheringFacts(was.starts_at, was.place, cancelled=True)
    return preview_change(conn, programme, gathering, was, cancelled, now)


def preview_change(
    conn: Connection,
    programme: LoadedProgramme,
    gathering: UUID,
    was: GatheringFacts,
    truth: GatheringFacts,
    now: datetime,
) -> ChangePreview:
    """Who would be told if `truth` were true of this gathering instead of `was`, which is; five statements."""
    every = _told_numbers(conn, gathering, was)
    told_numbers = [number for number in every if not number.facts.says_the_same(truth)]
    reasons = _reasons(conn, programme, gathering, told_numbers, truth, now)
    groups: dict[str, list[_ToldNumber]] = defaultdict(list)
    for number, reason in zip(told_numbers, reasons, strict=True):
        groups[reason].append(number)
    to_tell = groups.pop("", [])
    due = [
        times[0] for number in to_tell if (times := corrections.hours(programme, truth, number.facts, now))
    ]
    return ChangePreview(
        _numbers(to_tell),
        min(due, default=None),
        _texts(programme, truth, to_tell),
        {reason: _numbers(groups[reason]) for reason in sorted(groups)},
        len(every) - len(told_numbers),
        conn.exec_driver_sql(WAITING, {"id": gathering}).scalar_one(),
    )


def _told_numbers(conn: Connection, gathering: UUID, was: GatheringFacts) -> list[_ToldNumber]:
    """The numbers that were told of it, or are being told now."""
    latest = corrections.latest_told(conn, [gathering])
    people: dict[UUID, dict[UUID, int | None]] = defaultdict(dict)
    phones = {"phones": [row.phone_number_id for row in latest]}
    for row in sql.rows(conn, ON_NUMBERS, _OnNumber, phones):
        people[row.phone_number_id][row.participant_id] = row.list_number
    return [_number(row, people[row.phone_number_id], was) for row in latest]


def _number(latest: LatestTold, people: Mapping[UUID, int | None], was: GatheringFacts) -> _ToldNumber:
    # A message that is being sent now tells the facts as they are; its told_… columns are still empty.
    facts = GatheringFacts(
        latest.told_starts_at or was.starts_at,
        latest.told_place or was.place,
        was.cancelled if latest.told_cancelled is None else latest.told_cancelled,
    )
    still_on_it = {id_: people[id_] for id_ in latest.people if id_ in people}
    return _ToldNumber(latest.phone_number_id, facts, still_on_it)


def _reasons(
    conn: Connection,
    programme: LoadedProgramme,
    gathering: UUID,
    told_numbers: Sequence[_ToldNumber],
    truth: GatheringFacts,
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
        elif corrections.hours(programme, truth, number.facts, now) is None:
            reasons.append("too_late")
        elif (gathering, number.phone) in unclear:
            reasons.append("ambiguous")
        else:
            reasons.append(refused.get(place, ""))
    return reasons


def _texts(
    programme: LoadedProgramme, truth: GatheringFacts, to_tell: Sequence[_ToldNumber]
) -> tuple[tuple[Content, int], ...]:
    """What these numbers would be told: each different text once, that of most numbers first."""
    many = Counter(number.facts for number in to_tell)
    return tuple(
        (corrections.correcting(programme, facts, truth), count) for facts, count in many.most_common()
    )


def _numbers(told_numbers: Sequence[_ToldNumber]) -> Numbers:
    listed = {
        list_number
        for number in told_numbers
        for list_number in number.people.values()
        if list_number is not None
    }
    return Numbers(len(told_numbers), tuple(sorted(listed)))
