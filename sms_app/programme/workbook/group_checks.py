"""What must hold of savings groups, their members and officers, sessions and consents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.changes.difference import begins_again
from sms_app.programme.workbook.checks import Checked
from sms_app.programme.workbook.rows import Row


def savings_groups(checked: Checked) -> None:
    """A cycle has its first day, its mode and, in shares, its values."""
    for row, values, _ in checked.given("savings_groups"):
        if values.get("opened_on") and not values.get("mode") and "mode" not in row.wrong:
            checked.fault(
                "savings_groups", row, "mode", "expected shares or free, since the cycle has a first day"
            )
        if values.get("mode") and not values.get("opened_on") and "opened_on" not in row.wrong:
            checked.fault("savings_groups", row, "opened_on", "expected the first day of the cycle")
        _shares(checked, row, values)


def _shares(checked: Checked, row: Row, values: Mapping[str, Value]) -> None:
    """A share's value and the most of them, in a cycle of shares only."""
    for column, fixed in (("share_value", 1), ("most_shares", 0)):
        number, mode = row.values.get(column), values.get("mode")
        if mode == "free" and number not in (None, fixed):
            checked.fault(
                "savings_groups", row, column, "expected an empty cell, since it saves free amounts"
            )
        elif mode == "shares" and not values.get(column) and column not in row.wrong:
            checked.fault(
                "savings_groups", row, column, "expected a number from 1 on, since it saves in shares"
            )
        elif not mode and number is not None and "mode" not in row.wrong:
            checked.fault("savings_groups", row, column, "expected that `Saves in` says shares beside it")


def members(checked: Checked) -> None:
    """One savings group at a time, and officers are members."""
    now: dict[Value, Row | None] = {}
    current = set()
    for (group, person), entry in checked.entries["savings_members"].items():
        if entry.values.get("until") is None:
            current.add((group, person))
            if person not in now:
                now[person] = entry.row
            else:
                row, other = (entry.row, now[person]) if entry.row else (now[person], None)
                where = f"row {other.number}" if other else "what is stored"
                if row:
                    checked.fault(
                        "savings_members",
                        row,
                        "person",
                        f"expected one savings group at a time, and {where} has another",
                    )
    for row, values, stored in checked.given("savings_officers"):
        place = (values["savings_group"], values["person"])
        has_ended = stored and stored.values["until"] and row.values.get("until") is None
        if (
            stored
            and has_ended
            and stored.values["office"] != values["office"]
            and not begins_again(row, stored)
        ):
            checked.fault(
                "savings_officers", row, "since", "expected the first day: the office before has ended"
            )
        if values.get("until") is None and place not in current:
            checked.fault("savings_officers", row, "person", "expected a member of this savings group")


def sessions(checked: Checked) -> None:
    """A session that is new or changed is still to come, on a day on which the programme meets."""
    calendar = checked.programme.calendar
    for row, values, stored in checked.given("sessions"):
        day, starts, ends = values["day"], values["starts"], values.get("ends")
        if not isinstance(day, date) or not isinstance(starts, time):
            continue
        if stored and stored.values["cancelled"] and row.values.get("cancelled") is False:
            checked.fault(
                "sessions", row, "cancelled", "expected yes: an import brings no cancelled session back"
            )
        if isinstance(ends, time) and ends <= starts:
            checked.fault("sessions", row, "ends", "expected an hour after the start")
        if stored and all(stored.values.get(name) == value for name, value in values.items()):
            continue
        begins = datetime.combine(day, starts, calendar.zone)
        if begins <= checked.now:
            checked.fault("sessions", row, "day", "expected a session that is still to come")
        elif (
            not values.get("cancelled")
            and not (stored and stored.values["cancelled"] is False)
            and not calendar.may_meet(begins)
        ):
            checked.fault("sessions", row, "day", "expected a day and hour at which the programme meets")


def moved_sessions(checked: Checked) -> None:
    """A session that is new beside a stored one of its group and week may be that one, before it was moved."""
    zone = checked.programme.calendar.zone
    coming = set[tuple[Value, int, int]]()
    for entry in checked.entries["sessions"].values():
        day, starts = entry.values.get("day"), entry.values.get("starts")
        if (
            entry.row
            or entry.values.get("cancelled")
            or not isinstance(day, date)
            or not isinstance(starts, time)
        ):
            continue
        if datetime.combine(day, starts, zone) > checked.now:
            coming.add((entry.values["group"], *day.isocalendar()[:2]))
    for row, values, stored in checked.given("sessions"):
        day = values["day"]
        if stored or values.get("cancelled") or not isinstance(day, date):
            continue
        if (values["group"], *day.isocalendar()[:2]) in coming:
            checked.fault(
                "sessions",
                row,
                "day",
                "expected the group's other session of that week beside it, or in its place if it was moved",
            )
