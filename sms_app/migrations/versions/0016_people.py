"""What an office's lists say of people: references, kin, officers, the lists' history, and a coach's PIN."""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"

PEOPLE = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    op.execute(PEOPLE.read_text())


def downgrade() -> None:
    op.execute("drop trigger keeps_membership on participant")
    op.execute("drop trigger keeps_membership_later on participant")
    op.execute("drop function keep_group_membership")
    op.execute("drop table savings_officer, kinship, group_membership")
    op.execute("alter table savings_member drop column list_number")
    op.execute("alter table household drop column reference")
    op.execute(
        "alter table participant drop column reference, drop column initials_sealed, drop column group_since,"
        " drop column left_reason, drop column merged_into"
    )
    op.execute(
        "alter table coach drop column code, drop column pin, drop column pin_changed_on, drop column bookmark,"
        " drop column bookmark_on, drop column suspended_on"
    )
