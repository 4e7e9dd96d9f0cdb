"""What the network's dialogues need while they last, and what they cost by day."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import DateTime, ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base

UNLOGGED = {"prefixes": ["UNLOGGED"]}


class UssdDialogue(Base):
    """An open dialogue: one padded, sealed blob. Deleted ten minutes after the last hop; `touched_at` is a minute,
    and unindexed, so that an update stays on its page."""

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
