"""The outbox, broadcasts, and the provider's reports on them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID as SqlUuid
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base, Id

STATUSES = ("planned", "queued", "sending", "sent", "delivered", "failed", "unknown", "cancelled", "expired")
RESULTS = ("delivered", "not_delivered", "under_way")
MONEY = Numeric(14, 4)
_WAITING = text("status in ('planned', 'queued')")


class Message(Base):
    """A text to a number. Subject, rule, number and occasion together are unique, so a message is planned once.

    The occasion is compared as a whole and never parsed. What a correction corrects is in `corrects_id` (the message
    whose text is no longer true), `truth_digest` (of what is true now and is to be told) and `ambiguous` (its text
    could be taken for another gathering's, so it is not sent).

    `open` marks the number's only message whose outcome is not known: a report that names only the number means it. The
    `told_…` columns have what the text told. The body is sealed and deleted after thirty days; `text_index` (keyed) is
    equal for equal texts. `provider` is the provider that was last asked to send it."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("subject_id", "rule", "phone_number_id", "occasion", name="uq_message_once"),
        CheckConstraint(f"status in {STATUSES}", name="status"),
        CheckConstraint("not open or status in ('sending', 'unknown')", name="open"),
        CheckConstraint(
            "corrects_id is not null or (truth_digest is null and not ambiguous)", name="corrects"
        ),
        CheckConstraint("provider_id is null or provider is not null", name="provider"),
        CheckConstraint(
            "(status <> 'sending') or (open and claim is not null and claimed_at is not null)", name="sending"
        ),
        Index("uq_message_open", "phone_number_id", unique=True, postgresql_where=text("open")),
        Index("ix_message_due", "programme_id", "status", "due_at", postgresql_where=_WAITING),
        # for the day's figures; it costs little, since rows are stored roughly in the order of `due_at`
        Index("ix_message_day", "due_at", postgresql_using="brin", postgresql_with={"autosummarize": "on"}),
        Index(
            "ix_message_coach",
            "subject_id",
            postgresql_where=text("kind in ('coach_gathering', 'coach_roll')"),
        ),
        Index("ix_message_provider_id", "provider_id", postgresql_where=text("provider_id is not null")),
        Index(
            "ix_message_told",
            "programme_id",
            "told_starts_at",
            postgresql_where=text("told_starts_at is not null"),
        ),
        Index("ix_message_gathering_id", "gathering_id", postgresql_where=text("gathering_id is not null")),
        Index(
            "ix_message_phone_sent",
            "phone_number_id",
            "sent_at",
            postgresql_where=text("sent_at is not null"),
        ),
        Index(
            "ix_message_never_sent",
            "phone_number_id",
            postgresql_where=text("sent_at is null and status in ('failed', 'expired')"),
        ),
        Index(
            "ix_message_waiting",
            "phone_number_id",
            postgresql_where=text("status in ('planned', 'queued')"),
        ),
        Index("ix_message_body", "claimed_at", postgresql_where=text("body_sealed is not null")),
    )
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    phone_number_id: Mapped[UUID] = mapped_column(ForeignKey("phone_number.id"))
    kind: Mapped[str]
    rule: Mapped[str]
    subject_id: Mapped[UUID]
    occasion: Mapped[str]
    gathering_id: Mapped[UUID | None]
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id"))
    truth_digest: Mapped[str | None]
    ambiguous: Mapped[bool] = mapped_column(server_default=text("false"))
    people: Mapped[list[UUID]] = mapped_column(ARRAY(SqlUuid(as_uuid=True)))
    status: Mapped[str]
    reason: Mapped[str | None]
    planned_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    claim: Mapped[UUID | None]
    claimed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    open: Mapped[bool] = mapped_column(server_default=text("false"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    told_starts_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    told_place: Mapped[str | None]
    told_cancelled: Mapped[bool | None]
    told_digest: Mapped[str | None]
    language: Mapped[str | None]
    segments: Mapped[int | None]
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    text_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    provider: Mapped[str | None]
    provider_id: Mapped[str | None]
    cost: Mapped[Decimal | None] = mapped_column(MONEY)
    currency: Mapped[str | None]


class Broadcast(Base):
    """A text to many numbers, by role, group, sector, language and kind of contact. Only the `arms` may get it; empty
    means all arms. `approved_by` is the second officer, where one was asked."""

    __tablename__ = "broadcast"
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    roles: Mapped[list[str]] = mapped_column(ARRAY(String))
    groups: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    sectors: Mapped[list[str]] = mapped_column(ARRAY(String))
    arms: Mapped[list[str]] = mapped_column(ARRAY(String))
    languages: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    contacts: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    send_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recipients: Mapped[int]
    estimate: Mapped[Decimal] = mapped_column(MONEY)
    paused_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    approved_by: Mapped[str | None]


class BroadcastText(Base):
    """A broadcast's text in a language, sealed; null when it was deleted after the broadcast was over."""

    __tablename__ = "broadcast_text"
    __table_args__ = (UniqueConstraint("broadcast_id", "language"),)
    id: Mapped[Id]
    broadcast_id: Mapped[UUID] = mapped_column(ForeignKey("broadcast.id"))
    language: Mapped[str]
    text_sealed: Mapped[bytes | None]


class DeliveryReport(Base):
    """A delivery report: `result` in our word, `status` in the provider's, and our reason of a failure. Of the number
    only the keyed index is stored."""

    __tablename__ = "delivery_report"
    __table_args__ = (
        UniqueConstraint("provider_id", "provider", "status"),
        CheckConstraint(f"result in {RESULTS}", name="result"),
        Index("ix_delivery_report_number", "number_index", postgresql_where=text("message_id is null")),
        Index("ix_delivery_report_message_id", "message_id"),
        Index("ix_delivery_report_received", "received_at"),
    )
    id: Mapped[Id]
    provider: Mapped[str]
    provider_id: Mapped[str]
    result: Mapped[str]
    status: Mapped[str]
    number_index: Mapped[bytes]
    network_code: Mapped[str]
    failure_reason: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id"))


class InboundMessageSeen(Base):
    """An incoming text that was read: a keyed hash of its id, never its content or sender."""

    __tablename__ = "inbound_message_seen"
    id: Mapped[bytes] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class SendingSwitch(Base):
    """The only row: whether messages are sent."""

    __tablename__ = "sending_switch"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stopped: Mapped[bool]
    reason: Mapped[str]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Heartbeat(Base):
    """When a clock or worker was last at work."""

    __tablename__ = "heartbeat"
    name: Mapped[str] = mapped_column(primary_key=True)
    beat_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
