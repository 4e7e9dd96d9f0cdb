"""The tables behind the wall: the inbox of sealed requests, the requests, the roster, and withdrawn keys."""

from pathlib import Path

from alembic import op

revision = "0022"
down_revision = "0021"

REQUESTS = Path(__file__).with_suffix(".sql")
TABLES = ("inbox", "request", "roster", "withdrawn_key")


def upgrade() -> None:
    op.execute(REQUESTS.read_text())


def downgrade() -> None:
    op.execute("drop table duty_day")
    op.execute("drop function rewrite_requests")
    for table in TABLES:
        op.execute(f"drop table private.{table}")
