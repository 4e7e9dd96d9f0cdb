"""What a correction corrects, in columns of `message` instead of in its occasion."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"

COLUMNS = Path(__file__).with_suffix(".sql")
TRIGGER = """
create trigger plans_read_this after delete or truncate
  or update of programme_id, phone_number_id, kind, rule, subject_id, occasion, gathering_id
  on message for each statement execute function note_plan_change('message')
"""


def upgrade() -> None:
    op.execute(COLUMNS.read_text())


def downgrade() -> None:
    # the occasions still say what the columns said
    op.execute("drop trigger plans_read_this on message")
    op.execute(TRIGGER)
    op.execute("alter table message drop column corrects_id, drop column truth_digest, drop column ambiguous")
