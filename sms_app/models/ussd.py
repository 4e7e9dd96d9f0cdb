"""The open dialogues, and the cost of dialogues by day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import DateTime, ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base

UNLOGGED = {"prefixes": ["UNLOGGED"]}
DIALOGUE_LASTS = timedelta(minutes=10)
"""The time after its last hop in which a dialogue can go on."""
CLOCKS_DIFFER = timedelta(seconds=15)
"""The difference that the clocks of two processes may have."""
MINUTE = timedelta(minutes=1)


def touched_minute(now: datetime) -> datetime:
    """The full minute by which a hop at `now` is dated. It is later than `now`, so that no sweep deletes a dialogue too
    early, by any process's clock."""
    return (now + CLOCKS_DIFFER).replace(second=0, microsecond=0) + MINUTE


class UssdDialogue(Base):
    """An open dialogue: a padded, sealed blob, which also has the moment of the last hop. It is deleted soon after
    DIALOGUE_LASTS. `touched_at` is a full minute after the last hop (`touched_minute`). It has no index, so that an
    update stays on its page."""

    __tablename__ = "ussd_dialogue"
    __table_args__ = UNLOGGED
    id: Mapped[bytes] = mapped_column(primary_key=True)
    position: Mapped[bytes]
    touched_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class UssdEventSeen(Base):
    """A dialogue whose cost has been added."""

    __tablename__ = "ussd_event_seen"
    __table_args__ = UNLOGGED
    id: Mapped[bytes] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class UssdCost(Base):
    """The cost of dialogues by day and network."""

    __tablename__ = "ussd_cost"
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    network_code: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    sessions: Mapped[int]
    cost: Mapped[Decimal] = mapped_column(Numeric(14, 4))
