"""Broadcasts in the staff's console: proposals, an audience by language and kind of contact, saved audiences."""

from pathlib import Path

from alembic import op

revision = "0033"
down_revision = "0032"

UP = Path(__file__).with_suffix(".sql")
DOWN = UP.with_stem(f"{UP.stem}_down")


def upgrade() -> None:
    op.execute(UP.read_text())


def downgrade() -> None:
    op.execute(DOWN.read_text())
