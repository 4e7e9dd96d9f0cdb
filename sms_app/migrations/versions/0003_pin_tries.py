"""Wrong tries of PINs and opening codes: those of the day before stand beside the day's, and each opening knows which
phones tried it."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("alter table pin_guard add column day_before integer not null default 0")
    op.execute("alter table pin_guard alter column day_before drop default")
    op.execute("alter table pin_opening add column tried bytea[] not null default '{}'")
    op.execute("alter table pin_opening alter column tried drop default, drop column wrong")


def downgrade() -> None:
    op.execute("alter table pin_opening add column wrong integer not null default 0")
    op.execute("alter table pin_opening alter column wrong drop default, drop column tried")
    op.execute("update pin_guard set wrong = wrong + day_before")
    op.execute("alter table pin_guard drop column day_before")
