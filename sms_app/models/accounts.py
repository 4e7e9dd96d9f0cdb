"""Accounts of the staff's console."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base, Id


class Account(Base):
    """Who may sign in to the console, for one programme. The address is free again after the account was disabled.

    `password` is an argon2id hash, to be replaced at the first sign-in when `password_once`. `totp_counter` is the step
    of the last code of the second factor that was accepted."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email"),
        CheckConstraint("role in ('administrator', 'officer', 'supervisor', 'researcher')", name="role"),
        Index("uq_account_email", "email", unique=True, postgresql_where=text("disabled_on is null")),
    )
    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    email: Mapped[str]
    role: Mapped[str]
    language: Mapped[str]
    password: Mapped[str]
    password_once: Mapped[bool]
    totp_sealed: Mapped[bytes]
    totp_counter: Mapped[int] = mapped_column(BigInteger)
    created_on: Mapped[date]
    disabled_on: Mapped[date | None]


class AccountSession(Base):
    """Who is signed in. The id is the SHA-256 of what the cookie has."""

    __tablename__ = "account_session"
    id: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    began_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AccountGuard(Base):
    """Wrong tries to sign in, of an account (whether or not there is one) or from an address: a keyed hash of it."""

    __tablename__ = "account_guard"
    id: Mapped[bytes] = mapped_column(primary_key=True)
    wrong: Mapped[int]
    tried_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    locked_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class RecoveryCode(Base):
    """A code that stands in for a lost second factor, once: its keyed hash, and the day on which it was used."""

    __tablename__ = "recovery_code"
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    used_on: Mapped[date | None]
