"""Composes reminders when they go, from what is true then: sessions may have been moved since they were planned, and
people may have left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging.content import Answers, Content, Due, Skip, ToldSnapshot
from sms_app.programme.loaded import LoadedProgramme

GATHERINGS = """
select m.id, g.starts_at, g.place, g.cancelled_at is not null as cancelled,
  exists (select from gathering_member k where k.gathering_id = g.id and k.participant_id = any(m.people)) as is_theirs
from message m join gathering g on g.id = m.gathering_id where m.id = any(%(ids)s)
"""
# messages for someone who is in a savings group with this check-in day, and agreed to check-in reminders
CHECK_INS = """
select m.id from message m
where m.id = any(%(ids)s) and exists (
  select from savings_member k join savings_group g on g.id = k.savings_group_id
    join participant p on p.id = k.participant_id and p.left_on is null
    join consent_now c on c.participant_id = p.id and c.purpose = 'check_in' and c.given
  where k.participant_id = any(m.people) and k.to_on is null
    and g.check_in_weekday = extract(isodow from m.occasion::date) - 1)
"""
# messages for someone who is in the programme and has one of the roles
PRESENT = """
select m.id from message m
where m.id = any(%(ids)s) and exists (
  select from participant p
  where p.id = any(m.people) and p.left_on is null and (%(roles)s::text[] = '{}' or p.role = any(%(roles)s)))
"""


@dataclass(frozen=True)
class _Gathering:
    """The gathering of the message `id` as it is now, and whether anyone whom the message is for is a member of it."""

    id: UUID
    starts_at: datetime
    place: str
    cancelled: bool
    is_theirs: bool


def compose_gathering(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """The gathering as it is now; nothing when it is another day's, has begun, or is not theirs any more."""
    values = {"ids": [due.id for due in dues]}
    gatherings = {row.id: row for row in sql.rows(conn, GATHERINGS, _Gathering, values)}
    return {due.id: _gathering(programme, due, gatherings.get(due.id), now) for due in dues}


def compose_check_in(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """Please dial, before the week that can be reported is over: its Monday is the first day that is too late."""
    today = programme.calendar.day(now)
    by = today + timedelta(days=7 - today.weekday())
    said = Content("please_dial", {"service_code": programme.settings.service_code, "by": by})
    addressed = conn.exec_driver_sql(CHECK_INS, {"ids": [due.id for due in dues]}).scalars()
    return _for_addressed(addressed, dues, said)


def compose_month(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """The month's information, to those who still have the role."""
    answers: dict[UUID, Content | Skip] = {}
    for name in {due.rule for due in dues}:
        rule, dues_of_rule = (
            programme.settings.messages.rules.get(name),
            [due for due in dues if due.rule == name],
        )
        values = {"ids": [due.id for due in dues_of_rule], "roles": list(rule.roles if rule else ())}
        said = Content(
            rule.text if rule else "leader_month", {"service_code": programme.settings.service_code}
        )
        addressed = conn.exec_driver_sql(PRESENT, values).scalars()
        answers |= _for_addressed(addressed, dues_of_rule, said)
    return answers


def compose_number_test(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """That this number works."""
    values: dict[str, Any] = {"ids": [due.id for due in dues], "roles": []}
    said = Content("number_test", {"service_code": programme.settings.service_code})
    return _for_addressed(conn.exec_driver_sql(PRESENT, values).scalars(), dues, said)


def _gathering(
    programme: LoadedProgramme, due: Due, gathering: _Gathering | None, now: datetime
) -> Content | Skip:
    rule = programme.settings.messages.rules.get(due.rule)
    if gathering is None or gathering.cancelled:
        return Skip("session_cancelled")
    day = programme.calendar.day(gathering.starts_at)
    if rule is None or day.isoformat() != due.occasion:
        return Skip("session_moved")
    if gathering.starts_at <= now:
        return Skip("no_longer_true")
    if rule.text == "session_today" and day != programme.calendar.day(now):
        return Skip("session_moved")
    if not gathering.is_theirs:
        return Skip("not_in_audience")
    values = {"start": gathering.starts_at, "place": gathering.place}
    return Content(rule.text, values, told=ToldSnapshot(gathering.starts_at, gathering.place, False))


def _for_addressed(
    addressed: Iterable[UUID], dues: Sequence[Due], said: Content
) -> dict[UUID, Content | Skip]:
    """The content for the messages whose ids are `addressed`; the others are for nobody any more."""
    ids = set(addressed)
    return {due.id: said if due.id in ids else Skip("not_in_audience") for due in dues}
