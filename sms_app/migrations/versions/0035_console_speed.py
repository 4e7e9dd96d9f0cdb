"""Indexes for pages of the staff's console among many people and texts."""

from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    # one actor's entries, the latest first
    op.execute("create index ix_audit_entry_who on audit_entry (who, id)")
    op.execute("create index ix_session_reply_participant_id on session_reply (participant_id)")
    # few check in themselves, and the inbox compares them with the rolls
    op.execute("create index ix_attendance_self on attendance (training_session_id) where source = 'self'")
    # the texts that never went, by number; those that went have an index already
    op.execute(
        "create index ix_message_never_sent on message (phone_number_id)"
        " where sent_at is null and status in ('failed', 'expired')"
    )


def downgrade() -> None:
    op.execute(
        "drop index ix_audit_entry_who, ix_session_reply_participant_id, ix_attendance_self, ix_message_never_sent"
    )
