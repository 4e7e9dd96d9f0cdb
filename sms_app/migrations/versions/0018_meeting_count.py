"""A meeting's count, typed line by line by one person and confirmed by another, through functions that check both."""

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"

COUNT = Path(__file__).with_suffix(".sql")
FUNCTIONS = (
    "answer_meeting",
    "entered_meeting",
    "finish_meeting",
    "meeting_total",
    "drop_meeting_line",
    "enter_meeting_lines",
    "meeting_draft",
    "meeting_day",
    "meeting_actor",
)


def upgrade() -> None:
    op.execute(COUNT.read_text())


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"drop function {function}")
    # what is typed and not confirmed counts nothing, and the revision before can't tell a draft from what waits
    op.execute("drop table meeting_line")
    op.execute(
        "delete from group_meeting m where m.confirmed_on is null"
        " and not exists (select from contribution c where c.group_meeting_id = m.id)"
    )
    op.execute("drop index uq_group_meeting_draft")
    op.execute("alter table group_meeting drop column entered_on")
