"""What a broken web process may not forge, held by triggers; and tables of what goes soon leave no statistics."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"

RULES = Path(__file__).with_suffix(".sql")
# What these tables hold goes after minutes; statistics are a copy that stays, and is written to the WAL. Nobody asks
# them for more than a key. The clock moves what goes on to a new file, so nothing is left to vacuum.
GO_SOON = {
    "ussd_dialogue": (("id", "bytea"), ("position", "bytea"), ("touched_at", "timestamptz")),
    "ussd_event_seen": (("id", "bytea"), ("seen_at", "timestamptz")),
    "inbound_message_seen": (("id", "bytea"), ("seen_at", "timestamptz")),
}
DROPPED = (
    "drop trigger reverses_the_same on contribution",
    "drop function reverse_the_same()",
    "drop trigger moves_as_a_report on message",
    "drop function move_as_a_report()",
    "drop trigger pin_was_opened on participant",
    "drop function pin_was_opened()",
    "drop function sweep_seen",
)


def upgrade() -> None:
    op.execute(RULES.read_text())
    op.execute("revoke all on function sweep_seen from public")
    for table, columns in GO_SOON.items():
        op.execute(f"alter table {table} set (autovacuum_enabled = off)")
        for column, type_ in columns:
            # the type stays; what PostgreSQL has counted of the column so far is dropped
            op.execute(f"alter table {table} alter column {column} type {type_}")
            op.execute(f"alter table {table} alter column {column} set statistics 0")
    # a type that is set anew sets this back
    op.execute("alter table ussd_dialogue alter column position set storage plain")


def downgrade() -> None:
    for table, columns in GO_SOON.items():
        for column, _ in columns:
            op.execute(f"alter table {table} alter column {column} set statistics -1")
        op.execute(f"alter table {table} reset (autovacuum_enabled)")
    for statement in DROPPED:
        op.execute(statement)
