"""Training sessions, the replies to them, and attendance."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base, Id
from sms_app.models.people import MAX_PLACE_LENGTH


class TrainingSession(Base):
    """A session of a training group. The title is for staff and never shown to participants. `awaits_roll`: it has no
    roll yet. `mismatched`: somebody checked in herself whom the roll does not call present, or did when it was taken.
    Triggers write both (revision 0037)."""

    __tablename__ = "training_session"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_training_session_group_id_starts_at", "group_id", "starts_at"),
        Index("ix_training_session_programme_id_starts_at", "programme_id", "starts_at"),
        Index(
            "ix_training_session_awaits_roll",
            "programme_id",
            "starts_at",
            postgresql_where=text("awaits_roll and cancelled_at is null"),
        ),
        Index(
            "ix_training_session_mismatched",
            "programme_id",
            "starts_at",
            postgresql_where=text("mismatched"),
        ),
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
    awaits_roll: Mapped[bool] = mapped_column(server_default=text("true"))
    mismatched: Mapped[bool] = mapped_column(server_default=text("false"))


class GatheringMove(Base):
    """When a session or meeting (`gathering_id`) was to start and end before it was moved: a row for each move, the
    earliest with the smallest id. A trigger writes it (revision 0032)."""

    __tablename__ = "gathering_move"
    __table_args__ = (
        Index("ix_gathering_move_gathering_id", "gathering_id", "id"),
        Index("ix_gathering_move_programme_id_was_starts_at", "programme_id", "was_starts_at"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    gathering_id: Mapped[UUID]
    was_starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    was_ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class SessionReply(Base):
    """A participant's reply whether she will come. `session_on` is the session's local day at that time: when the
    session is moved to another day, the reply does not count any more. A reply without a day counts."""

    __tablename__ = "session_reply"
    training_session_id: Mapped[UUID] = mapped_column(ForeignKey("training_session.id"), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), primary_key=True, index=True)
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
    """A participant's attendance of a session, as one source tells it. No row means not reported, which is not the same
    as absent. The view `presence` has the one row for a person and session that counts: staff before coach before
    self. `corrected_on` is the day on which a coach said of somebody absent or excused that she came after all."""

    __tablename__ = "attendance"
    __table_args__ = (
        CheckConstraint("status in ('present', 'absent', 'excused', 'late')", name="status"),
        CheckConstraint("source in ('self', 'coach', 'staff')", name="source"),
        Index("ix_attendance_participant_id", "participant_id"),
        Index("ix_attendance_self", "training_session_id", postgresql_where=text("source = 'self'")),
    )
    training_session_id: Mapped[UUID] = mapped_column(ForeignKey("training_session.id"), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    assisted: Mapped[bool]
    recorded_on: Mapped[date]
    corrected_on: Mapped[date | None]


class SessionList(Base):
    """Who was expected at a session, with the number on the group's list at its start. A function of the database
    fixes it once (revision 0017); nobody else writes it."""

    __tablename__ = "session_list"
    __table_args__ = (
        UniqueConstraint("training_session_id", "list_number"),
        Index("ix_session_list_participant_id", "participant_id"),
    )
    training_session_id: Mapped[UUID] = mapped_column(ForeignKey("training_session.id"), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    list_number: Mapped[int]


class Roll(Base):
    """That a session's roll was taken, by which coach (none: by staff), on which day, and how many came; or that the
    session was not held, and why. `changed_on` is when it was last corrected."""

    __tablename__ = "roll"
    __table_args__ = (
        CheckConstraint("outcome in ('held', 'not_held')", name="outcome"),
        CheckConstraint(
            "reason in ('weather', 'few_came', 'coach_away', 'funeral', 'place', 'other')", name="reason"
        ),
        CheckConstraint("(outcome = 'not_held') = (reason is not null)", name="not_held"),
        CheckConstraint("(outcome = 'held') = (headcount is not null) and headcount >= 0", name="headcount"),
        Index("ix_roll_not_held", "training_session_id", postgresql_where=text("outcome = 'not_held'")),
    )
    training_session_id: Mapped[UUID] = mapped_column(ForeignKey("training_session.id"), primary_key=True)
    coach_id: Mapped[UUID | None] = mapped_column(ForeignKey("coach.id"), index=True)
    outcome: Mapped[str]
    reason: Mapped[str | None]
    headcount: Mapped[int | None]
    taken_on: Mapped[date]
    changed_on: Mapped[date | None]


class RollCorrection(Base):
    """That the office corrected a roll: which list numbers it said to be what, why, who and when."""

    __tablename__ = "roll_correction"
    __table_args__ = (
        CheckConstraint("said in ('present', 'late', 'absent', 'excused')", name="said"),
        CheckConstraint("reason in ('paper', 'coach', 'participant', 'mistyped', 'other')", name="reason"),
    )
    id: Mapped[Id]
    training_session_id: Mapped[UUID] = mapped_column(ForeignKey("training_session.id"), index=True)
    said: Mapped[str]
    list_numbers: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    reason: Mapped[str]
    who: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class SessionSubstitute(Base):
    """A coach who stands in at one session of a group that she does not coach."""

    __tablename__ = "session_substitute"
    training_session_id: Mapped[UUID] = mapped_column(ForeignKey("training_session.id"), primary_key=True)
    coach_id: Mapped[UUID] = mapped_column(ForeignKey("coach.id"), primary_key=True, index=True)
    from_on: Mapped[date]


class FollowUp(Base):
    """That a coach should ask about a participant: she was absent from two sessions running, of which this is the
    later. `answer` is what the coach heard."""

    __tablename__ = "follow_up"
    __table_args__ = (
        CheckConstraint("reason in ('absent_twice')", name="reason"),
        CheckConstraint(
            "answer in ('comes_again', 'cannot_come', 'wants_to_leave', 'not_found')", name="answer"
        ),
        CheckConstraint("(answer is null) = (closed_on is null)", name="closed"),
        Index("uq_follow_up_open", "participant_id", unique=True, postgresql_where=text("closed_on is null")),
    )
    id: Mapped[Id]
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    training_session_id: Mapped[UUID] = mapped_column(ForeignKey("training_session.id"), index=True)
    reason: Mapped[str]
    raised_on: Mapped[date]
    answer: Mapped[str | None]
    closed_on: Mapped[date | None]
