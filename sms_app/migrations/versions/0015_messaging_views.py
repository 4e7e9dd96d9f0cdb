"""Views and functions that several statements of `sms_app/messaging` call instead of repeating them."""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"

VIEWS = Path(__file__).with_suffix(".sql")
FUNCTIONS = (
    "reconcile_messages",
    "others_in_doubt",
    "others_as_told",
    "latest_told",
    "reminder_audience",
    "broadcast_refusals",
    "broadcast_numbers",
    "broadcast_coaches",
    "broadcast_people",
    "refusal",
    "is_capped",
)


def upgrade() -> None:
    op.execute(VIEWS.read_text())


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"drop function {function}")
    op.execute("drop type wanted_message")
    op.execute("drop view told_of_gathering, cannot_come, roll_digest, coach_phone, arm_now, consent_now")
