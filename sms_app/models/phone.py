"""Phone numbers, who is reached on them, and the claims and openings that a coach confirms face to face."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base, Id


class PhoneNumber(Base):
    """A number: sealed, found by its keyed index.

    `sharing` says who uses it: `unmarked` until somebody marks it, `marked_shared` when its user said, on the phone or
    to her coach, that others use it too, `private` when a coach, with her present, marked it as hers alone.
    `resumed_at` is when texts to it were last resumed: to the second, three days later to the day; a stop clears it."""

    __tablename__ = "phone_number"
    __table_args__ = (
        UniqueConstraint("programme_id", "number_index"),
        Index("ix_phone_number_resumed_at", "resumed_at", postgresql_where=text("resumed_at is not null")),
        Index(
            "ix_phone_number_stopped",
            "programme_id",
            text("stopped_on desc"),
            postgresql_where=text("stopped_on is not null"),
        ),
        CheckConstraint("sharing in ('unmarked', 'marked_shared', 'private')", name="sharing"),
    )
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    number_sealed: Mapped[bytes]
    number_index: Mapped[bytes]
    sharing: Mapped[str]
    stopped_on: Mapped[date | None]
    resumed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    language: Mapped[str | None]


class ParticipantPhone(Base):
    """Who is reached on a number, from a day to a day."""

    __tablename__ = "participant_phone"
    __table_args__ = (
        Index(
            "uq_participant_phone_now",
            "phone_number_id",
            "participant_id",
            unique=True,
            postgresql_where=text("to_on is null"),
        ),
        Index("ix_participant_phone_participant_id", "participant_id"),
        Index("ix_participant_phone_former", "phone_number_id", postgresql_where=text("to_on is not null")),
    )
    id: Mapped[Id]
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    phone_number_id: Mapped[UUID] = mapped_column(ForeignKey("phone_number.id"))
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class PinOpening(Base):
    """A participant's PIN that a coach opened, or a coach's that the office opened: the code is kept as an HMAC, lasts
    ten minutes, works once. `holder_id` is the participant or coach; the view `pin_holder` has both.

    `tried` has an entry for each wrong code: a keyed index of calling number and member number."""

    __tablename__ = "pin_opening"
    holder_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[bytes]
    opened_by: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    tried: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    used: Mapped[bool]


class PinGuard(Base):
    """The guard of a member number or a calling number: wrong PINs for the member number, whether or not it exists, or
    wrong PINs and codes from the calling number. Its id is a keyed index.

    `wrong` counts the tries of the day `tried_on`, `day_before` those of the day before (only for a member number).
    `counted` tells whether the latest try was counted, or refused because of a lock."""

    __tablename__ = "pin_guard"
    id: Mapped[bytes] = mapped_column(primary_key=True)
    wrong: Mapped[int]
    day_before: Mapped[int]
    counted: Mapped[bool]
    tried_on: Mapped[date]
    locked_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class NumberClaim(Base):
    """A claim of a calling number for a member number. The coach confirms it with the code that the phone shows."""

    __tablename__ = "number_claim"
    __table_args__ = (UniqueConstraint("programme_id", "number_index", "participant_id"),)
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    number_sealed: Mapped[bytes]
    number_index: Mapped[bytes]
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), index=True)
    code: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
