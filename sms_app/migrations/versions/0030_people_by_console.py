"""What the staff's console changes of people and coaches without reading PINs, openings, arms or texts."""

from pathlib import Path

from alembic import op

revision = "0030"
down_revision = "0029"

PEOPLE = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    op.execute(PEOPLE.read_text())


def downgrade() -> None:
    op.execute("drop function has_coach_pin, open_pin, plan_number_test, ties_two_arms")
