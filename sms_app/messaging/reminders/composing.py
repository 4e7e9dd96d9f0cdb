"""What reminders say at the moment when they go, read anew: what was moved, or left, since they were planned counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sms_app.messaging.content import Answers, Content, Due, Skip, ToldSnapshot
from sms_app.messaging.reminders.occasions import AGREES
from sms_app.programme.loaded import LoadedProgramme

GATHERINGS = """
select m.id, g.starts_at, g.place, g.cancelled_at is not null as cancelled,
  exists (select from gathering_member k where k.gathering_id = g.id and k.participant_id = any(m.people)) as is_theirs
from message m join gathering g on g.id = m.gathering_id where m.id = any(%(ids)s)
"""
CHECK_INS = f"""
select m.id from message m
where m.id = any(%(ids)s) and exists (
  select from savings_member p join savings_group g on g.id = p.savings_group_id
    join participant q on q.id = p.participant_id and q.left_on is null
  where p.participant_id = any(m.people) and p.to_on is null and {AGREES}
    and g.check_in_weekday = extract(isodow from m.occasion::date) - 1)
"""  # noqa: S608
PRESENT = """
select m.id from message m
where m.id = any(%(ids)s) and exists (
  select from participant p
  where p.id = any(m.people) and p.left_on is null and (%(roles)s::text[] = '{}' or p.role = any(%(roles)s)))
"""


def compose_gathering(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """The gathering as it is now; nothing when it is another day's, has begun, or is not theirs any more."""
    rows = {row.id: row for row in conn.exec_driver_sql(GATHERINGS, {"ids": [one.id for one in dues]})}
    return {one.id: _gathering(programme, one, rows.get(one.id), now) for one in dues}


def compose_check_in(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """Please dial, before the week that can be reported is over: its Monday is the first day that is too late."""
    today = programme.calendar.day(now)
    by = today + timedelta(days=7 - today.weekday())
    said = Content("please_dial", {"service_code": programme.settings.service_code, "by": by})
    return _if(conn.exec_driver_sql(CHECK_INS, {"ids": [one.id for one in dues]}).scalars(), dues, said)


def compose_month(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """The month's information, to those who still have the role."""
    found: dict[Any, Content | Skip] = {}
    for name in {one.rule for one in dues}:
        rule, rows = programme.settings.messages.rules.get(name), [one for one in dues if one.rule == name]
        values = {"ids": [one.id for one in rows], "roles": list(rule.roles if rule else ())}
        said = Content(
            rule.text if rule else "leader_month", {"service_code": programme.settings.service_code}
        )
        found |= _if(conn.exec_driver_sql(PRESENT, values).scalars(), rows, said)
    return found


def compose_number_test(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> Answers:
    """That this number works."""
    values: dict[str, Any] = {"ids": [one.id for one in dues], "roles": []}
    said = Content("number_test", {"service_code": programme.settings.service_code})
    return _if(conn.exec_driver_sql(PRESENT, values).scalars(), dues, said)


def _gathering(programme: LoadedProgramme, due: Due, row: Row[Any] | None, now: datetime) -> Content | Skip:
    rule = programme.settings.messages.rules.get(due.rule)
    if row is None or row.cancelled:
        return Skip("session_cancelled")
    day = programme.calendar.day(row.starts_at)
    if rule is None or day.isoformat() != due.occasion:
        return Skip("session_moved")
    if row.starts_at <= now:
        return Skip("no_longer_true")
    if rule.text == "session_today" and day != programme.calendar.day(now):
        return Skip("session_moved")
    if not row.is_theirs:
        return Skip("not_in_audience")
    values = {"start": row.starts_at, "place": row.place}
    return Content(rule.text, values, told=ToldSnapshot(row.starts_at, row.place, False))


def _if(still: Any, dues: Sequence[Due], said: Content) -> dict[Any, Content | Skip]:
    found = set(still)
    return {one.id: said if one.id in found else Skip("not_in_audience") for one in dues}
