"""Training sessions, the replies to them, and attendance."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base, Id
from sms_app.models.people import MAX_PLACE_LENGTH


class TrainingSession(Base):
    """A session of a training group. The title is for staff and never shown to participants."""

    __tablename__ = "training_session"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_training_session_group_id_starts_at", "group_id", "starts_at"),
        Index("ix_training_session_programme_id_starts_at", "programme_id", "starts_at"),
    )
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    group_id: Mapped[UUID] = mapped_column(ForeignKey("training_group.id"))
    title: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    place: Mapped[str] = mapped_column(String(MAX_PLACE_LENGTH))
    check_in_code: Mapped[str] = mapped_column(String(4))
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SessionReply(Base):
    """A participant's reply whether she will come. `session_on` is the session's local day at that time: when the
    session is moved to another day, the reply does not count any more. A reply without a day counts."""

    __tablename__ = "session_reply"
    training_session_id: Mapped[UUID] = mapped_column(ForeignKey("training_session.id"), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    coming: Mapped[bool]
    replied_on: Mapped[date]
    session_on: Mapped[date | None]


class UnmatchedCheckIn(Base):
    """A member number that was typed with a session's right code and that nobody in the session's group has."""

    __tablename__ = "unmatched_check_in"
    training_session_id: Mapped[UUID] = mapped_column(ForeignKey("training_session.id"), primary_key=True)
    member_number: Mapped[str] = mapped_column(primary_key=True)
    recorded_on: Mapped[date]


class Attendance(Base):
    """A participant's attendance of a session. No row means not reported, which is not the same as absent."""

    __tablename__ = "attendance"
    __table_args__ = (
        CheckConstraint("status in ('present', 'absent', 'excused', 'late')", name="status"),
        CheckConstraint("source in ('self', 'coach', 'staff')", name="source"),
        Index("ix_attendance_participant_id", "participant_id"),
    )
    training_session_id: Mapped[UUID] = mapped_column(ForeignKey("training_session.id"), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    status: Mapped[str]
    source: Mapped[str]
    assisted: Mapped[bool]
    recorded_on: Mapped[date]
