"""Imports that the console runs beside its pages, and the console reads arms in one way: two functions that hid them
from it are gone, since it may read them."""

from pathlib import Path

from alembic import op

revision = "0036"
down_revision = "0035"

UP = Path(__file__).with_suffix(".sql")
DOWN = UP.with_stem(f"{UP.stem}_down")


def upgrade() -> None:
    op.execute(UP.read_text())


def downgrade() -> None:
    op.execute(DOWN.read_text())
