"""Drop two functions that hid arms from the console, which may read them since it imports people."""

from pathlib import Path

from alembic import op

revision = "0036"
down_revision = "0035"

DOWN = Path(__file__).with_name("0036_console_reads_arms_down.sql")


def upgrade() -> None:
    op.execute("drop function ties_two_arms, refusals_of_texts")


def downgrade() -> None:
    op.execute(DOWN.read_text())
