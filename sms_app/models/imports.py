"""Large imports that the staff's console runs beside its pages."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base, Id


class ImportJob(Base):
    """An import that an account asked for: `asked` (the file) until it ended, then its `answer`; both are sealed."""

    __tablename__ = "import_job"
    __table_args__ = (
        CheckConstraint(
            "(ended_at is null) = (answer is null) and (ended_at is null) = (asked is not null)", name="ended"
        ),
    )
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    asked: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ImportProgress(Base):
    """How far an import is, and how often it was begun."""

    __tablename__ = "import_progress"
    import_job_id: Mapped[UUID] = mapped_column(
        ForeignKey("import_job.id", ondelete="CASCADE"), primary_key=True
    )
    begun: Mapped[int]
    step: Mapped[int]
