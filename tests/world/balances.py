"""What a member reads behind her PIN as saved: the fact `balance`, as a value to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from sms_app.conversation import facts


@dataclass(frozen=True)
class Balance:
    """What confirmed meetings counted in the open cycle: the amount, the shares (None where amounts are free), and the
    day of the last meeting."""

    amount: int
    shares: int | None
    counted_on: date


def balance(conn: Connection, person: UUID) -> Balance | None:
    """A member's counted savings; None while no meeting is confirmed."""
    counted = conn.exec_driver_sql(facts.statement(("balance",)), {"person": person}).one().balance
    if counted is None:
        return None
    return Balance(counted["amount"], counted["shares"], date.fromisoformat(counted["counted_on"]))
