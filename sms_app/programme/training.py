"""Training sessions as participants meet them: the next one, whether they will come, that they are here."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection

# the next session of the person's group that isn't over or cancelled, as s
NEXT = """
from participant p join training_session s on s.group_id = p.group_id
where p.id = %(person)s and s.cancelled_at is null and s.ends_at > %(now)s order by s.starts_at limit 1
"""
REPLY = """
insert into session_reply (training_session_id, participant_id, coming, replied_on, session_on)
select s.id, %(participant)s, %(coming)s, %(today)s, (s.starts_at at time zone p.time_zone)::date
from training_session s join programme p on p.id = s.programme_id where s.id = %(session)s
on conflict (training_session_id, participant_id)
do update set coming = excluded.coming, replied_on = excluded.replied_on, session_on = excluded.session_on
"""
# SQL, with the session as s: how many on its group's list say that they will come, or that they cannot, to the session
# on the day that it has now. Who replied before it was moved to another day has not replied to it.
REPLIED = """(select count(*) from session_reply r
  join participant p on p.id = r.participant_id and p.group_id = s.group_id and p.left_on is null
  join programme z on z.id = s.programme_id
  where r.training_session_id = s.id and r.coming = {coming}
  and (r.session_on is null or r.session_on = (s.starts_at at time zone z.time_zone)::date))"""
WILL_COME, CANNOT_COME = REPLIED.format(coming="true"), REPLIED.format(coming="false")
CHECK_IN = """
with here as (
  select s.id as session_id, p.id as participant_id from participant p
  join training_session s on s.group_id = p.group_id
  where p.id = %(participant)s and s.check_in_code = %(code)s and s.cancelled_at is null
  and s.starts_at >= %(day_start)s and s.starts_at < %(day_end)s order by s.starts_at limit 1
), kept as (
  insert into attendance (training_session_id, participant_id, status, source, assisted, recorded_on)
  select session_id, participant_id, 'present', 'self', false, %(today)s from here
  on conflict (training_session_id, participant_id) do nothing
)
select 1 from here
"""


def next_session(conn: Connection, participant: UUID, now: datetime) -> UUID | None:
    """The next session of the participant's group that isn't over or cancelled."""
    values = {"person": participant, "now": now}
    return conn.exec_driver_sql(f"select s.id {NEXT}", values).scalar_one_or_none()


def reply(conn: Connection, session: UUID, participant: UUID, coming: bool, today: date) -> None:
    """Keep the latest word on whether she will come."""
    values = {"session": session, "participant": participant, "coming": coming, "today": today}
    conn.exec_driver_sql(REPLY, values)


def check_in(
    conn: Connection, participant: UUID, code: str, day_start: datetime, day_end: datetime, today: date
) -> date | None:
    """Mark her present at her group's session of the day that has this code; what a coach entered stays.

    Gives the day, or None when no session has that code today."""
    values = {
        "participant": participant, "code": code, "day_start": day_start, "day_end": day_end, "today": today,
    }  # fmt: skip
    return today if conn.exec_driver_sql(CHECK_IN, values).first() else None
