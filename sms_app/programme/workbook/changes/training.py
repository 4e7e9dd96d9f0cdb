"""Coaches, training groups and their coming sessions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sms_app import sql
from sms_app.programme import codes
from sms_app.programme.workbook.changes import bulk
from sms_app.programme.workbook.changes.difference import Difference, Import, changed, new

SQL = sql.beside(__file__)
COACH = ("id", "programme_id", "code", "name_sealed", "phone_number_id", "suspended_on")
GROUP = ("id", "programme_id", "number", "role", "sector", "place")
SESSION = (
    "id",
    "programme_id",
    "group_id",
    "check_in_code",
    "title",
    "starts_at",
    "ends_at",
    "place",
    "cancelled_at",
)


COMING_CODES = """
select starts_at, check_in_code from training_session
where programme_id = %(programme)s and starts_at >= %(after)s
"""


@dataclass(frozen=True)
class _SessionCode:
    starts_at: datetime
    check_in_code: str


def store_coaches(imported: Import) -> None:
    """Store coaches; their numbers are known by now."""
    different, programme = imported.differences_of("coaches"), imported.loaded.id
    rows = (
        (difference.id, programme, difference.after["code"], *_coach(imported, difference).values())
        for difference in new(different)
    )
    bulk.insert(imported.conn, "coach", COACH, rows)
    updates = ({"ids": difference.id, **_coach(imported, difference)} for difference in changed(different))
    bulk.update(imported.conn, SQL["change_coaches"], updates)
    imported.audit("coach", different)


def _coach(imported: Import, coach: Difference) -> dict[str, Any]:
    return {
        "names": imported.loaded.vault.seal(str(coach.after["name"]), "coach", "name_sealed", coach.id),
        "phones": imported.id("phones", coach.after["phone"]),
        "suspensions": coach.after["suspended_on"],
    }


def store_groups(imported: Import) -> None:
    """Store training groups."""
    different, programme = imported.differences_of("groups"), imported.loaded.id
    rows = (
        (difference.id, programme, difference.after["number"], *_group(difference).values())
        for difference in new(different)
    )
    bulk.insert(imported.conn, "training_group", GROUP, rows)
    updates = ({"ids": difference.id, **_group(difference)} for difference in changed(different))
    bulk.update(imported.conn, SQL["change_groups"], updates)
    imported.audit("training_group", different)


def _group(group: Difference) -> dict[str, Any]:
    return {"roles": group.after["role"], "sectors": group.after["sector"], "places": group.after["place"]}


def store_sessions(imported: Import) -> None:
    """Store coming sessions, each with a check-in code that no other session of its day has."""
    different, programme = imported.differences_of("sessions"), imported.loaded.id
    rows = []
    used = _codes_by_day(imported)
    for session in new(different):
        after = session.after
        starts_at = _moment(imported, session, "starts")
        used_that_day = used[imported.loaded.calendar.day(starts_at)]
        code = codes.unused(used_that_day)
        used_that_day.add(code)
        values = (imported.id("groups", after["group"]), code, after["title"], starts_at)
        more = (
            _moment(imported, session, "ends"),
            after["place"],
            imported.now if after["cancelled"] else None,
        )
        rows.append((session.id, programme, *values, *more))
    bulk.insert(imported.conn, "training_session", SESSION, rows)
    updates = (
        {
            "ids": session.id,
            "ends": _moment(imported, session, "ends"),
            "places": session.after["place"],
            "titles": session.after["title"],
            "cancellations": imported.now if session.after["cancelled"] else None,
        }
        for session in changed(different)
    )
    bulk.update(imported.conn, SQL["change_sessions"], updates)
    imported.audit("training_session", different)


def _codes_by_day(imported: Import) -> dict[date, set[str]]:
    """The check-in codes of the programme's stored sessions from today on, by local day."""
    calendar = imported.loaded.calendar
    values = {"programme": imported.loaded.id, "after": calendar.at(imported.today)}
    used: dict[date, set[str]] = defaultdict(set)
    for row in sql.rows(imported.conn, COMING_CODES, _SessionCode, values):
        used[calendar.day(row.starts_at)].add(row.check_in_code)
    return used


def _moment(imported: Import, session: Difference, name: str) -> datetime:
    day, hour = session.after["day"], session.after[name]
    if not isinstance(day, date) or not isinstance(hour, time):
        raise TypeError("a session has a day and hours")
    return imported.loaded.calendar.at(day, hour)
