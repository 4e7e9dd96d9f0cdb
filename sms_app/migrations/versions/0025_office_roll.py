"""The office corrects a roll, also after the coach's seven days."""

from pathlib import Path

from alembic import op

revision = "0025"
down_revision = "0024"

OFFICE_ROLL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    op.execute(OFFICE_ROLL.read_text())


def downgrade() -> None:
    op.execute("drop function correct_roll_by_office")
