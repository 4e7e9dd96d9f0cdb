"""What a phone or a coach marked about who uses a phone, and check-ins that match nobody."""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"

TABLES = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    op.execute(TABLES.read_text())


def downgrade() -> None:
    op.execute("drop table unmatched_check_in")
    op.execute("drop trigger only_a_coach_says_absent on attendance")
    op.execute("drop function only_a_coach_says_absent()")
    op.execute("drop trigger only_a_coach_unmarks on phone_number")
    op.execute("drop trigger only_a_coach_marks_private on phone_number")
    op.execute("drop function only_a_coach_unmarks()")
    op.execute("alter table phone_number add column shared boolean")
    op.execute("update phone_number set shared = sharing <> 'private'")
    op.execute("alter table phone_number alter column shared set not null, drop column sharing")
