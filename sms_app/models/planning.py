"""The state of the clock's plans: what changed since they were made, and until when they are valid."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base


class PlanChange(Base):
    """A change of something that a plan reads: a table, or the waiting or told messages of a kind. Triggers write it,
    and the clock takes it at its next tick. It names nobody and has no time."""

    __tablename__ = "plan_change"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    about: Mapped[str]


class PlanState(Base):
    """When a plan was last made, with which settings (a digest), and until when time alone does not change its result.

    `changed`: something that it reads has changed since, or it could not do everything."""

    __tablename__ = "plan_state"
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), primary_key=True)
    plan: Mapped[str] = mapped_column(primary_key=True)
    changed: Mapped[bool]
    settings: Mapped[bytes | None]
    planned_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    holds_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
