"""The staff's console: accounts, their sessions and recovery codes, and whom nothing reached."""

from pathlib import Path

from alembic import op

revision = "0029"
down_revision = "0028"

CONSOLE = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    op.execute(CONSOLE.read_text())


def downgrade() -> None:
    op.execute("drop function has_pin")
    op.execute("drop function silent_people")
    op.execute("drop view account_now")
    op.execute("drop table recovery_code, account_guard, account_session, account")
