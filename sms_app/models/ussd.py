"""What the network's dialogues need while they last, and what they cost by day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import DateTime, ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base

UNLOGGED = {"prefixes": ["UNLOGGED"]}
DIALOGUE_LASTS = timedelta(minutes=10)
"""How long a dialogue can go on after its last hop."""
CLOCKS_DIFFER = timedelta(seconds=15)
"""By how much the clocks of two processes may differ."""
MINUTE = timedelta(minutes=1)


def touched_minute(now: datetime) -> datetime:
    """The full minute that a hop at `now` is dated: after it, so that no sweep, by whatever process's clock, takes a
    dialogue before its time."""
    return (now + CLOCKS_DIFFER).replace(second=0, microsecond=0) + MINUTE


class UssdDialogue(Base):
    """An open dialogue: one padded, sealed blob, in which the moment of the last hop stands too. Deleted soon after it
    has lasted DIALOGUE_LASTS; `touched_at` is a full minute after the last hop (`touched_minute`), and unindexed, so
    that an update stays on its page."""

    __tablename__ = "ussd_dialogue"
    __table_args__ = UNLOGGED
    id: Mapped[bytes] = mapped_column(primary_key=True)
    position: Mapped[bytes]
    touched_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class UssdEventSeen(Base):
    """A dialogue whose cost was added already."""

    __tablename__ = "ussd_event_seen"
    __table_args__ = UNLOGGED
    id: Mapped[bytes] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class UssdCost(Base):
    """What dialogues cost, summed by day and network."""

    __tablename__ = "ussd_cost"
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    network_code: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    sessions: Mapped[int]
    cost: Mapped[Decimal] = mapped_column(Numeric(14, 4))
