"""The one switch for all sending. Senders read it before they claim messages, and twice a second while they send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme import audit

PROVIDER = "provider"
"""Who stopped when it was no person: the provider refused our key, or the account has no balance."""
STOPPED = "select case when stopped then reason end from sending_switch"
STATE = "select stopped, reason, changed_by, changed_at from sending_switch"
# what a person stopped stays stopped for that person's reason
STOP = """
update sending_switch set stopped = true, reason = %(reason)s, changed_by = %(who)s, changed_at = %(now)s
where not stopped or %(person)s
"""
START = """
update sending_switch set stopped = false, reason = '', changed_by = %(who)s, changed_at = %(now)s where stopped
"""


@dataclass(frozen=True)
class SwitchState:
    """How the switch stands. `changed_at` is None until it is first touched."""

    stopped: bool
    reason: str
    changed_by: str
    changed_at: datetime | None


def why_stopped(conn: Connection) -> str | None:
    """Why nothing may be sent now; None when sending is on."""
    row = conn.exec_driver_sql(STOPPED).one_or_none()
    # without its row nobody has said that anything may go
    return "no switch" if row is None else row[0]


def state(conn: Connection) -> SwitchState:
    """How the switch stands, who turned it and when."""
    (row,) = sql.rows(conn, STATE, SwitchState, {})
    return row


def stop(conn: Connection, reason: str, who: str, now: datetime) -> None:
    """Stop all sending. `who` is a person, or PROVIDER with reason `bad_key` or `no_balance`."""
    person = who != PROVIDER
    values = {"reason": reason, "who": who, "now": now, "person": person}
    turned = conn.exec_driver_sql(STOP, values).rowcount
    if turned and person:
        audit.record(conn, None, who, "stop_sending", "sending_switch", 1, now)


def start(conn: Connection, who: str, now: datetime) -> bool:
    """Let messages go again; False when they do already."""
    turned = conn.exec_driver_sql(START, {"who": who, "now": now}).rowcount
    if turned:
        audit.record(conn, None, who, "start_sending", "sending_switch", 1, now)
    return bool(turned)
