"""Participants, their groups, households and coaches."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base, Id

MAX_PLACE_LENGTH = 30


class TrainingGroup(Base):
    """A group of about 25 people who are trained together. The place is short enough for every screen."""

    __tablename__ = "training_group"
    __table_args__ = (
        UniqueConstraint("programme_id", "number"),
        CheckConstraint("role in ('woman', 'man', 'leader')", name="role"),
    )
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    number: Mapped[int]
    role: Mapped[str]
    sector: Mapped[str]
    place: Mapped[str] = mapped_column(String(MAX_PLACE_LENGTH))


class Coach(Base):
    """A coach, who runs a group's sessions."""

    __tablename__ = "coach"
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    name_sealed: Mapped[bytes]
    phone_number_id: Mapped[UUID | None] = mapped_column(ForeignKey("phone_number.id"), index=True)


class GroupCoach(Base):
    """The assignment of a coach to a group, from a day to a day."""

    __tablename__ = "group_coach"
    id: Mapped[Id]
    group_id: Mapped[UUID] = mapped_column(ForeignKey("training_group.id"), index=True)
    coach_id: Mapped[UUID] = mapped_column(ForeignKey("coach.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class Participant(Base):
    """A woman, man or leader of the programme. The name is sealed; the member number is on her card.

    `list_number` is her place on the group's list; it is never given to anyone else. `bookmark` (sealed) is the place
    where an item that was broken off can go on; only ordinary items write it."""

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("programme_id", "member_number"),
        UniqueConstraint("group_id", "list_number"),
        Index(
            "ix_participant_programme_id_role",
            "programme_id",
            "role",
            postgresql_where=text("left_on is null"),
        ),
        CheckConstraint("role in ('woman', 'man', 'leader')", name="role"),
        CheckConstraint("contact in ('own', 'household', 'neighbour', 'leader', 'none')", name="contact"),
    )
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    role: Mapped[str]
    member_number: Mapped[str]
    name_sealed: Mapped[bytes]
    language: Mapped[str]
    contact: Mapped[str]
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("training_group.id"))
    list_number: Mapped[int | None]
    pin: Mapped[bytes | None]
    pin_changed_on: Mapped[date | None]
    amounts_by_phone: Mapped[bool]
    bookmark: Mapped[bytes | None]
    bookmark_on: Mapped[date | None]
    enrolled_on: Mapped[date]
    left_on: Mapped[date | None]


class HouseholdLink(Base):
    """A participant's membership of a household, with the relation, from a day to a day."""

    __tablename__ = "household_link"
    __table_args__ = (
        Index("uq_household_link_now", "participant_id", unique=True, postgresql_where=text("to_on is null")),
    )
    id: Mapped[Id]
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.id"), index=True)
    relation: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class Consent(Base):
    """Append-only: a person's consent for a purpose, or its withdrawal, in which words and before whom."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint(
            "purpose in ('programme', 'messages', 'surveys', 'research', 'approach_man', 'check_in')",
            name="purpose",
        ),
        CheckConstraint("how in ('oral', 'written')", name="how"),
        Index("ix_consent_latest", "participant_id", "purpose", "taken_on"),
    )
    id: Mapped[Id]
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    purpose: Mapped[str]
    given: Mapped[bool]
    version: Mapped[str]
    language: Mapped[str]
    how: Mapped[str]
    witness: Mapped[str | None]
    taken_by: Mapped[str]
    taken_on: Mapped[date]
