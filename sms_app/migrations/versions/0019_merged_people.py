"""Functions by which a merged participant's member number and rows are the other one's; suspensions are planned by."""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0016"

MERGED = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    op.execute(MERGED.read_text())


def downgrade() -> None:
    op.execute("drop trigger plans_read_this on coach")
    op.execute(
        "create trigger plans_read_this after insert or delete or truncate or update of id, phone_number_id on coach"
        " for each statement execute function note_plan_change('coach')"
    )
    op.execute("drop function ids_of")
    op.execute("drop function member_of")
