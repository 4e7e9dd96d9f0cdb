"""Follow-ups: a coach asks about a participant who was absent from two sessions running, and says what she heard.

A roll raises them (revisions 0017 and 0020). Only a coach who coaches the participant's group now can close one."""

from __future__ import annotations

from datetime import date
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import Connection

HEARD = ("comes_again", "cannot_come", "wants_to_leave", "not_found")
CLOSE = "select close_follow_up(%(coach)s, %(follow_up)s, %(heard)s, %(today)s)"


def close(
    conn: Connection, coach: UUID, follow_up: UUID, heard: str, today: date
) -> Literal["stored", "closed"]:
    """Close a follow-up with what the coach heard, one of HEARD. `closed` when it is closed already, or not hers."""
    values = {"coach": coach, "follow_up": follow_up, "heard": heard, "today": today}
    return cast(Literal["stored", "closed"], conn.exec_driver_sql(CLOSE, values).scalar_one())
