"""The console's calendar: when moved sessions and meetings were to start before, and why texts would not be sent."""

from pathlib import Path

from alembic import op

revision = "0032"
down_revision = "0031"

CALENDAR = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    op.execute(CALENDAR.read_text())


def downgrade() -> None:
    op.execute("drop function refusals_of_texts")
    op.execute("drop trigger note_move on planned_meeting")
    op.execute("drop trigger note_move on training_session")
    op.execute("drop function note_move")
    op.execute("drop table gathering_move")
