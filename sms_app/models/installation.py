"""A database's installation: its kind, and the check values of its keys."""

from __future__ import annotations

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sms_app.models.base import Base


class Installation(Base):
    """The only row: the kind of installation that the database was made for. It is never changed."""

    __tablename__ = "installation"
    __table_args__ = (
        CheckConstraint("id = 1", name="one"),
        CheckConstraint("kind in ('demo', 'bare', 'production')", name="kind"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]


class VaultKeyCheck(Base):
    """A known value sealed with a key, by which a wrong key is noticed. A retired key may be left out of the
    configuration."""

    __tablename__ = "vault_key_check"
    __table_args__ = (CheckConstraint("key_id between 0 and 255", name="key_id"),)
    key_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes]
    retired: Mapped[bool]
