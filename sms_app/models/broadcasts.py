"""What officers prepare in the staff's console: proposals of broadcasts, and audiences under a name."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base, Id

MAX_AUDIENCE_NAME_LENGTH = 40


class BroadcastProposal(Base):
    """A broadcast that an officer prepares, and what became of it. `send_at` is null when it goes as soon as it may.

    `recipients` is the count that was typed. A `weekly` one makes a broadcast each week, the next one for `send_at`;
    `reason` says why it stopped. `broadcast_id` is the last broadcast that it made."""

    __tablename__ = "broadcast_proposal"
    __table_args__ = (
        CheckConstraint("state in ('open', 'waiting', 'weekly', 'stopped', 'created')", name="state"),
        CheckConstraint("not is_weekly or send_at is not null", name="weekly"),
        CheckConstraint("approved_by <> made_by", name="approval"),
    )
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(String))
    groups: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    sectors: Mapped[list[str]] = mapped_column(ARRAY(String))
    languages: Mapped[list[str]] = mapped_column(ARRAY(String))
    contacts: Mapped[list[str]] = mapped_column(ARRAY(String))
    send_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_weekly: Mapped[bool]
    state: Mapped[str]
    reason: Mapped[str | None]
    recipients: Mapped[int]
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    approved_by: Mapped[str | None]
    broadcast_id: Mapped[UUID | None] = mapped_column(ForeignKey("broadcast.id"))


class BroadcastProposalText(Base):
    """A proposal's text in a language, sealed."""

    __tablename__ = "broadcast_proposal_text"
    __table_args__ = (UniqueConstraint("proposal_id", "language"),)
    id: Mapped[Id]
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("broadcast_proposal.id", ondelete="CASCADE"))
    language: Mapped[str]
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)


class SavedAudience(Base):
    """An audience under a name, to choose again. It has no arm."""

    __tablename__ = "saved_audience"
    __table_args__ = (UniqueConstraint("programme_id", "name"),)
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    name: Mapped[str] = mapped_column(String(MAX_AUDIENCE_NAME_LENGTH))
    roles: Mapped[list[str]] = mapped_column(ARRAY(String))
    groups: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    sectors: Mapped[list[str]] = mapped_column(ARRAY(String))
    languages: Mapped[list[str]] = mapped_column(ARRAY(String))
    contacts: Mapped[list[str]] = mapped_column(ARRAY(String))
