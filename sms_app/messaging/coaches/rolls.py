"""A session's roll as its coach reads it, and the rolls that nobody entered.

A roll is what a coach or staff entered. Women who checked in themselves are counted with it, but are no roll. A member
without a row is not reported, which is not absent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row

from sms_app.messaging.coaches.gatherings import COACHES_OF, corrected_rows
from sms_app.messaging.coaches.list_numbers import fitting
from sms_app.messaging.content import Answers, Content, Due, Skip, ToldSnapshot
from sms_app.programme.loaded import LoadedProgramme

# SQL, with the session as s: a fingerprint of its roll, null while there is none
DIGEST = """(
  select encode(sha256(convert_to(
    string_agg(a.participant_id::text || a.status, ',' order by a.participant_id, a.source), 'UTF8')), 'hex')
  from attendance a where a.training_session_id = s.id and a.source in ('coach', 'staff'))"""
SESSIONS = f"""
select s.id, g.number, s.starts_at, s.ends_at, s.cancelled_at,
  {COACHES_OF.format(group="g.id")} as coaches, {DIGEST} as digest,
  exists (select from roll r where r.training_session_id = s.id) as has_roll
from training_session s join training_group g on g.id = s.group_id where s.id = any(%(sessions)s)
"""  # noqa: S608
# Who is on the list of a session: who was expected when it started (of a session without that list, who was a member on
# its day), and whoever of the group has a row all the same.
MARKS = """
select s.id, p.id as participant_id, coalesce(l.list_number, p.list_number) as list_number, a.status
from training_session s
join lateral (
  select k.participant_id as id from session_list k where k.training_session_id = s.id
  union select m.id from participant m where m.group_id = s.group_id
) e on true
join participant p on p.id = e.id
left join session_list l on l.training_session_id = s.id and l.participant_id = p.id
left join presence a on a.training_session_id = s.id and a.participant_id = p.id
where s.id = any(%(sessions)s) and (a.status is not null or l.list_number is not null
  or (not exists (select from session_list k where k.training_session_id = s.id)
    and p.enrolled_on <= (s.starts_at at time zone %(zone)s)::date
    and (p.left_on is null or p.left_on > (s.starts_at at time zone %(zone)s)::date)))
"""


@dataclass(frozen=True)
class Roll:
    """Who was at a session: what is known of each participant on its list, by id, and their list numbers."""

    marks: Mapping[UUID, str | None]
    numbers: Mapping[UUID, int | None]

    @property
    def total(self) -> int:
        return len(self.marks)

    @property
    def present(self) -> int:
        """How many came, late or not."""
        return self.count("present") + self.count("late")

    def count(self, status: str | None) -> int:
        """How many have this status; None is not reported."""
        return sum(found == status for found in self.marks.values())

    def absent(self) -> tuple[int, ...]:
        """The list numbers of those who were absent, unexcused."""
        found = (self.numbers[person] for person, status in self.marks.items() if status == "absent")
        return tuple(sorted(number for number in found if number is not None))


def rolls(conn: Connection, programme: LoadedProgramme, sessions: Collection[UUID]) -> Mapping[UUID, Roll]:
    """What is known of each session's list, by session; one statement for all of them."""
    values = {"sessions": list(sessions), "zone": str(programme.calendar.zone)}
    marks: dict[UUID, dict[UUID, str | None]] = defaultdict(dict)
    numbers: dict[UUID, dict[UUID, int | None]] = defaultdict(dict)
    for row in conn.exec_driver_sql(MARKS, values):
        marks[row.id][row.participant_id] = row.status
        numbers[row.id][row.participant_id] = row.list_number
    return {id_: Roll(marks[id_], numbers[id_]) for id_ in sessions}


def compose_coach_roll(
    conn: Connection, programme: LoadedProgramme, due: Sequence[Due], now: datetime
) -> Answers:
    """How many were there, who was absent, how many were excused, late or not reported. Up to three statements."""
    sessions = _sessions(conn, due)
    before = corrected_rows(conn, due)
    found = rolls(conn, programme, list(sessions))
    return {one.id: _summary(programme, one, sessions.get(one.subject_id), before, found) for one in due}


def _summary(
    programme: LoadedProgramme,
    due: Due,
    session: Row[tuple[object, ...]] | None,
    before: Mapping[UUID, Row[tuple[object, ...]]],
    found: Mapping[UUID, Roll],
) -> Content | Skip:
    refused = _not_hers(due, session)
    if session is None or refused:
        return Skip(refused)
    if session.digest is None:
        return Skip("no_longer_true")
    told_before = before.get(due.id)
    if told_before is not None and told_before.told_digest == session.digest:
        return Skip("undone")
    roll = found[session.id]
    values = {
        "group": session.number,
        "start": session.starts_at,
        "present": roll.present,
        "total": roll.total,
        "excused": roll.count("excused"),
        "late": roll.count("late"),
        "not_reported": roll.count(None),
    }
    told = ToldSnapshot(digest=session.digest)
    return fitting(programme, "coach_roll_summary", values, "absent", roll.absent(), roll.total, told)


def compose_coach_roll_missing(
    conn: Connection, programme: LoadedProgramme, due: Sequence[Due], now: datetime
) -> Answers:
    """That nobody entered a session's roll yet. One statement."""
    rules = programme.settings.messages.rules
    # one that an older version planned, by a rule that rests now, does not go
    resting = {one.id: Skip("no_longer_true") for one in due if one.rule not in rules}
    sessions = _sessions(conn, due)
    return resting | {
        one.id: _missing(programme, one, sessions.get(one.subject_id), now)
        for one in due
        if one.rule in rules
    }


def _missing(
    programme: LoadedProgramme, due: Due, session: Row[tuple[object, ...]] | None, now: datetime
) -> Content | Skip:
    refused = _not_hers(due, session)
    if session is None or refused:
        return Skip(refused)
    if session.digest is not None or session.has_roll or session.ends_at > now:
        return Skip("no_longer_true")
    values = {
        "group": session.number,
        "start": session.starts_at,
        "service_code": programme.settings.service_code,
    }
    return Content("coach_roll_missing", values)


def _sessions(conn: Connection, due: Sequence[Due]) -> dict[UUID, Row[tuple[object, ...]]]:
    values = {"sessions": list({one.subject_id for one in due})}
    return {row.id: row for row in conn.exec_driver_sql(SESSIONS, values)}


def _not_hers(due: Due, session: Row[tuple[object, ...]] | None) -> str:
    """Why this coach is told nothing of this session; empty when she is."""
    if session is None or due.phone_number_id not in session.coaches:
        return "not_in_audience"
    return "session_cancelled" if session.cancelled_at is not None else ""
