"""A trigger that records changes of who is on duty, for the plan of the texts to them."""

from pathlib import Path

from alembic import op

revision = "0024"
down_revision = "0023"

DUTY = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    op.execute(DUTY.read_text())


def downgrade() -> None:
    op.execute("drop trigger plans_read_this on duty_day")
