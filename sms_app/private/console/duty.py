"""Who is on duty: the rota of the next days, and that someone signed in for today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.private import audit
from sms_app.private.console import accounts
from sms_app.private.console.accounts import Caseworker

DAYS = 14
"""How many days the rota shows, today included."""
ROTA = """
select day, caseworker, signed_in from duty_day
where programme_id = %(programme)s and day between %(first)s and %(last)s
"""
# who is put on duty anew has not signed in
SET_DAY = """
insert into duty_day (programme_id, day, caseworker, phone_number_id, signed_in)
values (%(programme)s, %(day)s, %(code)s, %(phone)s, false)
on conflict (programme_id, day) do update set caseworker = excluded.caseworker,
  phone_number_id = excluded.phone_number_id,
  signed_in = duty_day.signed_in and duty_day.caseworker = excluded.caseworker
"""
CLEAR_DAY = "delete from duty_day where programme_id = %(programme)s and day = %(day)s"
SIGN_IN = """
insert into duty_day (programme_id, day, caseworker, phone_number_id, signed_in)
values (%(programme)s, %(day)s, %(code)s, %(phone)s, true)
on conflict (programme_id, day) do update set caseworker = excluded.caseworker,
  phone_number_id = excluded.phone_number_id, signed_in = true
"""


@dataclass(frozen=True)
class DutyDay:
    """A day of the rota; `caseworker` is a code, empty when nobody is on duty. Nobody is on a day off."""

    day: date
    caseworker: str = ""
    signed_in: bool = False
    is_off: bool = False


def rota(
    conn: Connection, programme_id: int, today: date, is_working_day: Callable[[date], bool]
) -> list[DutyDay]:
    """The next DAYS days, today the first."""
    days = [today + timedelta(days=n) for n in range(DAYS)]
    values = {"programme": programme_id, "first": days[0], "last": days[-1]}
    known = {row.day: row for row in sql.rows(conn, ROTA, DutyDay, values)}
    return [
        known.get(day, DutyDay(day)) if is_working_day(day) else DutyDay(day, is_off=True) for day in days
    ]


def sign_in(conn: Connection, caseworker: Caseworker, now: datetime, today: date) -> None:
    """Put a caseworker on duty for today, a working day, in place of whoever was, and note that they signed in."""
    values = {"programme": caseworker.programme_id, "day": today, "code": caseworker.code}
    conn.exec_driver_sql(SIGN_IN, {**values, "phone": caseworker.phone_number_id})
    audit.append(conn, caseworker.programme_id, caseworker.code, "sign_in_for_duty", now, today.isoformat())


def set_rota(
    conn: Connection,
    caseworker: Caseworker,
    chosen: Mapping[date, str],
    now: datetime,
    today: date,
    is_working_day: Callable[[date], bool],
) -> None:
    """Set who is on duty, by day: a code, or empty for nobody. Days off or outside the rota, and codes that nobody has,
    are ignored."""
    phones: dict[str, UUID | None] = {
        colleague.code: colleague.phone_number_id
        for colleague in accounts.of_programme(conn, caseworker.programme_id)
    }
    days = rota(conn, caseworker.programme_id, today, is_working_day)
    before = {row.day: row.caseworker for row in days if not row.is_off}
    for day, code in sorted(chosen.items()):
        if before.get(day, code) == code or code not in {"", *phones}:
            continue
        values = {"programme": caseworker.programme_id, "day": day}
        if code:
            conn.exec_driver_sql(SET_DAY, {**values, "code": code, "phone": phones[code]})
        else:
            conn.exec_driver_sql(CLEAR_DAY, values)
        subject = f"{day.isoformat()} {code or '-'}"
        audit.append(conn, caseworker.programme_id, caseworker.code, "set_duty", now, subject)
