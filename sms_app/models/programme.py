"""A programme and its trial arms."""

from __future__ import annotations

import secrets
from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base, Id

MAX_REFERENCE_LENGTH = 20
MAX_VILLAGE_LENGTH = 30


def _new_reference() -> str:
    """A reference for a household to which the office gave none."""
    return secrets.token_hex(MAX_REFERENCE_LENGTH // 2)


class Programme(Base):
    """A programme, found by the code that people dial. Everything else about it is in its programme.yaml."""

    __tablename__ = "programme"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    service_code: Mapped[str] = mapped_column(unique=True)
    country: Mapped[str]
    time_zone: Mapped[str]
    currency: Mapped[str] = mapped_column(String(3))
    language: Mapped[str]


class Arm(Base):
    """An arm of the programme's trial."""

    __tablename__ = "arm"
    __table_args__ = (UniqueConstraint("programme_id", "code"),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    code: Mapped[str]
    name: Mapped[str]


class Household(Base):
    """A household: what the trial assigns to an arm. `reference` is what the office calls it in its lists; the village
    says whose neighbours were trained."""

    __tablename__ = "household"
    __table_args__ = (UniqueConstraint("programme_id", "reference"),)
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    reference: Mapped[str] = mapped_column(String(MAX_REFERENCE_LENGTH), default=_new_reference)
    village: Mapped[str | None] = mapped_column(String(MAX_VILLAGE_LENGTH))


class ArmAssignment(Base):
    """Append-only. A household is assigned once; a mistake is replaced by a later row that names the earlier row."""

    __tablename__ = "arm_assignment"
    __table_args__ = (
        Index(
            "uq_arm_assignment_first", "household_id", unique=True, postgresql_where=text("replaces is null")
        ),
    )
    id: Mapped[Id]
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.id"))
    arm_id: Mapped[int] = mapped_column(ForeignKey("arm.id"))
    assigned_on: Mapped[date]
    replaces: Mapped[UUID | None] = mapped_column(ForeignKey("arm_assignment.id"), unique=True)
    reason: Mapped[str | None]
