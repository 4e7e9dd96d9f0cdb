"""What the staff's console reads among very many people and texts is found by indexes."""

from pathlib import Path

from alembic import op

revision = "0037"
down_revision = "0036"

UP = Path(__file__).with_suffix(".sql")
DOWN = UP.with_stem(f"{UP.stem}_down")


def upgrade() -> None:
    op.execute(UP.read_text())


def downgrade() -> None:
    op.execute(DOWN.read_text())
