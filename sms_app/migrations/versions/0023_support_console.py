"""The support console: caseworkers, their sessions, the outcomes of requests, and its audit trail."""

from pathlib import Path

from alembic import op

revision = "0023"
down_revision = "0022"

CONSOLE = Path(__file__).with_suffix(".sql")
FUNCTIONS = ("purge_requests", "release_requests", "record_outcome", "append_support_audit")
TABLES = (
    "private.audit",
    "private.outcome",
    "private.request_state",
    "private.sign_in_guard",
    "private.caseworker_session",
    "private.caseworker",
)


def upgrade() -> None:
    op.execute(CONSOLE.read_text())


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"drop function {function}")
    op.execute("drop view private.caseworker_now")
    for table in TABLES:
        op.execute(f"drop table {table}")
