"""What a coach does for a participant, and questions that officers answer, through functions that check who does it."""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"

FOR_HER = Path(__file__).with_suffix(".sql")
FUNCTIONS = (
    "answer_member_question",
    "coached_cycles",
    "assist_mark_phone",
    "assist_confirm_number",
    "assist_open_pin",
    "assist_texts",
    "assist_answer",
    "assist_question",
    "assist_saving",
    "assist_check_in",
    "assisted_session",
    "assisted_initials",
    "coached_person",
    "record_of_coach",
    "assists",
)


def upgrade() -> None:
    op.execute(FOR_HER.read_text())


def downgrade() -> None:
    op.execute("drop trigger only_with_a_coach on contribution")
    op.execute("drop function only_with_a_coach")
    for function in FUNCTIONS:
        op.execute(f"drop function {function}")
    op.execute("alter table dispute drop column assisted")
