"""Participants, their groups, households and coaches."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base, Id
from sms_app.models.programme import MAX_REFERENCE_LENGTH

ROLES = ("woman", "man", "leader")
"""What a participant can be in the programme."""
MAX_PLACE_LENGTH = 30
MAX_COACH_CODE_LENGTH = 12


def _new_coach_code() -> str:
    """A code for a coach to whom the office gave none."""
    return secrets.token_hex(MAX_COACH_CODE_LENGTH // 2)


def _member_number(context: Any) -> str:
    """The reference of a participant to whom the office gave none: the member number."""
    return str(context.get_current_parameters()["member_number"])


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
    """Who runs a group's sessions. `code` is what the office calls the coach.

    `bookmark` is where a dropped item may go on, sealed. From `suspended_on` on the coach's number gets everyone's menu
    and no text to coaches."""

    __tablename__ = "coach"
    __table_args__ = (UniqueConstraint("programme_id", "code"),)
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    code: Mapped[str] = mapped_column(String(MAX_COACH_CODE_LENGTH), default=_new_coach_code)
    name_sealed: Mapped[bytes]
    phone_number_id: Mapped[UUID | None] = mapped_column(ForeignKey("phone_number.id"), index=True)
    pin: Mapped[bytes | None]
    pin_changed_on: Mapped[date | None]
    bookmark: Mapped[bytes | None]
    bookmark_on: Mapped[date | None]
    suspended_on: Mapped[date | None]


class GroupCoach(Base):
    """The assignment of a coach to a group, from a day to a day."""

    __tablename__ = "group_coach"
    id: Mapped[Id]
    group_id: Mapped[UUID] = mapped_column(ForeignKey("training_group.id"), index=True)
    coach_id: Mapped[UUID] = mapped_column(ForeignKey("coach.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class Participant(Base):
    """A woman, man or leader of the programme. The name and the initials are sealed; the member number stands on her
    card; the reference is what the office calls her in its lists.

    `list_number` is her place on the group's list; it retires with her and is never given again. `group_since` is the
    day on which she came into the group, where that is later than her enrolment; a trigger keeps GroupMembership by
    it. `bookmark` is where a dropped item may go on, sealed, written by ordinary items only. `merged_into` is the
    participant that this row turned out to be as well: its member number finds that one, and what is stored of it
    stays."""

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("programme_id", "member_number"),
        UniqueConstraint("programme_id", "reference"),
        UniqueConstraint("group_id", "list_number"),
        Index(
            "ix_participant_programme_id_role",
            "programme_id",
            "role",
            postgresql_where=text("left_on is null"),
        ),
        CheckConstraint("role in ('woman', 'man', 'leader')", name="role"),
        CheckConstraint("contact in ('own', 'household', 'neighbour', 'leader', 'none')", name="contact"),
        CheckConstraint(
            "left_reason in ('moved', 'work', 'family', 'health', 'refused', 'died', 'finished', 'duplicate',"
            " 'other')",
            name="left_reason",
        ),
        CheckConstraint("left_reason is null or left_on is not null", name="left"),
        CheckConstraint("merged_into is null or left_on is not null", name="merged"),
        CheckConstraint("birth_year between 1900 and 2100", name="birth_year"),
        Index("ix_participant_merged_into", "merged_into", postgresql_where=text("merged_into is not null")),
    )
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    role: Mapped[str]
    member_number: Mapped[str]
    reference: Mapped[str] = mapped_column(String(MAX_REFERENCE_LENGTH), default=_member_number)
    name_sealed: Mapped[bytes]
    initials_sealed: Mapped[bytes | None]
    language: Mapped[str]
    contact: Mapped[str]
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("training_group.id"))
    list_number: Mapped[int | None]
    group_since: Mapped[date | None]
    pin: Mapped[bytes | None]
    pin_changed_on: Mapped[date | None]
    amounts_by_phone: Mapped[bool]
    bookmark: Mapped[bytes | None]
    bookmark_on: Mapped[date | None]
    enrolled_on: Mapped[date]
    left_on: Mapped[date | None]
    left_reason: Mapped[str | None]
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("participant.id"))
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)


class GroupMembership(Base):
    """Which group's list a participant was on, with which number, from a day to a day. A trigger on participant writes
    it (revision 0016), and nobody else. A list number is never given again, so the next one is above all of these."""

    __tablename__ = "group_membership"
    __table_args__ = (
        UniqueConstraint("group_id", "list_number"),
        Index(
            "uq_group_membership_now", "participant_id", unique=True, postgresql_where=text("to_on is null")
        ),
    )
    id: Mapped[Id]
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    group_id: Mapped[UUID] = mapped_column(ForeignKey("training_group.id"))
    list_number: Mapped[int | None]
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class Kinship(Base):
    """That one participant is a relative of another, or lives with her, from a day to a day."""

    __tablename__ = "kinship"
    __table_args__ = (
        CheckConstraint(
            "relation in ('husband_of', 'father_of', 'brother_of', 'lives_with')", name="relation"
        ),
        CheckConstraint("participant_id <> other_id", name="two_people"),
        Index(
            "uq_kinship_now",
            "participant_id",
            "other_id",
            "relation",
            unique=True,
            postgresql_where=text("to_on is null"),
        ),
        Index("ix_kinship_other_id", "other_id"),
    )
    id: Mapped[Id]
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    relation: Mapped[str]
    other_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    from_on: Mapped[date]
    to_on: Mapped[date | None]


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
    """Append-only: a person's consent for a purpose, or its withdrawal, in which words and before whom. A minor's
    consent has a second row, given by the guardian. `asked_alone` says whether she was asked in private; none where
    nobody wrote it down."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint(
            "purpose in ('programme', 'messages', 'surveys', 'research', 'approach_man', 'check_in')",
            name="purpose",
        ),
        CheckConstraint("how in ('oral', 'written')", name="how"),
        CheckConstraint("given_by in ('herself', 'guardian')", name="given_by"),
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
    given_by: Mapped[str] = mapped_column(server_default=text("'herself'"), default="herself")
    asked_alone: Mapped[bool | None]


class Erasure(Base):
    """Append-only: that a participant's name and numbers were erased at her request, and when. `reference_index` is the
    keyed index of what the office called her."""

    __tablename__ = "erasure"
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    erased_on: Mapped[date]
    reference_index: Mapped[bytes]
