"""When texts to a number were last resumed, so that a stop that was sent before changes nothing when it arrives."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("alter table phone_number add column resumed_at timestamptz")
    # statistics are a copy of its seconds that stays, in the WAL and in backups, when the clock has cut it to the day
    op.execute("alter table phone_number alter column resumed_at set statistics 0")
    # what the clock dates to the day is found without reading every number
    op.execute(
        "create index ix_phone_number_resumed_at on phone_number (resumed_at) where resumed_at is not null"
    )


def downgrade() -> None:
    op.execute("drop index ix_phone_number_resumed_at")
    op.execute("alter table phone_number drop column resumed_at")
