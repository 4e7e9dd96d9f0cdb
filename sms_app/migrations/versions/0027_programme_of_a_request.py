"""The programme of each request and of each withdrawn key: caseworkers of two programmes see only their own."""

from pathlib import Path

from alembic import op

revision = "0027"
down_revision = "0026"

UP = Path(__file__).with_suffix(".sql")
DOWN = UP.with_stem(f"{UP.stem}_down")


def upgrade() -> None:
    op.execute(UP.read_text())


def downgrade() -> None:
    op.execute(DOWN.read_text())
