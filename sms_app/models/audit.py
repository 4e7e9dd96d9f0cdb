"""The audit trail of changes by staff and commands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base


class AuditEntry(Base):
    """Append-only: who did what to which row, when. It never has the row's content."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_who", "who", "id"),)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    who: Mapped[str]
    what: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[str]
