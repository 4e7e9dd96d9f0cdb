"""Who is on duty for confidential support, by day. The support console writes it; nobody reads more behind the wall."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base


class DutyDay(Base):
    """Who is on duty on a day: the caseworker's code, the number that gets the duty text, and whether they signed
    in."""

    __tablename__ = "duty_day"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    caseworker: Mapped[str] = mapped_column(String(1))
    phone_number_id: Mapped[UUID | None] = mapped_column(ForeignKey("phone_number.id"))
    signed_in: Mapped[bool]
