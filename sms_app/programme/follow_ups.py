"""Follow-ups: a coach asks about a participant who was absent from two sessions running, and says what she heard.

A roll raises them (revisions 0017 and 0020). A coach who coaches the participant's group now can close one, and so can
the office."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme.desk import OfficeTransaction, Refused

HEARD = ("comes_again", "cannot_come", "wants_to_leave", "not_found")
OPEN = """
select f.id, f.reason, f.raised_on, g.number as "group", p.list_number, p.member_number
from follow_up f join participant p on p.id = f.participant_id left join training_group g on g.id = p.group_id
where p.programme_id = %(programme)s and f.closed_on is null and p.left_on is null
order by f.raised_on, g.number, p.list_number, p.member_number limit %(most)s offset %(skip)s
"""
CLOSE_BY_OFFICE = """
update follow_up f set answer = %(heard)s, closed_on = %(today)s from participant p
where f.id = %(follow_up)s and f.closed_on is null and p.id = f.participant_id and p.programme_id = %(programme)s
"""
CLOSE = "select close_follow_up(%(coach)s, %(follow_up)s, %(heard)s, %(today)s)"


def close(
    conn: Connection, coach: UUID, follow_up: UUID, heard: str, today: date
) -> Literal["stored", "closed"]:
    """Close a follow-up with what the coach heard, one of HEARD. `closed` when it is closed already, or not hers."""
    values = {"coach": coach, "follow_up": follow_up, "heard": heard, "today": today}
    return cast(Literal["stored", "closed"], conn.exec_driver_sql(CLOSE, values).scalar_one())


@dataclass(frozen=True)
class FollowUp:
    """An open follow-up: why, since when, and whom it is about, by group and list number, never by name."""

    id: UUID
    reason: str
    raised_on: date
    group: int | None
    list_number: int | None
    member_number: str


def open_ones(
    conn: Connection, programme_id: int, most: int | None = None, skip: int = 0
) -> Sequence[FollowUp]:
    """The open follow-ups of people who are in the programme, the oldest first; at most `most` after the first
    `skip`."""
    return sql.rows(conn, OPEN, FollowUp, {"programme": programme_id, "most": most, "skip": skip})


def close_by_office(office: OfficeTransaction, follow_up: UUID, heard: str) -> None:
    """Close a follow-up with what the office heard, one of HEARD. Raises Refused when it is closed already."""
    if heard not in HEARD:
        raise Refused(f"`{heard}` is none of {', '.join(HEARD)}.")
    values = {
        "follow_up": follow_up,
        "heard": heard,
        "today": office.today,
        "programme": office.programme_id,
    }
    if not office.conn.exec_driver_sql(CLOSE_BY_OFFICE, values).rowcount:
        raise Refused("There is no such open follow-up: somebody closed it meanwhile.")
    office.record("close_follow_up", "follow_up", follow_up)
