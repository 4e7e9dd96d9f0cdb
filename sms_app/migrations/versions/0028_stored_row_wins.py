"""A stored request is never replaced by a row of the inbox with its id."""

from pathlib import Path

from alembic import op

revision = "0028"
down_revision = "0027"

UP = Path(__file__).with_suffix(".sql")
DOWN = UP.with_stem(f"{UP.stem}_down")


def upgrade() -> None:
    op.execute(UP.read_text())


def downgrade() -> None:
    op.execute(DOWN.read_text())
