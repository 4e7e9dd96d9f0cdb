"""The office enters rolls, with the reason of a correction, and two accounts count a savings group's meeting."""

from pathlib import Path

from alembic import op

revision = "0034"
down_revision = "0033"

UP = Path(__file__).with_suffix(".sql")
DOWN = UP.with_stem(f"{UP.stem}_down")


def upgrade() -> None:
    op.execute(UP.read_text())


def downgrade() -> None:
    op.execute(DOWN.read_text())
