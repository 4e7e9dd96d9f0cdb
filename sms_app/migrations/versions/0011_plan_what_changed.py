"""Triggers that note what changed of what the plans read, so that a tick plans only when there was a change.

**Who lets a plan read another table or column adds it here, in a later revision**; a test runs each plan with the right
to read only what is watched. A column that a hop writes is not in the list, and what a hop inserts notes nothing."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"

TABLES = Path(__file__).with_suffix(".sql")
WATCHED = {
    "training_session": "id, programme_id, group_id, starts_at, ends_at, place, cancelled_at",
    "planned_meeting": "id, programme_id, savings_group_id, starts_at, ends_at, place, cancelled_at",
    "training_group": "id, programme_id, number, role",
    "group_coach": "group_id, coach_id, to_on",
    "coach": "id, phone_number_id",
    "participant": "id, programme_id, role, group_id, enrolled_on, left_on",
    "participant_phone": "participant_id, phone_number_id, from_on, to_on",
    "savings_group": "id, programme_id, check_in_weekday",
    "savings_member": "savings_group_id, participant_id, to_on",
    "consent": "participant_id, purpose, given, taken_on",
}


def upgrade() -> None:
    op.execute(TABLES.read_text())
    op.execute("revoke all on function note_plan_change, note_new_messages from public")
    for table, columns in WATCHED.items():
        op.execute(
            f"create trigger plans_read_this after insert or delete or truncate or update of {columns} on {table}"
            f" for each statement execute function note_plan_change('{table}')"
        )


def downgrade() -> None:
    op.execute("drop function note_plan_change, note_new_messages cascade")
    op.execute("drop table plan_state, plan_change")
