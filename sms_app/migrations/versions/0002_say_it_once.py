"""The tables needed to say it once: the outbox, broadcasts, reports, planned meetings, the switch."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = Path(__file__).with_suffix(".sql")
# newest first, so that each goes before what it refers to
DROPPED = (
    "heartbeat",
    "sending_switch",
    "inbound_message_seen",
    "delivery_report",
    "broadcast_text",
    "broadcast",
    "message",
)


def upgrade() -> None:
    op.execute(TABLES.read_text())


def downgrade() -> None:
    for table in DROPPED:
        op.execute(f"drop table {table}")
    op.execute("drop view gathering_member")
    op.execute("drop view gathering")
    op.execute("drop table planned_meeting")
    op.execute("drop index ix_training_session_programme_id_starts_at")
    op.execute("drop index ix_participant_programme_id_role")
    op.execute("alter table savings_group drop column check_in_weekday")
    # a purpose that the older version does not know stays in the append-only table: only new rows are held to the list
    op.execute("alter table consent drop constraint ck_consent_purpose")
    op.execute(
        "alter table consent add constraint ck_consent_purpose"
        " check (purpose in ('programme', 'messages', 'surveys', 'research', 'approach_man')) not valid"
    )
