"""Erasing what is stored of one person."""

from pathlib import Path

from alembic import op

revision = "0031"
down_revision = "0030"

ERASURE = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    op.execute(ERASURE.read_text())


def downgrade() -> None:
    op.execute("drop function erase_person")
    op.execute("drop table erasure")
