"""Disputes get an answer, one open dispute a subject; a reply to a session knows the day that it was given for."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"

CHANGES = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    op.execute(CHANGES.read_text())


def downgrade() -> None:
    op.execute("alter table session_reply drop column session_on")
    op.execute("drop index uq_dispute_open")
    op.execute("alter table dispute drop constraint ck_dispute_answered")
    op.execute("alter table dispute drop column answer")
