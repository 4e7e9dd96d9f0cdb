"""Savings groups, cycles, counted meetings, and the contribution ledger."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base, Id
from sms_app.models.people import MAX_PLACE_LENGTH


class SavingsGroup(Base):
    """An ikimina: people who save together. On `check_in_weekday` (Monday is 0) they report their savings."""

    __tablename__ = "savings_group"
    __table_args__ = (CheckConstraint("check_in_weekday between 0 and 6", name="check_in_weekday"),)
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    training_group_id: Mapped[UUID | None] = mapped_column(ForeignKey("training_group.id"))
    name: Mapped[str]
    check_in_weekday: Mapped[int | None]


class PlannedMeeting(Base):
    """A planned meeting of a savings group. It has reminders like a training session (the view `gathering` has
    both)."""

    __tablename__ = "planned_meeting"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_planned_meeting_savings_group_id", "savings_group_id", "starts_at"),
        Index("ix_planned_meeting_programme_id_starts_at", "programme_id", "starts_at"),
    )
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    savings_group_id: Mapped[UUID] = mapped_column(ForeignKey("savings_group.id"))
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    place: Mapped[str] = mapped_column(String(MAX_PLACE_LENGTH))
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SavingsMember(Base):
    """Who saves in a group, from a day to a day; one group at a time. `list_number` is her number on that group's
    list; it is never given again."""

    __tablename__ = "savings_member"
    __table_args__ = (
        UniqueConstraint("savings_group_id", "list_number"),
        Index("uq_savings_member_now", "participant_id", unique=True, postgresql_where=text("to_on is null")),
    )
    id: Mapped[Id]
    savings_group_id: Mapped[UUID] = mapped_column(ForeignKey("savings_group.id"), index=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    list_number: Mapped[int | None]
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class SavingsOfficer(Base):
    """A member's office in her savings group, from a day to a day."""

    __tablename__ = "savings_officer"
    __table_args__ = (
        CheckConstraint("office in ('chair', 'secretary', 'box_keeper', 'money_counter')", name="office"),
        Index(
            "uq_savings_officer_now",
            "savings_group_id",
            "participant_id",
            unique=True,
            postgresql_where=text("to_on is null"),
        ),
        Index("ix_savings_officer_participant_id", "participant_id"),
    )
    id: Mapped[Id]
    savings_group_id: Mapped[UUID] = mapped_column(ForeignKey("savings_group.id"))
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    office: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class Cycle(Base):
    """A savings cycle and its present rules. With free amounts a share is worth 1, without a limit."""

    __tablename__ = "cycle"
    __table_args__ = (
        CheckConstraint("mode in ('shares', 'free')", name="mode"),
        CheckConstraint("share_value > 0", name="share_value"),
        Index("uq_cycle_open", "savings_group_id", unique=True, postgresql_where=text("closed_on is null")),
    )
    id: Mapped[Id]
    savings_group_id: Mapped[UUID] = mapped_column(ForeignKey("savings_group.id"))
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    mode: Mapped[str]
    share_value: Mapped[int] = mapped_column(BigInteger)
    most_shares: Mapped[int]


class GroupMeeting(Base):
    """A meeting's record: a draft until `entered_on`. It counts as soon as a second person, not the one who entered it,
    has confirmed it. Who entered and who confirmed is `participant:ID`, `coach:ID`, or a name of staff."""

    __tablename__ = "group_meeting"
    __table_args__ = (
        CheckConstraint("confirmed_by <> entered_by", name="second_person"),
        CheckConstraint("(confirmed_by is null) = (confirmed_on is null)", name="confirmed"),
        CheckConstraint("confirmed_on is null or entered_on is not null", name="entered"),
        Index("ix_group_meeting_cycle_id", "cycle_id", "held_on"),
        Index(
            "uq_group_meeting_draft",
            "cycle_id",
            "held_on",
            unique=True,
            postgresql_where=text("entered_on is null"),
        ),
    )
    id: Mapped[Id]
    cycle_id: Mapped[UUID] = mapped_column(ForeignKey("cycle.id"))
    held_on: Mapped[date]
    entered_by: Mapped[str]
    entered_on: Mapped[date | None]
    confirmed_by: Mapped[str | None]
    confirmed_on: Mapped[date | None]


class MeetingLine(Base):
    """What was typed for a member at a meeting that nobody has confirmed yet. Confirming makes a contribution of it."""

    __tablename__ = "meeting_line"
    __table_args__ = (
        CheckConstraint("kind in ('saving')", name="kind"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("shares >= 0", name="shares"),
        Index("ix_meeting_line_participant_id", "participant_id"),
    )
    group_meeting_id: Mapped[UUID] = mapped_column(ForeignKey("group_meeting.id"), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    shares: Mapped[int | None]
    entered_by: Mapped[str]
    entered_on: Mapped[date]


class Contribution(Base):
    """Append-only ledger, in whole smallest units of the currency. A correction is a reversal plus a new entry.

    Amounts that a member reports (`member`) and amounts that a meeting counts (`meeting`) are never added."""

    __tablename__ = "contribution"
    __table_args__ = (
        CheckConstraint("source in ('member', 'meeting')", name="source"),
        CheckConstraint("(source = 'meeting') = (group_meeting_id is not null)", name="counted"),
        CheckConstraint("case when reverses is null then amount >= 0 else amount <= 0 end", name="sign"),
        CheckConstraint("extract(isodow from week_of) = 1", name="monday"),
        # a balance and a week's report are read from the index alone, however long the ledger is
        Index(
            "ix_contribution_participant",
            "participant_id",
            "cycle_id",
            "source",
            "week_of",
            postgresql_include=["amount", "shares", "group_meeting_id"],
        ),
    )
    id: Mapped[Id]
    cycle_id: Mapped[UUID] = mapped_column(ForeignKey("cycle.id"))
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    shares: Mapped[int | None]
    source: Mapped[str]
    group_meeting_id: Mapped[UUID | None] = mapped_column(ForeignKey("group_meeting.id"))
    week_of: Mapped[date]
    recorded_on: Mapped[date]
    assisted: Mapped[bool]
    reverses: Mapped[UUID | None] = mapped_column(ForeignKey("contribution.id"), unique=True)


class Dispute(Base):
    """A participant's report that something is not right, and staff's answer; one open dispute for each subject.

    `closed_on` is the day of the answer. A dispute that is closed without an answer repeated an older dispute.
    `assisted` says that a coach raised it with her."""

    __tablename__ = "dispute"
    __table_args__ = (
        CheckConstraint("about in ('shares', 'loan', 'fine', 'attendance')", name="about"),
        CheckConstraint("answer in ('corrected', 'right', 'ask')", name="answer"),
        CheckConstraint("answer is null or closed_on is not null", name="answered"),
        Index("ix_dispute_participant_id", "participant_id"),
        Index(
            "uq_dispute_open",
            "participant_id",
            "about",
            unique=True,
            postgresql_where=text("closed_on is null"),
        ),
    )
    id: Mapped[Id]
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    about: Mapped[str]
    raised_on: Mapped[date]
    closed_on: Mapped[date | None]
    answer: Mapped[str | None]
    assisted: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
