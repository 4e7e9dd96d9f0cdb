"""What the trial records before and beside the programme: whom it looked at, and whom the women nominated."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base, Id
from sms_app.models.programme import MAX_VILLAGE_LENGTH

NOMINATED = ("husband", "father", "brother", "none")
"""Whom a woman may nominate; `none`: she has nobody."""


class Screening(Base):
    """Whom the programme looked at on a day in a village: counts, no names. Who was seen is excluded by a criterion,
    refused, or enrolled."""

    __tablename__ = "screening"
    __table_args__ = (
        UniqueConstraint("programme_id", "screened_on", "village"),
        CheckConstraint(
            "seen >= 0 and refused >= 0 and enrolled >= 0 and refused + enrolled <= seen", name="counts"
        ),
    )
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    screened_on: Mapped[date]
    village: Mapped[str] = mapped_column(String(MAX_VILLAGE_LENGTH))
    seen: Mapped[int]
    refused: Mapped[int]
    enrolled: Mapped[int]


class ScreeningExclusion(Base):
    """How many of a screening were excluded by a criterion of the programme. Who fails several counts under the first
    of them."""

    __tablename__ = "screening_exclusion"
    __table_args__ = (CheckConstraint("count >= 0", name="count"),)
    screening_id: Mapped[UUID] = mapped_column(ForeignKey("screening.id"), primary_key=True)
    criterion: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class Nomination(Base):
    """Append-only: the man whom a woman nominated before her household was assigned to an arm, by relation only
    (`none`: she has nobody). The later row of a woman counts, of one day that with the higher `entry`. Her yes to
    approaching him is a consent."""

    __tablename__ = "nomination"
    __table_args__ = (
        CheckConstraint("relation in ('husband', 'father', 'brother', 'none')", name="relation"),
        Index("ix_nomination_participant_id", "participant_id", "nominated_on"),
    )
    id: Mapped[Id]
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    relation: Mapped[str]
    nominated_on: Mapped[date]
    recorded_by: Mapped[str]
    entry: Mapped[int] = mapped_column(Identity())
